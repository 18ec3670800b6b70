// SPDX-License-Identifier: MIT
#ifndef BROKERPROCESSES_H
#define BROKERPROCESSES_H

#include "redistesting.h"

#include <QtCore/qhash.h>

#include <algorithm>
#include <numeric>
#include <optional>

// Servers in processes of their own that share topics (brokerserver.cpp), their clients, and an account of
// every message. Messages are "TOPIC PUBLISHER NUMBER", with numbers from 0 on for each topic and publisher.

namespace RedisTesting {
// A process of the server.
class ServerProcess
{
public:
    ServerProcess(const QUrl &redis, const QStringList &options, const QStringList &prefix)
    {
        QStringList command = prefix + QStringList(QStringLiteral(WSKIT_BROKERSERVER))
                              + QStringList({u"--redis"_s, redis.toString(), u"--listen"_s, path()})
                              + options;
        m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        m_process.start(command.takeFirst(), command);
        isListening =
            waitFor([this] { return m_process.canReadLine() || m_process.state() == QProcess::NotRunning; })
            && m_process.canReadLine();
    }
    ~ServerProcess() { kill(); }
    Q_DISABLE_COPY_MOVE(ServerProcess)

    void kill()
    {
        m_process.kill();
        (void)m_process.waitForFinished(Patience);
    }
    void pause() const { pauseProcess(m_process); }
    void resume() const { ::kill(pid_t(m_process.processId()), SIGCONT); }
    QUrl url() const { return QUrl(u"ws+unix://"_s + path()); }

    bool isListening = false;

private:
    QString path() const { return m_folder.filePath(u"server"_s); }

    QTemporaryDir m_folder;
    QProcess m_process;
};

// What one client has received of one publisher and topic.
struct Stream
{
    int first = -1;
    int last = -1;
    int count = 0;
};

// A client of such a server. Of topics with a history, it remembers the last ids, to go on with them at any
// server.
class Client
{
public:
    explicit Client(const QUrl &url)
    {
        QObject::connect(&m_client, &WsClient::messageReceived, &m_client,
                         [this](const WsMessage &message) { take(message.text()); });
        m_client.setOptions(patientOptions());
        (void)m_client.open(url);
    }
    // Returns when it is connected with another server.
    bool moveTo(const QUrl &url)
    {
        m_client.abort();
        return waitFor([this] { return m_client.state() == Ws::Closed; }) && m_client.open(url)
               && waitFor([this] { return isOpen(); });
    }
    bool subscribe(const QStringList &topics)
    {
        QString command = u"subscribe"_s;
        for (const QString &topic : topics) {
            const QString lastId = lastIds.value(topic);
            command += u' ' + topic + (lastId.isEmpty() ? lastId : u'@' + lastId);
        }
        return ask(command).size() == 1;
    }
    bool isOpen() const { return m_client.state() == Ws::Open; }

    void send(const QString &command) { m_client.sendText(command); }
    // Returns the words of the answer, or nothing if there is none.
    QStringList ask(const QString &command)
    {
        m_answer.reset();
        send(command);
        (void)waitFor([this] { return m_answer || !isOpen(); });
        return m_answer.value_or(QStringList());
    }

    QHash<QString, Stream> streams; // by "TOPIC PUBLISHER"
    QStringList faults;             // what has come again, or too late, or was not complete
    // By topic, if it has a history:
    QHash<QString, QString> lastIds;
    QHash<QString, QStringList> sequences; // all that was received
    int replays = 0;                       // how often it has got what it had missed
    bool isBrokerOpen = false;
    int interruptions = 0; // of the broker
    qint64 received = 0;
    int answers = 0;

private:
    void take(const QString &text)
    {
        if (text.startsWith(u"= "_s)) {
            m_answer = text.split(u' ').sliced(1);
            ++answers;
        } else if (text.startsWith(u"! "_s)) {
            noteBroker(text == u"! open"_s);
        } else if (text.startsWith(u"~ "_s)) {
            ++replays;
            if (!text.endsWith(u" complete"_s))
                faults.append(text);
        } else {
            takeMessage(text);
        }
    }
    void takeMessage(const QString &text)
    {
        const qsizetype mark = text.indexOf(u'|');
        const QStringList words = text.mid(mark + 1).split(u' ');
        if (mark == 0)
            faults.append(u"without an id: "_s + text);
        if (mark > 0) {
            lastIds[words.value(0)] = text.first(mark);
            sequences[words.value(0)].append(words.value(1) + u' ' + words.value(2));
        }
        note(words.value(0) + u' ' + words.value(1), words.value(2).toInt());
    }
    void noteBroker(bool isOpen)
    {
        interruptions += isBrokerOpen && !isOpen ? 1 : 0;
        isBrokerOpen = isOpen;
    }
    void note(const QString &name, int number)
    {
        ++received;
        Stream &stream = streams[name];
        if (number <= stream.last)
            faults.append(u"%1 %2 after %3"_s.arg(name).arg(number).arg(stream.last));
        if (stream.first < 0)
            stream.first = number;
        stream.last = std::max(stream.last, number);
        ++stream.count;
    }

