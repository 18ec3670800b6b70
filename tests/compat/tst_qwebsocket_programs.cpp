// SPDX-License-Identifier: MIT

// QWebSocket and QWebSocketServer as objects: what programs do with them that have nothing to do with
// WebSockets.

#include "compattesting.h"

#include <QtCore/qpointer.h>
#include <QtCore/qsemaphore.h>
#include <QtCore/qthread.h>
#include <QtTest/qsignalspy.h>
#include <QtWebSockets/QWebSocketCorsAuthenticator>
#include <QtWebSockets/QWebSocketServer>

#include <atomic>

using namespace CompatTesting;

// With slots that are connected by their names.
class Receiver : public QObject
{
    Q_OBJECT

public:
    QStringList all;

public Q_SLOTS:
    void onState(QAbstractSocket::SocketState state) { all.append(u"state %1"_s.arg(int(state))); }
    void onError(QAbstractSocket::SocketError error) { all.append(u"error %1"_s.arg(int(error))); }
    void onServerError(QWebSocketProtocol::CloseCode code)
    {
        all.append(u"server error %1"_s.arg(int(code)));
    }
    void onText(const QString &text) { all.append(u"text "_s + text); }
    void onTextFrame(const QString &frame, bool isLast)
    {
        all.append(u"frame %1 %2"_s.arg(frame).arg(isLast));
    }
    void onPong(quint64, const QByteArray &payload) { all.append(u"pong "_s + QString::fromUtf8(payload)); }
    void onWritten(qint64) { all.append(u"written"_s); }
};

class tst_QWebSocketPrograms : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void objectsKnowTheirClass();
    void socketsAreFoundAsChildren();
    void childIsDeletedWithItsParent();
    void signalsAreQueuedByName();
    void errorIsQueuedByName_data();
    void errorIsQueuedByName();
    void errorOfAServerIsQueuedByName_data();
    void errorOfAServerIsQueuedByName();
    void everySignalIsSpiedOn();
    void spiesFromBeforeOpenSeeEverything();
    void everyVersionOpens_data();
    void everyVersionOpens();
    void twoSocketsInEachOfTwentyThreads();
};

namespace {
QList<QMetaMethod> signalsOf(const QMetaObject &object)
{
    QList<QMetaMethod> methods;
    for (int i = object.methodOffset(); i < object.methodCount(); ++i) {
        if (object.method(i).methodType() == QMetaMethod::Signal)
            methods.append(object.method(i));
    }
    return methods;
}
} // namespace

void tst_QWebSocketPrograms::objectsKnowTheirClass()
{
    const QWebSocket socket;
    const QWebSocketServer server(u"server"_s, QWebSocketServer::NonSecureMode);
    const QObject *object = &socket;
    QCOMPARE(object->metaObject()->className(), "QWebSocket");
    QVERIFY(object->inherits("QWebSocket"));
    QCOMPARE(qobject_cast<const QWebSocket *>(object), &socket);
    QVERIFY(!qobject_cast<const QWebSocketServer *>(object));
    object = &server;
    QCOMPARE(object->metaObject()->className(), "QWebSocketServer");
    QCOMPARE(qobject_cast<const QWebSocketServer *>(object), &server);
    QVERIFY(!qobject_cast<const QWebSocket *>(object));
}

void tst_QWebSocketPrograms::socketsAreFoundAsChildren()
{
    QObject parent;
    auto *const server = new QWebSocketServer(u"server"_s, QWebSocketServer::NonSecureMode, &parent);
    auto *const first = new QWebSocket(QString(), QWebSocketProtocol::VersionLatest, &parent);
    auto *const second = new QWebSocket(QString(), QWebSocketProtocol::VersionLatest, server);
    second->setObjectName(u"second"_s);
    QCOMPARE(parent.findChild<QWebSocketServer *>(), server);
    QCOMPARE(parent.findChildren<QWebSocket *>().size(), 2);
    QCOMPARE(parent.findChildren<QWebSocket *>(QString(), Qt::FindDirectChildrenOnly), QList{first});
    QCOMPARE(parent.findChild<QWebSocket *>(u"second"_s), second);
    QVERIFY(!first->findChild<QWebSocket *>());
}

