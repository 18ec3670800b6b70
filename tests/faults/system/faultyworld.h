// SPDX-License-Identifier: MIT
#ifndef FAULTYWORLD_H
#define FAULTYWORLD_H

#include "../../integration/integrationtesting.h"
#include "../order.h"
#include "systemfaults.h"

#include <WsKit/WsEventDispatcher>

#include <QtCore/qmutex.h>
#include <QtCore/qtemporarydir.h>
#include <QtCore/qthread.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <memory>
#include <thread>

// A server and a client that talk on real sockets, while a system call fails.
namespace FaultTesting {
using namespace IntegrationTesting;
using SystemFaults::OneByte;

enum class Way { Plain, Tls, NamedTls, Local };

struct Scene
{
    Way way = Way::Plain;
    int threadCount = 0;
    bool isEpoll = false;   // the event loop of the server and the client
    bool isWaiting = false; // the client is in a thread without an event loop
    bool isCompressed = false;
};

// What one end told, from any thread.
class Told
{
public:
    void listenTo(WsConnection *connection)
    {
        const auto add = [this](const QString &event) {
            const QMutexLocker locker(&m_mutex);
            m_all.append(event);
        };
        QObject::connect(connection, &WsConnection::stateChanged, connection,
                         [add](Ws::State state) { add(QVariant::fromValue(state).toString()); });
        QObject::connect(connection, &WsConnection::opened, connection, [add] { add(u"opened"_s); });
        QObject::connect(connection, &WsConnection::errorOccurred, connection, [add](const WsError &error) {
            add(u"error "_s + QVariant::fromValue(error.kind()).toString());
        });
        QObject::connect(connection, &WsConnection::messageReceived, connection,
                         [add](const WsMessage &message) { add(u"binary %1"_s.arg(message.data().size())); });
        QObject::connect(connection, &WsConnection::closed, connection,
                         [add](quint16 code, const QString &reason, bool wasClean) {
                             add(u"closed %1 '%2' %3"_s.arg(QString::number(code), reason,
                                                            wasClean ? u"clean"_s : u"unclean"_s));
                         });
    }
    QStringList all() const
    {
        const QMutexLocker locker(&m_mutex);
        return m_all;
    }
    QString problem(Order::End end) const
    {
        Order order(end);
        for (const QString &event : all()) {
            if (const QString wrong = order.take(event); !wrong.isEmpty())
                return wrong + u" at "_s + event;
        }
        return order.problem();
    }

private:
    mutable QMutex m_mutex;
    QStringList m_all;
};

// Without pings, so that nothing is noticed by them.
inline WsOptions silentOptions()
{
    WsOptions options = patientOptions();
    options.setPingInterval(0ms);
    return options;
}

// Soon ends what is lost while it opens or closes.
inline WsOptions impatientOptions()
{
    WsOptions options = silentOptions();
    options.setHandshakeTimeout(300ms);
    options.setCloseTimeout(100ms);
    return options;
}

class World
{
public:
    World(const Scene &scene, const WsOptions &options) : m_scene(scene), m_options(options)
    {
        m_server.setOptions(options);
        m_server.setThreadCount(scene.threadCount);
        if (scene.way == Way::Tls || scene.way == Way::NamedTls)
            m_server.setSslConfiguration(serverTls());
        if (scene.way == Way::NamedTls)
            m_server.addLocalCertificate(u"localhost"_s, certificateFile(u"server.crt"_s),
                                         certificateFile(u"server.key"_s));
        QObject::connect(&m_server, &WsServer::errorOccurred, &m_server,
                         [this](const WsError &error) { m_errors.append(error.text()); });
        m_server.setConnectionHandler([this](WsConnection *connection) {
            const auto told = std::make_shared<Told>();
            {
                const QMutexLocker locker(&m_mutex);
                m_told.append(told);
            }
            told->listenTo(connection);
            connection->setMessageHandler([](WsConnection &echoing, Ws::MessageType type,
                                             QByteArrayView payload) { echoing.send(type, payload); });
        });
    }

