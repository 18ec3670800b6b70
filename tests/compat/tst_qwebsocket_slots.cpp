// SPDX-License-Identifier: MIT

// QWebSocket: its signals and slots by their signatures, and what programs call in slots.

#include "compattesting.h"

#include <QtCore/qeventloop.h>
#include <QtCore/qmetaobject.h>

using namespace CompatTesting;

class tst_QWebSocketSlots : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void signalsHaveTheirSignatures_data();
    void signalsHaveTheirSignatures();
    void slotsHaveTheirSignatures_data();
    void slotsHaveTheirSignatures();
    void slotsAreCalledByName();
    void signalOfOneSocketIsSlotOfAnother();
    void sendInConnected();
    void closeInConnected();
    void abortInConnected();
    void openInTheSlotOfAnError();
    void closeInTheSlotOfAMessage();
    void messagesAfterTheOwnClose();
    void closeInTheSlotOfAFrame();
    void sendInAboutToClose();
    void stateInEachSlot();
    void eventLoopInTheSlotOfAMessage();
    void connectAndDisconnectLater();
    void receiverThatIsDeleted();
};

void tst_QWebSocketSlots::signalsHaveTheirSignatures_data()
{
    QTest::addColumn<QByteArray>("signature");
    for (const char *signature : {
             "aboutToClose()", "connected()", "disconnected()", "stateChanged(QAbstractSocket::SocketState)",
                 "proxyAuthenticationRequired(QNetworkProxy,QAuthenticator*)", "readChannelFinished()",
                 "textFrameReceived(QString,bool)", "binaryFrameReceived(QByteArray,bool)",
                 "textMessageReceived(QString)", "binaryMessageReceived(QByteArray)",
                 "error(QAbstractSocket::SocketError)", "pong(quint64,QByteArray)", "bytesWritten(qint64)",
                 "peerVerifyError(QSslError)", "sslErrors(QList<QSslError>)",
                 "preSharedKeyAuthenticationRequired(QSslPreSharedKeyAuthenticator*)",
                 "alertSent(QSsl::AlertLevel,QSsl::AlertType,QString)",
                 "alertReceived(QSsl::AlertLevel,QSsl::AlertType,QString)",
                 "handshakeInterruptedOnError(QSslError)",
#if COMPAT_INTERFACE >= QT_VERSION_CHECK(6, 5, 0)
                 "errorOccurred(QAbstractSocket::SocketError)",
#endif
#if COMPAT_INTERFACE >= QT_VERSION_CHECK(6, 6, 0)
                 "authenticationRequired(QAuthenticator*)",
#endif
         })
        QTest::newRow(signature) << QByteArray(signature);
}

void tst_QWebSocketSlots::signalsHaveTheirSignatures()
{
    QFETCH(QByteArray, signature);
    QCOMPARE(QMetaObject::normalizedSignature(signature), signature);
    QVERIFY(QWebSocket::staticMetaObject.indexOfSignal(signature) >= 0);
}

void tst_QWebSocketSlots::slotsHaveTheirSignatures_data()
{
    QTest::addColumn<QByteArray>("signature");
    for (const char *signature :
         {"close(QWebSocketProtocol::CloseCode,QString)", "close(QWebSocketProtocol::CloseCode)", "close()",
          "open(QUrl)", "open(QNetworkRequest)", "open(QUrl,QWebSocketHandshakeOptions)",
          "open(QNetworkRequest,QWebSocketHandshakeOptions)", "ping(QByteArray)", "ping()",
          "ignoreSslErrors()", "deleteLater()"})
        QTest::newRow(signature) << QByteArray(signature);
}

void tst_QWebSocketSlots::slotsHaveTheirSignatures()
{
    QFETCH(QByteArray, signature);
    QVERIFY(QWebSocket::staticMetaObject.indexOfSlot(signature) >= 0);
}

void tst_QWebSocketSlots::slotsAreCalledByName()
{
    RawServer server;
    Client client;
    QVERIFY(QMetaObject::invokeMethod(&client.socket, "open", Q_ARG(QUrl, server.url())));
    QVERIFY(client.waitUntilConnected());
    QVERIFY(QMetaObject::invokeMethod(&client.socket, "ping", Q_ARG(QByteArray, "x")));
    WS_TRY_COMPARE(server.peer->frames().size(), 1);
    QVERIFY(QMetaObject::invokeMethod(&client.socket, "close"));
    QVERIFY(client.waitUntilDisconnected());
    WS_TRY_COMPARE(server.peer->frames().size(), 2);
    QCOMPARE(server.peer->frames().last().closeCode(), 1000);
}

void tst_QWebSocketSlots::signalOfOneSocketIsSlotOfAnother()
{
    OpenClient client;
    QVERIFY(client.start());
    OpenClient other;
    QVERIFY(other.start());
    connect(&client.socket, SIGNAL(disconnected()), &other.socket, SLOT(close()));
    client.socket.abort();
    QVERIFY(other.waitUntilDisconnected());
    QCOMPARE(other.socket.closeCode(), QWebSocketProtocol::CloseCodeNormal);
}

