// SPDX-License-Identifier: MIT

// Servers that share topics over a Redis that runs all the time.

#include "redistesting.h"

#include <QtCore/qthread.h>
#include <QtNetwork/qsslcertificate.h>
#include <QtNetwork/qsslconfiguration.h>

#include <atomic>

#ifdef Q_OS_LINUX
#include <WsKit/WsEventDispatcher>
#endif

using namespace RedisTesting;

class TestRedisBroker : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void snippet();
    void publishedReachesTheOtherServer_data();
    void publishedReachesTheOtherServer();
    void publishedReachesAnotherProcess();
    void hostNameIsLookedUp();
    void messagesKeepTheirTypeAndKey();
    void topicIsSubscribedOnce();
    void subscriptionsFollowEachOther();
    void prefixesAreSeparate();
    void topicsThatAreNotUnicodeAreNotShared();
    void databasesAreSeparate();
    void otherProgramsPublish();
    void passwordsAndUsers_data();
    void passwordsAndUsers();
    void tls_data();
    void tls();
    void largeMessages();
    void worksUnderWsEventDispatcher();
    void brokerMovesToAnotherThread();
    void slotsMayMoveTheBroker_data();
    void slotsMayMoveTheBroker();
    void wrongUrlIsAnError_data();
    void wrongUrlIsAnError();
    void emptyUrlDisconnects();
    void anotherUrlIsAnotherRedis();
    void deletedBrokerSendsWhatThreadsHavePublished();
};

void TestRedisBroker::snippet()
{
    const Redis redis;
    const QUrl address = redis.url();
    WsServer server;
    //! [broker]
    WsRedisBroker broker;
    QObject::connect(&broker, &WsBroker::errorOccurred, &broker,
                     [](const WsError &error) { qWarning() << error.text(); });
    broker.setUrl(address); // such as redis://:password@localhost
    server.setBroker(&broker);
    server.publish(u"news"_s, u"it rains"_s); // on all servers
    //! [broker]
    QCOMPARE(broker.state(), Ws::Closed); // it connects from the event loop
    QVERIFY(waitForState(broker, Ws::Open));
}

void TestRedisBroker::publishedReachesTheOtherServer_data()
{
    QTest::addColumn<bool>("isLocal");
    QTest::addColumn<int>("threads");
    for (const int threads : {0, 2}) {
        QTest::addRow("TCP, %d threads", threads) << false << threads;
        QTest::addRow("local socket, %d threads", threads) << true << threads;
    }
}

void TestRedisBroker::publishedReachesTheOtherServer()
{
    QFETCH(const bool, isLocal);
    QFETCH(const int, threads);
    const Redis redis;
    const QUrl url = isLocal ? redis.localUrl() : redis.url();
    Process one(url, threads);
    Process other(url, threads);
    QVERIFY(waitForState(one.broker, Ws::Open));
    Subscriber *const here = one.subscribe(redis, u"news"_s);
    Subscriber *const there = other.subscribe(redis, u"news"_s);
    Subscriber *const elsewhere = other.subscribe(redis, u"sport"_s);
    constexpr int Count = 2000;
    for (int i = 0; i < Count; ++i)
        QCOMPARE(one.publish(u"news"_s, i), 1);
    WS_TRY_COMPARE(there->messages, numbersUntil(Count));
    WS_TRY_COMPARE(here->messages, numbersUntil(Count));
    QCOMPARE(other.publish(u"news"_s, Count), 1);
    WS_TRY_COMPARE(here->messages, numbersUntil(Count + 1)); // nothing of its own in between
    QVERIFY(elsewhere->messages.isEmpty());
    QCOMPARE(one.broker.messagesUnsent() + other.broker.messagesUnsent(), 0);
    QCOMPARE(one.broker.messagesMissed() + other.broker.messagesMissed(), 0);
}

