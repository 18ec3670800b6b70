// SPDX-License-Identifier: MIT
#ifndef FAULTYCONVERSATION_H
#define FAULTYCONVERSATION_H

#include "../unit/heldmemory.h"
#include "../unit/reconnectiontesting.h"
#include "faultytransport.h"
#include "order.h"

#include <QtCore/qmetaobject.h>
#include <QtCore/qregularexpression.h>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

// Conversations of one connection with a peer that the test plays, of which one operation fails:
//
//     QCOMPARE(FaultTesting::checkAll(WsRole::Client, [](Conversation &c) { c.open(); c.closeByUs(); }), "");
//
// runs the script without a fault, and then once for each operation and each fault that makes sense there.
namespace FaultTesting {
using namespace ReconnectionTesting;

inline QString nameOf(Operation operation)
{
    static const char *const names[] = {"connect",  "read",      "write",    "flush",   "wait",
                                        "shutdown", "connected", "readable", "written", "ended"};
    return QLatin1StringView(names[size_t(operation)]);
}

inline QString nameOf(Fault fault)
{
    static const char *const names[] = {"none", "error", "report", "end", "block", "short"};
    return QLatin1StringView(names[size_t(fault)]);
}

struct Settings
{
    WsOptions options = withPings();
    WsReconnect reconnect;                   // of a client
    std::function<void(FakeWire &)> network; // of every wire
    QByteArray headers;                      // of the opening handshake
};

class Conversation
{
public:
    Conversation(WsRole role, const Settings &settings, std::shared_ptr<FaultPlan> plan)
        : m_settings(settings), m_plan(std::move(plan)),
          m_side(role == WsRole::Client
                     ? std::make_shared<ReconnectingSide>(settings.reconnect, settings.options)
                     : std::make_shared<Side>(WsRole::Server, settings.options))
    {
        side().prepareWire = [this](FakeWire &wire) {
            FaultyTransport::install(wire, m_plan);
            m_wires.push_back(wire.shared_from_this());
            if (m_settings.network)
                m_settings.network(wire);
        };
    }
    ~Conversation()
    {
        m_side.reset();
        settle();
    }
    Q_DISABLE_COPY_MOVE(Conversation)

    Side &side() const { return *m_side; }
    WsRole role() const { return side().role; }
    WsConnection *us() const { return side().connection; }
    WsClient *client() const { return side().client(); }
    WsServer *server() const { return side().server.get(); }
    // The latest one.
    FakeWire &wire() const { return side().wire ? *side().wire : *m_noWire; }
    // Calls the connection as its transport does.
    void report(const std::function<void(WsTransport::User &)> &action)
    {
        if (isHere())
            action(side().link());
        settle();
    }
    // Whether it exists, in this thread.
    static bool isHere(const QObject *object)
    {
        return object && object->thread() == QThread::currentThread();
    }
    bool isHere() const { return isHere(us()); }

    // --- steps
    void start()
    {
        keepLog();
        // A server accepts clients in its own thread.
        if (role() == WsRole::Server ? isHere(server()) : isHere())
            side().start();
        settle();
    }
    // The opening handshake.
    void open()
    {
        start();
        handshake();
    }
    void handshake()
    {
        if (role() == WsRole::Client)
            accept();
        else
            feed(upgradeRequest(m_settings.headers));
    }
    // The request of a client that is complete, if it is.
    QByteArray request()
    {
        if (!isHere())
            return {};
        wire().connect();
        settle();
        const QByteArray bytes = wire().takeWritten();
        return bytes.endsWith("\r\n\r\n") ? bytes : QByteArray();
    }
    void accept()
    {
        if (const QByteArray bytes = request(); !bytes.isEmpty())
            feed(acceptanceOf(bytes, m_settings.headers));
    }
    void answer(const QByteArray &bytes)
    {
        if (!request().isEmpty())
            feed(bytes);
    }
    // What this side does, if it still exists.
    void act(const std::function<void(WsConnection &)> &action)
    {
        if (isHere())
            action(*us());
        settle();
    }
    void feed(const QByteArray &bytes)
    {
        if (isHere())
            wire().feed(bytes);
        settle();
    }
    void receive(const Frames &frames) { feed(fromPeerOf(role(), frames)); }
    void take(qint64 size)
    {
        if (isHere())
            wire().take(wire().room == FakeWire::Unlimited ? FakeWire::Unlimited : size);
        settle();
    }
    // How much the network takes.
    void limitRoom(qint64 size)
    {
        if (isHere())
            wire().room = size;
    }
    void endPeer()
    {
        if (isHere())
            wire().end();
        settle();
    }
    // This side may give up, which is no error.
    void allowAbort() { m_isAborted = true; }
    void abort()
    {
        allowAbort();
        act([](WsConnection &connection) { connection.abort(); });
    }
    void remove()
    {
        m_isRemoved = true;
        side().remove();
        settle();
    }
    void closeByUs()
    {
        act([](WsConnection &connection) { connection.close(3000, u"bye"_s); });
        take(FakeWire::Unlimited);
        receive({closing(3000, "bye")});
        endPeer();
    }
    void pull()
    {
        act([this](WsConnection &connection) { m_futures.append(connection.receive()); });
    }
    // Of anything that must have been answered by the end: returns what to call then.
    std::function<void()> expect(const QString &what)
    {
        const auto isDone = std::make_shared<bool>(false);
        m_expected.push_back({what, isDone});
        return [isDone] { *isDone = true; };
    }
    // In waitFor…(), step by step: what happens, and after the last the peer goes.
    void whileWaiting(std::vector<std::function<void()>> steps)
    {
        m_steps = std::move(steps);
        wire().onWait = [this, next = size_t(0)]() mutable {
            FakeClock::pass(std::chrono::milliseconds(std::clamp(wire().waitMs, 0, 1000)));
            const size_t at = next++;
            if (at < m_steps.size())
                m_steps[at]();
            else
                wire().end();
        };
    }

