// SPDX-License-Identifier: MIT
#ifndef PULLINGCHECK_H
#define PULLINGCHECK_H

#include "../../unit/connectiontesting.h"
#include "../script.h"

#include <array>
#include <vector>

// Messages that the application takes, with receive(), by waiting or by iteration: each is taken once and in
// order, whoever is slow, what is kept meanwhile is limited, and everything arrives in the end.
namespace PullingCheck {
using namespace ConnectionTesting;
using namespace Fuzzing;

constexpr qint64 ReadBufferSize = 1024;

inline WsOptions optionsFrom(quint8 byte)
{
    WsOptions options;
    options.setHighWaterMark(std::array<qint64, 4>{0, 500, 3000, 40000}[byte & 3]);
    options.setReadBufferSize(ReadBufferSize);
    options.setPingInterval(0s);
    return options;
}

class Play
{
public:
    explicit Play(const QByteArray &input)
        : m_script(input), m_flags(m_script.byte()),
          m_side(m_flags & 1 ? WsRole::Server : WsRole::Client, optionsFrom(m_flags >> 1)),
          m_mark(m_side.options.highWaterMark())
    {
    }

    QByteArray run()
    {
        if (!m_side.open())
            return "it does not open";
        m_side.log.reset();
        m_wire = m_side.wire;
        m_wire->chunk = m_flags & 8 ? 300 : FakeWire::Unlimited;
        QObject::connect(m_side.connection, &WsConnection::closed, &m_context,
                         [this] { m_hasClosed = true; });
        (void)take();
        while (!m_script.isAtEnd() && m_faults.isEmpty()) {
            act();
            checkHeld();
        }
        finish();
        leave();
        return m_faults.first();
    }

private:
    void expect(bool condition, const char *fault)
    {
        if (!condition)
            m_faults.add(fault);
    }
    WsConnection *connection() const { return m_side.connection; }

    void act()
    {
        using Action = void (Play::*)();
        static constexpr std::array<Action, 14> Actions{
            &Play::sendOne,   &Play::sendOne,    &Play::sendMany,     &Play::takeOne,  &Play::takeOne,
            &Play::cancelOne, &Play::waitForOne, &Play::iterate,      &Play::pause,    &Play::changeMark,
            &Play::turn,      &Play::waitForEnd, &Play::sendInHalves, &Play::endRarely};
        (this->*Actions[size_t(m_script.below(int(Actions.size())))])();
    }

    // --- the peer
    bool maySend() const { return m_wire->isKept() && !m_wire->hasPeerEnded && !m_hasPeerClosed; }
    QByteArray nextFrame(quint8 size)
    {
        const QByteArray payload = numberedPayload(int(m_sent.size()), sizeFrom(size));
        m_sent.append(payload);
        const QByteArray bytes = fromPeerOf(m_side.role, {binary(payload)});
        m_largest = std::max<qint64>(m_largest, bytes.size());
        m_fed += bytes.size();
        m_frameEnds.append(m_fed);
        return bytes;
    }
    void sendOne()
    {
        const quint8 size = m_script.byte();
        if (maySend())
            m_wire->feed(nextFrame(size));
    }
    void sendMany()
    {
        const int count = m_script.byte();
        if (!maySend())
            return;
        QByteArray bytes;
        for (int i = 0; i < count; ++i)
            bytes += nextFrame(quint8(i % 5));
        m_wire->feed(bytes);
    }
    void sendInHalves()
    {
        const quint8 size = m_script.byte();
        if (!maySend())
            return;
        const QByteArray bytes = nextFrame(size);
        m_wire->feed(bytes.first(bytes.size() / 2));
        if (m_wire->isKept() && !m_wire->hasPeerEnded)
            m_wire->feed(bytes.sliced(bytes.size() / 2));
    }
    // Whether and how it ends, if the byte says so.
    void endRarely()
    {
        const quint8 how = m_script.byte();
        if (how < 100 || !maySend())
            return;
        if (how < 160) {
            m_hasPeerClosed = true;
            const QByteArray bytes = fromPeerOf(m_side.role, {closing(1000)});
            m_fed += bytes.size();
            m_wire->feed(bytes);
        } else if (how < 220) {
            m_wire->end();
        } else if (connection()) {
            m_hasClosedOurselves = true;
            connection()->close();
        }
    }