void tst_QWebSocketSlots::sendInConnected()
{
    OpenClient client;
    connect(&client.socket, &QWebSocket::connected, &client.socket, [&client] {
        QCOMPARE(client.socket.sendTextMessage(u"one"_s), 3);
        QCOMPARE(client.socket.sendBinaryMessage("two"), 3);
    });
    QVERIFY(client.start());
    WS_TRY_COMPARE(client.server.peer->frames().size(), 2);
    QCOMPARE(client.server.peer->frames().first().payload, "one");
}

void tst_QWebSocketSlots::closeInConnected()
{
    OpenClient client;
    connect(&client.socket, &QWebSocket::connected, &client.socket, [&client] { client.socket.close(); });
    QVERIFY(client.start());
    QVERIFY(client.waitUntilDisconnected());
    QCOMPARE(client.reports.startingWith(u"disconnected"_s), QStringList(u"disconnected 1000"_s));
    WS_TRY_COMPARE(client.server.peer->frames().size(), 1);
}

void tst_QWebSocketSlots::abortInConnected()
{
    OpenClient client;
    connect(&client.socket, &QWebSocket::connected, &client.socket, [&client] { client.socket.abort(); });
    client.server.afterAnswer = unmaskedFrame(TextFrame, "never");
    QVERIFY(client.start());
    QVERIFY(client.waitUntilDisconnected());
    QCoreApplication::processEvents();
    QCOMPARE(client.socket.state(), QAbstractSocket::UnconnectedState);
    QVERIFY(!client.reports.contains(u"text"_s));
}

void tst_QWebSocketSlots::openInTheSlotOfAnError()
{
    OpenClient client;
    int count = 0;
    connect(&client.socket, errorSignal, &client.socket, [&] {
        if (++count == 1)
            client.socket.open(client.server.url());
    });
    QTcpServer closed;
    closed.listen(QHostAddress::LocalHost);
    const QUrl url(u"ws://127.0.0.1:%1/"_s.arg(closed.serverPort()));
    closed.close();
    client.socket.open(url);
    QVERIFY(client.waitUntilConnected());
    QCOMPARE(count, 1);
    QVERIFY(client.socket.isValid());
}

void tst_QWebSocketSlots::closeInTheSlotOfAMessage()
{
    OpenClient client;
    connect(&client.socket, &QWebSocket::textMessageReceived, &client.socket,
            [&client] { client.socket.close(QWebSocketProtocol::CloseCodeGoingAway, u"enough"_s); });
    client.server.afterAnswer = unmaskedFrame(TextFrame, "one");
    QVERIFY(client.start());
    QVERIFY(client.waitUntilDisconnected());
    QCOMPARE(client.reports.startingWith(u"disconnected"_s), QStringList(u"disconnected 1001 enough"_s));
    WS_TRY_COMPARE(client.server.peer->frames().size(), 1);
    QCOMPARE(client.server.peer->frames().first().payload, closePayload(1001, "enough"));
}

void tst_QWebSocketSlots::messagesAfterTheOwnClose()
{
    OpenClient client;
    connect(&client.socket, &QWebSocket::textMessageReceived, &client.socket,
            [&client] { client.socket.close(); });
    client.server.afterAnswer = unmaskedFrame(TextFrame, "one") + unmaskedFrame(TextFrame, "two");
    QVERIFY(client.start());
    QVERIFY(client.waitUntilDisconnected());
    for (int count = 0; count < 10; ++count)
        QCoreApplication::processEvents();
    QCOMPARE(client.reports.startingWith(u"text "_s), QStringList(u"text one"_s));
}

void tst_QWebSocketSlots::closeInTheSlotOfAFrame()
{
    OpenClient client;
    connect(&client.socket, &QWebSocket::textFrameReceived, &client.socket,
            [&client] { client.socket.close(); });
    client.server.afterAnswer = unmaskedFrame(TextFrame, "one", false) + unmaskedFrame(Continuation, "two");
    QVERIFY(client.start());
    QVERIFY(client.waitUntilDisconnected());
    QVERIFY(!client.reports.contains(u"text "_s));
    WS_TRY_COMPARE(client.server.peer->frames().size(), 1);
}

void tst_QWebSocketSlots::sendInAboutToClose()
{
    OpenClient client;
    int count = 0;
    connect(&client.socket, &QWebSocket::aboutToClose, &client.socket, [&] {
        if (++count == 1)
            client.socket.sendTextMessage(u"last words"_s);
    });
    QVERIFY(client.start());
    client.socket.close();
    QVERIFY(client.waitUntilDisconnected());
    WS_TRY_COMPARE(client.server.peer->frames().size(), 2);
    QCOMPARE(client.server.peer->frames().first().opcode,
             quint8(compatDiffers("messages sent in aboutToClose()") ? TextFrame : CloseFrame));
}