    // --- the end
    // Lets all time limits pass.
    void passTime()
    {
        for (int i = 0; i < 60; ++i)
            pass(2s);
    }
    // What it has told.
    QStringList told() const { return m_told + (side().log ? side().log->all : QStringList()); }
    QString problem()
    {
        for (const auto &[what, isDone] : m_expected) {
            if (!*isDone)
                return u"no answer: "_s + what;
        }
        for (const QFuture<std::optional<WsMessage>> &future : std::as_const(m_futures)) {
            if (!future.isFinished())
                return u"a future of receive() is not finished"_s;
        }
        if (const QString wrong = problemOfConnection(); !wrong.isEmpty())
            return wrong;
        return m_isRemoved ? QString() : problemOfOrder();
    }
    // Another opening on this end, without a fault.
    QString problemOfAnother()
    {
        keepLog();
        open();
        wire().takeWritten();
        receive({ping("again")});
        const bool isOpen = us() && us()->state() == Ws::Open;
        const QString sent = side().sent();
        const QStringList all = side().log ? side().log->all : QStringList();
        closeByUs();
        if (!isOpen || all.isEmpty() || all.last() != u"ping again"_s)
            return u"it does not open again: "_s + all.join(u", ");
        return sent == u"pong 'again'"_s ? QString() : u"it sends "_s + sent;
    }

private:
    void keepLog()
    {
        if (side().log && role() == WsRole::Server)
            m_told += std::exchange(side().log->all, {});
    }

    QString problemOfConnection() const
    {
        if (role() == WsRole::Client && us() && us()->state() != Ws::Closed)
            return u"the client is not closed"_s;
        if (role() == WsRole::Client && us() && us()->bufferedAmount() != 0)
            return u"something is still queued"_s;
        if (role() == WsRole::Server && (us() || server()->connectionCount() != 0))
            return u"the server still has the connection"_s;
        for (const auto &wire : m_wires) {
            if (wire->isKept())
                return u"a transport is still there"_s;
        }
        return FaultyTransport::count() == 0 ? QString() : u"a transport has leaked"_s;
    }
    QString problemOfOrder() const
    {
        Order order(role() == WsRole::Server && !m_wires.empty() ? Order::Server : Order::Client);
        order.isAborted = m_isAborted;
        for (const QString &event : told()) {
            if (const QString wrong = order.take(event); !wrong.isEmpty())
                return wrong + u" at "_s + event;
        }
        return order.problem();
    }

    struct Expected
    {
        QString what;
        std::shared_ptr<bool> isDone;
    };

