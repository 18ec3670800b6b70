// SPDX-License-Identifier: MIT
#ifndef WSCLIENTOPENING_H
#define WSCLIENTOPENING_H

#include "net/connection/wsopening.h"
#include "net/loop/wstime.h"
#include "protocol/wsclienthandshake.h"
#include "protocol/wshttpbody.h"

#include <QtCore/qpointer.h>
#include <QtCore/qurl.h>
#include <QtNetwork/qnetworkcookiejar.h>

#include <chrono>
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

// RFC 6455 §4.1: the client's side of the opening handshake.
class WsClientOpening : public WsOpening
{
public:
    // A server may send this many interim answers before its final one (RFC 9110 §15.2).
    static constexpr int MaxInterimAnswers = 32;
    // A body of unknown length counts as complete if nothing more of it arrives for this long.
    static constexpr std::chrono::milliseconds BodySilence{1000};

    WsClientOpening(WsClientPrivate *client, WsUpgradeRequest request, const QUrl &httpUrl);

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
    void onLeaving() override;
    void onEstablished() override;

    // Ignores \a errors in this opening, in addition to those that the client ignores. Returns false if it
    // is, or may be, too late.
    bool ignoreSslErrors(const WsIgnoredSslErrors &errors);
    // Ends a pause for errors of TLS, which are ignored if \a isTrusted. Returns false if there is none.
    bool continueOpening(bool isTrusted);

private:
    // Whether the certificate is trusted, as far as that is known.
    enum class Trust { Unasked, Asking, Held, Given, Denied };

    void endConnecting();
    bool reportStep(Ws::OpeningStep step);
    void onFinalHead(const WsResponseHead &head);
    void onAcceptance(const WsResponseHead &head);
    void onRefusal(const WsResponseHead &head);
    void readBody(const QByteArray &bytes);
    void awaitSilence();
    void refuse();
    void failHandshake(const QString &text);
    void fail(const WsError &error);
    void passIgnoredErrors();
    void endAsking();
    WsError distrustError() const;
    bool isPeerVerified() const;
    void holdLimit();
    void resumeLimit();
    QString awaited() const;
    void storeCookies(const WsHeaders &headers);

    WsClientPrivate &d;
    WsUpgradeRequest m_request;
    QPointer<QNetworkCookieJar> m_cookieJar;
    QUrl m_httpUrl;
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
    std::chrono::milliseconds m_heldLimit{0}; // what was left of handshakeTimeout; 0: no limit
    Trust m_trust = Trust::Unasked;
    bool m_hasContinued = false; // in a slot of sslErrors()
    bool m_isConnected = false;
    bool m_isRequested = false;
    bool m_hasHeadBegun = false;
};

#endif // WSCLIENTOPENING_H