void tst_QWebSocketPrograms::childIsDeletedWithItsParent()
{
    RawServer server;
    auto parent = std::make_unique<QObject>();
    const QPointer<QWebSocket> socket =
        new QWebSocket(QString(), QWebSocketProtocol::VersionLatest, parent.get());
    int ends = 0;
    connect(socket, &QWebSocket::disconnected, this, [&ends] { ++ends; });
    socket->setProxy(QNetworkProxy::NoProxy);
    socket->open(server.url());
    WS_TRY_VERIFY(socket->isValid());
    socket->sendTextMessage(u"last words"_s);
    parent.reset();
    QVERIFY(!socket);
    QCOMPARE(ends, 1);
    WS_TRY_COMPARE(server.peer->frames().size(), 2);
    QCOMPARE(server.peer->frames().first().payload, "last words");
    QCOMPARE(server.peer->frames().last().closeCode(), 1001);
    WS_TRY_VERIFY(server.peer->hasEnded);
}

void tst_QWebSocketPrograms::signalsAreQueuedByName()
{
    qRegisterMetaType<QAbstractSocket::SocketState>(); // by its name, Qt does not know it
    OpenClient client;
    Receiver receiver;
    const auto link = [&](const char *signal, const char *slot) {
        return bool(connect(&client.socket, signal, &receiver, slot, Qt::QueuedConnection));
    };
    QVERIFY(link(SIGNAL(stateChanged(QAbstractSocket::SocketState)),
                 SLOT(onState(QAbstractSocket::SocketState))));
    QVERIFY(link(SIGNAL(textMessageReceived(QString)), SLOT(onText(QString))));
    QVERIFY(link(SIGNAL(textFrameReceived(QString, bool)), SLOT(onTextFrame(QString, bool))));
    QVERIFY(link(SIGNAL(pong(quint64, QByteArray)), SLOT(onPong(quint64, QByteArray))));
    QVERIFY(link(SIGNAL(bytesWritten(qint64)), SLOT(onWritten(qint64))));
    QVERIFY(client.start());
    client.receive(unmaskedFrame(TextFrame, "hello"));
    client.socket.ping("payload");
    client.receive(unmaskedFrame(PongFrame, "payload"));
    WS_TRY_VERIFY(receiver.all.contains(u"pong payload"_s));
    for (const QString &each :
         {u"state 2"_s, u"state 3"_s, u"text hello"_s, u"frame hello 1"_s, u"written"_s})
        QVERIFY2(receiver.all.contains(each), qPrintable(each));
}

void tst_QWebSocketPrograms::errorIsQueuedByName_data()
{
    QTest::addColumn<Qt::ConnectionType>("type");
    QTest::newRow("queued") << Qt::QueuedConnection;
    QTest::newRow("direct") << Qt::DirectConnection;
}

void tst_QWebSocketPrograms::errorIsQueuedByName()
{
    QFETCH(Qt::ConnectionType, type);
    qRegisterMetaType<QAbstractSocket::SocketError>();
    Client client;
    Receiver receiver;
    QVERIFY(connect(&client.socket, SIGNAL(error(QAbstractSocket::SocketError)), &receiver,
                    SLOT(onError(QAbstractSocket::SocketError)), type));
    client.socket.open(QUrl(u"ftp://127.0.0.1/"_s));
    QCOMPARE(receiver.all.isEmpty(), type == Qt::QueuedConnection);
    WS_TRY_COMPARE(receiver.all, QStringList(u"error 10"_s));
}

void tst_QWebSocketPrograms::errorOfAServerIsQueuedByName_data()
{
    errorIsQueuedByName_data();
}

void tst_QWebSocketPrograms::errorOfAServerIsQueuedByName()
{
    QFETCH(Qt::ConnectionType, type);
    qRegisterMetaType<QWebSocketProtocol::CloseCode>();
    QWebSocketServer server(u"server"_s, QWebSocketServer::NonSecureMode);
    QVERIFY(server.listen(QHostAddress::LocalHost));
    Receiver receiver;
    QVERIFY(connect(&server, SIGNAL(serverError(QWebSocketProtocol::CloseCode)), &receiver,
                    SLOT(onServerError(QWebSocketProtocol::CloseCode)), type));
    QList<QWebSocketProtocol::CloseCode> codes;
    connect(
        &server, &QWebSocketServer::serverError, &receiver,
        [&codes](QWebSocketProtocol::CloseCode code) { codes.append(code); }, type);
    connect(&server, &QWebSocketServer::originAuthenticationRequired, &server,
            [](QWebSocketCorsAuthenticator *authenticator) { authenticator->setAllowed(false); });
    Client client(u"https://page.example"_s);
    client.socket.open(server.serverUrl());
    WS_TRY_COMPARE(receiver.all.size(), 1);
    QVERIFY(receiver.all.first().startsWith(u"server error 10"_s));
    WS_TRY_COMPARE(codes.size(), 1);
}

