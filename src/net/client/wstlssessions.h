// SPDX-License-Identifier: MIT
#ifndef WSTLSSESSIONS_H
#define WSTLSSESSIONS_H

#include <QtCore/qdatetime.h>
#include <QtCore/qlist.h>
#include <QtCore/qstringlist.h>
#include <QtNetwork/qsslcertificate.h>
#include <QtNetwork/qsslconfiguration.h>

#include <memory>

// Whom an opening over TLS verifies, and how. A session is only resumed if all of this is the same.
struct WsTlsTarget
{
    QString host;
    int port = 0;
    QString verifyName;
    QSslConfiguration settings; // as the application has set them
    QStringList pins;

    friend bool operator==(const WsTlsTarget &a, const WsTlsTarget &b)
    {
        return a.host == b.host && a.port == b.port && a.verifyName == b.verifyName && a.pins == b.pins
               && a.settings == b.settings;
    }
};

// What TLS has established.
struct WsTlsOutcome
{
    explicit WsTlsOutcome(const QSslConfiguration &tls);
    WsTlsOutcome() = default;

    QSslCertificate peer;
    QList<QSslCertificate> chain; // as it was sent; empty if the session was resumed
    QList<QSslCertificate> authorities;
    QByteArray ticket;
    int lifetime = -1;              // of the ticket, in seconds; -1: unknown
    bool sendsTicketsLater = false; // the ticket is not one yet
};

// The TLS sessions that a client can resume (RFC 8446 §2.2), which saves both sides the certificates.
//
// OpenSSL does not verify the peer again when it resumes a session. So each session remembers when and until
// when its certificates were valid, and is dropped if it could outlive them.
class WsTlsSessions
{
public:
    static constexpr qsizetype MaxSessions = 4; // to different targets: after redirects, for example
    static constexpr qint64 MaxTicketSize = 32 * 1024;
    // Certificates are verified at least this often, because they can also be revoked.
    static constexpr qint64 MaxAge = 60 * 60; // in seconds

    // An opening begins: returns the settings to use, with the ticket of a session if there is a good one.
    // A ticket is used once (RFC 8446 §C.4).
    QSslConfiguration begin(const WsTlsTarget &target, const QDateTime &now);
    // The pins of the opening.
    QStringList pins() const { return m_current ? m_current->target.pins : QStringList(); }
    // TLS is established. Without \a isTrusted, because errors were ignored, the session is never resumed.
    void establish(const WsTlsOutcome &tls, const QDateTime &now, bool isTrusted);
    // Whether the peer has proved to be the one whose certificates an earlier opening has verified.
    bool isKnownPeer(const QSslCertificate &peer) const;
    // The peer has sent a ticket; \a lifetime as in WsTlsOutcome.
    void keepTicket(const QByteArray &ticket, int lifetime, const QDateTime &now);
    void clear();

    qsizetype count() const { return m_sessions.size(); }

private:
    struct Session
    {
        WsTlsTarget target;
        QByteArray ticket;
        QByteArray peer;      // the digest of its certificate
        QDateTime verifiedAt; // when its certificates were verified
        QDateTime validUntil; // until when all of them are valid
        QDateTime ticketUntil;

        bool isGood(const QDateTime &now) const;
    };

    static bool areAllowed(const QSslConfiguration &settings);
    static QByteArray digestOf(const QSslCertificate &certificate);
    static QDateTime validUntil(const WsTlsOutcome &tls);

    QList<Session> m_sessions;          // the oldest first
    std::unique_ptr<Session> m_current; // of the opening or the connection; its ticket is kept in the list
    bool m_isResumable = false;
};

#endif // WSTLSSESSIONS_H
