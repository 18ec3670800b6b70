// SPDX-License-Identifier: MIT

// Clients that connect to hosts of several addresses on the loopback interface, and what is left of that.

#include "../opendescriptors.h"
#include "fakeclock.h"
#include "fakeresolver.h"
#include "heldmemory.h"
#include "transporttesting.h"

#include <WsKit/WsClient>
#include <WsKit/WsServer>

#include <QtCore/qpointer.h>
#include <QtCore/qscopeguard.h>
#include <QtCore/qsemaphore.h>
#include <QtCore/qthread.h>
#include <QtTest/qsignalspy.h>

#include <thread>

using namespace TransportTesting;

namespace {
const QString Host = u"two.test"_s;
// Nobody listens on IPv6.
const QStringList RefusedFirst = {u"::1"_s, u"127.0.0.1"_s};

// A server on 127.0.0.1 and a client of it.
struct Pair
{
    explicit Pair(bool isTls, const QSslConfiguration &tls)
    {
        if (isTls)
            server.setSslConfiguration(tls);
        trusting.setCaCertificates({tls.localCertificate()});
        client.setSslConfiguration(trusting);
        server.listen(QHostAddress::LocalHost);
        QObject::connect(&client, &WsClient::openingProgressed, &client,
                         [this](Ws::OpeningStep step, qint64 us) {
                             steps.append(QVariant::fromValue(step).toString());
                             isInOrder = isInOrder && us >= lastTime;
                             lastTime = us;
                         });
    }

    QUrl url(const QString &host = Host) const
    {
        QUrl url = server.serverUrl();
        url.setHost(host);
        return url;
    }
    bool open() { return client.open(url()) && waitUntilOpen(); }
    bool waitUntilOpen()
    {
        return Patient::waitFor([this] { return client.state() != Ws::Connecting; })
               && client.state() == Ws::Open;
    }

    QSslConfiguration trusting = QSslConfiguration::defaultConfiguration();
    WsServer server;
    WsClient client;
    QStringList steps;
    qint64 lastTime = 0;
    bool isInOrder = true;
};

void settle()
{
    for (int i = 0; i < 20; ++i) {
        QCoreApplication::processEvents();
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    }
}
} // namespace

class TestWsAddressRaceClient : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(m_certificate.make()); }
    void init() { m_resolver = std::make_unique<FakeResolver>(); }
    void cleanup() { m_resolver.reset(); }

    void secondAddressIsUsedIfTheFirstRefuses_data() { addSchemes(); }
    void secondAddressIsUsedIfTheFirstRefuses();
    void silentAddressHoldsNobodyUp_data() { addSchemes(); }
    void silentAddressHoldsNobodyUp();
    void addressIsNotLookedUp_data() { addSchemes(); }
    void addressIsNotLookedUp();
    void certificateMustHaveTheNameOfTheHost();
    void waitsInAThreadWithoutAnEventLoop_data() { addSchemes(); }
    void waitsInAThreadWithoutAnEventLoop();
    void allAddressesRefuse();
    void hostIsNotFound();
    void errorsSayWhatWasWaitedFor();
    void movesDuringTheLookup_data() { addSchemes(); }
    void movesDuringTheLookup();
    void movesInASlotOfAStep_data() { addSteps(); }
    void movesInASlotOfAStep();
    void errorIsNotLostInAMove();
    void endsInASlotOfAStep_data() { addSteps(); }
    void endsInASlotOfAStep();
    void opensAnewInASlotOfAStep_data() { addSteps(); }
    void opensAnewInASlotOfAStep();
    void slotOfAStepMayWait_data();
    void slotOfAStepMayWait();
    void endsDuringTheLookup_data();
    void endsDuringTheLookup();
    void nothingIsLeftAfterManyCycles_data() { addSchemes(); }
    void nothingIsLeftAfterManyCycles();