void TestRedisBroker::publishedReachesAnotherProcess()
{
    const Redis redis;
    Process here(redis.url());
    Subscriber *const answers = here.subscribe(redis, u"answers"_s);
    QProcess other; // answers what is asked: see main()
    other.setProcessChannelMode(QProcess::ForwardedChannels);
    other.start(QCoreApplication::applicationFilePath(), {u"--answer"_s, redis.url().toString()});
    QVERIFY(waitFor([&] { return redis.subscriptions("wskit:questions") == 1; }));
    for (int i = 0; i < 100; ++i)
        here.publish(u"questions"_s, i);
    WS_TRY_COMPARE(answers->messages, numbersUntil(100));
    other.kill();
    QVERIFY(other.waitForFinished(Patience));
}

void TestRedisBroker::hostNameIsLookedUp()
{
    const Redis redis; // on 127.0.0.1 only, so that ::1 is refused
    QUrl url = redis.url();
    url.setHost(u"localhost"_s);
    const QuickBroker broker(url);
    QVERIFY(waitForState(broker, Ws::Open));
    QCOMPARE(broker.errorTexts(), QStringList());
    const QuickBroker lost(QUrl(u"redis://name.invalid"_s));
    WS_TRY_VERIFY(!lost.errors.isEmpty());
    QVERIFY(lost.errorTexts().constFirst().startsWith(u"redis://name.invalid: "_s));
}

void TestRedisBroker::messagesKeepTheirTypeAndKey()
{
    const Redis redis;
    Process one(redis.url());
    Process other(redis.url());
    Subscriber *const there = other.subscribe(redis, u"news of the \u20AC"_s);
    QVERIFY(waitForState(one.broker, Ws::Open));
    QList<WsMessage> received;
    connect(&there->client, &WsClient::messageReceived, this,
            [&](const WsMessage &message) { received.append(message); });
    const QList<WsMessage> sent{WsMessage::text("text"), WsMessage::binary(QByteArray("\0\r\n\xFF", 4)),
                                WsMessage::text(""), WsMessage::binary(QByteArray(1'000'000, 'x'))};
    for (const WsMessage &message : sent)
        one.site.server.publish(u"news of the \u20AC"_s, message, u"a key"_s);
    WS_TRY_COMPARE(received, sent);
}

void TestRedisBroker::topicIsSubscribedOnce()
{
    const Redis redis;
    Process process(redis.url(), 2);
    for (int i = 0; i < 4; ++i)
        process.site.subscribe(u"news"_s);
    WS_TRY_COMPARE(redis.subscriptions("wskit:news"), 1);
    while (process.site.subscribers.size() > 1)
        process.site.subscribers.pop_back();
    WS_TRY_COMPARE(process.site.server.subscriberCount(u"news"_s), 1);
    QCOMPARE(redis.subscriptions("wskit:news"), 1);
    process.site.subscribers.clear();
    WS_TRY_COMPARE(redis.subscriptions("wskit:news"), 0);
    process.subscribe(redis, u"news"_s); // after the last one has been given up
    QCOMPARE(redis.subscriptions("wskit:news"), 1);
    QVERIFY(process.broker.isConnected());
}

// Faster than Redis confirms them.
void TestRedisBroker::subscriptionsFollowEachOther()
{
    const Redis redis;
    Process process(redis.url());
    Subscriber *const subscriber = process.subscribe(redis, u"always"_s);
    WsConnection *const connection = process.site.server.connections().constFirst();
    for (int round = 0; round < 100; ++round) {
        process.site.server.subscribe(connection, u"news"_s);
        QCoreApplication::processEvents();
        process.site.server.unsubscribe(connection, u"news"_s);
        QCoreApplication::processEvents();
    }
    process.site.server.subscribe(connection, u"news"_s);
    WS_TRY_COMPARE(redis.subscriptions("wskit:news"), 1);
    redis.ask("PUBLISH wskit:news heard");
    WS_TRY_COMPARE(subscriber->messages, QStringList(u"heard"_s));
}

