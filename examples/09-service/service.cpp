// SPDX-License-Identifier: MIT
#include "service.h"

#include "systemd.h"

#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QRegularExpression>

#include <algorithm>

using namespace std::chrono_literals;

Q_LOGGING_CATEGORY(serviceLog, "service")

namespace {
constexpr int MiB = 1024 * 1024;

bool isName(const QString &text)
{
    static const QRegularExpression name(QStringLiteral(R"(\A[\w-]{1,32}\z)"),
                                         QRegularExpression::UseUnicodePropertiesOption);
    return name.match(text).hasMatch();
}

QString nameOf(const WsRequest &request)
{
    return request.query().queryItemValue(QStringLiteral("name"), QUrl::FullyDecoded);
}

QString textOf(const QJsonObject &object)
{
    return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact));
}
} // namespace

Service::Service(const Configuration &configuration) : m_configuration(configuration)
{
    setLimits();
    setRoutes();
    m_server.setServerName(QStringLiteral("wskit-service"));
    m_server.setThreadCount(configuration.threads);
    m_server.setAllowedOrigins(configuration.allowedOrigins);
    m_server.setAllowedHosts(configuration.allowedHosts);
    m_server.setTrustedProxies(configuration.trustedProxies);
    m_server.setProxyProtocol(configuration.usesProxyProtocol);
    connect(&m_server, &WsServer::newConnection, this, &Service::onConnection);
    connect(&m_server, &WsServer::errorOccurred, this,
            [](const WsError &error) { qCWarning(serviceLog).noquote() << error.text(); });
    connect(&m_server, &WsServer::drainingChanged, this, [this] {
        if (!m_server.isDraining())
            return;
        notifySystemd("STOPPING=1");
        qCInfo(serviceLog) << "draining," << m_server.connectionCount() << "connections";
    });
}

//! [limits]
// What a stranger may cost: memory, descriptors, time and the patience of the others. A chat needs little of
// each, so the limits are far below the library's.
void Service::setLimits()
{
    WsOptions options;
    options.setMaxMessageSize(16 * 1024);
    options.setMaxFrameSize(16 * 1024);
    options.setHandshakeTimeout(10s);
    options.setCloseTimeout(
        std::max<std::chrono::milliseconds>(options.closeTimeout(),
                                            m_configuration.drainTime)); // or it would end them
    options.setPingInterval(30s); // finds clients that have vanished, and keeps proxies from cutting
    options.setMaxMessagesPerSecond(m_configuration.maxMessagesPerSecond);
    options.setMaxBytesPerSecond(m_configuration.maxBytesPerSecond);
    options.setRateLimitPolicy(Ws::SlowDown); // a client that sends too much only holds itself up
    options.setMaxBufferedAmount(MiB);        // a client that reads too slowly
    options.setSlowSubscriber(Ws::CloseConnection);
    m_server.setOptions(options);
    m_server.setMaxConnections(m_configuration.maxConnections);
    m_server.setMaxConnectionsPerAddress(m_configuration.maxConnectionsPerAddress);
    m_server.setMaxPendingHandshakes(500);
    m_server.setMaxTotalBufferedAmount(64 * MiB); // of all clients together
}
//! [limits]

//! [routes]
// What no route matches is answered with 404. While the server drains, it answers everything with 503 by
// itself.
void Service::setRoutes()
{
    m_server.route(QStringLiteral("/"),
                   [](const WsRequest &) { return WsResponse::file(QStringLiteral(":/page.html")); });
    m_server.route(QStringLiteral("/rooms/{room}"),
                   [this](const WsRequest &request) { return joinRoom(request); });
    // Does it live? Restart it if not. Is it ready? Send it no clients if not.
    m_server.route(QStringLiteral("/healthz"), [](const WsRequest &) { return WsResponse::text("ok\n"); });
    m_server.route(QStringLiteral("/readyz"), [this](const WsRequest &) { return tellReadiness(); });
    m_server.route(QStringLiteral("/metrics"),
                   [this](const WsRequest &request) { return showMetrics(request); });
}
//! [routes]

WsResponse Service::joinRoom(const WsRequest &request) const
{
    if (!request.isWebSocketUpgrade())
        return WsResponse::reject(426, "this is a WebSocket\n");
    if (!isName(request.parameter(QStringLiteral("room"))) || !isName(nameOf(request)))
        return WsResponse::reject(400, "rooms and names have 1 to 32 letters, digits, - or _\n");
    WsResponse response = WsResponse::accept();
    response.setUser(
        nameOf(request)); // for the access log. A login would decide here: see the example 14-login
    return response;
}

//! [metrics]
// The metrics are nobody's business but the operator's. If a proxy on this machine is not in
// SERVICE_TRUSTED_PROXIES, all its clients seem to be on this machine; its headers give it away.
WsResponse Service::showMetrics(const WsRequest &request) const
{
    const bool isAllowed = std::any_of(
        m_configuration.metricsFrom.begin(), m_configuration.metricsFrom.end(),
        [&](const Configuration::Subnet &subnet) { return request.peerAddress().isInSubnet(subnet); });
    const bool isOfAnUnknownProxy =
        request.proxyAddress().isNull()
        && (request.hasHeader("Forwarded") || request.hasHeader("X-Forwarded-For"));
    if (!isAllowed || isOfAnUnknownProxy)
        return WsResponse::reject(403, "see SERVICE_METRICS_FROM\n");
    return WsResponse::metrics(m_server);
}
//! [metrics]

WsResponse Service::tellReadiness() const
{
    if (!m_server.isListening())
        return WsResponse::reject(503, "about to end\n", {{"Retry-After", "1"}});
    return WsResponse::text("ready\n");
}

//! [room]
void Service::onConnection(WsConnection *connection)
{
    const QString room = connection->request().parameter(QStringLiteral("room"));
    const QString name = connection->user();
    m_server.subscribe(connection, room);
    connect(connection, &WsConnection::textMessageReceived, this, [this, room, name](const QString &text) {
        m_server.publish(room, textOf({{QStringLiteral("from"), name}, {QStringLiteral("text"), text}}));
    });
    connect(connection, &WsConnection::binaryMessageReceived, connection,
            [connection] { connection->close(Ws::UnsupportedData, QStringLiteral("texts only")); });
}
//! [room]

bool Service::useCertificate()
{
    return m_configuration.certificateFile.isEmpty()
           || m_server.setLocalCertificate(m_configuration.certificateFile, m_configuration.keyFile);
}

bool Service::start()
{
    const bool isListening =
        useCertificate()
        && (hasSystemdSockets() ? m_server.listenFromSystemd()
                                : m_server.listen(m_configuration.addresses, m_configuration.port));
    if (!isListening) {
        qCCritical(serviceLog).noquote() << "cannot start:" << m_server.errorString();
        return false;
    }
    for (const QUrl &url : m_server.serverUrls())
        qCInfo(serviceLog).noquote() << "listening on" << url.toString();
    notifySystemd("READY=1");
    return true;
}

//! [reload]
// If the files are wrong, perhaps because half of them has been replaced so far, the old certificate stays.
void Service::reload()
{
    if (m_server.reloadCertificates())
        qCInfo(serviceLog) << "certificates were read again";
    else
        qCWarning(serviceLog).noquote() << "the certificates stay as they were:" << m_server.errorString();
}
//! [reload]
