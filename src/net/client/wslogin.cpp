// SPDX-License-Identifier: MIT
#include "net/client/wslogin.h"

#include "net/client/wshops.h"
#include "protocol/wshttphead.h"

#include <QtNetwork/qhostaddress.h>

#include <algorithm>
#include <utility>

namespace {
WsCredentials credentialsOf(const QUrl &url)
{
    return {url.userName(QUrl::FullyDecoded), url.password(QUrl::FullyDecoded)};
}

// For a proxy this is the proxy's machine.
bool isThisMachine(const QUrl &url)
{
    return url.scheme() == QLatin1String("ws+unix") || url.host() == QLatin1String("localhost")
           || QHostAddress(url.host()).isLoopback();
}

// Basic does not protect the password. Nobody else reads what goes through TLS or stays on this machine.
bool isConfidential(const QUrl &url, bool isProxied)
{
    const bool isTls = url.scheme() == QLatin1String("wss") || url.scheme() == QLatin1String("https");
    return isTls || (isThisMachine(url) && !isProxied);
}
} // namespace

void WsLogin::start(const QUrl &url)
{
    const QString origin = wsOriginOf(url);
    const WsCredentials credentials = credentialsOf(url);
    if (origin != m_urlOrigin || credentials != m_urlCredentials)
        m_kept.clear();
    else if (m_isAsking)
        m_kept.removeLast();
    for (Kept &kept : m_kept)
        kept.isNew = false;
    m_urlOrigin = origin;
    m_urlCredentials = credentials;
    m_answerCount = 0;
    m_areUrlsRejected = m_isSent = m_isAsking = false;
    m_problem.clear();
}

// Makes what is kept about the server at \a url the last. Returns false if there is nothing. A URL of the
// first origin that another server has chosen counts as one of another origin: the answer for one of them is
// not sent to the other, nor rejected by it.
bool WsLogin::select(const QUrl &url, bool isAtOrigin)
{
    const QString origin = wsOriginOf(url);
    const auto found = std::find_if(m_kept.begin(), m_kept.end(), [&](const Kept &kept) {
        return kept.origin == origin && kept.isAtOrigin == isAtOrigin
               && (kept.wasProxied == m_isProxied || !isThisMachine(url));
    });
    if (found == m_kept.end())
        return false;
    std::rotate(found, found + 1, m_kept.end());
    return true;
}

void WsLogin::add(const QUrl &url, bool isAtOrigin)
{
    if (m_kept.size() == MaxKept)
        m_kept.removeFirst();
    Kept kept;
    kept.origin = wsOriginOf(url);
    kept.isAtOrigin = isAtOrigin;
    m_kept.append(kept);
}

QByteArray WsLogin::authorization(const QUrl &url, const QByteArray &target, bool isAtOrigin, bool isProxied)
{
    m_isSent = false;
    m_isProxied = isProxied;
    const bool maySendUnasked = isConfidential(url, isProxied);
    const bool isSelected = select(url, isAtOrigin);
    const bool isKnown = isSelected && !m_kept.constLast().credentials.isEmpty()
                         && (m_kept.constLast().wasAsked || maySendUnasked);
    if (!isKnown) {
        if (m_urlCredentials.isEmpty() || !isAtOrigin || m_areUrlsRejected || !maySendUnasked)
            return {};
        if (!isSelected)
            add(url, isAtOrigin);
        Kept &kept = m_kept.last();
        kept.credentials = m_urlCredentials;
        kept.authorization = {};
        kept.isFromUrl = true;
        kept.wasAsked = false;
        kept.wasProxied = isProxied;
    }
    m_isSent = true;
    Kept &kept = m_kept.last();
    return kept.authorization.header(kept.credentials, target);
}

// Whether the credentials may be right although the server has answered with 401.
bool WsLogin::mayBeRight(const WsAuthorization &offered) const
{
    const Kept &kept = m_kept.constLast();
    if (!offered.isDigest() || (!kept.isFromUrl && offered.realm() != kept.authorization.realm()))
        return false;
    return !kept.authorization.isDigest() // Basic was not what it wants
           || !kept.isNew                 // the nonce is from an earlier opening
           || offered.isStale();
}

WsLogin::Step WsLogin::onChallenges(const QList<WsChallenge> &challenges, const QUrl &url, bool isAtOrigin)
{
    const bool wasSent = std::exchange(m_isSent, false);
    if (!select(url, isAtOrigin))
        add(url, isAtOrigin);
    const std::optional<WsAuthorization> offered = WsAuthorization::ofStrongest(challenges);
    if (!offered && challenges.isEmpty())
        return giveUp(QString());
    if (!offered)
        return giveUp(QStringLiteral("; it offers only %1, none of which is Basic or a known form of Digest")
                          .arg(wsQuotedSchemes(challenges)));
    if (m_answerCount == MaxAnswers)
        return giveUp(QStringLiteral("; it has rejected %1 answers").arg(MaxAnswers));
    Kept &kept = m_kept.last();
    bool isRight = wasSent && mayBeRight(*offered);
    const bool isOfRealm = wasSent && (kept.isFromUrl || offered->realm() == kept.authorization.realm());
    if (wasSent && !isRight) {
        m_areUrlsRejected = m_areUrlsRejected || kept.isFromUrl;
        if (!isOfRealm)
            kept.credentials = {};
    } else if (!wasSent) {
        isRight = isAtOrigin && !m_urlCredentials.isEmpty() && !m_areUrlsRejected;
        kept.credentials = isRight ? m_urlCredentials : WsCredentials();
        kept.isFromUrl = isRight;
    }
    kept.authorization = *offered;
    kept.isNew = kept.wasAsked = true;
    kept.wasProxied = m_isProxied;
    m_isAsking = !isRight;
    if (m_isAsking)
        return Step::Ask;
    ++m_answerCount;
    return Step::Retry;
}

void WsLogin::onAnswer(const WsHeaders &headers)
{
    if (m_isSent)
        m_kept.last().authorization.takeNextNonce(headers);
}

bool WsLogin::answer(const WsCredentials &credentials)
{
    Kept &kept = m_kept.last();
    if (credentials == kept.credentials || credentials.isEmpty()) {
        const QString realm = wsQuoted(kept.authorization.realm());
        giveUp(kept.credentials.isEmpty()
                   ? QStringLiteral("; it asks for a user name and a password for the realm ") + realm
                   : QStringLiteral("; it rejects the user name or the password for the realm ") + realm);
        return false;
    }
    kept.credentials = credentials;
    kept.isFromUrl = m_isAsking = false;
    ++m_answerCount;
    return true;
}

// The server has rejected what is kept about it, if anything.
WsLogin::Step WsLogin::giveUp(const QString &problem)
{
    m_problem = problem;
    m_kept.removeLast();
    m_isAsking = false;
    return Step::GiveUp;
}
