// SPDX-License-Identifier: MIT
#include "sessionfile.h"

#include "harfile.h"
#include "messagetext.h"
#include "secrets.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QFile>
#include <QtCore/QFileInfo>
#include <QtCore/QSaveFile>

using std::chrono::microseconds;
using std::chrono::milliseconds;
using Kind = LogEntry::Kind;
using Type = SessionEvent::Type;

namespace {
constexpr qint64 MaximumFile = 512 * 1024 * 1024;

struct Texts
{
    Q_DECLARE_TR_FUNCTIONS(SessionFile)
};

bool isRecorded(const LogEntry &entry)
{
    return entry.isOnWire() || entry.closeCode != 0;
}

Type typeOf(Kind kind)
{
    switch (kind) {
    case Kind::Text:
        return Type::Text;
    case Kind::Binary:
        return Type::Binary;
    case Kind::Ping:
        return Type::Ping;
    case Kind::Pong:
        return Type::Pong;
    case Kind::Event:
    case Kind::Error:
        break;
    }
    return Type::Close;
}

Kind kindOf(Type type)
{
    static const Kind kinds[] = {Kind::Text, Kind::Binary, Kind::Ping, Kind::Pong, Kind::Event};
    return kinds[int(type)];
}

// What a peer says stays in its line, and does nothing to a terminal that shows it.
QString escaped(const QString &text)
{
    QString line;
    for (const QChar c : text) {
        const bool isBreak = c == QChar::LineSeparator || c == QChar::ParagraphSeparator;
        if (c == u'\n')
            line += QLatin1String("\\n");
        else if (isBreak || (c.category() == QChar::Other_Control && c != u'\t'))
            line += QStringLiteral("\\u%1").arg(c.unicode(), 4, 16, QLatin1Char('0'));
        else
            line += c;
    }
    return line;
}

QByteArray textLine(const LogEntry &entry)
{
    static const char *const signs[] = {"-", "<", ">"};
    static const char *const names[] = {"text", "binary", "ping", "pong", "event", "error"};
    const QString what = entry.kind == Kind::Text ? messageText(entry.payload)
                         : entry.note.isEmpty()   ? QString::fromLatin1(entry.payload.toHex(' '))
                                                  : entry.note;
    return QStringLiteral("%1 %2 %3 %4 %5\n")
        .arg(entry.time().toString(Qt::ISODateWithMs), QLatin1String(signs[int(entry.direction)]),
             QString::fromLatin1(names[int(entry.kind)]).leftJustified(6),
             QString::number(entry.payload.size()).rightJustified(8), escaped(what))
        .toUtf8();
}

void writeRecord(QIODevice *file, const Session &session)
{
    file->write(SessionRecord::headLine(session.head));
    for (const SessionEvent &event : session.events)
        file->write(SessionRecord::eventLine(event));
}

QString linesOf(const WsHeaders &headers)
{
    QString lines;
    for (const auto &[name, value] : headers)
        lines += QString::fromUtf8(name) + QLatin1String(": ") + Secrets::shownValue(name, value) + u'\n';
    return lines;
}

LogEntry entryOf(const SessionHead &head)
{
    LogEntry entry;
    entry.msecsSinceEpoch = head.started.toMSecsSinceEpoch();
    entry.note = Texts::tr("Session with %1").arg(head.url.toString(QUrl::RemovePassword));
    entry.detail =
        QStringLiteral("%1 %2 HTTP/1.1\n%3\nHTTP/1.1 %4\n%5")
            .arg(QString::fromLatin1(head.method), QString::fromLatin1(head.target),
                 linesOf(head.requestHeaders), QString::number(head.status), linesOf(head.responseHeaders));
    return entry;
}

LogEntry entryOf(const SessionEvent &event, qint64 start)
{
    LogEntry entry;
    entry.msecsSinceEpoch = start + std::chrono::duration_cast<milliseconds>(event.time).count();
    entry.kind = kindOf(event.type);
    if (event.type == Type::Close) {
        entry.closeCode = event.closeCode;
        entry.note = Texts::tr("Closed with code %1").arg(event.closeCode);
        if (!event.payload.isEmpty())
            entry.note += QStringLiteral(": ") + QString::fromUtf8(event.payload);
        return entry;
    }
    entry.direction = event.direction == SessionEvent::Direction::Sent ? LogEntry::Direction::Sent
                                                                       : LogEntry::Direction::Received;
    entry.payload = event.payload;
    return entry;
}

QString loadArchive(const QString &fileName, QList<Session> *sessions)
{
    QFile file(fileName);
    return file.open(QIODevice::ReadOnly) ? sessionsFromHar(file.readAll(), sessions) : file.errorString();
}
} // namespace

Session SessionFile::sessionOf(const SessionHead &head, const QList<LogEntry> &entries)
{
    Session session{head, {}};
    const qint64 first = entries.isEmpty() ? 0 : entries.constFirst().msecsSinceEpoch;
    const qint64 start = head.started.isValid() ? qMin(first, head.started.toMSecsSinceEpoch()) : first;
    session.head.started = QDateTime::fromMSecsSinceEpoch(start).toUTC();
    for (const LogEntry &entry : entries) {
        if (!isRecorded(entry))
            continue;
        SessionEvent event;
        event.time = milliseconds(qMax<qint64>(0, entry.msecsSinceEpoch - start));
        event.direction = entry.direction == LogEntry::Direction::Sent ? SessionEvent::Direction::Sent
                                                                       : SessionEvent::Direction::Received;
        event.type = typeOf(entry.kind);
        event.payload = entry.payload;
        event.closeCode = entry.closeCode;
        session.events.append(event);
    }
    return session;
}

QList<LogEntry> SessionFile::entriesOf(const Session &session)
{
    QList<LogEntry> entries{entryOf(session.head)};
    for (const SessionEvent &event : session.events)
        entries.append(entryOf(event, entries.constFirst().msecsSinceEpoch));
    return entries;
}

QString SessionFile::save(const QString &fileName, const SessionHead &head, const QList<LogEntry> &entries)
{
    QSaveFile file(fileName);
    if (!file.open(QIODevice::WriteOnly))
        return file.errorString();
    const Session session = sessionOf(head.withoutSecrets(), entries);
    if (fileName.endsWith(QLatin1String(".jsonl"), Qt::CaseInsensitive)) {
        writeRecord(&file, session);
    } else if (fileName.endsWith(QLatin1String(".har"), Qt::CaseInsensitive)) {
        file.write(sessionsToHar({session}));
    } else {
        for (const LogEntry &entry : entries)
            file.write(textLine(entry));
    }
    return file.commit() ? QString() : file.errorString();
}

QString SessionFile::load(const QString &fileName, QList<Session> *sessions)
{
    if (QFileInfo(fileName).size() > MaximumFile)
        return Texts::tr("The file is larger than %1.").arg(formatSize(MaximumFile));
    if (fileName.endsWith(QLatin1String(".har"), Qt::CaseInsensitive))
        return loadArchive(fileName, sessions);
    sessions->append(Session());
    QString problem = readSession(fileName, &sessions->last());
    const QString place = fileName + QStringLiteral(": ");
    return problem.startsWith(place) ? problem.sliced(place.size()) : problem;
}