void tst_QWebSocketPrograms::everySignalIsSpiedOn()
{
    QWebSocket socket;
    QWebSocketServer server(u"server"_s, QWebSocketServer::NonSecureMode);
    for (QObject *object : std::initializer_list<QObject *>{&socket, &server}) {
        for (const QMetaMethod &signal : signalsOf(*object->metaObject())) {
            const QSignalSpy byMethod(object, signal);
            QVERIFY(byMethod.isValid());
            const QSignalSpy byName(object, '2' + signal.methodSignature());
            QVERIFY2(byName.isValid(), signal.methodSignature());
        }
    }
}

void tst_QWebSocketPrograms::spiesFromBeforeOpenSeeEverything()
{
    RawServer server;
    server.afterAnswer = unmaskedFrame(TextFrame, "hello") + unmaskedFrame(BinaryFrame, "data")
                         + unmaskedFrame(CloseFrame, closePayload(1000));
    QWebSocket socket;
    socket.setProxy(QNetworkProxy::NoProxy);
    QSignalSpy connected(&socket, &QWebSocket::connected);
    QSignalSpy states(&socket, SIGNAL(stateChanged(QAbstractSocket::SocketState)));
    QSignalSpy texts(&socket, &QWebSocket::textMessageReceived);
    QSignalSpy frames(&socket, SIGNAL(binaryFrameReceived(QByteArray, bool)));
    QSignalSpy data(&socket, SIGNAL(binaryMessageReceived(QByteArray)));
    QSignalSpy disconnected(&socket, SIGNAL(disconnected()));
    socket.open(server.url());
    WS_TRY_COMPARE(disconnected.size(), 1);
    QCOMPARE(connected.size(), 1);
    QCOMPARE(states.size(), 4);
    QCOMPARE(states.first().first().value<QAbstractSocket::SocketState>(), QAbstractSocket::ConnectingState);
    QCOMPARE(texts, QList<QVariantList>({{u"hello"_s}}));
    QCOMPARE(frames, QList<QVariantList>({{QByteArray("data"), true}}));
    QCOMPARE(data, QList<QVariantList>({{QByteArray("data")}}));
}

void tst_QWebSocketPrograms::everyVersionOpens_data()
{
    QTest::addColumn<int>("version");
    for (const int version : {-1, 0, 4, 5, 6, 7, 8, 13})
        QTest::addRow("%d", version) << version;
}

// The version is kept, and 13 is used.
void tst_QWebSocketPrograms::everyVersionOpens()
{
    QFETCH(int, version);
    RawServer server;
    Client client(QString(), static_cast<QWebSocketProtocol::Version>(version));
    QCOMPARE(int(client.socket.version()), version);
    client.socket.open(server.url());
    QVERIFY(client.waitUntilConnected());
    QVERIFY(server.request.contains("Sec-WebSocket-Version: 13\r\n"));
    QCOMPARE(int(client.socket.version()), version);
}

void tst_QWebSocketPrograms::twoSocketsInEachOfTwentyThreads()
{
    QWebSocketServer server(u"server"_s, QWebSocketServer::NonSecureMode);
    server.setMaxPendingConnections(100);
    QVERIFY(server.listen(QHostAddress::LocalHost));
    connect(&server, &QWebSocketServer::newConnection, &server, [&server] {
        QWebSocket *const socket = server.nextPendingConnection();
        socket->setParent(&server);
        connect(socket, &QWebSocket::textMessageReceived, socket, &QWebSocket::sendTextMessage);
    });
    std::atomic<int> good = 0;
    QSemaphore done;
    std::vector<std::unique_ptr<QThread>> threads;
    for (int i = 0; i < 20; ++i) {
        threads.emplace_back(QThread::create([&good, &done, url = server.serverUrl(), i] {
            Client one;
            Client two;
            for (Client *client : {&one, &two}) {
                QObject::connect(&client->socket, &QWebSocket::connected, &client->socket,
                                 [client, i] { client->socket.sendTextMessage(QString::number(i)); });
                client->socket.open(url);
            }
            const QString answer = u"text %1"_s.arg(i);
            const bool haveAnswers =
                waitFor([&] { return one.reports.contains(answer) && two.reports.contains(answer); });
            good += haveAnswers ? 1 : 0;
            done.release();
        }));
        threads.back()->start();
    }
    WS_TRY_COMPARE(done.available(), 20);
    for (const auto &thread : threads)
        QVERIFY(thread->wait());
    QCOMPARE(good, 20);
}

QTEST_GUILESS_MAIN(tst_QWebSocketPrograms)
#include "tst_qwebsocket_programs.moc"
