// SPDX-License-Identifier: MIT
#include "logfile.h"

#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QSaveFile>

namespace {
// Not translated, because programs read them.
QString name(LogEntry::Kind kind)
{
    static const char *const names[] = {"text", "binary", "ping", "pong", "event", "error"};
    return QLatin1String(names[int(kind)]);
}

QString name(LogEntry::Direction direction)
{
    static const char *const names[] = {"none", "received", "sent"};
    return QLatin1String(names[int(direction)]);
}

QByteArray jsonLine(const LogEntry &entry)
{
    QJsonObject object{{QStringLiteral("time"), entry.time().toUTC().toString(Qt::ISODateWithMs)},
                       {QStringLiteral("type"), name(entry.kind)}};
    if (entry.isOnWire()) {
        object.insert(QStringLiteral("direction"), name(entry.direction));
        object.insert(QStringLiteral("size"), entry.payload.size());
        if (entry.kind == LogEntry::Kind::Text)
            object.insert(QStringLiteral("text"), QString::fromUtf8(entry.payload));
        else
            object.insert(QStringLiteral("base64"), QString::fromLatin1(entry.payload.toBase64()));
    }
    if (!entry.note.isEmpty())
        object.insert(QStringLiteral("note"), entry.note);
    return QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n';
}

QByteArray textLine(const LogEntry &entry)
{
    static const char *const signs[] = {"-", "<", ">"};
    const QString what = entry.kind == LogEntry::Kind::Text ? QString::fromUtf8(entry.payload)
                         : entry.note.isEmpty()             ? QString::fromLatin1(entry.payload.toHex(' '))
                                                            : entry.note;
    return QStringLiteral("%1 %2 %3 %4 %5\n")
        .arg(entry.time().toString(Qt::ISODateWithMs), QLatin1String(signs[int(entry.direction)]),
             name(entry.kind).leftJustified(6), QString::number(entry.payload.size()).rightJustified(8), what)
        .toUtf8();
}
} // namespace

bool LogFile::save(const QString &fileName, const QList<LogEntry> &entries, QString *error)
{
    const bool isJson = fileName.endsWith(QLatin1String(".jsonl"), Qt::CaseInsensitive);
    QSaveFile file(fileName);
    if (!file.open(QIODevice::WriteOnly)) {
        *error = file.errorString();
        return false;
    }
    for (const LogEntry &entry : entries)
        file.write(isJson ? jsonLine(entry) : textLine(entry));
    if (!file.commit()) {
        *error = file.errorString();
        return false;
    }
    return true;
}
