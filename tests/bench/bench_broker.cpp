// SPDX-License-Identifier: MIT

// A server whose clients subscribe to topics and publish, over Redis if it is told to. It prints where it
// listens once Redis has connected it. Its clients send
//
//     s FIRST COUNT     subscribes to so many topics, and is answered with "ok"
//     p TOPIC PAYLOAD   publishes
//
// A topic is a number.

#include <WsKit/WsEventDispatcher>
#include <WsKit/WsRedisBroker>
#include <WsKit/WsServer>

#include <QtCore/qcommandlineparser.h>
#include <QtCore/qcoreapplication.h>

#include <cstdio>

#include <sys/resource.h>

namespace {
using namespace Qt::StringLiterals;

void raiseDescriptorLimit()
{
    rlimit limit = {};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

QString topicOf(qint64 number)
{
    return u't' + QString::number(number);
}

class BrokerServer
{
public:
    explicit BrokerServer(const QCommandLineParser &parser)
    {
        m_server.setThreadCount(parser.value(u"threads"_s).toInt());
        m_server.setConnectionHandler([this](WsConnection *connection) {
            connection->setMessageHandler([this](WsConnection &from, Ws::MessageType,
                                                 QByteArrayView message) { onMessage(&from, message); });
        });
        if (!m_server.listen())
            qFatal("%s", qPrintable(m_server.errorString()));
        if (parser.isSet(u"redis"_s))
            connectBroker(parser);
        else
            announce();
    }

private:
    void connectBroker(const QCommandLineParser &parser)
    {
        m_broker.setHistory(u"*"_s, parser.value(u"history"_s).toLongLong());
        QObject::connect(
            &m_broker, &WsBroker::connected, &m_broker, [this] { announce(); }, Qt::SingleShotConnection);
        m_broker.setUrl(QUrl(parser.value(u"redis"_s)));
        m_server.setBroker(&m_broker);
    }

    void announce() const
    {
        std::printf("listening on %s\n", qPrintable(m_server.serverUrl().toString()));
        std::fflush(stdout);
    }

    void onMessage(WsConnection *from, QByteArrayView message)
    {
        const qsizetype space = message.indexOf(' ', 2);
        const QByteArrayView number = message.sliced(2, qMax<qsizetype>(space - 2, 0));
        const QByteArrayView rest = message.sliced(space + 1);
        if (message.startsWith('p')) {
            m_server.publish(u't' + QString::fromLatin1(number), WsMessage::text(rest.toByteArray()));
            return;
        }
        const qint64 first = number.toLongLong();
        for (qint64 topic = first; topic < first + rest.toLongLong(); ++topic)
            m_server.subscribe(from, topicOf(topic));
        from->sendText("ok");
    }

    WsServer m_server;
    WsRedisBroker m_broker;
};
} // namespace

int main(int argc, char **argv)
{
    raiseDescriptorLimit();
    QCoreApplication::setEventDispatcher(new WsEventDispatcher);
    const QCoreApplication application(argc, argv);
    QCommandLineParser parser;
    parser.addHelpOption();
    parser.addOptions({{u"redis"_s, u"connects the topics over this Redis"_s, u"url"_s},
                       {u"history"_s, u"messages of each topic that Redis keeps"_s, u"count"_s, u"0"_s},
                       {u"threads"_s, u"of the server"_s, u"count"_s, u"0"_s}});
    parser.process(application);
    const BrokerServer server(parser);
    return QCoreApplication::exec();
}
