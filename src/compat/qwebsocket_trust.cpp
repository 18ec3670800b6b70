// SPDX-License-Identifier: MIT

// Which errors of TLS a QWebSocket ignores, and for which servers.

#include "qwebsocket_p.h"

#include <algorithm>

QT_BEGIN_NAMESPACE

// Calls after open() are about the server that is then connected to. The client could not know that, and
// would take some of them for late answers about an earlier one, so they wait here until it asks.
void QWebSocketPrivate::ignoreSslErrors()
{
    if (!client)
        return;
    if (m_state != QAbstractSocket::ConnectingState) {
        client->ignoreSslErrors(); // in later openings, or too late
        return;
    }
    m_ignoresAllErrors = true;
    if (m_areErrorsReported)
        passIgnoredErrors();
}

void QWebSocketPrivate::ignoreSslErrors(const QList<QSslError> &errors)
{
    if (m_state == QAbstractSocket::ConnectingState && client) {
        m_ignoredInAll = m_ignoredErrors = errors;
        if (m_areErrorsReported)
            passIgnoredErrors();
        return;
    }
    const bool mayMeanOther = m_isDistrusted
                              && std::any_of(errors.cbegin(), errors.cend(),
                                             [](const auto &each) { return each.certificate().isNull(); });
    if (mayMeanOther)
        qWarning("QWebSocket::ignoreSslErrors: an error without a certificate, which may be of an earlier "
                 "server, is not ignored in later openings");
    else
        m_ignoredInAll = errors;
}

// The next server is not known yet.
void QWebSocketPrivate::startTrust()
{
    m_ignoredErrors = m_ignoredInAll;
    m_ignoresAllErrors = m_areErrorsReported = false;
}

void QWebSocketPrivate::onSslErrors(const QList<QSslError> &errors)
{
    m_isDistrusted = true;
    const Guard guard(q);
    const quint32 opening = m_opening;
    Q_EMIT q->sslErrors(errors);
    if (!guard || m_opening != opening || m_state != QAbstractSocket::ConnectingState)
        return;
    m_areErrorsReported = true;
    passIgnoredErrors();
}

void QWebSocketPrivate::passIgnoredErrors()
{
    if (!m_ignoredErrors.isEmpty())
        client->ignoreSslErrors(m_ignoredErrors);
    else if (m_ignoresAllErrors)
        client->ignoreSslErrors();
}

QT_END_NAMESPACE