void TestRedisBroker::prefixesAreSeparate()
{
    const Redis redis;
    Process one(redis.url());
    Process other(redis.url());
    other.broker.setPrefix(u"other:"_s);
    QVERIFY(waitForState(other.broker, Ws::Open) && waitForState(one.broker, Ws::Open));
    Subscriber *const there = other.subscribe(redis, u"news"_s);
    QCOMPARE(redis.subscriptions("other:news"), 1);
    Subscriber *const here = one.subscribe(redis, u"news"_s);
    one.publish(u"news"_s, 1);
    other.publish(u"news"_s, 2);
    WS_TRY_COMPARE(here->messages, QStringList(u"1"_s));
    one.broker.setPrefix(u"other:"_s); // anew
    WS_TRY_COMPARE(redis.subscriptions("other:news"), 2);
    WS_TRY_VERIFY(one.broker.isConnected());
    one.publish(u"news"_s, 3);
    WS_TRY_COMPARE(there->messages, QStringList({u"2"_s, u"3"_s}));
}

// What Redis would return is not what was published.
void TestRedisBroker::topicsThatAreNotUnicodeAreNotShared()
{
    const Redis redis;
    Process process(redis.url());
    QVERIFY(waitForState(process.broker, Ws::Open));
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"the topic .* is not shared"_s));
    const QString half(QChar(0xD800));
    process.publish(half, 1);
    process.publish(QChar(QChar::ByteOrderMark) + u"news"_s, 1);
    WS_TRY_COMPARE(process.broker.messagesUnsent(), 2);
    process.publish(u"\u20AC \U0001F600"_s, 1);
    QCOMPARE(process.broker.messagesUnsent(), 2);
    QVERIFY(process.broker.errors.isEmpty());
}

void TestRedisBroker::databasesAreSeparate()
{
    const Redis redis;
    Process one(redis.url({}, u"/1"_s));
    Process other(redis.url({}, u"/2"_s));
    Process same(QUrl(redis.localUrl().toString() + u"?db=1"_s));
    for (Process *process : {&one, &other, &same})
        QVERIFY(waitForState(process->broker, Ws::Open));
    QVERIFY(redis.ask("CLIENT LIST").contains(" db=2 "));
    Subscriber *const there = other.site.subscribe(u"news"_s);
    Subscriber *const beside = same.site.subscribe(u"news"_s);
    WS_TRY_COMPARE(redis.subscriptions("1:wskit:news") + redis.subscriptions("2:wskit:news"), 2);
    one.publish(u"news"_s, 1);
    other.publish(u"news"_s, 2);
    WS_TRY_COMPARE(beside->messages, QStringList(u"1"_s));
    WS_TRY_COMPARE(there->messages, QStringList(u"2"_s));
    const QuickBroker wrong(redis.url({}, u"/1000"_s));
    WS_TRY_VERIFY(!wrong.errors.isEmpty());
    QVERIFY(wrong.errorTexts().constFirst().contains(u"SELECT was refused: ERR DB index is out of range"_s));
}

void TestRedisBroker::otherProgramsPublish()
{
    const Redis redis;
    Process process(redis.url());
    Subscriber *const subscriber = process.subscribe(redis, u"news"_s);
    redis.ask("PUBLISH wskit:news \"it rains\"");
    redis.ask("PUBLISH wskit:news \"\\xff\"");
    WS_TRY_COMPARE(subscriber->messages, QStringList({u"it rains"_s, u"\uFFFD"_s}));
}

