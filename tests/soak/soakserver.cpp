// SPDX-License-Identifier: MIT

// A server of a soak (see soakservices.h), on a port, on another one with TLS, and on a local socket:
//
//     wskit_soak_server --port PORT --tls-port PORT --local PATH --redis URL --generation N
//                       [--threads N] [--epoll]
//
// Prints {"listening": true} when its broker is connected. {"do": "settle", "descriptors": N} is answered by
// {"settled": …} once it has no client, and as many descriptors, if that is not 0, for some time. SIGTERM
// ends it as a server should.

#include "soakfigures.h"
#include "soaklimits.h"
#include "soaklines.h"
#include "soakservices.h"

#include "terminationsignal.h"

#include <WsKit/WsEventDispatcher>
#include <WsKit/WsRedisBroker>

#include <QtCore/qcommandlineparser.h>
#include <QtCore/qcoreapplication.h>
#include <QtCore/qdeadlinetimer.h>
#include <QtCore/qjsonobject.h>
#include <QtCore/qtimer.h>

#include <array>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {
constexpr int SteadyTicks = 10;

WsOptions serverOptions()
{
    WsOptions options;
    WsCompression compression;
    compression.setEnabled(true);
    options.setCompression(compression);
    options.setHandshakeTimeout(Soak::ServerHandshakeTimeout);
    options.setCloseTimeout(5s);
    options.setPingInterval(5s);
    options.setPongTimeout(60s);
    options.setSlowSubscriber(Ws::CloseConnection);
    return options;
}

