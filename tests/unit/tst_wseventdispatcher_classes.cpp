// SPDX-License-Identifier: MIT
#include "../patience.h"

#include <WsKit/WsEventDispatcher>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qeventloop.h>
#include <QtCore/qfuturewatcher.h>
#include <QtCore/qprocess.h>
#include <QtCore/qpromise.h>
#include <QtCore/qsemaphore.h>
#include <QtCore/qset.h>
#include <QtCore/qthread.h>
#include <QtCore/qthreadpool.h>
#include <QtCore/qtimer.h>
#include <QtCore/qurl.h>
#include <QtNetwork/qhostaddress.h>
#include <QtNetwork/qlocalserver.h>
#include <QtNetwork/qlocalsocket.h>
#include <QtNetwork/qnetworkaccessmanager.h>
#include <QtNetwork/qnetworkproxy.h>
#include <QtNetwork/qnetworkreply.h>
#include <QtNetwork/qnetworkrequest.h>
#include <QtNetwork/qtcpserver.h>
#include <QtNetwork/qtcpsocket.h>
#include <QtNetwork/qudpsocket.h>
#include <QtTest/qsignalspy.h>
#include <QtTest/qtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace {
// Sends back what it gets, on either kind of socket.
void echo(QIODevice *device)
{
    QObject::connect(device, &QIODevice::readyRead, device, [device] { device->write(device->readAll()); });
}

class EchoServer : public QTcpServer
{
public:
    EchoServer()
    {
        connect(this, &QTcpServer::newConnection, this, [this] { echo(nextPendingConnection()); });
        listen(QHostAddress::LocalHost);
    }
};

// Sends \a bytes when connected and ends \a loop when all came back.
void exchange(QTcpSocket &socket, quint16 port, const QByteArray &bytes, QByteArray &received,
              QEventLoop &loop)
{
    QObject::connect(&socket, &QTcpSocket::connected, &loop, [&socket, bytes] { socket.write(bytes); });
    QObject::connect(&socket, &QTcpSocket::readyRead, &loop, [&, size = bytes.size()] {
        received += socket.readAll();
        if (received.size() >= size)
            loop.quit();
    });
    QObject::connect(&socket, &QTcpSocket::errorOccurred, &loop, &QEventLoop::quit);
    socket.connectToHost(QHostAddress::LocalHost, port);
}

QByteArray exchanged(quint16 port, const QByteArray &bytes)
{
    QTcpSocket socket;
    QByteArray received;
    QEventLoop loop;
    exchange(socket, port, bytes, received, loop);
    loop.exec();
    return received;
}

QByteArray anything(qsizetype size)
{
    QByteArray bytes(size, Qt::Uninitialized);
    for (qsizetype i = 0; i < size; ++i)
        bytes[i] = char(i * 7 + i / 251);
    return bytes;
}
} // namespace

// What Qt builds on an event loop, on this one.
class TestWsEventDispatcherClasses : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void tcpSockets_data();
    void tcpSockets();
    void socketsOfOneNumber();
    void blockingCallsOfSockets();
    void udpSockets();
    void localSockets();
    void processes();
    void failingProcess();
    void networkAccess();
    void futures();
    void threads();
    void stdThreads();
    void blockingCallsBetweenThreads();
};

void TestWsEventDispatcherClasses::tcpSockets_data()
{
    QTest::addColumn<int>("size");
    QTest::newRow("a byte") << 1;
    QTest::newRow("more than the system buffers") << 20'000'000;
}

void TestWsEventDispatcherClasses::tcpSockets()
{
    QFETCH(int, size);
    const QByteArray bytes = anything(size);
    const EchoServer server;
    QVERIFY(exchanged(server.serverPort(), bytes) == bytes);
}

void TestWsEventDispatcherClasses::socketsOfOneNumber()
{
    const EchoServer server;
    QTcpSocket socket;
    QSet<qintptr> numbers;
    for (int i = 0; i < 50; ++i) {
        QByteArray received;
        QEventLoop loop;
        exchange(socket, server.serverPort(), "hello", received, loop);
        loop.exec();
        QCOMPARE(received, "hello");
        numbers.insert(socket.socketDescriptor());
        socket.abort(); // the number is free, and taken again in the same turn
        socket.disconnect();
    }
    QVERIFY(numbers.size() < 50);
}