void TestRedisBroker::passwordsAndUsers_data()
{
    QTest::addColumn<QString>("userInfo");
    QTest::addColumn<QString>("error");
    QTest::newRow("password") << u":s%40cret@"_s << QString();
    QTest::newRow("user") << u"anna:other@"_s << QString();
    QTest::newRow("user of another database") << u"carl:other@"_s << QString();
    QTest::newRow("wrong password") << u":wrong@"_s << u"AUTH was refused: WRONGPASS$"_s;
    QTest::newRow("wrong password of a user") << u"anna:wrong@"_s << u"AUTH was refused: WRONGPASS$"_s;
    QTest::newRow("no password") << QString() << u"PING was refused: NOAUTH"_s;
    QTest::newRow("user who may not subscribe") << u"bert:other@"_s << u"NOPERM"_s;
}

void TestRedisBroker::passwordsAndUsers()
{
    QFETCH(const QString, userInfo);
    QFETCH(const QString, error);
    const Redis redis({u"--requirepass"_s, u"s@cret"_s, u"--user"_s, u"anna"_s, u"on"_s, u">other"_s,
                       u"&wskit:*"_s, u"+@all"_s, u"--user"_s, u"bert"_s, u"on"_s, u">other"_s, u"+@all"_s,
                       u"-subscribe"_s, u"--user"_s, u"carl"_s, u"on"_s, u">other"_s, u"~wskit:*"_s,
                       u"&2:wskit:*"_s, u"+@all"_s});
    QVERIFY(redis.isRunning());
    if (!error.isEmpty()) // once, and not each time it tries again
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(error));
    const bool isCarl = userInfo.startsWith(u"carl"_s);
    QuickBroker broker(redis.url(userInfo, isCarl ? u"/2"_s : QString()));
    Site site(&broker);
    site.subscribe(u"news"_s);
    if (error.isEmpty()) {
        QVERIFY(waitForState(broker, Ws::Open));
        QVERIFY(broker.errors.isEmpty());
        return;
    }
    QTest::failOnWarning(QRegularExpression(u".*"_s));
    WS_TRY_VERIFY(broker.errors.size() > 1);
    const QString text = broker.errorTexts().constFirst();
    QVERIFY2(text.contains(QRegularExpression(error)) && text.startsWith(redis.url().toString()),
             qPrintable(text));
    QVERIFY(!text.contains(u"other"_s) && !text.contains(u"cret"_s));
    QCOMPARE(broker.state(), Ws::Connecting);
}

void TestRedisBroker::tls_data()
{
    QTest::addColumn<QString>("host");
    QTest::addColumn<QString>("authority");
    QTest::addColumn<QString>("certificate");
    QTest::addColumn<bool>("isAccepted");
    QTest::newRow("verified") << u"localhost"_s << u"ca"_s << u"server"_s << true;
    QTest::newRow("verified address") << u"127.0.0.1"_s << u"ca"_s << u"server"_s << true;
    QTest::newRow("another name") << u"localhost"_s << u"ca"_s << u"elsewhere"_s << false;
    QTest::newRow("unknown authority") << u"localhost"_s << QString() << u"server"_s << false;
}

