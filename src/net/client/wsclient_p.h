// SPDX-License-Identifier: MIT
#ifndef WSCLIENT_P_H
#define WSCLIENT_P_H

#include "net/client/wsclientopening.h"
#include "net/client/wslogin.h"
#include "net/client/wsproxylogins.h"
#include "net/client/wsreconnection.h"
#include "net/client/wstlssessions.h"
#include "net/connection/wsconnection_p.h"
#include "net/loop/wsunnestedreport.h"
#include "protocol/wsclienthandshake.h"

#include <WsKit/wsclient.h>

#include <QtCore/qpointer.h>
#include <QtCore/qurl.h>
#include <QtNetwork/qnetworkcookiejar.h>
#include <QtNetwork/qnetworkproxy.h>
#include <QtNetwork/qsslconfiguration.h>
#include <QtNetwork/qsslerror.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

// The URL of an opening, and the headers that it sends in addition to those that are set.
struct WsOpeningTarget
{
    QUrl url;
    WsHeaders headers;
};

// \a url as cookies need it.
QUrl wsHttpUrl(QUrl url);

// Moves the header Host into request->host if there is exactly one; otherwise leaves everything as it is.
void wsTakeHost(WsUpgradeRequest *request);

// Sets the header; the case of its name does not matter. A null \a value removes it.
void wsSetHeader(WsHeaders *headers, const QByteArray &name, const QByteArray &value);

class WsClientPrivate final : public WsConnectionPrivate
{
public:
    WsClientPrivate();

    static WsClientPrivate *of(WsClient *client)
    {
        return static_cast<WsClientPrivate *>(WsConnectionPrivate::of(client));
    }

    QUrl url() const override { return read(m_url); }
    WsRequest request() const override { return read(m_request); }

    // From any thread, like open(): \a target, or what is set.
    bool openFromAnyThread(const WsOpeningTarget &target);
    bool openFromAnyThread();
    // From any thread: calls \a action, which opens the client, in the thread of the client.
    bool runOpening(const std::function<void()> &action);

    void setUrl(const QUrl &url);
    bool hasUrl() const { return isUrl(url()); }
    void setActive(bool active);
    void openAgainIfWanted();

    // Of TLS, by the client's own thread.
    void ignoreSslErrors(const WsIgnoredSslErrors &errors);
    const WsIgnoredSslErrors &ignoredSslErrors() const { return m_ignoredSslErrors; }
    // Whether a server had errors that were not ignored, and no opening has succeeded since: an answer to
    // them may still come.
    bool isDistrusted() const { return m_isDistrusted; }
    void setDistrusted(bool isDistrusted) { m_isDistrusted = isDistrusted; }
    void setPauseOnSslErrors(bool pauses);
    bool pausesOnSslErrors() const { return m_pausesOnSslErrors; }
    bool continueOpening(bool isTrusted = false);
    // TLS of the opening is established, with \a hasErrors that are ignored. Returns why it must not be used,
    // if so.
    QString checkTls(bool hasErrors);
    bool continueInterruptedHandshake();
    void onAlert(const WsAlert &alert) override;
    WsLateAlerts lateAlerts() override;
    void onSessionTicket() override;

    // In the client's own thread: stores what is set for the next opening, and emits the signal.
    template <typename T>
    void change(T &member, const T &value, void (WsClient::*changed)())
    {
        if (member == value)
            return;
        store(member, value);
        Q_EMIT(client()->*changed)();
    }
    void setReconnect(const WsReconnect &value);
    void setMaskGenerator(const std::function<quint32()> &generator);
    bool reconnectNow();
    // Stores why the client is not open, because it \a isTooLate or there is nothing to wait for. Returns
    // false.
    bool declineAsNotOpen(bool isTooLate);
    // It is open now: that is no longer why a function has returned false.
    void forgetAwaited();
    // Another attempt to open what was opened last.
    void openAgain();
    void changeActive(bool active);
    // Whether the application wants something to be opened: as soon as the client has closed, or once
    // the slots of the signals that announce the opening have returned. An attempt to reconnect does not
    // count.
    bool hasNext() const { return m_next || m_isWantedAgain; }
    void forgetNext() { setNext({}); }
    // The application has opened it, or wants it to be opened next, and has not closed it since then.
    bool isToStayOpen() const { return isActive && (reconnection.isWanted() || hasNext()); }