    // Listens, although it may be refused once.
    QString listen()
    {
        if (tryToListen())
            return {};
        if (m_server.errorString().isEmpty())
            return u"it does not listen, without a reason"_s;
        return tryToListen() ? QString() : u"it does not listen: "_s + m_server.errorString();
    }
    // One client, from its opening to its end; \a events is what it told.
    QString talk(const WsOptions &options, QStringList *events)
    {
        QString problem;
        Told told;
        if (m_scene.isWaiting) {
            std::atomic<bool> isDone = false;
            std::thread thread([&] {
                problem = talkWaiting(options, told);
                isDone = true;
            });
            const bool isOver = waitFor([&] { return isDone.load(); });
            if (!isOver)
                qFatal("the client waits for ever");
            thread.join();
        } else {
            problem = talkInLoop(options, told);
        }
        *events = told.all();
        return problem.isEmpty() ? told.problem(Order::Client) : problem;
    }
    // The server's ends have ended as they should. One whose client has given up may begin late.
    QString settle()
    {
        const auto isOver = [this] {
            return m_server.connectionCount() == 0 && m_server.statistics().pendingHandshakes == 0;
        };
        if (waitFor([&] { return isOver() && problemOfAnEnd().isEmpty(); }))
            return {};
        return isOver() ? problemOfAnEnd() : u"the server keeps a connection"_s;
    }
    void setOptions(const WsOptions &options) { m_server.setOptions(options); }
    // What the server has reported.
    QString errors() const { return m_errors.join(u", "); }

private:
    QString problemOfAnEnd()
    {
        const QMutexLocker locker(&m_mutex);
        for (const auto &told : std::as_const(m_told)) {
            if (const QString wrong = told->problem(Order::Server); !wrong.isEmpty())
                return wrong + u", the server's end told: "_s + told->all().join(u", ");
        }
        return {};
    }
    bool tryToListen()
    {
        return m_scene.way == Way::Local ? m_server.listen(m_folder.filePath(u"socket"_s))
                                         : m_server.listen();
    }
    void prepare(WsClient &client, const WsOptions &options, Told &told)
    {
        client.setOptions(options);
        client.setProxy(QNetworkProxy::NoProxy);
        client.setSslConfiguration(tlsConfiguration());
        client.setPeerVerifyName(u"localhost"_s);
        told.listenTo(&client);
    }
    static bool say(WsClient &client)
    {
        return client.sendBinary("small") && client.sendBinary(QByteArray(300 * KiB, 'x'));
    }
    QString talkInLoop(const WsOptions &options, Told &told)
    {
        WsClient client;
        prepare(client, options, told);
        int messages = 0;
        QObject::connect(&client, &WsConnection::messageReceived, &client, [&] { ++messages; });
        const auto isOver = [&] { return client.state() == Ws::Closed; };
        if (!client.open(m_server.serverUrl()))
            return client.errorString().isEmpty() ? u"open() fails without a reason"_s : QString();
        if (!waitFor([&] { return client.state() != Ws::Connecting; }))
            return u"it is opening for ever"_s;
        if (!isOver())
            say(client);
        if (!waitFor([&] { return messages == 2 || isOver(); }))
            return u"the echo does not come, for ever"_s;
        client.close(3000, u"bye"_s);
        return waitFor(isOver) ? QString() : u"it is closing for ever"_s;
    }
    QString talkWaiting(const WsOptions &options, Told &told)
    {
        WsClient client;
        prepare(client, options, told);
        if (!client.open(m_server.serverUrl()))
            return client.errorString().isEmpty() ? u"open() fails without a reason"_s : QString();
        if (client.waitForOpened() && say(client)) {
            for (int i = 0; i < 2; ++i)
                client.waitForMessage();
            client.close(3000, u"bye"_s);
        }
        return client.waitForClosed() || client.state() == Ws::Closed ? QString() : u"it does not close"_s;
    }

    const Scene m_scene;
    const WsOptions m_options;
    QTemporaryDir m_folder;
    QMutex m_mutex;
    QList<std::shared_ptr<Told>> m_told; // of the server's ends
    QStringList m_errors;
    WsServer m_server; // the first to go
};

// Runs \a body in a thread with an event loop of its own.
inline QString inThread(bool isEpoll, const std::function<QString()> &body)
{
    QString result;
    const std::unique_ptr<QThread> thread(QThread::create([&] { result = body(); }));
    if (isEpoll)
        thread->setEventDispatcher(new WsEventDispatcher);
    thread->start();
    thread->wait();
    return result;
}

struct Failing
{
    SystemFaults::Call call;
    int error;
    bool isHarmless; // nobody notices it
};

class Faults
{
public:
    Faults(const Scene &scene, const Failing &failing) : m_scene(scene), m_failing(failing) { }