void TestRedisBroker::tls()
{
    QFETCH(const QString, host);
    QFETCH(const QString, authority);
    QFETCH(const QString, certificate);
    QFETCH(const bool, isAccepted);
    const QString folder = QStringLiteral(WSKIT_TEST_CERTIFICATES "/");
    const HeldPort port;
    const Redis redis({u"--tls-port"_s, QString::number(port.number()), u"--tls-cert-file"_s,
                       folder + certificate + u".crt"_s, u"--tls-key-file"_s,
                       folder + certificate + u".key"_s, u"--tls-ca-cert-file"_s, folder + u"ca.crt"_s,
                       u"--tls-auth-clients"_s, u"no"_s});
    QVERIFY(redis.isRunning());
    const QUrl url(u"rediss://%1:%2"_s.arg(host).arg(port.number()));
    QSslConfiguration configuration;
    configuration.setCaCertificates({});
    if (!authority.isEmpty())
        configuration.setCaCertificates(QSslCertificate::fromPath(folder + authority + u".crt"_s));
    Process one;
    one.broker.setSslConfiguration(configuration);
    one.broker.setUrl(url);
    if (!isAccepted) {
        WS_TRY_VERIFY(!one.broker.errors.isEmpty());
        QCOMPARE(one.broker.errors.constFirst().kind(), Ws::ErrorKind::Tls);
        QCOMPARE(one.broker.state(), Ws::Connecting);
        return;
    }
    Process other(redis.url());
    QVERIFY(waitForState(one.broker, Ws::Open));
    Subscriber *const here = one.subscribe(redis, u"news"_s);
    Subscriber *const there = other.subscribe(redis, u"news"_s);
    one.site.server.publish(u"news"_s, QByteArray(8'000'000, 'x'));
    other.site.server.publish(u"news"_s, QByteArray(8'000'001, 'x'));
    WS_TRY_COMPARE(there->messages, QStringList({u"8000001"_s, u"8000000"_s}));
    WS_TRY_COMPARE(here->messages, QStringList({u"8000000"_s, u"8000001"_s}));
    QCOMPARE(one.broker.errorTexts(), QStringList());
}

void TestRedisBroker::largeMessages()
{
    const Redis redis({u"--client-output-buffer-limit"_s, u"pubsub"_s, u"0"_s, u"0"_s, u"0"_s});
    constexpr qint64 Size = 64 * 1024 * 1024;
    Process one(redis.url());
    Process other(redis.url());
    for (Process *process : {&one, &other}) {
        process->broker.setMaxMessageSize(Size);
        process->broker.setMaxBufferedAmount(2 * Size);
        WsOptions options = patientOptions();
        options.setMaxBufferedAmount(2 * Size);
        process->site.server.setOptions(options);
    }
    QVERIFY(waitForState(one.broker, Ws::Open));
    Subscriber *const there = other.subscribe(redis, u"news"_s);
    one.site.server.publish(u"news"_s, QByteArray(Size, 'x'));
    one.publish(u"news"_s, 1);
    QVERIFY(waitWhileItMoves([&] { return there->messages.size() == 2; }, [&] { return there->size; }));
    QCOMPARE(there->messages, QStringList({QString::number(Size), u"1"_s}));
    QCOMPARE(other.broker.errorTexts() + one.broker.errorTexts(), QStringList());
}

void TestRedisBroker::worksUnderWsEventDispatcher()
{
#ifdef Q_OS_LINUX
    const Redis redis;
    QThread thread;
    thread.setEventDispatcher(new WsEventDispatcher);
    thread.start();
    auto *const broker = new QuickBroker;
    broker->moveToThread(&thread);
    QMetaObject::invokeMethod(broker, [&] { broker->setUrl(redis.url()); });
    connect(&thread, &QThread::finished, broker, &QObject::deleteLater);
    {
        Site one(broker);
        Process other(redis.url());
        QVERIFY(waitForState(*broker, Ws::Open));
        Subscriber *const here = one.subscribe(u"news"_s);
        Subscriber *const there = other.subscribe(redis, u"news"_s);
        WS_TRY_COMPARE(redis.subscriptions("wskit:news"), 2);
        for (int i = 0; i < 1000; ++i)
            one.server.publish(u"news"_s, QString::number(i));
        WS_TRY_COMPARE(there->messages, numbersUntil(1000));
        WS_TRY_COMPARE(here->messages, numbersUntil(1000));
        here->messages.clear();
        for (int i = 0; i < 1000; ++i)
            other.publish(u"news"_s, i);
        WS_TRY_COMPARE(here->messages, numbersUntil(1000));
    }
    thread.quit();
    QVERIFY(thread.wait(Patience));
#else
    QSKIP("There is no WsEventDispatcher");
#endif
}

