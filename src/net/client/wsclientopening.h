// SPDX-License-Identifier: MIT
#ifndef WSCLIENTOPENING_H
#define WSCLIENTOPENING_H

#include "net/client/wshops.h"
#include "net/connection/wsopening.h"
#include "net/loop/wstime.h"
#include "protocol/wsauthentication.h"
#include "protocol/wsclienthandshake.h"
#include "protocol/wshttpbody.h"

#include <QtCore/qpointer.h>
#include <QtCore/qurl.h>
#include <QtNetwork/qnetworkcookiejar.h>
#include <QtNetwork/qnetworkproxy.h>
#include <QtNetwork/qsslconfiguration.h>
#include <QtNetwork/qsslerror.h>

#include <chrono>
#include <memory>
#include <optional>

class WsClientPrivate;

// The TLS errors that are ignored.
struct WsIgnoredSslErrors
{
    bool areAll = false;
    QList<QSslError> some;

    void add(const WsIgnoredSslErrors &others);
    bool contain(const QList<QSslError> &errors) const;
    // Whether each is an error of one certificate, so that no other server can have it.
    bool nameCertificates() const;
};

// What is set for the way to the servers. It is the same for all hops of an opening, as the request is.
struct WsClientRoute
{
    QSslConfiguration tls;
    QString peerVerifyName;
    QNetworkProxy proxy;
};

// RFC 6455 §4.1: the client's side of the opening handshake. It is a chain of hops, each with a request on a
// transport of its own: the first, and those that redirects and demands for a login lead to.
class WsClientOpening : public WsOpening
{
public:
    // A server may send this many interim answers before its final one (RFC 9110 §15.2).
    static constexpr int MaxInterimAnswers = 32;
    // A body of unknown length counts as complete if nothing more of it arrives for this long.
    static constexpr std::chrono::milliseconds BodySilence{1000};

    // \a request is made of what the program has set.
    WsClientOpening(WsClientPrivate *client, WsUpgradeRequest request, const QUrl &url);

    // Starts the first hop.
    void begin() { proceed(); }
    // The transport is about to connect: connectTimeout counts from now until onStep(Ws::Connected).
    void limitConnecting();

    void onStep(Ws::OpeningStep step) override;
    void onConnected() override;
    void onWritten() override;
    void onBytes(QByteArray bytes) override;
    void onEnd() override;
    void onTimeout() override;
    void onFailure(const WsError &error) override;
    void onSslErrors(const QList<QSslError> &errors) override;
    void onPeerVerifyError(const QSslError &error) override;
    void onHandshakeInterrupted(const QSslError &error) override;
    void onPreSharedKey(QSslPreSharedKeyAuthenticator *authenticator) override;
    void onProxyAuthentication(const QNetworkProxy &proxy, QAuthenticator *authenticator) override;
    void onLeaving() override;
    void onEstablished() override;

    // Ignores \a errors in this opening, in addition to those that the client ignores. Returns false if it
    // is, or may be, too late.
    bool ignoreSslErrors(const WsIgnoredSslErrors &errors);
    // Ends a pause for errors of TLS, which are ignored if \a isTrusted. Returns false if there is none.
    bool continueOpening(bool isTrusted);
    // Returns false unless called by a slot that onHandshakeInterrupted() has called.
    bool continueInterruptedHandshake();
    // What has to come next, for error texts.
    QString awaited() const;

private:
    // Whether the certificate is trusted, as far as that is known.
    enum class Trust { Unasked, Asking, Held, Given, Denied };
    // While slots are asked in the middle of the verification, and when none of them has continued it.
    enum class Interruption { None, Asking, Continued, Refused };
    // What comes next when the slots, or the filter, that are being called have returned, or have moved the
    // client to another thread. Nothing: none are being called.
    enum class Next { Nothing, Hop, Login };

    void endConnecting();
    bool reportStep(Ws::OpeningStep step);
    void proceed();
    void startHop();
    void failHop(const WsError &error);
    bool filterRequest(WsUpgradeRequest *request);
    void addAuthorization(WsUpgradeRequest *request, bool isProxied);
    void redirect(const WsHeaders &headers);
    bool logIn(const WsResponseHead &head);
    void askForLogin();
    void endAskingForLogin();
    WsCredentials answeredLogin() const;
    void onFinalHead(const WsResponseHead &head);
    void onAcceptance(const WsResponseHead &head);
    void onRefusal(const WsResponseHead &head);
    bool endWaiting();
    void readBody(const QByteArray &bytes);
    void awaitSilence();
    void refuse();
    void failHandshake(const QString &text);
    static WsError tlsError(const QString &text);
    void fail(const WsError &error);
    void passIgnoredErrors();
    void beginAsking(const QList<QSslError> &errors);
    void endAsking();
    void endInterruption();
    void endAskingForProxy();
    WsError distrustError() const;
    bool isPeerVerified() const;
    WsTime currentLimit() const;
    void holdLimit();
    void resumeLimit();
    void storeCookies(const WsHeaders &headers);

    WsClientPrivate &d;
    WsUpgradeRequest m_request;
    const WsUpgradeRequest m_ownRequest; // what all hops have in common
    // The same. Slots of stateChanged(), and the request filter for the first hop, may still set it.
    std::optional<WsClientRoute> m_route;
    WsHops m_hops;
    QPointer<QNetworkCookieJar> m_cookieJar;
    Next m_next = Next::Hop;
    bool m_hasOwnAuthorization = false; // in the request of this hop
    bool m_hasLostTransport = false;    // while slots were asked for a login
    WsResponseHead m_refusal;           // which slots are asked about
    std::shared_ptr<QAuthenticator> m_authenticator;
    WsCredentials m_answeredLogin;                  // before a slot moved the client
    QAuthenticator *m_proxyAuthenticator = nullptr; // in a slot of proxyAuthenticationRequired()
    QString m_refusalNote;                          // goes on with the text of the error
    int m_maxHeaders;
    int m_interimCount = 0;
    qsizetype m_headBudget; // for all heads together
    WsHeadReader m_head;
    const WsTime m_start = WsClock::now();
    std::optional<WsTime> m_limitAfterConnecting; // while connectTimeout counts: the end of handshakeTimeout
    std::optional<WsBodyReader> m_body;           // of an answer that refuses
    WsTime m_bodyLimit;                           // when the body must be complete
    WsIgnoredSslErrors m_ignoredSslErrors;
    QList<QSslError> m_sslErrors;
    std::optional<QSslError> m_singleError; // that onSslErrors() is to follow
    WsTime m_heldSince;
    std::chrono::milliseconds m_heldLimit{0};      // what was left of handshakeTimeout; 0: no limit
    std::chrono::milliseconds m_connectTimeout{0}; // while it counts: all of it
    Trust m_trust = Trust::Unasked;
    Interruption m_interruption = Interruption::None;
    bool m_hasContinued = false; // in a slot of sslErrors()
    bool m_isConnected = false;
    bool m_isRequested = false;
    bool m_hasHeadBegun = false;
};

#endif // WSCLIENTOPENING_H
