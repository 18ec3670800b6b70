// SPDX-License-Identifier: MIT
#ifndef WSSERVER_H
#define WSSERVER_H

#include <WsKit/wsconnection.h>
#include <WsKit/wsserverstatistics.h>

#include <QtCore/qdeadlinetimer.h>
#include <QtCore/qfiledevice.h>
#include <QtCore/qfuture.h>
#include <QtNetwork/qhostaddress.h>
#include <QtNetwork/qssl.h>
#include <QtNetwork/qsslconfiguration.h>
#include <QtNetwork/qsslerror.h>

#include <cstddef>
#include <initializer_list>
#include <optional>

QT_BEGIN_NAMESPACE
class QIODevice;
class QSslPreSharedKeyAuthenticator;
class QTcpSocket;
QT_END_NAMESPACE

class WsBroker;
class WsServerPrivate;

class WSKIT_EXPORT WsServer : public QObject
{
    Q_OBJECT
    Q_PROPERTY(QString host READ host WRITE setHost NOTIFY hostChanged FINAL)
    Q_PROPERTY(QStringList hosts READ hosts WRITE setHosts NOTIFY hostChanged FINAL)
    Q_PROPERTY(QString localPath READ localPath WRITE setLocalPath NOTIFY localPathChanged FINAL)
    Q_PROPERTY(bool reusePort READ reusePort WRITE setReusePort NOTIFY reusePortChanged FINAL)
    Q_PROPERTY(quint16 port READ port WRITE setPort NOTIFY portChanged)
    Q_PROPERTY(bool listening READ isListening WRITE setListening NOTIFY listeningChanged)
    Q_PROPERTY(QUrl url READ serverUrl NOTIFY listeningChanged FINAL)
    Q_PROPERTY(QList<QUrl> urls READ serverUrls NOTIFY listeningChanged FINAL)
    Q_PROPERTY(bool draining READ isDraining NOTIFY drainingChanged FINAL)
    Q_PROPERTY(WsOptions options READ options WRITE setOptions NOTIFY optionsChanged FINAL)
    Q_PROPERTY(QStringList subprotocols READ subprotocols WRITE setSubprotocols NOTIFY subprotocolsChanged FINAL)
    Q_PROPERTY(int maxConnections READ maxConnections WRITE setMaxConnections NOTIFY maxConnectionsChanged FINAL)
    Q_PROPERTY(int maxConnectionsPerAddress READ maxConnectionsPerAddress WRITE setMaxConnectionsPerAddress NOTIFY maxConnectionsPerAddressChanged FINAL)
    Q_PROPERTY(int maxPendingHandshakes READ maxPendingHandshakes WRITE setMaxPendingHandshakes NOTIFY maxPendingHandshakesChanged FINAL)
    Q_PROPERTY(int maxPendingConnections READ maxPendingConnections WRITE setMaxPendingConnections NOTIFY maxPendingConnectionsChanged)
    Q_PROPERTY(QString serverName READ serverName WRITE setServerName NOTIFY serverNameChanged FINAL)
    Q_PROPERTY(int threadCount READ threadCount WRITE setThreadCount NOTIFY threadCountChanged)
    Q_PROPERTY(QStringList allowedOrigins READ allowedOrigins WRITE setAllowedOrigins NOTIFY allowedOriginsChanged FINAL)
    Q_PROPERTY(QStringList allowedHosts READ allowedHosts WRITE setAllowedHosts NOTIFY allowedHostsChanged FINAL)
    Q_PROPERTY(QStringList trustedProxies READ trustedProxies WRITE setTrustedProxies NOTIFY trustedProxiesChanged FINAL)
    Q_PROPERTY(bool proxyProtocol READ proxyProtocol WRITE setProxyProtocol NOTIFY proxyProtocolChanged FINAL)
    Q_PROPERTY(double maxRequestBody READ maxRequestBodyNumber WRITE setMaxRequestBodyNumber NOTIFY maxRequestBodyChanged FINAL)
    Q_PROPERTY(double maxTotalBufferedAmount READ maxTotalBufferedAmountNumber WRITE setMaxTotalBufferedAmountNumber NOTIFY maxTotalBufferedAmountChanged FINAL)
    Q_PROPERTY(int connectionCount READ connectionCount NOTIFY connectionCountChanged FINAL)

public:
    using RequestHandler = std::function<WsResponse(const WsRequest &)>;
    using AsyncRequestHandler = std::function<QFuture<WsResponse>(const WsRequest &)>;
    using RequestFilter = std::function<std::optional<WsResponse>(const WsRequest &)>;
    using ConnectionHandler = std::function<void(WsConnection *)>;
    using ConnectionFilter = std::function<bool(const QHostAddress &)>;
    using SslErrorFilter =
        std::function<bool(const QList<QSslError> &errors, const QSslConfiguration &configuration)>;
    using CertificateMapper = std::function<QString(const QSslCertificate &certificate)>;
    using ReplayHandler = std::function<void(WsConnection *connection, const QString &topic, const QString &lastId, bool isComplete)>;
    using SkipHandler = std::function<void(WsConnection *connection, const QString &topic, qint64 count)>;
    using PresenceName = std::function<QString(const WsConnection *connection)>;
    using PreSharedKeyHandler = std::function<void(QSslPreSharedKeyAuthenticator *authenticator)>;