private:
    static void addSchemes()
    {
        QTest::addColumn<bool>("isTls");
        QTest::newRow("ws") << false;
        QTest::newRow("wss") << true;
    }
    static void addSteps()
    {
        QTest::addColumn<bool>("isTls");
        QTest::addColumn<Ws::OpeningStep>("at");
        for (const bool isTls : {false, true}) {
            for (const auto step :
                 {Ws::Resolved, Ws::Connected, Ws::Encrypted, Ws::Requested, Ws::Answered}) {
                if (isTls || step != Ws::Encrypted)
                    QTest::addRow("%s, %s", isTls ? "wss" : "ws",
                                  qPrintable(QVariant::fromValue(step).toString()))
                        << isTls << step;
            }
        }
    }

    Certificate m_certificate;
    std::unique_ptr<FakeResolver> m_resolver;
};

void TestWsAddressRaceClient::secondAddressIsUsedIfTheFirstRefuses()
{
    QFETCH(bool, isTls);
    m_resolver->add(u"localhost"_s, RefusedFirst);
    Pair pair(isTls, m_certificate.configuration);
    QVERIFY(pair.client.open(pair.url(u"localhost"_s)));
    QVERIFY2(pair.waitUntilOpen(), qPrintable(pair.client.errorString()));
    QCOMPARE(pair.client.isEncrypted(), isTls);
    QCOMPARE(pair.client.peerAddress(), QHostAddress(QHostAddress::LocalHost));
    QCOMPARE(pair.client.peerPort(), pair.server.serverPort());
    QCOMPARE(pair.steps.join(u' '), isTls ? u"Resolved Connected Encrypted Requested Answered"_s
                                          : u"Resolved Connected Requested Answered"_s);
    QVERIFY(pair.isInOrder);
}

// 192.0.2.1 is an address that no host has (RFC 5737). It is silent, or there is no route to it.
void TestWsAddressRaceClient::silentAddressHoldsNobodyUp()
{
    QFETCH(bool, isTls);
    m_resolver->add(u"localhost"_s, {u"192.0.2.1"_s, u"127.0.0.1"_s});
    Pair pair(isTls, m_certificate.configuration);
    QVERIFY(pair.client.open(pair.url(u"localhost"_s)));
    QVERIFY2(pair.waitUntilOpen(), qPrintable(pair.client.errorString()));
    QCOMPARE(pair.client.peerAddress(), QHostAddress(QHostAddress::LocalHost));
}

void TestWsAddressRaceClient::addressIsNotLookedUp()
{
    QFETCH(bool, isTls);
    Pair pair(isTls, m_certificate.configuration);
    pair.client.setPeerVerifyName(u"localhost"_s);
    QVERIFY(pair.client.open(pair.url(u"127.0.0.1"_s)));
    QVERIFY2(pair.waitUntilOpen(), qPrintable(pair.client.errorString()));
    QCOMPARE(m_resolver->waitingCount(), 0);
    QCOMPARE(pair.steps.join(u' '), isTls ? u"Resolved Connected Encrypted Requested Answered"_s
                                          : u"Resolved Connected Requested Answered"_s);
}

void TestWsAddressRaceClient::certificateMustHaveTheNameOfTheHost()
{
    m_resolver->add(Host, RefusedFirst); // the certificate is that of localhost
    Pair pair(true, m_certificate.configuration);
    QVERIFY(!pair.open());
    WS_TRY_COMPARE(pair.client.state(), Ws::Closed);
    QCOMPARE(pair.client.closeCode(), quint16(Ws::TlsHandshake));
    pair.client.setPeerVerifyName(u"localhost"_s);
    QVERIFY2(pair.open(), qPrintable(pair.client.errorString()));
}

