// SPDX-License-Identifier: MIT
#ifndef WSCLIENT_H
#define WSCLIENT_H

#include <WsKit/wsconnection.h>
#include <WsKit/wsreconnect.h>

#include <QtCore/qlist.h>
#include <QtNetwork/qnetworkproxy.h>
#include <QtNetwork/qnetworkrequest.h>
#include <QtNetwork/qssl.h>
#include <QtNetwork/qsslconfiguration.h>
#include <QtNetwork/qsslerror.h>

#include <functional>

QT_BEGIN_NAMESPACE
class QAuthenticator;
class QNetworkCookieJar;
class QSslCertificate;
class QSslPreSharedKeyAuthenticator;
QT_END_NAMESPACE

class WsClientPrivate;

class WSKIT_EXPORT WsClient : public WsConnection
{
    Q_OBJECT
    Q_PROPERTY(QUrl url READ url WRITE setUrl NOTIFY urlChanged FINAL)
    Q_PROPERTY(bool active READ active WRITE setActive NOTIFY activeChanged)
    Q_PROPERTY(QStringList subprotocols READ subprotocols WRITE setSubprotocols NOTIFY subprotocolsChanged FINAL)
    Q_PROPERTY(QString peerVerifyName READ peerVerifyName WRITE setPeerVerifyName NOTIFY peerVerifyNameChanged FINAL)
    Q_PROPERTY(bool pauseOnSslErrors READ pauseOnSslErrors WRITE setPauseOnSslErrors NOTIFY pauseOnSslErrorsChanged FINAL)
    Q_PROPERTY(QStringList pinnedCertificates READ pinnedCertificates WRITE assignPinnedCertificates NOTIFY pinnedCertificatesChanged FINAL)
    Q_PROPERTY(WsReconnect reconnect READ reconnect WRITE setReconnect NOTIFY reconnectChanged FINAL)
    Q_PROPERTY(int reconnectAttempt READ reconnectAttempt NOTIFY reconnectAttemptChanged FINAL)
    Q_PROPERTY(int maxRedirects READ maxRedirects WRITE setMaxRedirects NOTIFY maxRedirectsChanged FINAL)

public:
    explicit WsClient(QObject *parent = nullptr);
    ~WsClient() override;

    void setUrl(const QUrl &url);
    bool active() const;
    void setActive(bool active);
    QStringList subprotocols() const;
    void setSubprotocols(const QStringList &subprotocols);

    bool setHeader(const QByteArray &name, const QByteArray &value);
    bool setHeaders(const WsHeaders &headers);
#if defined(Q_QDOC)
    bool setHeaders(const QHttpHeaders &headers);
#elif defined(WSKIT_HAS_HTTPHEADERS)
    template <typename Headers, WsIfHttpHeaders<Headers> = true>
    bool setHeaders(const Headers &headers)
    {
        return setHeaders(headers.toListOfPairs());
    }
#endif
    WsHeaders headers() const;
    void setSslConfiguration(const QSslConfiguration &configuration);
    bool setCaCertificates(const QString &pemFile);
    bool setLocalCertificate(const QString &pemFile, const QString &keyFile, const QByteArray &passPhrase = {});
    QString peerVerifyName() const;
    void setPeerVerifyName(const QString &name);
    bool pauseOnSslErrors() const;
    void setPauseOnSslErrors(bool pause);
    void ignoreSslErrors();
    void ignoreSslErrors(const QList<QSslError> &errors);
    QStringList pinnedCertificates() const;
    bool setPinnedCertificates(const QStringList &pins);
    static QString certificatePin(const QSslCertificate &certificate);

    WsReconnect reconnect() const;
    void setReconnect(const WsReconnect &reconnect);
    int reconnectAttempt() const;
    void setReconnectFilter(std::function<bool(const WsError &error)> filter);
    void setRequestFilter(std::function<void(WsRequest &request)> filter);
    void setMaskGenerator(std::function<quint32()> generator);
    QNetworkProxy proxy() const;
    void setProxy(const QNetworkProxy &proxy);
    bool setProxy(const QUrl &url);
    int maxRedirects() const;
    void setMaxRedirects(int count);
    void setCookieJar(QNetworkCookieJar *jar);
    QNetworkCookieJar *cookieJar() const;
    bool waitForOpened(QDeadlineTimer deadline = QDeadlineTimer::Forever);

public Q_SLOTS:
    bool open();
    bool open(const QUrl &url);
    bool open(const QNetworkRequest &request);
    bool continueOpening();
    bool continueInterruptedHandshake();
    bool reconnectNow();

Q_SIGNALS:
    void connected(WsConnection *connection);
    void sslErrors(const QList<QSslError> &errors);
    void activeChanged();
    void subprotocolsChanged();
    void peerVerifyNameChanged();
    void pauseOnSslErrorsChanged();
    void peerVerifyError(const QSslError &error);
    void preSharedKeyAuthenticationRequired(QSslPreSharedKeyAuthenticator *authenticator);
    void alertReceived(QSsl::AlertLevel level, QSsl::AlertType type, const QString &description);
    void alertSent(QSsl::AlertLevel level, QSsl::AlertType type, const QString &description);
    void handshakeInterruptedOnError(const QSslError &error);
    void pinnedCertificatesChanged();
    void openingProgressed(Ws::OpeningStep step, qint64 elapsedUs);
    void proxyAuthenticationRequired(const QNetworkProxy &proxy, QAuthenticator *authenticator);
    void authenticationRequired(QAuthenticator *authenticator);
    void redirected(const QUrl &url);
    void maxRedirectsChanged();
    void reconnecting(int attempt, int delayMs);
    void reconnected();
    void messagesLost(int count);
    void reconnectChanged();
    void reconnectAttemptChanged();

protected:
    void afterClosed() override;
    bool hasUrl() const;
    bool isToStayOpen() const;
    bool continueTrusted();

private:
    void assignPinnedCertificates(const QStringList &pins);

    WsClientPrivate *d_func() const;
};

#endif // WSCLIENT_H
