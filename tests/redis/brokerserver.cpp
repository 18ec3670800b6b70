// SPDX-License-Identifier: MIT

// A server with a broker, for tests of several processes:
//
//     wskit_brokerserver --redis URL --listen PATH [--history COUNT]
//
// It listens on a local socket, and ends with its standard input. Its clients send commands:
//
//     subscribe TOPIC[@ID]...    answered by "= subscribe"; of a topic with a history, from what follows ID
//     on unsubscribe TOPIC...       answered by "= unsubscribe" publish TOPIC TEXT         the subscribers of
//     all servers get "TOPIC TEXT" check MILLISECONDS         sets checkInterval(), which is a minute at
//     first; answered by "= check" counters                   answered by "= counters UNSENT MISSED REFUSED";
//     REFUSED of UNSENT were never
//                                handed to Redis
//
// With a history, of so many messages for each topic, the broker queues messages while it is away.
// Subscribers get "ID|TOPIC TEXT", and "~ TOPIC complete" or "~ TOPIC incomplete" when they have got what
// they had missed.
//
// "! open" and "! away" say whether the broker is connected, at first and whenever that changes.

#include <WsKit/WsRedisBroker>
#include <WsKit/WsServer>

#include <QtCore/qcommandlineparser.h>
#include <QtCore/qcoreapplication.h>
#include <QtCore/qsocketnotifier.h>

#include <cstdio>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace {
class BrokerServer
{
public:
    explicit BrokerServer(const QCommandLineParser &parser)
    {
        m_broker.setReconnectDelay(std::chrono::milliseconds(5), std::chrono::milliseconds(50));
        m_broker.setCheckInterval(std::chrono::minutes(1));
        m_broker.setUrl(QUrl(parser.value(u"redis"_s)));
        if (const int length = parser.value(u"history"_s).toInt(); length > 0)
            keepHistory(length);
        QObject::connect(&m_broker, &WsBroker::stateChanged, &m_broker, [this] { tellState(); });
        m_server.setConnectionHandler([this](WsConnection *connection) { welcome(connection); });
        m_server.setBroker(&m_broker);
    }
    bool listen(const QString &path) { return m_server.listen(path); }

private:
    void keepHistory(int length)
    {
        m_broker.setHistory(u"*"_s, length);
        m_broker.setQueueMessages(true);
        m_broker.setHistoryEnvelope([](const QString &, const QString &id, const WsMessage &message) {
            return WsMessage(message.type(), id.toLatin1() + '|' + message.data());
        });
        m_server.setReplayHandler(
            [](WsConnection *connection, const QString &topic, const QString &, bool isComplete) {
                connection->sendText(u"~ %1 %2"_s.arg(topic, isComplete ? u"complete"_s : u"incomplete"_s));
            });
    }
    QString stateText() const { return m_broker.isConnected() ? u"! open"_s : u"! away"_s; }
    // A broker connects in several steps, of which the clients hear nothing.
    void tellState()
    {
        if (const QString text = stateText(); std::exchange(m_told, text) != text)
            m_server.broadcast(text);
    }
    void welcome(WsConnection *connection)
    {
        connection->sendText(stateText());
        connection->setMessageHandler([this](WsConnection &from, Ws::MessageType, QByteArrayView payload) {
            obey(&from, QString::fromUtf8(payload));
        });
    }
    void obey(WsConnection *from, const QString &text)
    {
        const QStringList words = text.split(u' ');
        const QString &command = words.constFirst();
        if (command == u"publish"_s)
            publish(words.value(1), text.section(u' ', 1));
        else if (command == u"counters"_s)
            from->sendText(countersText());
        else
            change(from, command, words.sliced(1));
    }
    void change(WsConnection *from, const QString &command, const QStringList &arguments)
    {
        if (command == u"check"_s)
            m_broker.setCheckInterval(std::chrono::milliseconds(arguments.value(0).toInt()));
        for (const QString &topic : arguments) {
            if (command == u"subscribe"_s)
                subscribe(from, topic.section(u'@', 0, 0), topic.section(u'@', 1));
            else if (command == u"unsubscribe"_s)
                m_server.unsubscribe(from, topic);
        }
        from->sendText(u"= "_s + command);
    }
    void subscribe(WsConnection *from, const QString &topic, const QString &lastId)
    {
        if (lastId.isEmpty())
            m_server.subscribe(from, topic);
        else
            m_server.subscribe(from, topic, lastId);
    }
    void publish(const QString &topic, const QString &text)
    {
        const qint64 before = m_broker.messagesUnsent();
        m_server.publish(topic, text);
        m_refused += m_broker.messagesUnsent() - before;
    }
    QString countersText() const
    {
        return u"= counters %1 %2 %3"_s.arg(m_broker.messagesUnsent())
            .arg(m_broker.messagesMissed())
            .arg(m_refused);
    }

    qint64 m_refused = 0;
    QString m_told = u"! away"_s;
    WsRedisBroker m_broker;
    WsServer m_server;
};
} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    QCommandLineParser parser;
    parser.addOptions({{u"redis"_s, u"The URL of Redis."_s, u"url"_s},
                       {u"listen"_s, u"The local socket."_s, u"path"_s},
                       {u"history"_s, u"The number of messages to keep of a topic."_s, u"count"_s}});
    parser.process(application);
    BrokerServer server(parser);
    if (!server.listen(parser.value(u"listen"_s)))
        return 1;
    QSocketNotifier end(STDIN_FILENO, QSocketNotifier::Read);
    QObject::connect(&end, &QSocketNotifier::activated, &application, &QCoreApplication::quit);
    std::puts("listening");
    std::fflush(stdout);
    return application.exec();
}