void TestWsAddressRaceClient::waitsInAThreadWithoutAnEventLoop()
{
    QFETCH(bool, isTls);
    m_resolver->add(u"localhost"_s, {u"::1"_s, u"192.0.2.1"_s, u"127.0.0.1"_s});
    Pair pair(isTls, m_certificate.configuration);
    QString problem = u"not done"_s;
    QByteArray echo;
    std::atomic<bool> isDone = false;
    pair.server.setConnectionHandler([](WsConnection *connection) {
        QObject::connect(connection, &WsConnection::textMessageReceived, connection,
                         [connection](const QString &text) { connection->sendText(text); });
    });
    std::thread thread([&] {
        WsClient client;
        client.setSslConfiguration(pair.trusting);
        const bool isOpen = client.open(pair.url(u"localhost"_s)) && client.waitForOpened();
        problem = client.errorString();
        if (isOpen && client.sendText(u"hello"_s))
            echo = client.waitForMessage().value_or(WsMessage()).data();
        client.close();
        isDone = true;
    });
    const bool isDoneInTime = Patient::waitFor([&] { return isDone.load(); });
    thread.join();
    QVERIFY(isDoneInTime);
    QCOMPARE(problem, u""_s);
    QCOMPARE(echo, QByteArray("hello"));
}

void TestWsAddressRaceClient::allAddressesRefuse()
{
    m_resolver->add(Host, {u"::1"_s, u"127.0.0.1"_s, u"127.0.0.2"_s});
    Pair pair(false, m_certificate.configuration);
    const QUrl url = pair.url();
    pair.server.close();
    QSignalSpy errors(&pair.client, &WsClient::errorOccurred);
    QVERIFY(pair.client.open(url));
    WS_TRY_COMPARE(pair.client.state(), Ws::Closed);
    QCOMPARE(errors.size(), 1);
    const auto error = errors[0][0].value<WsError>();
    QCOMPARE(error.kind(), Ws::ErrorKind::Network);
    QCOMPARE(error.socketError(), QAbstractSocket::ConnectionRefusedError);
    QVERIFY2(error.text().startsWith(u"Connection refused; 3 addresses of two.test were tried: ::1 ("_s),
             qPrintable(error.text()));
    QCOMPARE(pair.steps, QStringList(u"Resolved"_s));
}

void TestWsAddressRaceClient::hostIsNotFound()
{
    m_resolver->add(Host, {});
    Pair pair(false, m_certificate.configuration);
    QVERIFY(!pair.open());
    WS_TRY_COMPARE(pair.client.state(), Ws::Closed);
    QCOMPARE(pair.client.errorString(), u"Host not found: two.test"_s);
    QVERIFY(pair.steps.isEmpty());
}

void TestWsAddressRaceClient::errorsSayWhatWasWaitedFor()
{
    FakeClock clock;
    Pair pair(false, m_certificate.configuration);
    QVERIFY(pair.client.open(pair.url()));
    QCOMPARE(pair.client.state(), Ws::Connecting);
    clock.advance(10s);
    QCOMPARE(pair.client.errorString(),
             u"handshakeTimeout has passed while waiting for the lookup of the host two.test"_s);
}

void TestWsAddressRaceClient::movesDuringTheLookup()
{
    QFETCH(bool, isTls);
    Pair pair(isTls, m_certificate.configuration);
    QThread thread;
    const auto end = qScopeGuard([&thread] {
        thread.quit();
        thread.wait();
    });
    thread.start();
    auto *const client = new WsClient;
    client->setSslConfiguration(pair.trusting);
    std::atomic<QThread *> openedIn = nullptr;
    connect(client, &WsClient::opened, client, [&] { openedIn = QThread::currentThread(); });
    connect(&thread, &QThread::finished, client, &QObject::deleteLater);
    QVERIFY(client->open(pair.url(u"localhost"_s)));
    WS_TRY_COMPARE(m_resolver->waitingCount(), 1);
    client->moveToThread(&thread);
    m_resolver->answer(RefusedFirst);
    WS_TRY_COMPARE(openedIn.load(), &thread);
}