    const Settings m_settings;
    const std::shared_ptr<FaultPlan> m_plan;
    const std::shared_ptr<FakeWire> m_noWire = std::make_shared<FakeWire>();
    std::vector<std::shared_ptr<FakeWire>> m_wires;
    QList<QFuture<std::optional<WsMessage>>> m_futures;
    std::vector<Expected> m_expected;
    std::vector<std::function<void()>> m_steps;
    QStringList m_told;
    bool m_isAborted = false;
    bool m_isRemoved = false;
    std::shared_ptr<Side> m_side; // deletes what it was made of; the first to go
};

using Script = std::function<void(Conversation &)>;

enum class After { Again, Nothing }; // whether another opening follows

struct Run
{
    QString problem;
    QStringList told;
    QList<Operation> operations;
};

inline QStringList messagesOf(const QStringList &told)
{
    QStringList messages;
    for (const QString &event : told) {
        if (event.startsWith(u"text "_s) || event.startsWith(u"binary "_s))
            messages.append(event);
    }
    return messages;
}

inline Run run(WsRole role, const Settings &settings, const Script &script, After after,
               const std::shared_ptr<FaultPlan> &plan)
{
    Run result;
    {
        Conversation conversation(role, settings, plan);
        script(conversation);
        conversation.passTime();
        result.operations = plan->operations();
        result.told = conversation.told();
        static const QRegularExpression pong(u"^pong \\d+-\\d+"_s); // numbers of the connection and of bytes
        result.told.replaceInStrings(pong, u"pong"_s);
        result.problem = conversation.problem();
        if (result.problem.isEmpty() && after == After::Again)
            result.problem = conversation.problemOfAnother();
    }
    if (result.problem.isEmpty() && FaultyTransport::count() != 0)
        result.problem = u"a transport has leaked"_s;
    return result;
}

// What is wrong with the run in which \a fault meets the operation \a number, of those of \a clean.
inline QString problemOf(const Run &faulty, const Run &clean, Fault fault, bool isReconnecting)
{
    if (!faulty.problem.isEmpty())
        return faulty.problem;
    if (FaultPlan::isHarmless(fault))
        return faulty.told == clean.told ? QString() : u"it differs"_s;
    if (isReconnecting) // the peer then sends them again
        return {};
    const QStringList messages = messagesOf(faulty.told);
    const QStringList expected = messagesOf(clean.told);
    return messages == expected.mid(0, messages.size()) ? QString() : u"other messages"_s;
}

// What is wrong with a script: empty if nothing is.
inline QString checkAll(WsRole role, const Script &script, const Settings &settings = {},
                        After after = After::Again)
{
    const auto runWith = [&](qsizetype number, Fault fault) {
        return run(role, settings, script, after, std::make_shared<FaultPlan>(number, fault));
    };
    const auto described = [](const Run &one) { return one.problem + u"; told: "_s + one.told.join(u", "); };
    const Run clean = runWith(-1, Fault::None);
    if (!clean.problem.isEmpty())
        return u"without a fault: "_s + described(clean);
    const auto runAll = [&] {
        for (qsizetype i = 0; i < clean.operations.size(); ++i) {
            for (const Fault fault : FaultPlan::faultsOf(clean.operations[i])) {
                Run faulty = runWith(i, fault);
                faulty.problem = problemOf(faulty, clean, fault, settings.reconnect.enabled());
                if (!faulty.problem.isEmpty())
                    return u"operation %1 (%2), fault %3: "_s.arg(QString::number(i),
                                                                  nameOf(clean.operations[i]), nameOf(fault))
                           + described(faulty) + u"; without: "_s + clean.told.join(u", ");
            }
        }
        return QString();
    };
    QString wrong = runAll();
    // Once more, now that everything has been made that is made once. malloc() itself keeps pieces for later:
    // what leaks is more in every round.
    constexpr int Rounds = 5;
    qint64 growth = 0;
    for (int i = 0; i < Rounds && wrong.isEmpty() && HeldMemory::IsAvailable; ++i) {
        const HeldMemory held;
        wrong = runAll();
        growth = held.growth();
        if (growth < clean.operations.size() * qint64(sizeof(void *)))
            return wrong;
    }
    return wrong.isEmpty() && growth > 0 ? u"%1 bytes are not freed"_s.arg(growth) : wrong;
}

// Rows for a test of both ends.
inline void addRoles()
{
    QTest::addColumn<WsRole>("role");
    QTest::newRow("client") << WsRole::Client;
    QTest::newRow("server") << WsRole::Server;
}

} // namespace FaultTesting

#define CHECK_FAULTS(...)                                                                                    \
    do {                                                                                                     \
        const QString wrong = FaultTesting::checkAll(__VA_ARGS__);                                           \
        QVERIFY2(wrong.isEmpty(), qPrintable(wrong));                                                        \
    } while (false)

#endif // FAULTYCONVERSATION_H