void TestWsEventDispatcherClasses::blockingCallsOfSockets()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    QTcpSocket socket;
    socket.connectToHost(QHostAddress::LocalHost, server.serverPort());
    QVERIFY(socket.waitForConnected(Patient::Patience));
    QVERIFY(server.waitForNewConnection(Patient::Patience));
    const std::unique_ptr<QTcpSocket> peer(server.nextPendingConnection());
    peer->write("hello");
    QVERIFY(peer->waitForBytesWritten(Patient::Patience));
    QVERIFY(socket.waitForReadyRead(Patient::Patience));
    QCOMPARE(socket.readAll(), "hello");
    QSignalSpy spy(&socket, &QTcpSocket::disconnected);
    peer->disconnectFromHost();
    QVERIFY(spy.wait(Patient::Patience));
}

void TestWsEventDispatcherClasses::udpSockets()
{
    QUdpSocket receiver;
    QUdpSocket sender;
    QVERIFY(receiver.bind(QHostAddress::LocalHost));
    QSignalSpy spy(&receiver, &QUdpSocket::readyRead);
    QCOMPARE(sender.writeDatagram("hello", QHostAddress::LocalHost, receiver.localPort()), 5);
    QVERIFY(spy.wait(Patient::Patience));
    QByteArray datagram(10, 0);
    datagram.truncate(receiver.readDatagram(datagram.data(), datagram.size()));
    QCOMPARE(datagram, "hello");
}

void TestWsEventDispatcherClasses::localSockets()
{
    const QByteArray bytes = anything(1'000'000);
    QLocalServer server;
    const QString name = QStringLiteral("tst_wseventdispatcher-%1").arg(QCoreApplication::applicationPid());
    QVERIFY(server.listen(name));
    connect(&server, &QLocalServer::newConnection, &server, [&] { echo(server.nextPendingConnection()); });
    QLocalSocket socket;
    QByteArray received;
    QEventLoop loop;
    connect(&socket, &QLocalSocket::connected, &loop, [&] { socket.write(bytes); });
    connect(&socket, &QLocalSocket::readyRead, &loop, [&] {
        received += socket.readAll();
        if (received.size() >= bytes.size())
            loop.quit();
    });
    connect(&socket, &QLocalSocket::errorOccurred, &loop, &QEventLoop::quit);
    socket.connectToServer(name);
    loop.exec();
    QVERIFY(received == bytes);
}

void TestWsEventDispatcherClasses::processes()
{
#ifdef __SANITIZE_THREAD__
    QSKIP("The thread sanitizer ends a program that starts threads after a fork.");
#endif
    const QByteArray bytes = anything(1'000'000);
    for (int i = 0; i < 10; ++i) {
        QProcess process;
        QEventLoop loop;
        connect(&process, &QProcess::finished, &loop, &QEventLoop::quit);
        connect(&process, &QProcess::errorOccurred, &loop, &QEventLoop::quit);
        connect(&process, &QProcess::started, &loop, [&] {
            process.write(bytes);
            process.closeWriteChannel();
        });
        process.start(QStringLiteral("cat"), QStringList());
        loop.exec();
        QCOMPARE(process.exitCode(), 0);
        QVERIFY(process.readAll() == bytes);
    }
}

void TestWsEventDispatcherClasses::failingProcess()
{
#ifdef __SANITIZE_THREAD__
    QSKIP("The thread sanitizer ends a program that starts threads after a fork.");
#endif
    QProcess process;
    QSignalSpy failed(&process, &QProcess::errorOccurred);
    process.start(QStringLiteral("/nonexistent/program"), QStringList());
    QVERIFY(!failed.isEmpty() || failed.wait(Patient::Patience));
    QCOMPARE(process.error(), QProcess::FailedToStart);

    QSignalSpy finished(&process, &QProcess::finished);
    process.start(QStringLiteral("sh"), {QStringLiteral("-c"), QStringLiteral("echo no >&2; exit 3")});
    QVERIFY(finished.wait(Patient::Patience));
    QCOMPARE(process.exitCode(), 3);
    QCOMPARE(process.readAllStandardError(), "no\n");
}