    // Of an opening. The cookies for \a url; the request of a hop to it, made of what was set for the
    // opening; what is set for the way; the proxy, with the login that it has accepted; and the transport.
    // What is secret is left out unless \a isAtOrigin, see WsHops.
    QByteArray cookiesFor(const QUrl &url) const;
    WsUpgradeRequest requestOfHop(const WsUpgradeRequest &own, const QUrl &url, bool isAtOrigin) const;
    WsClientRoute route() const;
    QNetworkProxy proxyTo(const QUrl &url, const QNetworkProxy &own);
    void startTransport(const QUrl &url, bool isAtOrigin, const WsClientRoute &route);
    // Why pinnedCertificates does not allow a connection to \a url; empty if it does.
    QString pinsProblem(const QUrl &url) const;
    // A request of an opening, with all that is sent.
    static WsRequest sentRequest(const WsUpgradeRequest &request, const QUrl &url);
    // The part of it that the program may change, with its header Host.
    static WsRequest shownRequest(const WsUpgradeRequest &request, const QUrl &url);
    void setRequest(const WsRequest &request) { store(m_request, request); }

    // Any thread sets it, for the next opening.
    QSslConfiguration tls() const;
    void setTls(const QSslConfiguration &configuration) { store(m_tls, configuration); }

    void setCookieJar(QNetworkCookieJar *jar);
    // Whether \a object will move to another thread with the client.
    bool movesAlong(const QObject *object) const;
    void onLeaving() override;

    WsClientOpening *clientOpening() const { return static_cast<WsClientOpening *>(life.opening()); }
    WsClient *client() const { return static_cast<WsClient *>(q); }

    // To be read by read().
    QString peerVerifyName;
    QStringList subprotocols;
    WsHeaders headers;
    QNetworkProxy proxy = QNetworkProxy(QNetworkProxy::DefaultProxy);
    int maxRedirects = 0;
    QStringList pinnedCertificates;
    WsReconnect reconnect;
    // Called in the client's own thread.
    std::function<bool(const WsError &)> reconnectFilter;
    std::function<void(WsRequest &)> requestFilter;
    QPointer<QNetworkCookieJar> cookieJar;
    WsLogin login;
    WsProxyLogins proxyLogins;
    std::atomic<bool> isActive{false};
    std::atomic<int> postedOpenings{0}; // by runOpening(), and on their way to the client's thread
    WsReconnection reconnection{*this};

    // Creates the transport of an opening. Tests replace it.
    std::function<std::unique_ptr<WsTransport>(bool isTls)> makeTransport;

private:
    static bool isUrl(const QUrl &url);
    bool mayStart(const WsOpeningTarget &target, WsUpgradeRequest *request);
    bool start(const WsOpeningTarget &target, WsUpgradeRequest request, bool isAnotherAttempt = false);
    bool announce(const QUrl &url, WsReconnection::Begin how);
    void startOrStayClosed(const WsOpeningTarget &target, bool isAnotherAttempt);
    void openOrReport(const WsOpeningTarget &target);
    bool isBetweenAttempts() const;
    WsOpeningTarget targetOf(const QUrl &url) const;
    QString checkTarget(const WsOpeningTarget &target, WsUpgradeRequest *request) const;
    WsUpgradeRequest requestTo(const WsOpeningTarget &target) const;
    bool refuseToOpen(const QUrl &url, const QString &problem);
    static std::unique_ptr<WsTransport> newTransport(const std::optional<QSslConfiguration> &configuration,
                                                     bool isDirect);
    QSslConfiguration tlsFor(const QUrl &url, bool isAtOrigin, const WsClientRoute &route);
    void setNext(const std::optional<WsOpeningTarget> &next, bool isWantedAgain = false);
    void reopen(const WsOpeningTarget &target);
    void reopenNow(const WsOpeningTarget &target);
    WsMaskingKey nextMaskingKey(const std::function<quint32()> &generator);

    QUrl m_url;
    QSslConfiguration m_tls = QSslConfiguration::defaultConfiguration(); // with the lock
    WsRequest m_request;
    WsIgnoredSslErrors m_ignoredSslErrors; // in every opening
    std::atomic<bool> m_pausesOnSslErrors{false};
    bool m_isDistrusted = false;
    WsTlsSessions m_tlsSessions;
    WsOpeningTarget m_target;              // of the last opening
    std::optional<WsOpeningTarget> m_next; // to be opened as soon as it is closed, or as slots have returned
    // \c active was set while it was closing, or in a slot of closed(): to be opened if nothing else is.
    bool m_isWantedAgain = false;
    WsUnnestedReport m_refusal;
    QString m_awaited;                       // what declineAsNotOpen() has stored in this opening
    std::optional<quint32> m_sessionOfThrow; // in which the mask generator has thrown
};

#endif // WSCLIENT_P_H
