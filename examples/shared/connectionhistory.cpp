// SPDX-License-Identifier: MIT
#include "connectionhistory.h"

#include "secrets.h"
#include "toolkittexts.h"

#include <QtCore/qjsonarray.h>
#include <QtCore/qurl.h>

namespace {
constexpr QLatin1String member("history");

QString readUrls(const StoredJson &file, const QJsonObject &object, QStringList *urls)
{
    urls->clear();
    if (!object.contains(member))
        return {};
    if (!object.value(member).isArray())
        return file.problemOf(member, Toolkit::tr("not an array"));
    const QJsonArray array = object.value(member).toArray();
    for (const auto &url : array) {
        if (!url.isString())
            return file.problemOf(member, Toolkit::tr("not an array of strings"));
        urls->append(url.toString());
    }
    return {};
}
} // namespace

QString ConnectionHistory::defaultFileName()
{
    return StoredJson::directory() + QStringLiteral("/history.json");
}

QString ConnectionHistory::load()
{
    QJsonObject object;
    const QString error = m_file.read(&object);
    return error.isEmpty() ? readUrls(m_file, object, &m_urls) : error;
}

QString ConnectionHistory::add(const QString &url)
{
    const QString stored = Secrets::storedUrl(QUrl(url));
    if (stored.isEmpty())
        return Toolkit::tr("not the URL of a server");
    return m_file.change([this, &stored](QJsonObject *object) {
        const QString error = readUrls(m_file, *object, &m_urls);
        if (!error.isEmpty())
            return error;
        m_urls.removeAll(stored);
        m_urls.prepend(stored);
        if (m_urls.size() > MaxCount)
            m_urls.resize(MaxCount);
        object->insert(member, QJsonArray::fromStringList(m_urls));
        return QString();
    });
}

QString ConnectionHistory::clear()
{
    return m_file.change([this](QJsonObject *object) {
        m_urls.clear();
        object->remove(member);
        return QString();
    });
}
