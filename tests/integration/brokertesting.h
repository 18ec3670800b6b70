// SPDX-License-Identifier: MIT
#ifndef BROKERTESTING_H
#define BROKERTESTING_H

#include "integrationtesting.h"

#include <WsKit/WsBroker>

#include <QtCore/qthread.h>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace BrokerTesting {
using namespace IntegrationTesting;

// A client, and the messages that have reached it.
class Subscriber
{
public:
    explicit Subscriber(const WsServer &server, const QString &topic)
    {
        QObject::connect(&client, &WsClient::messageReceived, &client, [this](const WsMessage &message) {
            size += message.data().size();
            messages.append(message.data().size() > 100 ? QString::number(message.data().size())
                                                        : QString::fromUtf8(message.data()));
        });
        QUrl url = server.serverUrl();
        url.setPath(u'/' + topic);
        WsOptions options = patientOptions();
        options.setMaxMessageSize(256 * 1024 * 1024);
        options.setMaxFrameSize(options.maxMessageSize());
        client.setOptions(options);
        isOpening = client.open(url);
    }
    bool isOpen() const { return client.state() == Ws::Open; }

    WsClient client;
    QStringList messages;
    qint64 size = 0;
    bool isOpening = false;
};

// A server, each connection of which subscribes to the topic that its path names.
struct Site
{
    explicit Site(WsBroker *broker, int threads = 0)
    {
        server.setThreadCount(threads);
        server.setConnectionHandler([this](WsConnection *connection) {
            server.subscribe(connection, connection->request().path().mid(1));
        });
        server.setBroker(broker);
        isListening = server.listen();
    }
    Subscriber *subscribe(const QString &topic)
    {
        subscribers.push_back(std::make_unique<Subscriber>(server, topic));
        Subscriber *const added = subscribers.back().get();
        (void)waitFor([&] {
            // The server's thread hears last of connections that other threads have.
            return added->isOpen() && server.subscriberCount(topic) > 0 && !server.connections().isEmpty();
        });
        return added;
    }
    std::vector<std::unique_ptr<Subscriber>> subscribers;
    WsServer server;
    bool isListening = false;
};

inline QStringList numbersUntil(int count)
{
    QStringList numbers;
    for (int i = 0; i < count; ++i)
        numbers.append(QString::number(i));
    return numbers;
}

// A thread that has ended before what it uses is destroyed, also if the test fails. Without \a work it runs
// an event loop.
class Thread
{
public:
    explicit Thread(std::function<void()> work = {})
    {
        if (work)
            m_thread.reset(QThread::create(std::move(work)));
        m_thread->start();
    }
    ~Thread() { end(); }
    Q_DISABLE_COPY_MOVE(Thread)

    QThread *get() const { return m_thread.get(); }
    bool end()
    {
        m_thread->quit();
        return m_thread->wait(Patience);
    }

private:
    std::unique_ptr<QThread> m_thread = std::make_unique<QThread>();
};
} // namespace BrokerTesting

#endif // BROKERTESTING_H
