// SPDX-License-Identifier: MIT
#include "soaklanes.h"

#include "soakmessage.h"

#include <QtCore/qfuture.h>
#include <QtCore/qqueue.h>

using namespace Qt::StringLiterals;
using namespace Soak;

namespace {
// Sends messages of all sizes, of which some are under way at a time, and gets each back as it was and in
// order.
class EchoLane : public ClientLane
{
public:
    EchoLane(const LanePlan &lanePlan, quint32 seed) : ClientLane(lanePlan, seed)
    {
        if (plan.receiving == u"handler")
            client.setMessageHandler([this](WsConnection &, Ws::MessageType type, QByteArrayView payload) {
                take(type, payload);
            });
        else if (plan.receiving == u"signal")
            QObject::connect(&client, &WsConnection::messageReceived, &client,
                             [this](const WsMessage &message) { take(message.type(), message.data()); });
    }

protected:
    void onOpened() override
    {
        m_expected.clear();
        m_isLeaving = false;
        ++m_session;
        if (plan.receiving == u"receive")
            receiveNext(m_session);
    }
    void sendMore() override
    {
        if (m_isLeaving && m_expected.isEmpty()) {
            endNow(LaneAccount::Wanted::Close);
            return;
        }
        const int most = plan.isLarge ? 2 : 16;
        while (!m_isLeaving && wantsMore() && m_expected.size() < most && client.state() == Ws::Open)
            sendOne();
    }
    void onClosed() override { ++m_session; }
    bool isDone() const override { return sent == confirmed && !wantsMore(); }

private:
    struct Expected
    {
        Ws::MessageType type;
        qsizetype size;
        quint32 checksum;
    };

    void sendOne()
    {
        const auto type = random.bounded(2) == 0 ? Ws::Text : Ws::Binary;
        const qsizetype size = anySize(plan.isLarge ? Sizes::Large : Sizes::Small, &random);
        const WsMessage message = numberedMessage(sent, type, size, &random);
        const bool isSent = type == Ws::Binary && random.bounded(4) == 0
                                ? client.sendFragments(type, inPieces(message.data()))
                                : client.send(message);
        if (!isSent) {
            account.fault(u"cannot send: "_s + client.errorString());
            return;
        }
        ++sent;
        m_expected.enqueue({type, size, checksum(message.data())});
        leaveAtTimes();
    }
    QByteArrayList inPieces(const QByteArray &data)
    {
        const qsizetype at = random.bounded(int(data.size()) + 1);
        return {data.first(at), QByteArray(), data.sliced(at)};
    }
    void leaveAtTimes()
    {
        const quint32 choice = mayOpenAnew() ? random.bounded(plan.isLarge ? 60U : 600U) : 2;
        if (choice == 0)
            endNow(LaneAccount::Wanted::Abort);
        else if (choice == 1)
            m_isLeaving = true;
    }
    void take(Ws::MessageType type, QByteArrayView payload)
    {
        if (m_expected.isEmpty()) {
            account.fault(u"a message of %1 bytes that nobody has sent"_s.arg(payload.size()));
            return;
        }
        const Expected expected = m_expected.dequeue();
        if (type != expected.type || payload.size() != expected.size
            || checksum(payload) != expected.checksum)
            account.fault(u"message %1 of %2 bytes came back as another one of %3 bytes"_s.arg(confirmed)
                              .arg(expected.size)
                              .arg(payload.size()));
        ++confirmed;
        account.noteConfirmed(payload.size());
        goOnSoon();
    }
    void receiveNext(int session)
    {
        client.receive().then(&client, [this, session](const std::optional<WsMessage> &message) {
            if (!message || session != m_session)
                return;
            take(message->type(), message->data());
            receiveNext(session);
        });
    }

    QQueue<Expected> m_expected;
    int m_session = 0;
    bool m_isLeaving = false;
};
} // namespace

std::unique_ptr<Lane> Soak::makeEchoLane(const LanePlan &plan, quint32 seed)
{
    return std::make_unique<EchoLane>(plan, seed);
}
