// SPDX-License-Identifier: MIT
#include "redis/wsredislink.h"

#include "fakeredis.h"

#include "../heldport.h"
#include "../patience.h"
#include "redis/wsredisaddress.h"

#include <QtNetwork/qsslconfiguration.h>

using namespace Qt::StringLiterals;
using namespace Patient;

class TestWsRedisLink : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void commandsAreAnsweredInOrder();
    void userMayDeleteTheLink_data();
    void userMayDeleteTheLink();
    void userMayRunAnEventLoop();
    void endedSubscriptionIsNotTheNextOne();
    void socketIsGivenLittleAtATime();
    void silenceIsNoticedWhileAnAnswerIsOwed();
    void refusedConnectionEnds();
    void answersAreAwaitedAtTheEnd();
};

namespace {
using Command = WsRedisLink::Command;

// Notes what the link reports.
class User : public WsRedisLink::User
{
public:
    explicit User(const QUrl &url, qint64 maxText = 1024 * 1024)
        : link(std::make_unique<WsRedisLink>(this, &m_parent, maxText))
    {
        link->connectTo(WsRedisAddress::of(url), QSslConfiguration::defaultConfiguration());
    }
    void onConnected(WsRedisLink *) override { note(u"connected"_s); }
    void onReply(WsRedisLink *, Command command, const WsRedisReply &reply) override
    {
        note(QString::fromLatin1(WsRedisLink::nameOf(command)) + u' ' + QString::fromUtf8(reply.text));
    }
    void onSubscribed(const QByteArray &) override { }
    void onMessage(const QByteArray &, const QByteArray &data) override
    {
        note(u"message "_s + QString::fromUtf8(data));
    }
    void onEnded(const WsError &error) override
    {
        note(u"ended"_s); // which may delete the link
        ending = error;
    }
    bool waitFor(const QString &what) const
    {
        return Patient::waitFor([&] { return notes.contains(what); });
    }

private:
    QObject m_parent;

public:
    std::unique_ptr<WsRedisLink> link;
    QStringList notes;
    WsError ending;
    std::function<void(const QString &what)> then;

private:
    void note(const QString &what)
    {
        notes.append(what);
        if (then)
            then(what);
    }
};

QByteArray message(const QByteArray &data)
{
    return "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n" + FakeRedis::text(data);
}
} // namespace

void TestWsRedisLink::commandsAreAnsweredInOrder()
{
    FakeRedis redis;
    redis.answers["PUBLISH"] = "-NOPERM no\r\n";
    User user(redis.url());
    QVERIFY(!user.link->send(Command::Ping)); // not yet
    QVERIFY(user.waitFor(u"connected"_s));
    QVERIFY(user.link->send(Command::Select, {"1"}));
    QVERIFY(user.link->send(Command::Publish, {"news", "hi"}));
    QVERIFY(user.link->send(Command::Subscribe, {"one", "two"}));
    QVERIFY(user.link->send(Command::Unsubscribe, {"one"}));
    QVERIFY(user.link->send(Command::Ping));
    QVERIFY(user.waitFor(u"PING "_s));
    QCOMPARE(user.notes, QStringList({u"connected"_s, u"SELECT OK"_s, u"PUBLISH NOPERM no"_s, u"PING "_s}));
}

void TestWsRedisLink::userMayDeleteTheLink_data()
{
    QTest::addColumn<QString>("when");
    for (const char *when : {"connected", "PING PONG", "message 1", "PUBLISH ", "ended"})
        QTest::newRow(when) << QString::fromLatin1(when);
}

// More follows in the same piece.
void TestWsRedisLink::userMayDeleteTheLink()
{
    QFETCH(const QString, when);
    FakeRedis redis;
    redis.answers["PUBLISH"] = ":1\r\n*0\r\n" + message("2");
    redis.afterSubscribe = message("1") + message("2");
    User user(redis.url());
    user.then = [&](const QString &what) {
        if (what == when)
            user.link.reset();
        else if (what == u"connected"_s)
            (void)user.link->send(Command::Ping);
        else if (what == u"PING PONG"_s)
            (void)user.link->send(Command::Subscribe, {"news"});
        else if (what == u"message 2"_s)
            (void)user.link->send(Command::Publish, {"news", "hi"});
    };
    WS_TRY_VERIFY(!user.link);
    for (int i = 0; i < 10; ++i)
        QCoreApplication::processEvents();
    QCOMPARE(user.notes.constLast(), when);
    if (when == u"ended"_s)
        QCOMPARE(user.ending.text(), u"Redis has sent an unexpected reply"_s);
}

void TestWsRedisLink::userMayRunAnEventLoop()
{
    FakeRedis redis;
    for (int i = 0; i < 100; ++i)
        redis.afterSubscribe += message(QByteArray::number(i));
    User user(redis.url());
    QVERIFY(user.waitFor(u"connected"_s));
    user.then = [&](const QString &what) {
        if (what == u"message 10"_s)
            (void)user.waitFor(u"message 99"_s);
    };
    (void)user.link->send(Command::Subscribe, {"news"});
    QVERIFY(user.waitFor(u"message 99"_s));
    QStringList expected{u"connected"_s};
    for (int i = 0; i < 100; ++i)
        expected.append(u"message %1"_s.arg(i));
    QCOMPARE(user.notes, expected);
}