    std::optional<QStringList> m_answer;
    WsClient m_client;
};

struct Counters
{
    qint64 unsent = -1;
    qint64 missed = -1;
    qint64 refused = -1; // of the unsent ones, those that Redis has certainly not seen
};

// A process of the server and two clients, both of which subscribe to all topics and publish to them. Of what
// a client publishes to a topic, few messages are on their way at a time: until they have come back, which
// they always do, whatever becomes of Redis.
class BrokerSite
{
public:
    BrokerSite(const QString &name, const QStringList &topics, const QUrl &redis, const QStringList &options,
               const QStringList &prefix)
        : m_topics(topics), process(redis, options, prefix)
    {
        for (const QString &client : {name + u"-one"_s, name + u"-two"_s}) {
            m_names.append(client);
            clients.push_back(std::make_unique<Client>(process.url()));
        }
    }
    bool isReady() const
    {
        return std::all_of(clients.begin(), clients.end(),
                           [](const auto &client) { return client->isOpen(); });
    }
    bool subscribe()
    {
        return waitFor([this] { return isReady(); })
               && std::all_of(clients.begin(), clients.end(),
                              [this](const auto &client) { return client->subscribe(m_topics); });
    }
    // The clients go on at the server of \a other, as publishers of other names: what the server here had not
    // passed on is lost if it was killed.
    bool moveTo(const BrokerSite &other)
    {
        for (QString &name : m_names)
            name += u"-moved"_s;
        left.insert(std::exchange(published, {}));
        return std::all_of(clients.begin(), clients.end(),
                           [&](const auto &client) { return client->moveTo(other.process.url()); })
               && subscribe();
    }
    bool isBrokerOpen() const { return clients[0]->isBrokerOpen && clients[1]->isBrokerOpen; }
    int interruptions() const { return clients[0]->interruptions; }
    bool setCheckInterval(int milliseconds) const
    {
        return clients[0]->ask(u"check %1"_s.arg(milliseconds)).size() == 1;
    }

    // By the client with this index, to all topics.
    void publish(size_t client)
    {
        for (const QString &topic : m_topics)
            publishTo(topic, client);
    }
    // Has all publish to all topics until \a most messages of each are on their way.
    void pump(int most)
    {
        for (size_t client = 0; client < clients.size(); ++client) {
            for (const QString &topic : m_topics) {
                while (underWay(topic, client) < most)
                    publishTo(topic, client);
            }
        }
    }
    // Whether everything that was published here has been delivered here.
    bool isAtRest() const
    {
        return std::all_of(published.keyValueBegin(), published.keyValueEnd(), [this](const auto &entry) {
            return std::all_of(clients.begin(), clients.end(), [&](const auto &client) {
                return client->streams.value(entry.first).last == entry.second - 1;
            });
        });
    }
    // Whether everything has arrived here that a client of \a other has published last.
    bool hasLastOf(const BrokerSite &other, size_t client) const
    {
        return std::all_of(clients.begin(), clients.end(), [&](const auto &receiver) {
            return std::all_of(m_topics.begin(), m_topics.end(), [&](const QString &topic) {
                const QString name = other.nameOf(topic, client);
                return receiver->streams.value(name).last == other.published.value(name) - 1;
            });
        });
    }
    Counters counters() const
    {
        const QStringList words = clients[0]->ask(u"counters"_s);
        if (words.size() != 4)
            return {};
        return {words.at(1).toLongLong(), words.at(2).toLongLong(), words.at(3).toLongLong()};
    }

private:
    QString nameOf(const QString &topic, size_t client) const
    {
        return topic + u' ' + m_names.at(qsizetype(client));
    }
    int underWay(const QString &topic, size_t client)
    {
        const QString name = nameOf(topic, client);
        return published.value(name) - 1 - clients[client]->streams[name].last;
    }
    void publishTo(const QString &topic, size_t client)
    {
        const QString name = nameOf(topic, client);
        clients[client]->send(u"publish %1 %2 %3"_s.arg(name).arg(published[name]++).arg(padding));
    }

    QStringList m_topics;
    QStringList m_names;

public:
    ServerProcess process;
    std::vector<std::unique_ptr<Client>> clients;
    QHash<QString, int> published; // how many, by "TOPIC PUBLISHER"
    QHash<QString, int> left;      // the same of the names before moveTo()
    QString padding;               // at the end of each message
};

// Several of them. Losses before the first message of a process and topic, and after the last one, cannot be
// counted: so begin() publishes what certainly arrives, and finish() again at the end.
class BrokerCluster
{
public:
    explicit BrokerCluster(QStringList topics = {u"news"_s, u"sport"_s, u"weather"_s})
        : m_topics(std::move(topics))
    {
    }