void TestRedisBroker::brokerMovesToAnotherThread()
{
    const Redis redis;
    QThread thread;
    Process other(redis.url());
    Subscriber *const there = other.subscribe(redis, u"news"_s);
    auto broker = std::make_unique<QuickBroker>(redis.url());
    Site one(broker.get());
    Subscriber *const here = one.subscribe(u"news"_s);
    WS_TRY_COMPARE(redis.subscriptions("wskit:news"), 2);
    QVERIFY(waitForState(*broker, Ws::Open));
    one.server.publish(u"news"_s, u"0"_s);
    broker->moveToThread(&thread);
    thread.start();
    one.server.publish(u"news"_s, u"1"_s);
    WS_TRY_COMPARE(there->messages, numbersUntil(2));
    other.publish(u"news"_s, 2);
    WS_TRY_COMPARE(here->messages, numbersUntil(3));
    QVERIFY(broker->errors.isEmpty());
    QMetaObject::invokeMethod(
        broker.get(), [&] { broker.reset(); }, Qt::BlockingQueuedConnection);
    thread.quit();
    QVERIFY(thread.wait(Patience));
}

void TestRedisBroker::slotsMayMoveTheBroker_data()
{
    QTest::addColumn<QString>("when");
    for (const char *when : {"connected", "disconnected", "stateChanged", "errorOccurred", "message"})
        QTest::newRow(when) << QString::fromLatin1(when);
}

// What the broker still has to do is done in the other thread.
void TestRedisBroker::slotsMayMoveTheBroker()
{
    QFETCH(const QString, when);
    QTest::failOnWarning(QRegularExpression(u"thread"_s)); // Qt's: it is used in the wrong one
    const Redis redis;
    std::atomic<int> strayCalls = 0;
    Thread thread;
    auto *const broker = new QuickBroker(redis.url());
    connect(thread.get(), &QThread::finished, broker, &QObject::deleteLater);
    Site one(broker);
    Process other(redis.url());
    Subscriber *const here = one.subscribe(u"news"_s);
    Subscriber *const there = other.subscribe(redis, u"news"_s);
    QVERIFY(waitForState(*broker, Ws::Open));
    WS_TRY_COMPARE(redis.subscriptions("wskit:news"), 2);
    const auto act = [&](const QString &what) {
        strayCalls += broker->thread() == QThread::currentThread() ? 0 : 1;
        if (what == when)
            broker->moveToThread(thread.get());
    };
    const auto watch = [&](auto signal, const QString &what) {
        connect(
            broker, signal, broker, [=] { act(what); }, Qt::DirectConnection);
    };
    watch(&WsBroker::connected, u"connected"_s);
    watch(&WsBroker::disconnected, u"disconnected"_s);
    watch(&WsBroker::stateChanged, u"stateChanged"_s);
    watch(&WsBroker::errorOccurred, u"errorOccurred"_s);
    connect(one.server.connections().constFirst(), &WsConnection::bytesWritten, this, [&] {
        if (when == u"message"_s)
            broker->moveToThread(thread.get());
    });
    if (when == u"message"_s)
        other.publish(u"news"_s, -1);
    else if (when == u"disconnected"_s || when == u"errorOccurred"_s)
        redis.ask("CLIENT KILL TYPE pubsub");
    else
        broker->setUrl(redis.localUrl());
    WS_TRY_COMPARE(broker->thread(), thread.get());
    WS_TRY_VERIFY(broker->isConnected() && other.broker.isConnected());
    WS_TRY_COMPARE(redis.subscriptions("wskit:news"), 2);
    here->messages.clear();
    there->messages.clear();
    for (int i = 0; i < 100; ++i)
        other.publish(u"news"_s, i);
    WS_TRY_COMPARE(here->messages, numbersUntil(100));
    there->messages.clear();
    for (int i = 0; i < 100; ++i)
        one.server.publish(u"news"_s, QString::number(i));
    WS_TRY_COMPARE(there->messages, numbersUntil(100));
    QCOMPARE(strayCalls.load(), 0);
}

