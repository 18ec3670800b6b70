// SPDX-License-Identifier: MIT
#ifndef SESSIONS_H
#define SESSIONS_H

#include <WsKit/WsConnection>

#include <QtCore/QDeadlineTimer>
#include <QtCore/QHash>
#include <QtCore/QPointer>
#include <QtCore/QTimer>

#include <chrono>

// Who is logged in. The browser keeps a random number in a cookie; everything else stays here, so that a
// session can be ended here.
class Sessions : public QObject
{
    Q_OBJECT

public:
    struct Session
    {
        QString user;
        QDeadlineTimer end;
        QList<QPointer<WsConnection>> connections; // which end with it
    };

    Sessions(std::chrono::milliseconds sessionLife, std::chrono::milliseconds ticketLife);

    // Both return the secret, which only the client gets to know.
    QByteArray begin(const QString &user);
    QByteArray newTicket(const QByteArray &key);

    // The key of the session that a cookie or a ticket stands for; empty if there is none, or if it has
    // expired.
    QByteArray keyOfCookie(const QByteArray &cookie) const;
    // A ticket is good for one use; keyOfTicket() still knows it for a while.
    QByteArray useTicket(const QByteArray &ticket);
    QByteArray keyOfTicket(const QByteArray &ticket) const;

    QString user(const QByteArray &key) const { return m_sessions.value(key).user; }
    // From then on the connection is closed when the session ends.
    void add(const QByteArray &key, WsConnection *connection);
    void end(const QByteArray &key);

private:
    struct Ticket
    {
        QByteArray key;
        QDeadlineTimer end;
        bool isUsed = false;
    };
    bool isValid(const QByteArray &key) const;
    void removeExpired();

    const std::chrono::milliseconds m_sessionLife;
    const std::chrono::milliseconds m_ticketLife;
    QHash<QByteArray, Session> m_sessions; // by fingerprints, not by what the cookies contain
    QHash<QByteArray, Ticket> m_tickets;   // also by fingerprints
    QTimer m_cleaning;
};

#endif // SESSIONS_H
