// SPDX-License-Identifier: MIT
#include "net/client/wstlssessions.h"

#include <QtCore/qcryptographichash.h>
#include <QtNetwork/qsslcertificate.h>

#include <algorithm>
#include <utility>

WsTlsOutcome::WsTlsOutcome(const QSslConfiguration &tls)
    : peer(tls.peerCertificate()), chain(tls.peerCertificateChain()), authorities(tls.caCertificates()),
      ticket(tls.sessionTicket()), lifetime(tls.sessionTicketLifeTimeHint()),
      sendsTicketsLater(tls.sessionProtocol() == QSsl::TlsV1_3)
{
}

bool WsTlsSessions::Session::isGood(const QDateTime &now) const
{
    const qint64 age = verifiedAt.secsTo(now); // negative if the clock was set back
    return age >= 0 && age < MaxAge && now < validUntil && now < ticketUntil;
}

// Qt sets SslOptionDisableSessionPersistence in each configuration, so it says nothing about what the
// application wants.
bool WsTlsSessions::areAllowed(const QSslConfiguration &settings)
{
    return !settings.testSslOption(QSsl::SslOptionDisableSessionTickets)
           && !settings.testSslOption(QSsl::SslOptionDisableSessionSharing)
           && !settings.ocspStaplingEnabled() // a resumed session has no answer of OCSP
           && settings.sessionTicket().isEmpty();
}

QSslConfiguration WsTlsSessions::begin(const WsTlsTarget &target, const QDateTime &now)
{
    m_current = std::make_unique<Session>();
    m_current->target = target;
    m_isResumable = false;
    QSslConfiguration tls = target.settings;
    if (!areAllowed(target.settings))
        return tls;
    tls.setSslOption(QSsl::SslOptionDisableSessionPersistence, false);
    m_sessions.removeIf([&now](const Session &session) { return !session.isGood(now); });
    const auto session = std::find_if(m_sessions.cbegin(), m_sessions.cend(),
                                      [&](const Session &other) { return other.target == target; });
    if (session == m_sessions.cend())
        return tls;
    *m_current = *session;
    tls.setSessionTicket(std::exchange(m_current->ticket, {}));
    m_sessions.erase(session);
    return tls;
}

void WsTlsSessions::establish(const WsTlsOutcome &tls, const QDateTime &now, bool isTrusted)
{
    if (!m_current)
        return;
    const QByteArray peer = digestOf(tls.peer);
    m_isResumable = isTrusted && !peer.isEmpty() && areAllowed(m_current->target.settings);
    // Qt does not say whether the session was resumed. If the peer has the same certificate, it may have
    // been: then the certificates were not verified now.
    if (!isKnownPeer(tls.peer)) {
        m_current->peer = peer;
        m_current->verifiedAt = now;
        m_current->validUntil = validUntil(tls);
    }
    if (!tls.sendsTicketsLater)
        keepTicket(tls.ticket, tls.lifetime, now);
}

bool WsTlsSessions::isKnownPeer(const QSslCertificate &peer) const
{
    return m_current && !m_current->peer.isEmpty() && m_current->peer == digestOf(peer);
}

void WsTlsSessions::keepTicket(const QByteArray &ticket, int lifetime, const QDateTime &now)
{
    if (!m_isResumable || ticket.isEmpty() || ticket.size() > MaxTicketSize)
        return;
    Session session = *m_current;
    session.ticket = ticket;
    session.ticketUntil = lifetime > 0 ? now.addSecs(lifetime) : session.validUntil;
    m_sessions.removeIf([&](const Session &other) { return other.target == session.target; });
    m_sessions.append(session);
    if (m_sessions.size() > MaxSessions)
        m_sessions.removeFirst();
}

void WsTlsSessions::clear()
{
    m_sessions.clear();
    m_isResumable = false;
}

QByteArray WsTlsSessions::digestOf(const QSslCertificate &certificate)
{
    return certificate.isNull() ? QByteArray() : certificate.digest(QCryptographicHash::Sha256);
}

// The peer does not send the root. Which of the known authorities it is, is not reported either, so all with
// the name of an issuer count.
QDateTime WsTlsSessions::validUntil(const WsTlsOutcome &tls)
{
    const QList<QSslCertificate> sent = tls.chain + QList{tls.peer};
    QDateTime end;
    const auto add = [&end](const QSslCertificate &certificate) {
        end = end.isValid() ? std::min(end, certificate.expiryDate()) : certificate.expiryDate();
    };
    std::for_each(sent.begin(), sent.end(), add);
    for (const QSslCertificate &authority : tls.authorities) {
        const QString name = authority.subjectDisplayName();
        if (std::any_of(sent.begin(), sent.end(), [&name](const QSslCertificate &certificate) {
                return certificate.issuerDisplayName() == name;
            }))
            add(authority);
    }
    return end;
}