void TestWsEventDispatcherClasses::networkAccess()
{
    const QByteArray body = anything(300'000);
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    connect(&server, &QTcpServer::newConnection, &server, [&] {
        QTcpSocket *socket = server.nextPendingConnection();
        connect(socket, &QTcpSocket::readyRead, socket, [socket, &body] {
            if (socket->peek(64 * 1024).endsWith("\r\n\r\n")) {
                socket->readAll();
                socket->write("HTTP/1.1 200 OK\r\nContent-Length: " + QByteArray::number(body.size())
                              + "\r\n\r\n" + body);
            }
        });
    });
    QNetworkAccessManager manager;
    const QUrl url(QStringLiteral("http://127.0.0.1:%1/").arg(server.serverPort()));
    int finished = 0;
    QEventLoop loop;
    for (int i = 0; i < 20; ++i) {
        QNetworkReply *reply = manager.get(QNetworkRequest(url));
        connect(reply, &QNetworkReply::finished, &loop, [&, reply] {
            QCOMPARE(reply->error(), QNetworkReply::NoError);
            QVERIFY(reply->readAll() == body);
            if (++finished == 20)
                loop.quit();
        });
    }
    QTimer::singleShot(20'000, &loop, &QEventLoop::quit);
    loop.exec();
    QCOMPARE(finished, 20);
}

void TestWsEventDispatcherClasses::futures()
{
    QPromise<int> promise;
    promise.start();
    QFutureWatcher<int> watcher;
    QList<int> results;
    connect(&watcher, &QFutureWatcher<int>::resultReadyAt, &watcher,
            [&](int index) { results.append(watcher.resultAt(index)); });
    QSignalSpy finished(&watcher, &QFutureWatcher<int>::finished);
    watcher.setFuture(promise.future());
    QThreadPool pool;
    pool.start([&promise] {
        for (int i = 0; i < 100; ++i)
            promise.addResult(i);
        promise.finish();
    });
    QVERIFY(finished.wait(Patient::Patience));
    QCOMPARE(results.size(), 100);
    QCOMPARE(results.last(), 99);
}

void TestWsEventDispatcherClasses::threads()
{
    constexpr int Count = 8;
    const QByteArray bytes = anything(500'000);
    const EchoServer server;
    const quint16 port = server.serverPort();
    std::vector<std::unique_ptr<QThread>> threads;
    QSemaphore right;
    QEventLoop loop;
    int ended = 0;
    for (int i = 0; i < Count; ++i) {
        threads.emplace_back(QThread::create([&] {
            QVERIFY(qobject_cast<WsEventDispatcher *>(QAbstractEventDispatcher::instance()));
            right.release(exchanged(port, bytes) == bytes ? 1 : 0);
        }));
        threads.back()->setEventDispatcher(new WsEventDispatcher);
        connect(threads.back().get(), &QThread::finished, &loop, [&] {
            if (++ended == Count)
                loop.quit();
        });
    }
    for (const auto &thread : threads)
        thread->start();
    loop.exec();
    QCOMPARE(right.available(), Count);
    for (const auto &thread : threads)
        QVERIFY(thread->wait());
}

void TestWsEventDispatcherClasses::stdThreads()
{
    const QByteArray bytes = anything(500'000);
    const EchoServer server;
    const quint16 port = server.serverPort();
    QByteArray received;
    bool isInstalled = false;
    QEventLoop loop;
    std::thread thread([&] {
        QThread::currentThread()->setEventDispatcher(new WsEventDispatcher);
        isInstalled = qobject_cast<WsEventDispatcher *>(QAbstractEventDispatcher::instance()) != nullptr;
        received = exchanged(port, bytes);
        QMetaObject::invokeMethod(&loop, &QEventLoop::quit, Qt::QueuedConnection);
    });
    loop.exec();
    thread.join();
    QVERIFY(isInstalled);
    QVERIFY(received == bytes);
}

void TestWsEventDispatcherClasses::blockingCallsBetweenThreads()
{
    QThread thread;
    thread.setEventDispatcher(new WsEventDispatcher);
    QObject there;
    there.moveToThread(&thread);
    thread.start();
    static std::atomic<int> calls = 0;
    for (int i = 1; i <= 5000; ++i) {
        QMetaObject::invokeMethod(
            &there, [] { ++calls; }, Qt::BlockingQueuedConnection);
        QCOMPARE(calls.load(), i);
    }
    thread.quit();
    QVERIFY(thread.wait());
}

int main(int argc, char **argv)
{
    QCoreApplication::setEventDispatcher(new WsEventDispatcher);
    const QCoreApplication application(argc, argv);
    QNetworkProxy::setApplicationProxy(QNetworkProxy::NoProxy);
    TestWsEventDispatcherClasses test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_wseventdispatcher_classes.moc"
