// SPDX-License-Identifier: MIT
#include "soaklanes.h"

#include "soakmessage.h"

#include "../integration/rawtesting.h"

#include <QtCore/qqueue.h>
#include <QtCore/qthread.h>
#include <QtNetwork/qnetworkproxy.h>

#include <atomic>

using namespace Qt::StringLiterals;
using namespace Soak;

namespace {
// Sends a few messages and waits for each of them to come back, in a thread that has no event loop.
class BlockingLane : public Lane
{
public:
    BlockingLane(const LanePlan &lanePlan, quint32 seed) : Lane(lanePlan), m_random(seed) { }
    ~BlockingLane() override { finish(); }

    void work(int) override
    {
        finish();
        m_isAsked = false;
        m_isResting = false;
        m_thread.reset(QThread::create([this] { run(); }));
        m_thread->start();
    }
    void rest() override { m_isAsked = true; }
    bool isResting() const override { return m_isResting && (!m_thread || m_thread->wait()); }

private:
    void finish()
    {
        m_isAsked = true;
        if (m_thread)
            m_thread->wait();
    }
    void run()
    {
        WsClient client;
        client.setOptions(plan.options());
        client.setReconnect(plan.reconnect());
        client.setSslConfiguration(IntegrationTesting::tlsConfiguration());
        client.setProxy(QNetworkProxy(QNetworkProxy::NoProxy));
        prepare(&client);
        account.noteAttempt();
        if (!client.open(plan.targetUrl()))
            account.fault(client.errorString());
        const qint64 before = account.confirmed();
        while (client.waitForOpened() && talk(&client, before)) {
        }
        m_wanted = LaneAccount::Wanted::Close;
        client.close();
        client.waitForClosed();
        m_isResting = true;
    }
    void prepare(WsClient *client)
    {
        QObject::connect(client, &WsConnection::errorOccurred, client, [this](const WsError &error) {
            if (!m_wasOpen)
                account.noteFailed(error);
            else if (error.kind() != Ws::ErrorKind::Network)
                account.fault(error.text());
        });
        QObject::connect(client, &WsConnection::opened, client, [this, client] {
            m_wasOpen = true;
            m_sent = 0;
            m_confirmed = 0;
            account.noteOpened(*client);
        });
        QObject::connect(client, &WsConnection::closed, client,
                         [this](quint16 code, const QString &, bool wasClean) {
                             if (std::exchange(m_wasOpen, false))
                                 account.noteEnd(std::exchange(m_wanted, LaneAccount::Wanted::No), code,
                                                 wasClean, m_sent, m_confirmed);
                         });
    }
    // Returns whether the connection has ended meanwhile, so that there is more to be said on the next one.
    bool talk(WsClient *client, qint64 before)
    {
        QQueue<WsMessage> expected;
        while (!m_isAsked || !expected.isEmpty() || account.confirmed() == before) {
            while (expected.size() < (plan.isLarge ? 2 : 4)) {
                const auto type = m_random.bounded(2) == 0 ? Ws::Text : Ws::Binary;
                const WsMessage message = numberedMessage(
                    m_sent, type, anySize(plan.isLarge ? Sizes::Large : Sizes::Small, &m_random), &m_random);
                if (m_isAsked && account.confirmed() != before)
                    break;
                if (!client->send(message))
                    return true;
                ++m_sent;
                expected.enqueue(message);
            }
            if (expected.isEmpty()) // it was asked meanwhile
                break;
            const std::optional<WsMessage> message = client->waitForMessage();
            if (!message)
                return true;
            if (*message != expected.dequeue())
                account.fault(u"message %1 came back as another one"_s.arg(m_confirmed));
            ++m_confirmed;
            account.noteConfirmed(message->data().size());
        }
        return false;
    }

    QRandomGenerator m_random;
    std::unique_ptr<QThread> m_thread;
    std::atomic<bool> m_isAsked{false};
    std::atomic<bool> m_isResting{true};
    // Of the thread:
    LaneAccount::Wanted m_wanted = LaneAccount::Wanted::No;
    bool m_wasOpen = false;
    quint32 m_sent = 0;
    quint32 m_confirmed = 0;
};
} // namespace

std::unique_ptr<Lane> Soak::makeBlockingLane(const LanePlan &plan, quint32 seed)
{
    return std::make_unique<BlockingLane>(plan, seed);
}
