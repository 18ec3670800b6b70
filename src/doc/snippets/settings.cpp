// SPDX-License-Identifier: MIT
#include "settings.h"

#include <WsKit/WsPreparedMessage>

#include <QtCore/QCryptographicHash>
#include <QtCore/QDebug>
#include <QtCore/QLoggingCategory>

#include <limits>

using namespace Qt::StringLiterals;

namespace Settings {
void compress(WsServer &server, WsClient &client)
{
    //! [compression]
    WsCompression compression;
    compression.setEnabled(true);
    WsOptions options;
    options.setCompression(compression);

    server.setOptions(options); // for clients that connect later
    client.setOptions(options); // before open()
    //! [compression]
}

void compressCheaply(WsOptions &options)
{
    //! [cheap compression]
    WsCompression compression;
    compression.setEnabled(true);
    compression.setContextTakeover(false); // nothing is kept between messages, in either direction
    compression.setPeerContextTakeover(false);
    options.setCompression(compression);
    //! [cheap compression]
}

void compressPrepared(WsServer &server, const QString &headline)
{
    //! [prepared]
    const WsPreparedMessage message = WsPreparedMessage::text(headline); // encoded and compressed once
    for (WsConnection *connection : server.connections())
        connection->send(message);
    //! [prepared]
}

void protect(WsServer &server)
{
    //! [public server]
    using namespace std::chrono_literals;

    WsOptions options;
    options.setMaxMessageSize(64 * 1024); // what the protocol of the application needs, and no more
    options.setHighWaterMark(256 * 1024);
    options.setMaxBufferedAmount(1024 * 1024);
    server.setOptions(options);
    server.setMaxConnections(10000);
    server.setMaxConnectionsPerAddress(50); // behind a proxy, set trustedProxies
    //! [public server]

    //! [limits]
    options.setMaxMessagesPerSecond(50);
    options.setMaxBytesPerSecond(256 * 1024);
    server.setOptions(options);
    server.setMaxTotalBufferedAmount(512 * 1024 * 1024);
    //! [limits]
}

void beLikeQtWebSockets(WsClient &client)
{
    //! [qtwebsockets]
    using namespace std::chrono_literals;

    WsOptions options;
    options.setMaxMessageSize(std::numeric_limits<qint32>::max() - 1);
    options.setMaxFrameSize(std::numeric_limits<qint32>::max() - 1);
    options.setMaxBufferedAmount(std::numeric_limits<qint64>::max());
    options.setFragmentSize(512 * 1024);
    options.setPingInterval(0ms);
    options.setHandshakeTimeout(0ms); // of a client; a server of QtWebSockets has 10 seconds, too
    client.setOptions(options);
    //! [qtwebsockets]
}

void allowPagesOf(WsServer &server)
{
    //! [origins]
    server.setAllowedOrigins({u"https://example.com"_s});
    //! [origins]
}

void allowAllPages(WsServer &server)
{
    //! [all origins]
    server.setAllowedOrigins({u"*"_s});
    server.setAllowedHosts({u"*"_s});
    //! [all origins]
}

void beBehindAProxy(WsServer &server)
{
    //! [behind a proxy]
    server.setTrustedProxies({u"127.0.0.1"_s});
    server.setAllowedHosts({u"chat.example.com"_s});
    if (!server.listen(QHostAddress::LocalHost, 8080))
        qCritical() << server.errorString();
    //! [behind a proxy]
}

void allowPagesBehindAProxy(WsServer &server)
{
    //! [origins behind a proxy]
    server.setAllowedOrigins({u"https://example.com"_s});
    //! [origins behind a proxy]
}

void logFrames()
{
    //! [logging]
    QLoggingCategory::setFilterRules(u"wskit.protocol.debug=true"_s);
    //! [logging]
}

double messagesPerSecond(WsConnection *connection)
{
    //! [statistics]
    const WsStatistics before = connection->statistics();
    // a second later
    const WsStatistics now = connection->statistics();
    qInfo() << now.messagesReceived - before.messagesReceived << "messages per second";
    //! [statistics]
    return double(now.messagesReceived - before.messagesReceived);
}

void authenticate(WsServer &server)
{
    //! [token]
    // SHA-256 of the token. How long two hashes are compared tells nothing about what they are made of.
    const QByteArray expected =
        QByteArray::fromHex("84c51f21cdaa2d7d42d0462655f724d59b9c84252f9f686a22df7212155c5e8c");
    server.setRequestHandler([expected](const WsRequest &request) {
        const QByteArray token = request.header("Authorization");
        const bool isRight = QCryptographicHash::hash(token, QCryptographicHash::Sha256) == expected;
        return isRight ? WsResponse::accept() : WsResponse::reject(401);
    });
    //! [token]
}
} // namespace Settings