    explicit WsServer(QObject *parent = nullptr);
    ~WsServer() override;

    bool listen(const QHostAddress &address = QHostAddress::LocalHost, quint16 port = 0);
    bool listen(const QString &localPath);
    bool listen(const QList<QHostAddress> &addresses, quint16 port = 0);
    bool listen(std::initializer_list<QHostAddress> addresses, quint16 port = 0) { return listen(QList<QHostAddress>(addresses), port); }
    bool listenOn(qintptr descriptor);
    Q_INVOKABLE bool listenFromSystemd(const QString &name = {});
    bool isListening() const;
    void setListening(bool listening);
    QHostAddress serverAddress() const;
    quint16 serverPort() const;
    qintptr socketDescriptor() const;
    QUrl serverUrl() const;
    QList<QUrl> serverUrls() const;
    bool isDraining() const;
    QString errorString() const;
    QList<WsConnection *> connections() const;
    int connectionCount() const;

    int maxPendingConnections() const;
    void setMaxPendingConnections(int count);
    Q_INVOKABLE bool hasPendingConnections() const;
    int pendingConnectionCount() const;
    WsConnection *nextPendingConnection();
    WsConnection *waitForConnection(QDeadlineTimer deadline = QDeadlineTimer::Forever);

    QString host() const;
    void setHost(const QString &host);
    QStringList hosts() const;
    void setHosts(const QStringList &hosts);
    QString localPath() const;
    void setLocalPath(const QString &path);
    QFileDevice::Permissions localPermissions() const;
    void setLocalPermissions(QFileDevice::Permissions permissions);
    bool reusePort() const;
    void setReusePort(bool reuse);
    quint16 port() const;
    void setPort(quint16 port);
    WsOptions options() const;
    void setOptions(const WsOptions &options);
    QStringList subprotocols() const;
    void setSubprotocols(const QStringList &subprotocols);
    int maxConnections() const;
    void setMaxConnections(int count);
    int maxConnectionsPerAddress() const;
    void setMaxConnectionsPerAddress(int count);
    int maxPendingHandshakes() const;
    void setMaxPendingHandshakes(int count);
    QString serverName() const;
    void setServerName(const QString &name);
    int threadCount() const;
    void setThreadCount(int count);
    QStringList allowedOrigins() const;
    void setAllowedOrigins(const QStringList &origins);
    QStringList allowedHosts() const;
    void setAllowedHosts(const QStringList &hosts);

    QStringList trustedProxies() const;
    void setTrustedProxies(const QStringList &proxies);
    bool proxyProtocol() const;
    void setProxyProtocol(bool required);
    qint64 maxRequestBody() const;
    void setMaxRequestBody(qint64 bytes);
    qint64 maxTotalBufferedAmount() const;
    void setMaxTotalBufferedAmount(qint64 bytes);

    void setSslConfiguration(const QSslConfiguration &configuration);
    QSslConfiguration sslConfiguration() const;
    bool setCaCertificates(const QString &pemFile);
    bool setLocalCertificate(const QString &pemFile, const QString &keyFile, const QByteArray &passPhrase = {});
    bool addLocalCertificate(const QString &serverName, const QString &pemFile, const QString &keyFile, const QByteArray &passPhrase = {});
    Q_INVOKABLE bool reloadCertificates();
    void setCertificateMapper(CertificateMapper mapper);
    template <typename Handler>
    void setRequestHandler(Handler handler);
    template <typename Handler>
    bool route(const QString &pattern, Handler handler);
    bool removeRoute(const QString &pattern);
    QStringList routes() const;
    void setRequestFilter(RequestFilter filter);
    void setConnectionHandler(ConnectionHandler handler);
    void setConnectionFilter(ConnectionFilter filter);
    void setSslErrorFilter(SslErrorFilter filter);
    void setPreSharedKeyHandler(PreSharedKeyHandler handler);
    bool handleConnection(QTcpSocket *socket);
    bool handleConnection(QIODevice *device);
    bool handleConnection(std::nullptr_t) { return handleConnection(static_cast<QIODevice *>(nullptr)); }
    void pauseAccepting();
    void resumeAccepting();

    int broadcast(const WsMessage &message, const WsConnection *except = nullptr);
    int broadcast(const WsPreparedMessage &message, const WsConnection *except = nullptr);
    int broadcast(const QString &text, const WsConnection *except = nullptr);
    int broadcast(const QByteArray &data, const WsConnection *except = nullptr);
    int broadcast(const char *utf8, const WsConnection *except = nullptr);