    bool add(const QUrl &redis, const QStringList &options = {}, const QStringList &prefix = {})
    {
        const QString name = u"site%1"_s.arg(m_added++);
        m_isKept = m_isKept || options.contains(u"--history"_s);
        sites.push_back(std::make_unique<BrokerSite>(name, m_topics, redis, options, prefix));
        return sites.back()->process.isListening && sites.back()->subscribe();
    }
    // Returns when every message of every client has reached every client. What is published to a history is for those
    // whose processes know its end by then, for which they ask Redis, and once more for what they have missed since.
    bool begin(const Redis &redis)
    {
        const auto areSubscribed = [&](const QString &topic) {
            return waitFor(
                [&] { return redis.subscriptions("wskit:" + topic.toUtf8()) == int(sites.size()); });
        };
        const auto areEndsKnown = [&] {
            return !m_isKept || redis.calls("xrevrange") >= 2 * int(sites.size()) * int(m_topics.size());
        };
        return waitFor([this] { return areOpen(); })
               && std::all_of(m_topics.begin(), m_topics.end(), areSubscribed) && waitFor(areEndsKnown)
               && publishOnce(0) && publishOnce(1);
    }
    bool finish()
    {
        return waitFor([this] { return areOpen() && areAtRest(); }) && publishOnce(0);
    }
    // All publish at once, and wait for nothing.
    void burst(int count) const
    {
        for (int i = 0; i < count; ++i) {
            for (const auto &site : sites) {
                site->publish(0);
                site->publish(1);
            }
        }
    }
    template <typename Condition>
    bool pumpUntil(Condition condition)
    {
        constexpr int Most = 4;
        return waitFor([&] {
            for (const auto &site : sites)
                site->pump(Most);
            return condition();
        });
    }
    // Until each process has delivered that many more to its own clients.
    bool pump(int count)
    {
        std::vector<int> until;
        for (const auto &site : sites)
            until.push_back(leastPublished(*site) + count);
        return pumpUntil([&] {
                   for (size_t i = 0; i < sites.size(); ++i) {
                       if (leastPublished(*sites[i]) < until[i])
                           return false;
                   }
                   return true;
               })
               && waitFor([this] { return areAtRest(); });
    }

    bool areOpen() const
    {
        return all([](const BrokerSite &site) { return site.isBrokerOpen(); });
    }
    bool areAway() const
    {
        return all([](const BrokerSite &site) { return !site.isBrokerOpen(); });
    }
    bool areAtRest() const
    {
        return all([](const BrokerSite &site) { return site.isAtRest(); });
    }

    // How many of these messages \a client has not received, since the first one of each publisher and topic.
    static qint64 lackOf(const Client &client, const QHash<QString, int> &published)
    {
        qint64 lack = 0;
        for (auto entry = published.begin(); entry != published.end(); ++entry) {
            const Stream stream = client.streams.value(entry.key());
            lack += entry.value() - stream.first - stream.count;
        }
        return lack;
    }
    // The same of all other processes, for a client that is one of \a site.
    qint64 lackOf(const Client &client, const BrokerSite &site) const
    {
        qint64 lack = 0;
        for (const auto &other : sites)
            lack += other.get() == &site ? 0 : lackOf(client, other->published);
        return lack;
    }
    // Checks everything that has to be so after finish(), whatever has happened, and prints the sums.
    void account(const char *title) const
    {
        qint64 published = 0;
        qint64 unsent = 0;
        qint64 missed = 0;
        for (const auto &site : sites) {
            const Counters counters = site->counters();
            QVERIFY(counters.refused <= counters.unsent);
            for (const auto &client : site->clients) {
                QCOMPARE(client->faults, QStringList());           // nothing twice, and in order
                QCOMPARE(lackOf(*client, site->published), 0);     // nothing of its own process
                QCOMPARE(counters.missed, lackOf(*client, *site)); // what is lost is what is counted
            }
            for (const auto &other : sites) {
                if (other != site)
                    QVERIFY(lackOf(*other->clients[0], site->published) >= counters.refused);
            }
            published += std::accumulate(site->published.begin(), site->published.end(), 0);
            unsent += counters.unsent;
            missed += counters.missed;
        }
        qInfo("%s: %lld published, %lld unsent, %lld missed", title, qlonglong(published), qlonglong(unsent),
              qlonglong(missed));
    }

    std::vector<std::unique_ptr<BrokerSite>> sites;

private:
    template <typename Predicate>
    bool all(Predicate predicate) const
    {
        return std::all_of(sites.begin(), sites.end(), [&](const auto &site) { return predicate(*site); });
    }
    static int leastPublished(const BrokerSite &site)
    {
        const auto least = std::min_element(site.published.begin(), site.published.end());
        return least == site.published.end() ? 0 : *least; // it has not begun since moveTo()
    }
    // Returns when all have got everything that the clients with this index publish now.
    bool publishOnce(size_t client)
    {
        for (const auto &site : sites)
            site->publish(client);
        return waitFor([&] {
            return all([&](const BrokerSite &receiver) {
                return all(
                    [&](const BrokerSite &publisher) { return receiver.hasLastOf(publisher, client); });
            });
        });
    }

    const QStringList m_topics;
    int m_added = 0;
    bool m_isKept = false;
};
} // namespace RedisTesting

#endif // BROKERPROCESSES_H
