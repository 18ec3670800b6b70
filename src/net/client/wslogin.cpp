// SPDX-License-Identifier: MIT
#include "net/client/wslogin.h"

#include "net/client/wshops.h"
#include "protocol/wshttphead.h"

#include <QtNetwork/qhostaddress.h>

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
    if (origin != m_urlOrigin || credentials != m_urlCredentials || m_isAsking)
        forget();
    m_urlOrigin = origin;
    m_urlCredentials = credentials;
    m_answerCount = 0;
    m_areUrlsRejected = m_isSent = m_isNew = false;
    m_problem.clear();
}

void WsLogin::forget()
{
    m_origin.clear();
    m_credentials = {};
    m_authorization = {};
    m_isFromUrl = m_isAsking = m_wasAsked = false;
}

QByteArray WsLogin::authorization(const QUrl &url, const QByteArray &target, bool isAtOrigin, bool isProxied)
{
    m_isSent = false;
    m_isProxied = isProxied;
    const bool maySendUnasked = isConfidential(url, isProxied);
    const bool isSameServer =
        m_origin == wsOriginOf(url) && (m_wasProxied == isProxied || !isThisMachine(url));
    // Not to the first origin if another server has chosen the URL there.
    const bool isKnown = isSameServer && (isAtOrigin || m_origin != m_urlOrigin) && !m_credentials.isEmpty()
                         && (m_wasAsked || maySendUnasked);
    if (!isKnown) {
        if (m_urlCredentials.isEmpty() || !isAtOrigin || m_areUrlsRejected || !maySendUnasked)
            return {};
        m_origin = wsOriginOf(url);
        m_credentials = m_urlCredentials;
        m_authorization = {};
        m_isFromUrl = true;
        m_wasAsked = false;
        m_wasProxied = isProxied;
    }
    m_isSent = true;
    return m_authorization.header(m_credentials, target);
}

// Whether the credentials may be right although the server has answered with 401.
bool WsLogin::mayBeRight(const WsAuthorization &offered) const
{
    if (!offered.isDigest() || (!m_isFromUrl && offered.realm() != m_authorization.realm()))
        return false;
    return !m_authorization.isDigest() // Basic was not what it wants
           || !m_isNew                 // the nonce is from an earlier opening
           || offered.isStale();
}

WsLogin::Step WsLogin::onChallenges(const QList<WsChallenge> &challenges, const QUrl &url, bool isAtOrigin)
{
    const std::optional<WsAuthorization> offered = WsAuthorization::ofStrongest(challenges);
    if (!offered && challenges.isEmpty())
        return giveUp(QString());
    if (!offered)
        return giveUp(QStringLiteral("; it offers only %1, none of which is Basic or a known form of Digest")
                          .arg(wsQuotedSchemes(challenges)));
    if (m_answerCount == MaxAnswers)
        return giveUp(QStringLiteral("; it has rejected %1 answers").arg(MaxAnswers));
    const bool wasSent = std::exchange(m_isSent, false);
    bool isRight = wasSent && mayBeRight(*offered);
    const bool isOfRealm = wasSent && (m_isFromUrl || offered->realm() == m_authorization.realm());
    if (wasSent && !isRight) {
        m_areUrlsRejected = m_areUrlsRejected || m_isFromUrl;
        if (!isOfRealm)
            m_credentials = {};
    } else if (!wasSent) {
        isRight = isAtOrigin && !m_urlCredentials.isEmpty() && !m_areUrlsRejected;
        m_credentials = isRight ? m_urlCredentials : WsCredentials();
        m_isFromUrl = isRight;
    }
    m_origin = wsOriginOf(url);
    m_authorization = *offered;
    m_isNew = m_wasAsked = true;
    m_wasProxied = m_isProxied;
    m_isAsking = !isRight;
    if (m_isAsking)
        return Step::Ask;
    ++m_answerCount;
    return Step::Retry;
}

void WsLogin::onAnswer(const WsHeaders &headers)
{
    if (m_isSent)
        m_authorization.takeNextNonce(headers);
}

bool WsLogin::answer(const WsCredentials &credentials)
{
    if (credentials == m_credentials || credentials.isEmpty()) {
        const QString realm = wsQuoted(m_authorization.realm());
        giveUp(m_credentials.isEmpty()
                   ? QStringLiteral("; it asks for a user name and a password for the realm ") + realm
                   : QStringLiteral("; it rejects the user name or the password for the realm ") + realm);
        return false;
    }
    m_credentials = credentials;
    m_isFromUrl = m_isAsking = false;
    ++m_answerCount;
    return true;
}

WsLogin::Step WsLogin::giveUp(const QString &problem)
{
    m_problem = problem;
    forget();
    return Step::GiveUp;
}