void tst_QWebSocketSlots::stateInEachSlot()
{
    OpenClient client;
    QStringList states;
    const auto record = [&](const QString &name) {
        states.append(name + u' ' + QString::number(client.socket.state())
                      + (client.socket.isValid() ? u" valid"_s : QString()));
    };
    connect(&client.socket, &QWebSocket::connected, &client.socket, [&] { record(u"connected"_s); });
    connect(&client.socket, &QWebSocket::textMessageReceived, &client.socket, [&] { record(u"text"_s); });
    connect(&client.socket, errorSignal, &client.socket, [&] { record(u"error"_s); });
    connect(&client.socket, &QWebSocket::disconnected, &client.socket, [&] { record(u"disconnected"_s); });
    client.server.afterAnswer = unmaskedFrame(TextFrame, "one");
    QVERIFY(client.start());
    WS_TRY_VERIFY(client.reports.contains(u"text "_s));
    client.server.peer->socket->disconnectFromHost();
    QVERIFY(client.waitUntilDisconnected());
    QCOMPARE(states.join(u", "_s), u"connected 3 valid, text 3 valid, error 3, disconnected 0"_s);
}

// As a dialog in a slot does.
void tst_QWebSocketSlots::eventLoopInTheSlotOfAMessage()
{
    OpenClient client;
    int depth = 0;
    int deepest = 0;
    connect(&client.socket, &QWebSocket::textMessageReceived, &client.socket, [&](const QString &text) {
        deepest = qMax(deepest, ++depth);
        if (text == u"one") {
            client.server.peer->send(unmaskedFrame(TextFrame, "three"));
            QEventLoop loop;
            QTimer::singleShot(20, &loop, &QEventLoop::quit);
            loop.exec();
        }
        --depth;
    });
    client.server.afterAnswer = unmaskedFrame(TextFrame, "one") + unmaskedFrame(TextFrame, "two");
    QVERIFY(client.start());
    WS_TRY_VERIFY(client.reports.all.contains(u"text three"_s));
    QCOMPARE(client.reports.startingWith(u"text "_s),
             QStringList({u"text one"_s, u"text two"_s, u"text three"_s}));
    QCOMPARE(deepest, 1);
}

void tst_QWebSocketSlots::connectAndDisconnectLater()
{
    OpenClient client;
    QVERIFY(client.start());
    QStringList messages;
    const auto link = connect(&client.socket, &QWebSocket::binaryMessageReceived, this,
                              [&messages](const QByteArray &data) { messages += QString::fromLatin1(data); });
    client.server.peer->send(unmaskedFrame(BinaryFrame, "one"));
    WS_TRY_COMPARE(messages.size(), 1);
    QVERIFY(disconnect(link));
    client.server.peer->send(unmaskedFrame(BinaryFrame, "two"));
    WS_TRY_VERIFY(client.reports.all.contains(u"binary two"_s));
    connect(&client.socket, &QWebSocket::binaryMessageReceived, this,
            [&messages](const QByteArray &data) { messages += QString::fromLatin1(data); });
    client.server.peer->send(unmaskedFrame(BinaryFrame, "three"));
    WS_TRY_COMPARE(messages, QStringList({u"one"_s, u"three"_s}));
    disconnect(&client.socket, nullptr, this, nullptr);
}

// Many, because the mutex that Qt locks then is one of some, by the address.
void tst_QWebSocketSlots::receiverThatIsDeleted()
{
    OpenClient client;
    QVERIFY(client.start());
    int count = 0;
    for (int round = 0; round < 300; ++round) {
        auto receiver = std::make_unique<QObject>();
        connect(&client.socket, &QWebSocket::textMessageReceived, receiver.get(), [&count] { ++count; });
        connect(&client.socket, &QWebSocket::binaryFrameReceived, receiver.get(), [&count] { ++count; });
    }
    disconnect(&client.socket, nullptr, &client.reports, nullptr);
    for (int round = 0; round < 300; ++round) { // the last receiver of its signal
        const auto receiver = std::make_unique<QObject>();
        connect(&client.socket, &QWebSocket::textMessageReceived, receiver.get(), [&count] { ++count; });
        connect(&client.socket, &QWebSocket::binaryFrameReceived, receiver.get(), [&count] { ++count; });
    }
    connect(&client.socket, &QWebSocket::textMessageReceived, this, [&count] { ++count; });
    client.server.peer->send(unmaskedFrame(TextFrame, "one"));
    WS_TRY_COMPARE(count, 1);
    disconnect(&client.socket, nullptr, this, nullptr);
}

QTEST_GUILESS_MAIN(tst_QWebSocketSlots)
#include "tst_qwebsocket_slots.moc"
