// SPDX-License-Identifier: MIT

// Failures of the system in one place each: what is reported of them, and how it goes on.

#include "../../integration/integrationtesting.h"
#include "systemfaults.h"

#include <WsKit/WsEventDispatcher>

#include <QtCore/qregularexpression.h>
#include <QtCore/qsocketnotifier.h>
#include <QtCore/qthread.h>

#include <cerrno>
#include <sys/socket.h>
#include <unistd.h>

using namespace IntegrationTesting;

class TestNamedFaults : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup() { SystemFaults::disarm(); }
    void messageThatIsNotSentEndsTheConnection_data();
    void messageThatIsNotSentEndsTheConnection();
    void whatHasArrivedIsReadBeforeThat();
    void notifierThatTheSystemRefusesIsWatchedLater();
    void lookupWithoutAThreadIsAnError();
    void messageThatCannotBeCompressedIsSentAsItIs_data();
    void messageThatCannotBeCompressedIsSentAsItIs();
    void messageThatCannotBeInflatedEndsTheConnection_data();
    void messageThatCannotBeInflatedEndsTheConnection();
};

// Neither end sends pings, so that nothing else notices it.
void TestNamedFaults::messageThatIsNotSentEndsTheConnection_data()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<qsizetype>("size");
    QTest::addColumn<int>("number"); // of the call that fails
    QTest::addColumn<int>("error");
    const qsizetype tooLarge = 15 * 1024 * 1024; // for one call; WsKit makes the first one and Qt the second
    for (const bool isTls : {false, true}) {
        for (const int error : {ENOBUFS, ENOMEM, EPIPE, ECONNRESET}) {
            const auto addRow = [&](const char *which, qsizetype size, int number) {
                QTest::addRow("%s, %s, %s", isTls ? "wss" : "ws", strerrorname_np(error), which)
                    << isTls << size << number << error;
            };
            addRow("the whole message", 4, 0);
            addRow("the second part", tooLarge, 1);
        }
    }
}

void TestNamedFaults::messageThatIsNotSentEndsTheConnection()
{
    QFETCH(const bool, isTls);
    QFETCH(const qsizetype, size);
    QFETCH(const int, number);
    QFETCH(const int, error);
    Pair pair(isTls);
    WsOptions options;
    options.setPingInterval(0ms);
    pair.setOptions(options);
    QVERIFY(pair.open());
    SystemFaults::arm(SystemFaults::Send, number, error);
    pair.client.sendText(QByteArray(size, 'x'));
    WS_TRY_VERIFY(pair.events.isClosed());
    QVERIFY(SystemFaults::disarm());
    QCOMPARE(pair.events.ending(), u"error Network, closed 1006 '' unclean"_s);
    if (!isTls && number == 0 && (error == ENOBUFS || error == ENOMEM)) // Qt does not say why
        QVERIFY2(pair.events.errors.at(0).text().contains(qt_error_string(error)),
                 qPrintable(pair.events.errors.at(0).text()));
    WS_TRY_VERIFY(pair.peerEvents->isClosed());
    QCOMPARE(pair.peerEvents->messages(), QStringList());
}

void TestNamedFaults::whatHasArrivedIsReadBeforeThat()
{
    Pair pair;
    QVERIFY(pair.open());
    pair.client.setPaused(true);
    pair.peer->sendText("first");
    pair.peer->sendText("second");
    pair.peer->flush();
    SystemFaults::arm(SystemFaults::Send, 0, ENOMEM);
    pair.client.sendText("lost");
    pair.client.flush();
    QVERIFY(SystemFaults::disarm());
    pair.client.setPaused(false);
    WS_TRY_VERIFY(pair.events.isClosed());
    QCOMPARE(pair.events.messages(), QStringList({u"text first"_s, u"text second"_s}));
}

// Without a timer, whose end would try again too.
void TestNamedFaults::notifierThatTheSystemRefusesIsWatchedLater()
{
    int ends[2];
    QCOMPARE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    QCOMPARE(::write(ends[1], "x", 1), 1);
    QThread thread;
    thread.setEventDispatcher(new WsEventDispatcher);
    std::atomic<bool> isCalled = false;
    QObject context;
    context.moveToThread(&thread);
    thread.start();
    std::unique_ptr<QSocketNotifier> notifier;
    QMetaObject::invokeMethod(
        &context,
        [&] {
            SystemFaults::arm(SystemFaults::EpollControl, 0, ENOSPC, 5);
            notifier = std::make_unique<QSocketNotifier>(ends[0], QSocketNotifier::Read);
            QObject::connect(notifier.get(), &QSocketNotifier::activated, &context, [&] {
                isCalled = true;
                notifier->setEnabled(false);
            });
        },
        Qt::BlockingQueuedConnection);
    WS_TRY_VERIFY(isCalled.load());
    QVERIFY(SystemFaults::disarm());
    QMetaObject::invokeMethod(
        &context, [&] { notifier.reset(); }, Qt::BlockingQueuedConnection);
    thread.quit();
    thread.wait();
    ::close(ends[0]);
    ::close(ends[1]);
}

