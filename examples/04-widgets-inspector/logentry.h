// SPDX-License-Identifier: MIT
#ifndef LOGENTRY_H
#define LOGENTRY_H

#include <QtCore/QByteArray>
#include <QtCore/QCoreApplication>
#include <QtCore/QDateTime>
#include <QtCore/QString>

// One line of the log: a message, a ping, a pong or another event of the connection.
struct LogEntry
{
    Q_DECLARE_TR_FUNCTIONS(LogEntry)

public:
    enum class Direction { None, Received, Sent };
    enum class Kind { Text, Binary, Ping, Pong, Event, Error };

    static LogEntry now(Direction direction, Kind kind, const QByteArray &payload, const QString &note = {});

    bool isMessage() const { return kind == Kind::Text || kind == Kind::Binary; }
    bool isOnWire() const { return direction != Direction::None; }
    QDateTime time() const { return QDateTime::fromMSecsSinceEpoch(msecsSinceEpoch); }
    QString kindName() const;
    QString preview() const; // one short line
    bool contains(const QString &text) const;

    qint64 msecsSinceEpoch = 0; // QDateTime is too expensive for a thousand entries per second
    Direction direction = Direction::None;
    Kind kind = Kind::Event;
    QByteArray payload;
    QString note;          // a remark in addition to the payload
    quint16 closeCode = 0; // of an event that ends a connection
    QString detail;        // what else is known of an event, in lines
};

QString formatSize(qint64 bytes);

#endif // LOGENTRY_H
