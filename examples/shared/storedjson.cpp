// SPDX-License-Identifier: MIT
#include "storedjson.h"

#include "toolkittexts.h"

#include <QtCore/qdir.h>
#include <QtCore/qfileinfo.h>
#include <QtCore/qjsondocument.h>
#include <QtCore/qlockfile.h>
#include <QtCore/qsavefile.h>
#include <QtCore/qstandardpaths.h>

namespace {
constexpr qint64 MaxSize = 16 * 1024 * 1024;
constexpr int LockTimeoutMs = 5000;
constexpr QFileDevice::Permissions ownerOnly = QFileDevice::ReadOwner | QFileDevice::WriteOwner;
} // namespace

QString StoredJson::directory()
{
    return QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation) + QStringLiteral("/wskit");
}

QString StoredJson::read(QJsonObject *object) const
{
    *object = {};
    QFile file(m_fileName);
    if (!file.exists())
        return {};
    if (!file.open(QIODevice::ReadOnly))
        return QStringLiteral("%1: %2").arg(m_fileName, file.errorString());
    const QByteArray bytes = file.read(MaxSize + 1);
    if (bytes.size() > MaxSize)
        return Toolkit::tr("%1: larger than %2 bytes").arg(m_fileName).arg(MaxSize);
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(bytes, &error);
    if (error.error != QJsonParseError::NoError) {
        const qsizetype line = bytes.first(qBound(0, error.offset, int(bytes.size()))).count('\n') + 1;
        return Toolkit::tr("%1: no JSON, line %2: %3").arg(m_fileName).arg(line).arg(error.errorString());
    }
    if (!document.isObject())
        return Toolkit::tr("%1: not a JSON object").arg(m_fileName);
    *object = document.object();
    return {};
}

QString StoredJson::change(const std::function<QString(QJsonObject *)> &change) const
{
    if (!QDir().mkpath(QFileInfo(m_fileName).path()))
        return Toolkit::tr("%1: the directory cannot be created").arg(QFileInfo(m_fileName).path());
    QLockFile lock(m_fileName + QStringLiteral(".lock"));
    if (!lock.tryLock(LockTimeoutMs))
        return Toolkit::tr("%1: cannot be locked").arg(m_fileName);
    QJsonObject object;
    QString error = read(&object);
    if (error.isEmpty())
        error = change(&object);
    return error.isEmpty() ? write(object) : error;
}

QString StoredJson::write(const QJsonObject &object) const
{
    QSaveFile file(m_fileName);
    const bool isWritten = file.open(QIODevice::WriteOnly) && file.setPermissions(ownerOnly)
                           && file.write(QJsonDocument(object).toJson()) >= 0 && file.commit();
    return isWritten ? QString() : QStringLiteral("%1: %2").arg(m_fileName, file.errorString());
}

QString StoredJson::problemOf(const QString &member, const QString &problem) const
{
    return Toolkit::tr("%1: “%2” is %3").arg(m_fileName, member, problem);
}