class SoakServer
{
public:
    explicit SoakServer(const QCommandLineParser &parser)
    {
        m_broker.setReconnectDelay(5ms, 50ms);
        m_broker.setCheckInterval(1min);
        m_broker.setQueueMessages(true);
        m_broker.setHistory(u"*"_s, 100'000);
        m_broker.setHistoryEnvelope([](const QString &, const QString &id, const WsMessage &message) {
            return WsMessage(message.type(), id.toLatin1() + '|' + message.data());
        });
        m_broker.setUrl(QUrl(parser.value(u"redis"_s)));
        for (WsServer &server : m_servers)
            prepare(&server, parser);
        m_settling.setInterval(20ms);
        QObject::connect(&m_settling, &QTimer::timeout, &m_settling, [this] { settle(); });
        onTerminationSignal(&m_broker, [this] { leave(); });
    }
    bool listen(const QCommandLineParser &parser)
    {
        const auto certificate = [](const char *name) {
            return QStringLiteral(WSKIT_TEST_CERTIFICATES) + QLatin1StringView(name);
        };
        const auto listenOn = [&](WsServer *server, const QString &option) {
            return server->listen(QHostAddress::LocalHost, parser.value(option).toUShort());
        };
        return listenOn(&m_servers[0], u"port"_s)
               && m_servers[1].setLocalCertificate(certificate("/server.crt"), certificate("/server.key"))
               && listenOn(&m_servers[1], u"tls-port"_s) && m_servers[2].listen(parser.value(u"local"_s));
    }
    // When its broker is connected.
    void sayListening()
    {
        if (m_broker.isConnected() && !std::exchange(m_hasBegun, true))
            Soak::say({{u"listening"_s, true}});
    }
    void obey(const QJsonObject &command)
    {
        if (command.value(u"do"_s).toString() != u"settle")
            return;
        m_patience = QDeadlineTimer(std::chrono::seconds(command.value(u"patience"_s).toInt()));
        m_wantedDescriptors = command.value(u"descriptors"_s).toInt();
        m_steadyTicks = 0;
        m_settling.start();
    }

private:
    void prepare(WsServer *server, const QCommandLineParser &parser)
    {
        server->setOptions(serverOptions());
        server->setThreadCount(parser.value(u"threads"_s).toInt());
        server->setServerName(u"soak-"_s + parser.value(u"generation"_s));
        server->setConnectionHandler(
            [this, server](WsConnection *connection) { Soak::serve(server, connection, &m_received); });
        server->setBroker(&m_broker);
        QObject::connect(
            server, &WsServer::closed, server, [this] { quitIfClosed(); }, Qt::QueuedConnection);
        QObject::connect(&m_broker, &WsBroker::stateChanged, server, [this] { sayListening(); });
    }
    void leave()
    {
        for (WsServer &server : m_servers)
            server.close(Ws::GoingAway, u"the server is shutting down"_s, 5s);
        quitIfClosed();
    }
    void quitIfClosed()
    {
        const auto isBusy = [](const WsServer &server) {
            return server.isListening() || server.isDraining();
        };
        if (std::none_of(m_servers.begin(), m_servers.end(), isBusy))
            QCoreApplication::quit();
    }

    void settle()
    {
        Soak::Figures::giveBackFreeMemory();
        const Soak::Figures figures = Soak::Figures::now();
        m_steadyTicks = figures.descriptors == m_last.descriptors && figures.threads == m_last.threads
                            ? m_steadyTicks + 1
                            : 0;
        m_last = figures;
        bool isQuiet = m_broker.isConnected() && m_steadyTicks >= SteadyTicks
                       && (m_wantedDescriptors == 0 || figures.descriptors == m_wantedDescriptors);
        QJsonObject answer{{u"figures"_s, figures.toJson()},
                           {u"messages"_s, qint64(m_received.messages)},
                           {u"connections"_s, qint64(m_received.connections)}};
        for (const WsServer &server : m_servers) {
            const WsServerStatistics statistics = server.statistics();
            isQuiet = isQuiet && statistics.connections == 0 && statistics.pendingHandshakes == 0
                      && statistics.bufferedAmount == 0 && server.topics().isEmpty();
            addTo(&answer, statistics);
        }
        if (!isQuiet && !m_patience.hasExpired())
            return;
        m_settling.stop();
        answer[u"quiet"_s] = isQuiet;
        Soak::say({{u"settled"_s, answer}});
    }
    static void addTo(QJsonObject *answer, const WsServerStatistics &statistics)
    {
        const auto add = [answer](const QString &name, qint64 value) {
            answer->insert(name, answer->value(name).toInteger() + value);
        };
        add(u"open"_s, statistics.connections);
        add(u"pending"_s, statistics.pendingHandshakes);
        add(u"buffered"_s, statistics.bufferedAmount);
        add(u"accepted"_s, statistics.connectionsTotal);
        add(u"received"_s, statistics.messagesReceived);
        add(u"sent"_s, statistics.messagesSent);
        add(u"bytes received"_s, statistics.payloadBytesReceived);
        add(u"bytes sent"_s, statistics.payloadBytesSent);
        for (auto entry = statistics.closed.begin(); entry != statistics.closed.end(); ++entry)
            add(u"closed %1"_s.arg(entry.key()), entry.value());
        for (auto entry = statistics.rejected.begin(); entry != statistics.rejected.end(); ++entry)
            add(u"rejected %1"_s.arg(entry.key()), entry.value());
    }

    Soak::Received m_received;
    Soak::Figures m_last;
    int m_steadyTicks = 0;
    int m_wantedDescriptors = 0;
    QDeadlineTimer m_patience;
    QTimer m_settling;
    bool m_hasBegun = false;
    WsRedisBroker m_broker;
    std::array<WsServer, 3> m_servers;
};
} // namespace

int main(int argc, char **argv)
{
    Soak::Figures::limitFreeMemory();
    for (int i = 1; i < argc; ++i) {
        if (qstrcmp(argv[i], "--epoll") == 0)
            QCoreApplication::setEventDispatcher(new WsEventDispatcher);
    }
    QCoreApplication application(argc, argv);
    QCommandLineParser parser;
    parser.addOptions({{u"port"_s, u"The port."_s, u"port"_s},
                       {u"tls-port"_s, u"The port with TLS."_s, u"port"_s},
                       {u"local"_s, u"The local socket."_s, u"path"_s},
                       {u"redis"_s, u"The URL of Redis."_s, u"url"_s},
                       {u"generation"_s, u"Which of the processes on these ports it is."_s, u"number"_s},
                       {u"threads"_s, u"The number of threads for clients."_s, u"number"_s},
                       {u"epoll"_s, u"With WsKit's event dispatcher in the main thread."_s}});
    parser.process(application);
    SoakServer server(parser);
    const Soak::Commands commands([&](const QJsonObject &command) { server.obey(command); });
    if (!server.listen(parser))
        return 1;
    server.sayListening();
    return QCoreApplication::exec();
}
