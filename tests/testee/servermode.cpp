// SPDX-License-Identifier: MIT
#include "servermode.h"

#include "deflateoption.h"

#include "terminationsignal.h"
#include "tlsoption.h"

#include <WsKit/WsServer>

#include <QtCore/qcoreapplication.h>

#include <cstdio>

namespace {
void echoByHandler(WsConnection &connection, Ws::MessageType type, QByteArrayView payload)
{
    connection.send(type, payload);
}

void echoBySignals(WsConnection *connection)
{
    QObject::connect(connection, &WsConnection::textMessageReceived, connection,
                     [connection](const QString &text) { connection->sendText(text); });
    QObject::connect(connection, &WsConnection::binaryMessageReceived, connection,
                     [connection](const QByteArray &data) { connection->sendBinary(data); });
}

void fanByHandler(WsConnection &connection, Ws::MessageType type, QByteArrayView payload)
{
    connection.broadcast(WsMessage(type, payload.toByteArray()));
}

void fanBySignals(WsConnection *connection)
{
    QObject::connect(connection, &WsConnection::messageReceived, connection,
                     [connection](const WsMessage &message) { connection->broadcast(message); });
}

void configure(WsServer &server, const ServerSettings &settings)
{
    server.setThreadCount(settings.threads);
    server.setAllowedOrigins({QStringLiteral("*")});
    if (settings.maxPendingHandshakes >= 0)
        server.setMaxPendingHandshakes(settings.maxPendingHandshakes);
    WsOptions options = server.options();
    options.setCloseTimeout(settings.closeTimeout);
    if (settings.handshakeTimeout)
        options.setHandshakeTimeout(*settings.handshakeTimeout);
    if (settings.pingInterval)
        options.setPingInterval(*settings.pingInterval);
    if (settings.maxMessageSize > 0) {
        options.setMaxMessageSize(settings.maxMessageSize);
        options.setMaxFrameSize(settings.maxMessageSize);
    }
    server.setOptions(withDeflate(options, settings.deflates));
    server.setConnectionHandler([settings](WsConnection *connection) {
        if (settings.isFast)
            connection->setMessageHandler(settings.fansOut ? fanByHandler : echoByHandler);
        else if (settings.fansOut)
            fanBySignals(connection);
        else
            echoBySignals(connection);
    });
}

void endBySignal(WsServer &server)
{
    QObject::connect(&server, &WsServer::closed, qApp, &QCoreApplication::quit, Qt::QueuedConnection);
    onTerminationSignal(&server, [&server, isEnding = false]() mutable {
        if (isEnding)
            QCoreApplication::exit(1);
        isEnding = true;
        server.close();
    });
}
} // namespace

int runServerMode(const ServerSettings &settings)
{
    WsServer server;
    configure(server, settings);
    if (const QString problem = applyTlsOption(settings.tlsFiles, &server); !problem.isEmpty()) {
        std::fprintf(stderr, "wskit_testee: %s\n", qPrintable(problem));
        return 1;
    }
    endBySignal(server);
    if (!server.listen(settings.host, settings.port)) {
        std::fprintf(stderr, "wskit_testee: cannot listen: %s\n", qPrintable(server.errorString()));
        return 1;
    }
    std::printf("listening on %s\n", server.serverUrl().toEncoded().constData());
    std::fflush(stdout);
    return QCoreApplication::exec();
}