void TestWsAddressRaceClient::movesInASlotOfAStep()
{
    QFETCH(bool, isTls);
    QFETCH(Ws::OpeningStep, at);
    m_resolver->add(u"localhost"_s, RefusedFirst);
    Pair pair(isTls, m_certificate.configuration);
    QThread thread;
    const auto end = qScopeGuard([&thread] {
        thread.quit();
        thread.wait();
    });
    thread.start();
    auto *const client = new WsClient;
    client->setSslConfiguration(pair.trusting);
    std::atomic<QThread *> openedIn = nullptr;
    connect(client, &WsClient::opened, client, [&] { openedIn = QThread::currentThread(); });
    connect(client, &WsClient::openingProgressed, client, [&](Ws::OpeningStep step) {
        if (step == at && client->thread() != &thread)
            client->moveToThread(&thread);
    });
    connect(&thread, &QThread::finished, client, &QObject::deleteLater);
    QVERIFY(client->open(pair.url(u"localhost"_s)));
    WS_TRY_COMPARE(openedIn.load(), &thread);
}

// The attempts fail in the old thread, which the connection has left.
void TestWsAddressRaceClient::errorIsNotLostInAMove()
{
    m_resolver->add(Host, RefusedFirst);
    Pair pair(false, m_certificate.configuration);
    const QUrl url = pair.url();
    pair.server.close();
    QThread thread;
    const auto end = qScopeGuard([&thread] {
        thread.quit();
        thread.wait();
    });
    thread.start();
    auto *const client = new WsClient;
    connect(&thread, &QThread::finished, client, &QObject::deleteLater);
    connect(client, &WsClient::openingProgressed, client, [&] { client->moveToThread(&thread); });
    QVERIFY(client->open(url));
    WS_TRY_COMPARE(client->state(), Ws::Closed);
    QVERIFY2(client->errorString().startsWith(u"Connection refused; 2 addresses"_s),
             qPrintable(client->errorString()));
}

void TestWsAddressRaceClient::endsInASlotOfAStep()
{
    QFETCH(bool, isTls);
    QFETCH(Ws::OpeningStep, at);
    m_resolver->add(u"localhost"_s, RefusedFirst);
    Pair pair(isTls, m_certificate.configuration);
    const QList<std::function<void(WsClient *)>> ways = {[](WsClient *client) { delete client; },
                                                         [](WsClient *client) { client->abort(); },
                                                         [](WsClient *client) { client->close(); }};
    for (const auto &end : ways) {
        const QPointer<WsClient> client(new WsClient);
        client->setSslConfiguration(pair.trusting);
        int count = 0;
        bool isOpened = false;
        connect(client, &WsClient::opened, this, [&] { isOpened = true; });
        connect(client, &WsClient::openingProgressed, this, [&](Ws::OpeningStep step) {
            if (step != at)
                return;
            ++count;
            end(client);
        });
        QVERIFY(client->open(pair.url(u"localhost"_s)));
        WS_TRY_COMPARE(count, 1);
        WS_TRY_VERIFY(!client || client->state() == Ws::Closed);
        settle();
        QVERIFY(!isOpened);
        delete client;
    }
}

void TestWsAddressRaceClient::opensAnewInASlotOfAStep()
{
    QFETCH(bool, isTls);
    QFETCH(Ws::OpeningStep, at);
    m_resolver->add(u"localhost"_s, RefusedFirst);
    Pair pair(isTls, m_certificate.configuration);
    int count = 0;
    connect(&pair.client, &WsClient::openingProgressed, this, [&](Ws::OpeningStep step) {
        if (step != at || ++count != 1)
            return;
        pair.client.abort();
        QVERIFY(pair.client.open(pair.url(u"localhost"_s)));
    });
    QVERIFY(pair.client.open(pair.url(u"localhost"_s)));
    WS_TRY_COMPARE(pair.client.state(), Ws::Open);
    QCOMPARE(count, 2);
}

void TestWsAddressRaceClient::slotOfAStepMayWait_data()
{
    QTest::addColumn<QString>("host");
    QTest::addColumn<bool>("runsEventLoop");
    for (const QString &host : {u"localhost"_s, u"127.0.0.1"_s}) {
        QTest::addRow("%s, waitForOpened()", qPrintable(host)) << host << false;
        QTest::addRow("%s, event loop", qPrintable(host)) << host << true;
    }
}

