// SPDX-License-Identifier: MIT
#ifndef REDISHISTORYTESTING_H
#define REDISHISTORYTESTING_H

#include "redistesting.h"

#include "../integration/historytesting.h"

#include <QtCore/qloggingcategory.h>
#include <QtCore/qregularexpression.h>

#include <array>
#include <functional>

// Servers whose broker keeps the messages of a topic in Redis.

namespace RedisHistoryTesting {
using namespace RedisTesting;
using HistoryTesting::HistorySite;
using HistoryTesting::Reader;

inline const QString Topic = u"log"_s;

inline QuickBroker *prepared(QuickBroker *broker)
{
    broker->setHistory(u"log*"_s, 1'000'000);
    broker->setHistoryEnvelope(HistoryTesting::withId);
    broker->setQueueMessages(true);
    return broker;
}

// A server with a broker of its own, as in a process of its own.
struct HistoryProcess
{
    explicit HistoryProcess(const QUrl &url, int threads = 0) : broker(url), site(prepared(&broker), threads)
    {
    }
    void publish(int first, int end)
    {
        for (int i = first; i < end; ++i)
            site.server.publish(Topic, QString::number(i));
    }
    bool waitUntilOpen() const { return waitForState(broker, Ws::Open); }
    QuickBroker broker;
    HistorySite site;
};

// Two servers and a Redis that survives being killed.
struct Two
{
    explicit Two(const QStringList &options = {}, int threads = 0)
        : redis(QStringList{u"--appendonly"_s, u"yes"_s, u"--appendfsync"_s, u"always"_s} + options),
          one(redis.url(), threads), other(redis.url(), threads)
    {
    }
    bool waitUntilOpen() const { return one.waitUntilOpen() && other.waitUntilOpen(); }
    Redis redis;
    HistoryProcess one;
    HistoryProcess other;
};

// Carries what a broker and Redis say, and can hold it back. Of the two connections of a broker, the first
// one publishes and the second one is subscribed.
class Proxy
{
public:
    enum Direction { Up, Down };
    enum Held { Both, OnlySubscribed };
    explicit Proxy(quint16 port, Held connections = Both)
    {
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this, port, connections] {
            auto pair = std::make_shared<Pair>();
            pair->mayBeHeld = connections == Both || m_pairs.size() == 1;
            pair->ends[Up] = m_server.nextPendingConnection();
            pair->ends[Down] = new QTcpSocket(&m_server);
            pair->ends[Down]->connectToHost(QHostAddress::LocalHost, port);
            for (const Direction from : {Up, Down})
                QObject::connect(pair->ends[from], &QTcpSocket::readyRead, &m_server,
                                 [this, pair, from] { pass(*pair, from); });
            m_pairs.push_back(pair);
        });
        (void)m_server.listen(QHostAddress::LocalHost);
    }
    QUrl url() const { return QUrl(u"redis://127.0.0.1:"_s + QString::number(m_server.serverPort())); }
    void setHeld(Direction from, bool isHeld)
    {
        m_isHeld[from] = isHeld;
        for (const auto &pair : m_pairs)
            pass(*pair, from);
    }
    QByteArray held(Direction from) const
    {
        QByteArray all;
        for (const auto &pair : m_pairs)
            all += pair->held[from];
        return all;
    }
    // All connections end, and what is held back is lost.
    void cut()
    {
        for (const auto &pair : std::exchange(m_pairs, {})) {
            pair->ends[Up]->abort();
            pair->ends[Down]->disconnectFromHost();
        }
    }

private:
    struct Pair
    {
        std::array<QPointer<QTcpSocket>, 2> ends; // the broker's, and that of Redis
        std::array<QByteArray, 2> held;
        bool mayBeHeld = true;
    };
    void pass(Pair &pair, Direction from)
    {
        if (pair.ends[from])
            pair.held[from] += pair.ends[from]->readAll();
        QTcpSocket *const to = pair.ends[from == Up ? Down : Up];
        if (!(m_isHeld[from] && pair.mayBeHeld) && to && !pair.held[from].isEmpty())
            to->write(std::exchange(pair.held[from], {}));
    }
    QTcpServer m_server;
    std::vector<std::shared_ptr<Pair>> m_pairs;
    std::array<bool, 2> m_isHeld{};
};

// How many messages were sent again, by the log.
inline int sentAgain = 0;
inline void countSentAgain(QtMsgType, const QMessageLogContext &, const QString &text)
{
    static const QRegularExpression number(u"sent again: (\\d+)"_s);
    sentAgain += number.match(text).captured(1).toInt();
}
struct SentAgain
{
    SentAgain()
    {
        QLoggingCategory::setFilterRules(u"wskit.redis.info=true"_s);
        sentAgain = 0;
        before = qInstallMessageHandler(countSentAgain);
    }
    ~SentAgain()
    {
        qInstallMessageHandler(before);
        QLoggingCategory::setFilterRules({});
    }
    Q_DISABLE_COPY_MOVE(SentAgain)
    QtMessageHandler before;
};

// Redis is silent until the broker has given it up.
inline bool interrupt(const Redis &redis, QuickBroker *broker, const std::function<void()> &meanwhile = {})
{
    broker->setCheckInterval(std::chrono::milliseconds(200));
    redis.pause();
    const bool hasEnded = waitForState(*broker, Ws::Connecting);
    if (meanwhile)
        meanwhile();
    broker->setCheckInterval(std::chrono::milliseconds(Patience));
    redis.resume();
    return hasEnded;
}

// A script as an argument of an inline command.
inline QByteArray quoted(QByteArray text)
{
    return '"' + text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n") + '"';
}

// What redis-cli shows of a number in an answer: ":5".
inline int numberIn(const QByteArray &answer)
{
    return answer.split(':').value(1).split('\r').constFirst().toInt();
}
} // namespace RedisHistoryTesting

#endif // REDISHISTORYTESTING_H
