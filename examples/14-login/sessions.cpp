// SPDX-License-Identifier: MIT
#include "sessions.h"

#include "secrets.h"

using namespace std::chrono_literals;

Sessions::Sessions(std::chrono::milliseconds sessionLife, std::chrono::milliseconds ticketLife)
    : m_sessionLife(sessionLife), m_ticketLife(ticketLife)
{
    connect(&m_cleaning, &QTimer::timeout, this, &Sessions::removeExpired);
    m_cleaning.start(10s);
}

QByteArray Sessions::begin(const QString &user)
{
    const QByteArray cookie = newSecret();
    m_sessions.insert(fingerprint(cookie), {user, QDeadlineTimer(m_sessionLife), {}});
    return cookie;
}

QByteArray Sessions::newTicket(const QByteArray &key)
{
    const QByteArray ticket = newSecret();
    m_tickets.insert(fingerprint(ticket), {key, QDeadlineTimer(m_ticketLife), false});
    return ticket;
}

bool Sessions::isValid(const QByteArray &key) const
{
    const auto session = m_sessions.constFind(key);
    return session != m_sessions.cend() && !session->end.hasExpired();
}

QByteArray Sessions::keyOfCookie(const QByteArray &cookie) const
{
    const QByteArray key = fingerprint(cookie);
    return isValid(key) ? key : QByteArray();
}

QByteArray Sessions::useTicket(const QByteArray &secret)
{
    const auto ticket = m_tickets.find(fingerprint(secret));
    if (ticket == m_tickets.end() || ticket->isUsed || ticket->end.hasExpired() || !isValid(ticket->key))
        return {};
    ticket->isUsed = true;
    return ticket->key;
}

QByteArray Sessions::keyOfTicket(const QByteArray &secret) const
{
    return m_tickets.value(fingerprint(secret)).key;
}

void Sessions::add(const QByteArray &key, WsConnection *connection)
{
    const auto session = m_sessions.find(key);
    if (session == m_sessions.end()) { // it has ended in the meantime
        connection->close(Ws::PolicyViolation, QStringLiteral("logged out"));
        return;
    }
    session->connections.removeIf([](const auto &old) { return !old || old->state() == Ws::Closed; });
    session->connections.append(connection);
}

void Sessions::end(const QByteArray &key)
{
    const Session session = m_sessions.take(key);
    for (const auto &connection : session.connections) {
        if (connection)
            connection->close(Ws::PolicyViolation, QStringLiteral("logged out"));
    }
}

void Sessions::removeExpired()
{
    m_tickets.removeIf([](const auto &entry) { return entry.value().end.hasExpired(); });
    const QList<QByteArray> keys = m_sessions.keys();
    for (const QByteArray &key : keys) {
        if (!isValid(key))
            end(key);
    }
}