// Nothing is left of it: the next one has its thread.
void TestNamedFaults::lookupWithoutAThreadIsAnError()
{
    Pair pair;
    WsOptions options;
    options.setHandshakeTimeout(0ms);
    pair.setOptions(options);
    QVERIFY(pair.server.listen());
    QTest::ignoreMessage(QtCriticalMsg, QRegularExpression(u"QThread::start"_s));
    SystemFaults::arm(SystemFaults::Thread, 0, EAGAIN);
    QVERIFY(pair.client.open(pair.url()));
    WS_TRY_VERIFY(pair.events.isClosed());
    QVERIFY(SystemFaults::disarm());
    QCOMPARE(pair.events.ending(), u"error Network, closed 1006 '' unclean"_s);
    QVERIFY2(pair.events.errors.at(0).text().contains(u"no thread"_s),
             qPrintable(pair.events.errors.at(0).text()));
    QVERIFY(pair.open());
}

// RFC 7692 §6: each message may be uncompressed.
void TestNamedFaults::messageThatCannotBeCompressedIsSentAsItIs_data()
{
    QTest::addColumn<int>("number");
    for (int i = 0; i < 5; ++i)
        QTest::addRow("allocation %d", i) << i;
}

void TestNamedFaults::messageThatCannotBeCompressedIsSentAsItIs()
{
    QFETCH(const int, number);
    Pair pair;
    pair.setOptions(compressedOptions(true));
    QVERIFY(pair.open());
    const QByteArray text(100000, 'x');
    SystemFaults::arm(SystemFaults::Deflate, number, ENOMEM);
    pair.client.sendText(text);
    WS_TRY_COMPARE(pair.peerEvents->messageCount, 1);
    QVERIFY(SystemFaults::disarm());
    QVERIFY(pair.client.statistics().wireBytesSent > text.size());
    SystemFaults::arm(SystemFaults::Deflate, number, ENOMEM);
    QVERIFY(pair.client.sendFragments(Ws::Text, {text, text, text}));
    WS_TRY_COMPARE(pair.peerEvents->messageCount, 2);
    SystemFaults::disarm();
    const qint64 before = pair.client.statistics().wireBytesSent;
    pair.client.sendText(text); // there is memory again
    WS_TRY_COMPARE(pair.peerEvents->messageCount, 3);
    QVERIFY(pair.client.statistics().wireBytesSent - before < 1000);
    QCOMPARE(pair.peerEvents->messages(), QStringList({u"text "_s + QString::fromUtf8(text),
                                                       u"text "_s + QString::fromUtf8(text.repeated(3)),
                                                       u"text "_s + QString::fromUtf8(text)}));
}

void TestNamedFaults::messageThatCannotBeInflatedEndsTheConnection_data()
{
    QTest::addColumn<int>("number");
    QTest::newRow("for zlib's state") << 0;
    QTest::newRow("for the window, after the first output") << 1;
}

void TestNamedFaults::messageThatCannotBeInflatedEndsTheConnection()
{
    QFETCH(const int, number);
    Pair pair;
    pair.setOptions(compressedOptions(true));
    QVERIFY(pair.open());
    SystemFaults::arm(SystemFaults::Inflate, number, ENOMEM);
    pair.client.sendText(QByteArray(10000, 'x'));
    WS_TRY_VERIFY(pair.events.isClosed() && pair.peerEvents->isClosed());
    QVERIFY(SystemFaults::disarm());
    QCOMPARE(pair.peerEvents->startingWith(u"error"_s), QStringList{u"error TooLarge"_s});
    QCOMPARE(pair.peerEvents->errors.at(0).text(), u"there is not enough memory to inflate a message"_s);
    QCOMPARE(pair.events.ending(), u"closed 1011 'there is not enough memory to inflate a message' clean"_s);
}

#include "../../testprogram.h"
WSKIT_TEST(TestNamedFaults)
#include "tst_namedfaults.moc"