void TestRedisBroker::wrongUrlIsAnError_data()
{
    QTest::addColumn<QUrl>("url");
    QTest::addColumn<QString>("text");
    QTest::newRow("scheme") << QUrl(u"http://localhost"_s) << u"\"http://localhost\" does not name a Redis"_s;
    QTest::newRow("invalid") << QUrl(u"redis://localhost:99999"_s) << u"redis://localhost:99999"_s;
    QTest::newRow("path is too long")
        << QUrl(u"unix:///"_s + QString(200, u'x')) << u"its path has more than"_s;
}

void TestRedisBroker::wrongUrlIsAnError()
{
    QFETCH(const QUrl, url);
    QFETCH(const QString, text);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QRegularExpression::escape(text)));
    const QuickBroker broker(url);
    WS_TRY_COMPARE(broker.errors.size(), 1);
    QCOMPARE(broker.errors.constFirst().kind(), Ws::ErrorKind::Misuse);
    QVERIFY2(broker.errorTexts().constFirst().contains(text), qPrintable(broker.errorTexts().constFirst()));
    QCOMPARE(broker.state(), Ws::Closed);
}

void TestRedisBroker::emptyUrlDisconnects()
{
    const Redis redis;
    Process process(redis.url());
    process.subscribe(redis, u"news"_s);
    WS_TRY_VERIFY(process.broker.isConnected()); // after Redis has confirmed the subscription
    QSignalSpy disconnections(&process.broker, &WsBroker::disconnected);
    process.broker.setUrl({});
    WS_TRY_COMPARE(process.broker.state(), Ws::Closed);
    QCOMPARE(disconnections.size(), 1);
    WS_TRY_COMPARE(redis.subscriptions("wskit:news"), 0);
    QVERIFY(process.broker.errors.isEmpty());
    process.broker.setUrl(redis.url());
    WS_TRY_COMPARE(redis.subscriptions("wskit:news"), 1);
}

void TestRedisBroker::anotherUrlIsAnotherRedis()
{
    const Redis redis;
    const Redis next;
    Process process(redis.url());
    process.subscribe(redis, u"news"_s);
    process.broker.setUrl(QUrl(u"redis://forgotten.invalid"_s)); // only the last one counts
    process.broker.setUrl(next.url());
    WS_TRY_COMPARE(next.subscriptions("wskit:news"), 1);
    QCOMPARE(redis.subscriptions("wskit:news"), 0);
    QVERIFY(process.broker.errors.isEmpty());
}

// As a program that ends without another turn of its event loop.
void TestRedisBroker::deletedBrokerSendsWhatThreadsHavePublished()
{
    const Redis redis;
    Process process(redis.url());
    const Subscriber *const subscriber = process.subscribe(redis, u"news"_s);
    auto leaving = std::make_unique<QuickBroker>(redis.url());
    QVERIFY(waitForState(*leaving, Ws::Open));
    const std::unique_ptr<QThread> thread(QThread::create([&leaving] {
        for (int i = 0; i < 100; ++i)
            (void)leaving->publish(u"news"_s, WsMessage::text(QString::number(i)));
    }));
    thread->start();
    QVERIFY(thread->wait(Patience));
    leaving.reset();
    WS_TRY_COMPARE(subscriber->messages, numbersUntil(100));
}

namespace {
// The other process: answers each question with itself.
int answer(const QUrl &redis)
{
    QuickBroker broker(redis);
    Site site(&broker);
    const Subscriber questions(site.server, u"questions"_s);
    QObject::connect(&questions.client, &WsClient::messageReceived, &broker,
                     [&](const WsMessage &question) { site.server.publish(u"answers"_s, question); });
    return QCoreApplication::exec();
}
} // namespace

int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.value(1) == u"--answer"_s)
        return answer(QUrl(arguments.value(2)));
    TestRedisBroker test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_redisbroker.moc"