    Q_INVOKABLE bool subscribe(WsConnection *connection, const QString &topic);
    Q_INVOKABLE bool subscribe(WsConnection *connection, const QString &topic, const QString &lastId);
    Q_INVOKABLE bool unsubscribe(WsConnection *connection, const QString &topic);
    int publish(const QString &topic, const WsMessage &message, const WsConnection *except = nullptr);
    int publish(const QString &topic, const WsPreparedMessage &message, const WsConnection *except = nullptr);
    int publish(const QString &topic, const QString &text, const WsConnection *except = nullptr);
    int publish(const QString &topic, const QByteArray &data, const WsConnection *except = nullptr);
    int publish(const QString &topic, const char *utf8, const WsConnection *except = nullptr);
    int publish(const QString &topic, const WsMessage &message, const QString &key, const WsConnection *except = nullptr);
    int publish(const QString &topic, const WsPreparedMessage &message, const QString &key, const WsConnection *except = nullptr);
    int publish(const QString &topic, const QString &text, const QString &key, const WsConnection *except = nullptr);
    int publish(const QString &topic, const QByteArray &data, const QString &key, const WsConnection *except = nullptr);
    int publish(const QString &topic, const char *utf8, const QString &key, const WsConnection *except = nullptr);
    void setSkipHandler(SkipHandler handler);
    void setReplayHandler(ReplayHandler handler);
    void setBroker(WsBroker *broker);
    WsBroker *broker() const;
    void setPresenceName(PresenceName name);
    Q_INVOKABLE QStringList members(const QString &topic) const;
    Q_INVOKABLE QStringList topics() const;
    Q_INVOKABLE int subscriberCount(const QString &topic) const;

    Q_INVOKABLE WsServerStatistics statistics() const;
    Q_INVOKABLE QByteArray metrics() const;

public Q_SLOTS:
    void close();
    void close(quint16 code, const QString &reason = {}, std::chrono::milliseconds timeout = std::chrono::milliseconds(-1));
    void stopListening();

Q_SIGNALS:
    void newConnection(WsConnection *connection);
    void listeningChanged();
    void connectionRejected(const WsError &error, const QHostAddress &address);
    void sslErrors(const QHostAddress &address, quint16 port, const QList<QSslError> &errors);
    void peerVerifyError(const QHostAddress &address, quint16 port, const QSslError &error);
    void handshakeInterruptedOnError(const QHostAddress &address, quint16 port, const QSslError &error);
    void alertSent(const QHostAddress &address, quint16 port, QSsl::AlertLevel level, QSsl::AlertType type, const QString &description);
    void alertReceived(const QHostAddress &address, quint16 port, QSsl::AlertLevel level, QSsl::AlertType type, const QString &description);
    void errorOccurred(const WsError &error);
    void connectionCountChanged();
    void closed();
    void memberJoined(const QString &topic, const QString &member);
    void memberLeft(const QString &topic, const QString &member);
    void hostChanged();
    void localPathChanged();
    void localPermissionsChanged();
    void reusePortChanged();
    void drainingChanged();
    void trustedProxiesChanged();
    void proxyProtocolChanged();
    void maxRequestBodyChanged();
    void maxTotalBufferedAmountChanged();
    void portChanged();
    void optionsChanged();
    void subprotocolsChanged();
    void maxConnectionsChanged();
    void maxConnectionsPerAddressChanged();
    void maxPendingHandshakesChanged();
    void maxPendingConnectionsChanged();
    void serverNameChanged();
    void threadCountChanged();
    void allowedOriginsChanged();
    void allowedHostsChanged();

protected:
    bool event(QEvent *event) override;
    void connectNotify(const QMetaMethod &signal) override;
    // Creates the object for each client that connects.
    virtual WsConnection *createConnection();

private:
    void setSyncRequestHandler(RequestHandler handler);
    void setAsyncRequestHandler(AsyncRequestHandler handler);
    bool addRoute(const QString &pattern, RequestHandler handler);
    bool addAsyncRoute(const QString &pattern, AsyncRequestHandler handler);

    // The same values in a type that QML can assign.
    double maxRequestBodyNumber() const { return double(maxRequestBody()); }
    void setMaxRequestBodyNumber(double bytes);
    double maxTotalBufferedAmountNumber() const { return double(maxTotalBufferedAmount()); }
    void setMaxTotalBufferedAmountNumber(double bytes);

    friend class WsServerPrivate;
    std::unique_ptr<WsServerPrivate> d;
};

template <typename Handler>
void WsServer::setRequestHandler(Handler handler)
{
    if constexpr (std::is_same_v<Handler, std::nullptr_t>)
        setSyncRequestHandler({});
    else if constexpr (std::is_convertible_v<std::invoke_result_t<Handler &, const WsRequest &>, WsResponse>)
        setSyncRequestHandler(std::move(handler));
    else
        setAsyncRequestHandler(std::move(handler));
}

template <typename Handler>
bool WsServer::route(const QString &pattern, Handler handler)
{
    if constexpr (std::is_convertible_v<std::invoke_result_t<Handler &, const WsRequest &>, WsResponse>)
        return addRoute(pattern, std::move(handler));
    else
        return addAsyncRoute(pattern, std::move(handler));
}

#endif // WSSERVER_H