    // What is wrong: empty if nothing is.
    QString check()
    {
        SystemFaults::arm(m_failing.call, -1, 0); // only counts
        if (const QString wrong = converse(silentOptions(), &m_expected); !wrong.isEmpty())
            return u"without a fault: "_s + wrong;
        if (!m_expected.endsWith(u"closed 3000 'bye' clean"_s))
            return u"without a fault: "_s + m_expected.join(u", ");
        if (SystemFaults::count(m_failing.call) == 0)
            return u"there is no such call"_s;
        const WsOptions options = m_failing.isHarmless ? silentOptions() : impatientOptions();
        constexpr int Dense = 8; // of so many calls each fails once, of those that follow fewer and fewer
        for (int number = 0;; number += 1 + number / Dense) {
            SystemFaults::arm(m_failing.call, number, m_failing.error);
            QStringList told;
            const QString wrong = converse(options, &told);
            const bool hasFailed = std::exchange(m_hasFailed, false);
            if (!wrong.isEmpty())
                return u"call %1: %2; told: %3"_s.arg(QString::number(number), wrong, told.join(u", "));
            if (!hasFailed)
                return number > 0 ? QString() : u"no call has failed"_s;
            if (m_failing.isHarmless && told != m_expected)
                return u"call %1 changes what is told: %2"_s.arg(number).arg(told.join(u", "));
        }
    }

private:
    QString converse(const WsOptions &plain, QStringList *told)
    {
        const WsOptions options = compressedOptions(m_scene.isCompressed, plain);
        World world(m_scene, options);
        if (const QString wrong = world.listen(); !wrong.isEmpty())
            return wrong;
        const QString problem = world.talk(options, told);
        if (m_failing.isHarmless && problem.isEmpty())
            return settle(world);
        m_hasFailed = SystemFaults::disarm();
        if (!problem.isEmpty())
            return problem;
        // Whatever has happened, the next client is served.
        QStringList next;
        const WsOptions patient = compressedOptions(m_scene.isCompressed, silentOptions());
        world.setOptions(patient);
        const QString wrong = world.talk(patient, &next);
        if (!wrong.isEmpty() || next != m_expected)
            return u"the next client told: "_s + next.join(u", ") + u' ' + wrong;
        return world.settle();
    }

    QString settle(World &world)
    {
        const QString wrong = world.settle();
        m_hasFailed = SystemFaults::disarm();
        return wrong.isEmpty() ? world.errors() : wrong;
    }

    const Scene m_scene;
    const Failing m_failing;
    QStringList m_expected;
    bool m_hasFailed = false;
};

inline QList<Failing> failuresOf(SystemFaults::Call call)
{
    using namespace SystemFaults;
    switch (call) {
    case Accept: // after an error it is tried again a second later, so that only one of these is tried
                 // everywhere
        return {{call, EINTR, true}, {call, EAGAIN, true}, {call, ECONNABORTED, true}, {call, EMFILE, false}};
    case Connect:
        return {{call, EINTR, true},
                {call, ECONNREFUSED, false},
                {call, ENETUNREACH, false},
                {call, EADDRNOTAVAIL, false},
                {call, ENOBUFS, false}};
    case Socket:
        return {{call, EMFILE, false}, {call, ENOBUFS, false}, {call, ENOMEM, false}};
    case Send:
        return {{call, EINTR, true},    {call, EAGAIN, true},  {call, OneByte, true},
                {call, ENOBUFS, false}, {call, ENOMEM, false}, {call, ECONNRESET, false},
                {call, EPIPE, false}};
    case Receive:
        return {{call, EINTR, true},
                {call, EAGAIN, true},
                {call, OneByte, true},
                {call, ENOMEM, false},
                {call, ECONNRESET, false}};
    case Poll:
        return {{call, EINTR, true}};
    case EpollWait:
        return {{call, EINTR, true}};
    case EpollControl:
        return {{call, ENOMEM, true}, {call, ENOSPC, true}};
    case EventFd:
        return {{call, EMFILE, false}};
    case Deflate: // then messages are not compressed
        return {{call, ENOMEM, true}};
    case Inflate:
        return {{call, ENOMEM, false}};
    case Thread: // in no scene, see tst_namedfaults
    case CallCount:
        break;
    }
    return {};
}

// The calls that are made in every run of a scene, with their names.
inline QList<QPair<SystemFaults::Call, const char *>> callsOf(const Scene &scene)
{
    using namespace SystemFaults;
    if (scene.isCompressed)
        return {{Deflate, "deflate"}, {Inflate, "inflate"}};
    QList<QPair<Call, const char *>> calls = {
        {Accept, "accept"}, {Connect, "connect"}, {Socket, "socket"}, {Send, "send"}, {Receive, "receive"}};
    if (!scene.isEpoll || scene.isWaiting)
        calls.append({Poll, "poll"});
    if (scene.isEpoll || scene.threadCount > 0)
        calls += {{EpollWait, "epoll_wait"}, {EpollControl, "epoll_ctl"}};
    if (scene.threadCount > 0)
        calls.append({EventFd, "eventfd"});
    return calls;
}

inline void addRows(const QList<QPair<const char *, Scene>> &scenes)
{
    QTest::addColumn<Scene>("scene");
    QTest::addColumn<Failing>("failing");
    for (const auto &[sceneName, scene] : scenes) {
        for (const auto &[call, callName] : callsOf(scene)) {
            for (const Failing &failing : failuresOf(call)) {
                QTest::addRow("%s, %s, %s", sceneName, callName,
                              failing.error == OneByte ? "one byte" : strerrorname_np(failing.error))
                    << scene << failing;
            }
        }
    }
}

inline void check()
{
    QFETCH(const Scene, scene);
    QFETCH(const Failing, failing);
    const QString wrong = inThread(scene.isEpoll, [&] { return Faults(scene, failing).check(); });
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong));
}

} // namespace FaultTesting

#endif // FAULTYWORLD_H
