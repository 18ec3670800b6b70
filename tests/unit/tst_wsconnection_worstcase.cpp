// SPDX-License-Identifier: MIT

// The worst case of one connection, as the page "Security Checklist" gives it as a formula of the limits: a
// peer that does its worst, and then an application that sends until it is refused. What is compared is what
// the allocator has given out; tst_wsconnection_memory measures each part by itself.

#include "connectiontesting.h"
#include "heldmemory.h"
#include "net/loop/wsthreadcontext.h"

using namespace ConnectionTesting;

namespace {
constexpr qint64 KiB = 1024;
constexpr qint64 MiB = 1024 * KiB;
constexpr qint64 R = WsThreadContext::ReadSize;

// How the application treats what arrives.
enum Way { Signals, Paused, Taking, InASlot };

WsOptions limits(qint64 message, qint64 mark, qint64 buffered)
{
    WsOptions options;
    options.setMaxMessageSize(message);
    options.setMaxFrameSize(message);
    options.setHighWaterMark(mark);
    options.setMaxBufferedAmount(buffered);
    options.setHandshakeTimeout(0ms);
    options.setPingInterval(0ms);
    return options;
}

// The formula of the page.
qint64 worstCase(const WsOptions &options, Way way)
{
    const qint64 H = options.maxHandshakeSize();
    const qint64 M = options.maxMessageSize();
    const qint64 W = options.highWaterMark();
    const qint64 B = options.maxBufferedAmount();
    const qint64 itself = 16 * KiB;
    const qint64 always = H + M * 3 / 2 + R;
    const qint64 waiting = way == Signals ? 0 : W + M + 2 * R;
    return always + waiting + 2 * B + itself;
}

class Victim
{
public:
    Victim(const WsOptions &options, Way way) : side(WsRole::Server, options), m_way(way), m_options(options)
    {
    }

    bool open() { return side.open("X-Padding: " + QByteArray(15 * KiB, 'x') + "\r\n"); }

    // Returns the most that was held.
    qint64 attack(const HeldMemory &memory)
    {
        side.log.reset();
        const QByteArray small = message({text("a").notFinal(), continuation("b")});
        const QByteArray large = message({binary(QByteArray(m_options.maxMessageSize(), 'a'))});
        m_own = small.capacity() + large.capacity();
        if (m_way == Taking)
            (void)side.connection->receive();
        if (m_way == Paused)
            side.connection->setPaused(true);
        const auto beAttacked = [&] {
            // Some that take more memory than bytes, and then the one that goes beyond the mark.
            flood(small, m_options.highWaterMark() / 32, memory);
            flood(large, 2 * (m_options.highWaterMark() + m_options.maxMessageSize()), memory);
            leaveAMessageUnfinished(memory);
            fillTheQueue();
            note(memory);
        };
        if (m_way != InASlot) {
            beAttacked();
            return m_most;
        }
        bool isFirst = true;
        QObject::connect(side.connection, &WsConnection::messageReceived, side.connection, [&] {
            if (std::exchange(isFirst, false))
                beAttacked();
        });
        side.receive({text("first")});
        return m_most;
    }

    Side side;

private:
    QByteArray message(const Frames &frames) const { return fromPeerOf(WsRole::Server, frames); }

    void note(const HeldMemory &memory)
    {
        side.wire->written = {}; // the network's
        m_most = qMax(m_most, memory.growth() - side.wire->unread.capacity() - m_own);
    }

    void flood(const QByteArray &bytes, qint64 most, const HeldMemory &memory)
    {
        const QByteArray many = bytes.repeated(qMax<qsizetype>(1, 8 * KiB / bytes.size()));
        for (qint64 sent = 0; sent < most && side.link().mayRead(); sent += many.size()) {
            side.wire->feed(many);
            if (m_way == InASlot)
                QCoreApplication::processEvents();
            note(memory);
        }
    }

    void leaveAMessageUnfinished(const HeldMemory &memory)
    {
        const qint64 size = m_options.maxMessageSize() / 64;
        side.wire->feed(message({binary("").notFinal()}));
        for (int i = 0; i < 63; ++i) {
            side.wire->feed(message({continuation(QByteArray(size, 'c')).notFinal()}));
            note(memory);
        }
    }

    void fillTheQueue()
    {
        side.wire->room = 0;
        while (side.connection->sendBinary(QByteArray(33 * KiB, 'd'))) {
        }
    }

    const Way m_way;
    const WsOptions m_options;
    qint64 m_own = 0; // what the test itself holds
    qint64 m_most = 0;
};
} // namespace

class TestWsConnectionWorstCase : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void connectionStaysWithinTheFormula_data();
    void connectionStaysWithinTheFormula();
};

void TestWsConnectionWorstCase::connectionStaysWithinTheFormula_data()
{
    QTest::addColumn<WsOptions>("options");
    QTest::addColumn<Way>("way");
    const std::pair<const char *, Way> ways[] = {
        {"signals", Signals}, {"paused", Paused}, {"receive()", Taking}, {"in a slot", InASlot}};
    for (const auto &[name, way] : ways) {
        QTest::addRow("%s, of a public server", name) << limits(64 * KiB, 256 * KiB, 1 * MiB) << way;
        QTest::addRow("%s, large messages", name) << limits(4 * MiB, 256 * KiB, 1 * MiB) << way;
        QTest::addRow("%s, a high mark", name) << limits(64 * KiB, 8 * MiB, 1 * MiB) << way;
        QTest::addRow("%s, a long queue", name) << limits(64 * KiB, 256 * KiB, 16 * MiB) << way;
        QTest::addRow("%s, the defaults", name) << limits(16 * MiB, 1 * MiB, 64 * MiB) << way;
    }
}

void TestWsConnectionWorstCase::connectionStaysWithinTheFormula()
{
    if (!HeldMemory::IsAvailable)
        QSKIP("what is held cannot be measured here");
    QFETCH(const WsOptions, options);
    QFETCH(const Way, way);
    // What belongs to the thread is there before: it does not count.
    Victim first(options, way);
    QVERIFY(first.open());
    (void)first.attack(HeldMemory());

    const HeldMemory memory;
    Victim victim(options, way);
    QVERIFY(victim.open());
    const qint64 held = victim.attack(memory);
    const qint64 most = worstCase(options, way);
    if (qEnvironmentVariableIsSet("WSKIT_SHOW_MEMORY"))
        qInfo("%lld KiB of %lld", held / KiB, most / KiB);
    QVERIFY2(held <= most, qPrintable(u"%1 KiB of %2 KiB"_s.arg(held / KiB).arg(most / KiB)));
    // The attack is one: the queue is full, a message of the largest size has arrived, and so has what may
    // wait.
    const qint64 waiting = way == Signals ? 0 : options.highWaterMark();
    const qint64 least = (options.maxBufferedAmount() + options.maxMessageSize() + waiting) * 9 / 10;
    QVERIFY2(held >= least, qPrintable(u"only %1 KiB"_s.arg(held / KiB)));
}

#include "../testprogram.h"
WSKIT_TEST(TestWsConnectionWorstCase)
#include "tst_wsconnection_worstcase.moc"