    // --- the application
    void onTaken(const WsMessage &message)
    {
        qsizetype at = m_taken;
        while (m_hasClosedOurselves && at < m_sent.size() && m_sent[at] != message.data())
            ++at;
        if (at >= m_sent.size() || m_sent[at] != message.data())
            m_faults.add("taken " + described(message.data()) + " instead of number "
                         + QByteArray::number(at));
        m_taken = at + 1;
    }
    bool take()
    {
        if (!connection())
            return false;
        const int number = m_asked++;
        QFuture<std::optional<WsMessage>> future = connection()->receive();
        m_futures.push_back(future);
        future
            .then([this, number](const std::optional<WsMessage> &message) {
                expect(number > m_lastAnswered, "the futures are not answered in their order");
                m_lastAnswered = number;
                if (message)
                    onTaken(*message);
                else
                    expect(m_isLeaving || !connection() || connection()->state() != Ws::Open,
                           "a future gets nothing while it is open");
            })
            .onCanceled([] {});
        return future.isFinished() && !future.isCanceled() && future.result().has_value();
    }
    void takeOne() { (void)take(); }
    void cancelOne()
    {
        const int which = m_script.byte();
        if (m_futures.empty())
            return;
        if (auto &future = m_futures[size_t(which) % m_futures.size()];
            !future.isFinished()) // Qt 6.4 crashes
            future.cancel();
    }
    // What happens while the application waits; in the end the network fails, so that it does not wait
    // forever.
    void playWhileWaiting(int steps)
    {
        m_stepsLeft = steps;
        m_wire->onWait = [this] {
            if (m_stepsLeft-- > 0)
                sendOne();
            else if (m_wire->isKept() && !m_wire->hasEnded)
                m_wire->end();
        };
    }
    QDeadlineTimer deadline()
    {
        const quint8 how = m_script.byte();
        m_wire->onWait = nullptr;
        if (how < 200)
            return QDeadlineTimer(0);
        playWhileWaiting(how % 8);
        return QDeadlineTimer(QDeadlineTimer::Forever);
    }
    void waitForOne()
    {
        const QDeadlineTimer until = deadline();
        if (!connection())
            return;
        const std::optional<WsMessage> message = connection()->waitForMessage(until);
        m_wire->onWait = nullptr;
        if (message)
            onTaken(*message);
    }
    void iterate()
    {
        const int most = m_script.below(6);
        if (!connection() || connection()->paused())
            return;
        playWhileWaiting(most);
        int count = 0;
        for (const WsMessage &message : connection()->messages()) {
            onTaken(message);
            if (++count > most)
                break;
        }
        m_wire->onWait = nullptr;
    }
    void waitForEnd()
    {
        const QDeadlineTimer until = deadline();
        if (!connection())
            return;
        (void)connection()->waitForClosed(until);
        m_wire->onWait = nullptr;
    }
    void pause()
    {
        if (connection())
            connection()->setPaused(m_script.byte() & 1);
    }
    void changeMark()
    {
        WsOptions options = m_side.options;
        options.setHighWaterMark(10 * m_script.byte());
        m_mark = std::max(m_mark, options.highWaterMark());
        if (connection())
            connection()->setOptions(options);
    }
    void turn() { settle(); }

    // --- what has to hold
    // What was read and not taken. Messages that have arrived behind those that wait are kept whole.
    void checkHeld()
    {
        if (!connection() || connection()->state() != Ws::Open)
            return;
        const qint64 read = m_fed - m_wire->unread.size();
        const qint64 taken = m_taken == 0 ? 0 : m_frameEnds[m_taken - 1];
        const qint64 most = 2 * (m_mark + ReadBufferSize) + m_largest;
        expect(read - taken <= most, "more than highWaterMark is read ahead");
    }
    void finish()
    {
        if (!m_faults.isEmpty())
            return;
        m_wire->chunk = FakeWire::Unlimited;
        if (connection())
            connection()->setPaused(false);
        for (int i = 0; i < 20000 && connection() && m_taken < m_sent.size(); ++i) {
            const qsizetype before = m_taken;
            (void)take();
            if (m_taken == before)
                settle();
            if (m_taken == before && i > m_sent.size() + m_asked)
                break;
        }
        settle();
        if (!m_hasClosedOurselves && !m_hasClosed && connection())
            expect(m_taken == m_sent.size(), "not everything arrives");
        if (m_hasPeerClosed || m_wire->hasEnded)
            expectEnd();
    }
    void expectEnd()
    {
        pass(1ms);
        if (m_side.role == WsRole::Client && !m_wire->hasEnded && m_wire->isKept())
            m_wire->end(); // it waits for the server to do that
        pass(1ms);
        expect(m_hasClosed || !connection(), "it does not end after the last message");
        const bool isDone = take();
        expect(!isDone && (m_futures.empty() || m_futures.back().isFinished() || !connection()),
               "a future waits for a closed connection");
    }
    // The connection is deleted.
    void leave()
    {
        m_isLeaving = true;
        m_side.remove();
        settle();
        for (const auto &future : m_futures)
            expect(future.isFinished(), "a future waits for a connection that has been deleted");
    }

    Script m_script;
    const quint8 m_flags;
    Side m_side;
    std::shared_ptr<FakeWire> m_wire;
    QObject m_context;
    Faults m_faults;
    QByteArrayList m_sent;
    QList<qint64> m_frameEnds; // in all that was fed
    std::vector<QFuture<std::optional<WsMessage>>> m_futures;
    qint64 m_mark;
    qint64 m_fed = 0;
    qint64 m_largest = 0;
    qsizetype m_taken = 0;
    int m_asked = 0;
    int m_stepsLeft = 0; // while the application waits
    int m_lastAnswered = -1;
    bool m_hasClosed = false;
    bool m_hasPeerClosed = false;
    bool m_hasClosedOurselves = false;
    bool m_isLeaving = false;
};

inline QByteArray check(const QByteArray &input)
{
    return Play(input).run();
}

} // namespace PullingCheck

#endif // PULLINGCHECK_H