// What Redis has sent before it has seen the end is of the first one.
void TestWsRedisLink::endedSubscriptionIsNotTheNextOne()
{
    const auto confirmation = [](const QByteArray &command) {
        return "*3\r\n" + FakeRedis::text(command) + FakeRedis::text("news") + ":1\r\n";
    };
    FakeRedis redis;
    redis.answers["SUBSCRIBE"] = confirmation("subscribe") + message("current");
    redis.answers["UNSUBSCRIBE"] = message("late") + confirmation("unsubscribe");
    User user(redis.url());
    QVERIFY(user.waitFor(u"connected"_s));
    QVERIFY(user.link->send(Command::Subscribe, {"news"}));
    QVERIFY(user.waitFor(u"message current"_s));
    for (const Command command : {Command::Unsubscribe, Command::Subscribe})
        QVERIFY(user.link->send(command, {"news"}));
    QVERIFY(user.link->send(Command::Ping));
    QVERIFY(user.waitFor(u"PING "_s));
    QCOMPARE(user.notes,
             QStringList({u"connected"_s, u"message current"_s, u"message current"_s, u"PING "_s}));
}

void TestWsRedisLink::socketIsGivenLittleAtATime()
{
    QTcpServer silent;
    QVERIFY(silent.listen(QHostAddress::LocalHost));
    QObject parent;
    User user(QUrl(u"redis://127.0.0.1:%1"_s.arg(silent.serverPort())));
    QVERIFY(user.waitFor(u"connected"_s));
    constexpr int Count = 64;
    constexpr qsizetype MiB = 1024 * 1024;
    for (int i = 0; i < Count; ++i)
        QVERIFY(user.link->send(Command::Publish, {"news", QByteArray(MiB, 'x')}));
    WS_TRY_VERIFY(silent.hasPendingConnections());
    const std::unique_ptr<QTcpSocket> peer(silent.nextPendingConnection());
    qint64 received = 0;
    QVERIFY(waitWhileItMoves(
        [&] {
            received += peer->readAll().size();
            return received >= Count * MiB;
        },
        [&] { return received; }));
}

void TestWsRedisLink::silenceIsNoticedWhileAnAnswerIsOwed()
{
    FakeRedis redis;
    User user(redis.url());
    QVERIFY(user.link->check()); // it is connecting
    QVERIFY(user.waitFor(u"connected"_s));
    for (int i = 0; i < 3; ++i) { // it asks
        user.notes.clear();
        QVERIFY(user.link->check());
        QVERIFY(user.waitFor(u"PING PONG"_s));
    }
    redis.answers["PING"] = "";
    QVERIFY(user.link->check());
    WS_TRY_COMPARE(redis.commands.size(), 4);
    QVERIFY(!user.link->check());
    QCOMPARE(redis.commands.size(), 4);
}

void TestWsRedisLink::refusedConnectionEnds()
{
    const HeldPort nobody;
    const QUrl url(u"redis://%1"_s.arg(nobody.address()));
    for (const QUrl &each : {url, QUrl(u"unix:///nowhere/redis.sock"_s)}) {
        User user(each);
        QVERIFY(user.notes.isEmpty()); // from the event loop
        QVERIFY(user.waitFor(u"ended"_s));
        QCOMPARE(user.notes.size(), 1);
        QCOMPARE(user.ending.kind(), Ws::ErrorKind::Network);
        QVERIFY(!user.ending.text().isEmpty());
    }
}

// While this thread waits, so that Redis is in another one.
void TestWsRedisLink::answersAreAwaitedAtTheEnd()
{
    FakeRedis redis;
    redis.delay = 20;
    User user(redis.url());
    QVERIFY(user.waitFor(u"connected"_s));
    QThread thread;
    redis.moveToThread(&thread);
    const auto moveBack = qScopeGuard([&] {
        QMetaObject::invokeMethod(
            &redis, [&, home = QThread::currentThread()] { redis.moveToThread(home); }, Qt::QueuedConnection);
        thread.quit();
        thread.wait();
    });
    thread.start();
    constexpr qsizetype Large = 4 * 1024 * 1024; // more than fits into the socket
    for (const qsizetype size : {qsizetype(1), Large, qsizetype(1)})
        QVERIFY(user.link->send(Command::Publish, {"news", QByteArray(size, 'x')}));
    user.link->finish(QDeadlineTimer::Forever);
    QCOMPARE(redis.answerCount, 3);
    QCOMPARE(user.notes, QStringList(u"connected"_s));
}

QTEST_GUILESS_MAIN(TestWsRedisLink)
#include "tst_wsredislink.moc"