void TestWsAddressRaceClient::slotOfAStepMayWait()
{
    QFETCH(QString, host);
    QFETCH(bool, runsEventLoop);
    m_resolver->add(u"localhost"_s, {u"127.0.0.1"_s});
    Pair pair(false, m_certificate.configuration);
    QThread thread; // this one is busy
    auto *const server = new WsServer;
    QVERIFY(server->listen(QHostAddress::LocalHost));
    QUrl url = server->serverUrl();
    url.setHost(host);
    connect(&thread, &QThread::finished, server, &QObject::deleteLater);
    server->moveToThread(&thread);
    const auto end = qScopeGuard([&thread] {
        thread.quit();
        thread.wait();
    });
    thread.start();
    bool isOpenInSlot = false;
    connect(&pair.client, &WsClient::openingProgressed, this, [&](Ws::OpeningStep step) {
        if (step == Ws::Resolved)
            isOpenInSlot = runsEventLoop ? pair.waitUntilOpen()
                                         : pair.client.waitForOpened(QDeadlineTimer(Patient::Patience));
    });
    QVERIFY(pair.client.open(url));
    WS_TRY_COMPARE(pair.client.state(), Ws::Open);
    QVERIFY(isOpenInSlot);
}

void TestWsAddressRaceClient::endsDuringTheLookup_data()
{
    using End = std::function<void(WsClient *)>;
    QTest::addColumn<End>("end");
    QTest::newRow("deletion") << End([](WsClient *client) { delete client; });
    QTest::newRow("abort") << End([](WsClient *client) { client->abort(); });
    QTest::newRow("close") << End([](WsClient *client) { client->close(); });
}

void TestWsAddressRaceClient::endsDuringTheLookup()
{
    QFETCH(const std::function<void(WsClient *)>, end);
    Pair pair(false, m_certificate.configuration);
    const QPointer<WsClient> client(new WsClient);
    QVERIFY(client->open(pair.url()));
    const auto lookups = m_resolver->takeWaiting();
    QCOMPARE(lookups.size(), 1);
    end(client);
    QVERIFY(!lookups[0]->isWanted());
    lookups[0]->finish(FakeResolver::resultOf(RefusedFirst));
    settle();
    QVERIFY(!client || client->state() == Ws::Closed);
    delete client;
}

// Each cycle has an address that refuses and one that wins.
void TestWsAddressRaceClient::nothingIsLeftAfterManyCycles()
{
    QFETCH(bool, isTls);
    m_resolver->add(u"localhost"_s, RefusedFirst);
    Pair pair(isTls, m_certificate.configuration);
    QPointer<WsConnection> peer;
    connect(&pair.server, &WsServer::newConnection, this,
            [&](WsConnection *connection) { peer = connection; });
    const auto cycle = [&] {
        const bool isOpen = pair.client.open(pair.url(u"localhost"_s)) && pair.waitUntilOpen();
        pair.client.close();
        pair.steps.clear();
        return isOpen && Patient::waitFor([&] { return pair.client.state() == Ws::Closed && !peer; });
    };
    for (int i = 0; i < 50; ++i)
        QVERIFY(cycle());
    settle();
    const qsizetype before = openDescriptorCount();
    const HeldMemory memory;
    constexpr int Count = 1000;
    for (int i = 0; i < Count; ++i)
        QVERIFY2(cycle(), qPrintable(pair.client.errorString()));
    settle();
    QCOMPARE_LE(openDescriptorCount(), before);
    const qint64 growth = memory.growth();
    qInfo("%d cycles: %lld bytes more", Count, growth);
    // TLS keeps sessions for a while. A cycle that forgets something forgets more than this.
    if (HeldMemory::IsAvailable)
        QCOMPARE_LE(growth, Count * 160);
}

#include "../testprogram.h"
WSKIT_TEST(TestWsAddressRaceClient)
#include "tst_wsaddressrace_client.moc"
