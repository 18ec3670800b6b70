// SPDX-License-Identifier: MIT
#include "logentry.h"

#include "hexdump.h"

#include <QtCore/QLocale>

#include <algorithm>

namespace {
constexpr qsizetype PreviewBytes = 256;

bool isVisible(char c)
{
    return c >= 0x20 && c < 0x7f;
}

QString oneLine(const QByteArray &utf8)
{
    QString text = QString::fromUtf8(utf8.left(PreviewBytes));
    for (QChar &c : text) {
        if (c.category() == QChar::Other_Control)
            c = u' ';
    }
    return text;
}
} // namespace

LogEntry LogEntry::now(Direction direction, Kind kind, const QByteArray &payload, const QString &note)
{
    LogEntry entry;
    entry.msecsSinceEpoch = QDateTime::currentMSecsSinceEpoch();
    entry.direction = direction;
    entry.kind = kind;
    entry.payload = payload;
    entry.note = note;
    return entry;
}

QString LogEntry::kindName() const
{
    switch (kind) {
    case Kind::Text:
        return tr("Text");
    case Kind::Binary:
        return tr("Binary");
    case Kind::Ping:
        return tr("Ping");
    case Kind::Pong:
        return tr("Pong");
    case Kind::Event:
        return tr("Event");
    case Kind::Error:
        return tr("Error");
    }
    return {};
}

QString LogEntry::preview() const
{
    if (!note.isEmpty())
        return note;
    const bool isPrintable =
        kind == Kind::Text
        || (kind != Kind::Binary && std::all_of(payload.begin(), payload.end(), isVisible));
    if (!isPrintable)
        return hexLine(payload.left(PreviewBytes / 8));
    return oneLine(payload);
}

bool LogEntry::contains(const QString &text) const
{
    if (note.contains(text, Qt::CaseInsensitive) || detail.contains(text, Qt::CaseInsensitive))
        return true;
    if (kind == Kind::Binary)
        return payload.contains(text.toUtf8());
    return QString::fromUtf8(payload).contains(text, Qt::CaseInsensitive);
}

QString formatSize(qint64 bytes)
{
    if (bytes < 1024)
        return QLocale().toString(bytes) + QLatin1String(" B");
    return QLocale().formattedDataSize(bytes, 1, QLocale::DataSizeTraditionalFormat);
}
