// SPDX-License-Identifier: MIT

// QWebSocket: all ways in which a connection ends, with what is reported, and with the bytes of the Close
// frames.

#include "compattesting.h"

#include <QtCore/qpointer.h>

using namespace CompatTesting;

class tst_QWebSocketClosing : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void closeSendsNormal();
    void closeIsReportedInOrder();
    void closeSendsCodeAndReason_data();
    void closeSendsCodeAndReason();
    void closeTruncatesAReason();
    void closeTruncatesAReasonOfWideCharacters();
    void closeWithACodeThatIsNotForTheWire_data();
    void closeWithACodeThatIsNotForTheWire();
    void closeTwice();
    void closeSendsWhatIsQueued();
    void closeOfAPeerThatDoesNotAnswer();
    void sendingAfterClose();
    void peerCloses_data();
    void peerCloses();
    void peerClosesWithAWrongPayload_data();
    void peerClosesWithAWrongPayload();
    void messagesBeforeAClose();
    void messagesAfterAClose();
    void peerDrops();
    void peerResets();
    void dropWithinAMessage();
    void abortEndsAtOnce();
    void abortInASlot();
    void destructorSaysGoingAway();
    void deletionLaterInASlot_data();
    void deletionLaterInASlot();
    void deletionInASlot_data();
    void deletionInASlot();
    void codeOfTheNextConnection();
};

namespace {
struct Open : OpenClient
{
    // Has the server answer a Close as it is.
    void answerClose()
    {
        QObject::connect(server.peer->socket, &QIODevice::readyRead, &reports, [this] {
            for (const ReceivedFrame &frame : server.peer->frames()) {
                if (frame.opcode == CloseFrame && !std::exchange(hasAnswered, true)) {
                    server.peer->send(unmaskedFrame(CloseFrame, frame.payload));
                    server.peer->socket->disconnectFromHost();
                }
            }
        });
    }
    ReceivedFrame lastFrame() const { return server.peer->frames().value(server.peer->frames().size() - 1); }

    bool hasAnswered = false;
};

QWebSocketProtocol::CloseCode closeCode(int code)
{
    return static_cast<QWebSocketProtocol::CloseCode>(code);
}
} // namespace

void tst_QWebSocketClosing::closeSendsNormal()
{
    Open client;
    QVERIFY(client.open());
    client.answerClose();
    client.socket.close();
    QVERIFY(client.waitUntilDisconnected());
    WS_TRY_COMPARE(client.server.peer->frames().size(), 1);
    const ReceivedFrame frame = client.lastFrame();
    QCOMPARE(frame.opcode, quint8(CloseFrame));
    QVERIFY(frame.isFinal);
    QCOMPARE(frame.maskingKey.size(), 4);
    QCOMPARE(frame.payload, closePayload(1000));
    QCOMPARE(client.socket.closeCode(), QWebSocketProtocol::CloseCodeNormal);
}

void tst_QWebSocketClosing::closeIsReportedInOrder()
{
    Open client;
    QVERIFY(client.open());
    client.answerClose();
    client.socket.close();
    QVERIFY(client.waitUntilDisconnected());
    QCOMPARE(client.reports.order(), u"state Closing, state Unconnected, disconnected 1000"_s);
    QVERIFY(client.reports.all.contains(u"aboutToClose"_s));
    QVERIFY(client.reports.all.indexOf(u"aboutToClose"_s) < client.reports.all.indexOf(u"state Closing"_s));
    QVERIFY(client.reports.all.contains(u"readChannelFinished"_s));
    QCOMPARE(client.socket.state(), QAbstractSocket::UnconnectedState);
    QVERIFY(!client.socket.isValid());
    QCOMPARE(client.socket.error(), QAbstractSocket::UnknownSocketError);
}

void tst_QWebSocketClosing::closeSendsCodeAndReason_data()
{
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("reason");
    QTest::newRow("going away") << 1001 << u"Ünd tschüs"_s;
    QTest::newRow("policy") << 1008 << u"no"_s;
    QTest::newRow("application") << 4321 << u"because"_s;
    QTest::newRow("library") << 3000 << QString();
    QTest::newRow("123 bytes") << 1000 << QString(123, u'x');
}

void tst_QWebSocketClosing::closeSendsCodeAndReason()
{
    QFETCH(int, code);
    QFETCH(QString, reason);
    Open client;
    QVERIFY(client.open());
    client.answerClose();
    client.socket.close(closeCode(code), reason);
    QVERIFY(client.waitUntilDisconnected());
    WS_TRY_COMPARE(client.server.peer->frames().size(), 1);
    QCOMPARE(client.lastFrame().payload, closePayload(quint16(code), reason.toUtf8()));
    QCOMPARE(int(client.socket.closeCode()), code);
    QCOMPARE(client.socket.closeReason(), reason);
}

void tst_QWebSocketClosing::closeTruncatesAReason()
{
    Open client;
    QVERIFY(client.open());
    client.answerClose();
    client.socket.close(QWebSocketProtocol::CloseCodeNormal, QString(200, u'x'));
    QVERIFY(client.waitUntilDisconnected());
    WS_TRY_COMPARE(client.server.peer->frames().size(), 1);
    QCOMPARE(client.lastFrame().payload, closePayload(1000, QByteArray(123, 'x')));
    QCOMPARE(client.socket.closeReason(), QString(123, u'x'));
}

void tst_QWebSocketClosing::closeTruncatesAReasonOfWideCharacters()
{
    Open client;
    QVERIFY(client.open());
    client.answerClose();
    client.socket.close(QWebSocketProtocol::CloseCodeNormal, QString(100, u'ü'));
    QVERIFY(client.waitUntilDisconnected());
    WS_TRY_COMPARE(client.server.peer->frames().size(), 1);
    if (compatDiffers("long reasons"))
        QCOMPARE(client.lastFrame().payload, closePayload(1000, QString(61, u'ü').toUtf8()));
    else // within a character, which peers reject
        QCOMPARE(client.lastFrame().payload, closePayload(1000, QString(62, u'ü').toUtf8().first(123)));
}

void tst_QWebSocketClosing::closeWithACodeThatIsNotForTheWire_data()
{
    QTest::addColumn<int>("code");
    for (const int code : {0, 999, 1004, 1005, 1006, 1015, 2000, 5000})
        QTest::addRow("%d", code) << code;
}

void tst_QWebSocketClosing::closeWithACodeThatIsNotForTheWire()
{
    QFETCH(int, code);
    Open client;
    QVERIFY(client.open());
    client.answerClose();
    client.socket.close(closeCode(code), u"reason"_s);
    QVERIFY(client.waitUntilDisconnected());
    WS_TRY_COMPARE(client.server.peer->frames().size(), 1);
    QCOMPARE(client.lastFrame().payload, compatDiffers("codes that may not be sent")
                                             ? QByteArray()
                                             : closePayload(quint16(code), "reason"));
    QCOMPARE(client.reports.order(), u"state Closing, state Unconnected, disconnected %1 reason"_s.arg(code));
}

void tst_QWebSocketClosing::closeTwice()
{
    Open client;
    QVERIFY(client.open());
    client.answerClose();
    client.socket.close(closeCode(4000), u"first"_s);
    client.socket.close(closeCode(4001), u"second"_s);
    QVERIFY(client.waitUntilDisconnected());
    WS_TRY_VERIFY(client.server.peer->hasEnded);
    QCOMPARE(client.server.peer->frames().size(), 1);
    QCOMPARE(client.lastFrame().payload, closePayload(4000, "first"));
    QCOMPARE(client.reports.startingWith(u"disconnected"_s), QStringList(u"disconnected 4000 first"_s));
}

void tst_QWebSocketClosing::closeSendsWhatIsQueued()
{
    Open client;
    QVERIFY(client.open());
    client.answerClose();
    const QByteArray data = pattern(4 * MiB);
    QCOMPARE(client.socket.sendBinaryMessage(data), data.size());
    client.socket.sendTextMessage(u"last"_s);
    client.socket.close();
    QVERIFY(client.waitUntilDisconnected());
    WS_TRY_VERIFY(client.server.peer->hasEnded);
    const auto frames = client.server.peer->frames();
    QByteArray received;
    for (const ReceivedFrame &frame : frames)
        received += frame.opcode <= BinaryFrame ? frame.payload : QByteArray();
    QCOMPARE(received.size(), data.size() + 4);
    QVERIFY(received == data + "last");
    QCOMPARE(frames.constLast().opcode, quint8(CloseFrame));
}

void tst_QWebSocketClosing::closeOfAPeerThatDoesNotAnswer()
{
    Open client;
    QVERIFY(client.open());
    client.socket.close();
    QVERIFY(client.waitUntilDisconnected());
    QCOMPARE(client.reports.order(), u"state Closing, state Unconnected, disconnected 1000"_s);
}

void tst_QWebSocketClosing::sendingAfterClose()
{
    Open client;
    QVERIFY(client.open());
    client.answerClose();
    client.socket.close();
    QCOMPARE(client.socket.sendTextMessage(u"late"_s), 0);
    QCOMPARE(client.socket.sendBinaryMessage("late"), 0);
    client.socket.ping();
    QVERIFY(client.waitUntilDisconnected());
    QCOMPARE(client.socket.sendTextMessage(u"later"_s), 0);
    WS_TRY_VERIFY(client.server.peer->hasEnded);
    QCOMPARE(client.server.peer->frames().size(), 1);
}

void tst_QWebSocketClosing::peerCloses_data()
{
    QTest::addColumn<QByteArray>("payload");
    QTest::addColumn<QString>("expected");
    QTest::addColumn<QByteArray>("answer");
    QTest::newRow("normal") << closePayload(1000) << u"1000"_s << closePayload(1000);
    QTest::newRow("reason") << closePayload(1001, "bye") << u"1001 bye"_s << closePayload(1001, "bye");
    QTest::newRow("application") << closePayload(4000, "\xc3\xbc") << u"4000 ü"_s
                                 << closePayload(4000, "\xc3\xbc");
    QTest::newRow("no code") << QByteArray() << u"1000"_s
                             << (compatDiffers("answer to a Close without a code") ? QByteArray()
                                                                                   : closePayload(1000));
}

void tst_QWebSocketClosing::peerCloses()
{
    QFETCH(QByteArray, payload);
    QFETCH(QString, expected);
    QFETCH(QByteArray, answer);
    Open client;
    QVERIFY(client.open());
    client.server.peer->send(unmaskedFrame(CloseFrame, payload));
    WS_TRY_COMPARE(client.server.peer->frames().size(), 1);
    QVERIFY(client.waitUntilDisconnected()); // without waiting for the peer
    client.server.peer->socket->disconnectFromHost();
    QCOMPARE(client.lastFrame().opcode, quint8(CloseFrame));
    QCOMPARE(client.reports.order(), u"state Closing, state Unconnected, disconnected "_s + expected);
    QVERIFY(client.reports.all.contains(u"aboutToClose"_s));
    QCOMPARE(client.lastFrame().payload.toHex(), answer.toHex());
}

void tst_QWebSocketClosing::peerClosesWithAWrongPayload_data()
{
    QTest::addColumn<QByteArray>("payload");
    QTest::addColumn<int>("code");
    QTest::newRow("one byte") << QByteArray("x") << 1002;
    QTest::newRow("code below 1000") << closePayload(999) << 1002;
    QTest::newRow("code 1005") << closePayload(1005) << 1002;
    QTest::newRow("code above 4999") << closePayload(5000) << 1002;
    QTest::newRow("reason that is no UTF-8") << closePayload(1000, "\xff") << 1007;
}

void tst_QWebSocketClosing::peerClosesWithAWrongPayload()
{
    QFETCH(QByteArray, payload);
    QFETCH(int, code);
    Open client;
    QVERIFY(client.open());
    client.server.peer->send(unmaskedFrame(CloseFrame, payload));
    WS_TRY_COMPARE(client.server.peer->frames().size(), 1);
    client.server.peer->socket->disconnectFromHost();
    QVERIFY(client.waitUntilDisconnected());
    QCOMPARE(client.lastFrame().closeCode(), code);
    QCOMPARE(int(client.socket.closeCode()), code);
    QVERIFY(!client.socket.closeReason().isEmpty());
    QCOMPARE(client.reports.order(), u"state Closing, state Unconnected, disconnected %1 %2"_s.arg(code).arg(
                                         client.socket.closeReason()));
    QCOMPARE(client.socket.error(), QAbstractSocket::UnknownSocketError);
}

void tst_QWebSocketClosing::messagesBeforeAClose()
{
    Open client;
    QVERIFY(client.open());
    client.server.peer->send(unmaskedFrame(TextFrame, "one") + unmaskedFrame(TextFrame, "two")
                             + unmaskedFrame(CloseFrame, closePayload(1000)));
    WS_TRY_COMPARE(client.server.peer->frames().size(), 1);
    client.server.peer->socket->disconnectFromHost();
    QVERIFY(client.waitUntilDisconnected());
    QCOMPARE(client.reports.order(),
             u"text one, text two, state Closing, state Unconnected, disconnected 1000"_s);
}

void tst_QWebSocketClosing::messagesAfterAClose()
{
    Open client;
    QVERIFY(client.open());
    client.server.peer->send(unmaskedFrame(CloseFrame, closePayload(1000))
                             + unmaskedFrame(TextFrame, "late"));
    WS_TRY_COMPARE(client.server.peer->frames().size(), 1);
    client.server.peer->socket->disconnectFromHost();
    QVERIFY(client.waitUntilDisconnected());
    QVERIFY(!client.reports.contains(u"text"_s));
}

void tst_QWebSocketClosing::peerDrops()
{
    Open client;
    QVERIFY(client.open());
    client.server.peer->socket->disconnectFromHost();
    QVERIFY(client.waitUntilDisconnected());
    QCOMPARE(client.socket.error(), QAbstractSocket::RemoteHostClosedError);
    QVERIFY(!client.socket.errorString().isEmpty());
    QVERIFY(!client.socket.isValid());
    QCOMPARE(client.reports.order(),
             u"error RemoteHostClosed, state Closing, state Unconnected, disconnected 1000"_s);
}

void tst_QWebSocketClosing::peerResets()
{
    Open client;
    QVERIFY(client.open());
    client.server.peer->reset();
    QVERIFY(client.waitUntilDisconnected());
    QCOMPARE(client.socket.error(), QAbstractSocket::RemoteHostClosedError);
    QCOMPARE(client.reports.order(),
             u"error RemoteHostClosed, state Closing, state Unconnected, disconnected 1000"_s);
}

void tst_QWebSocketClosing::dropWithinAMessage()
{
    Open client;
    QVERIFY(client.open());
    client.server.peer->send(unmaskedFrame(TextFrame, "hello").first(4));
    client.server.peer->socket->disconnectFromHost();
    QVERIFY(client.waitUntilDisconnected());
    QVERIFY(!client.reports.contains(u"text"_s));
    QCOMPARE(client.socket.error(), QAbstractSocket::RemoteHostClosedError);
}

void tst_QWebSocketClosing::abortEndsAtOnce()
{
    Open client;
    QVERIFY(client.open());
    client.socket.abort();
    QCOMPARE(client.socket.state(), QAbstractSocket::UnconnectedState);
    QVERIFY(!client.socket.isValid());
    QCOMPARE(client.reports.order(), u"state Unconnected, disconnected 1000"_s);
    WS_TRY_VERIFY(client.server.peer->hasEnded);
    QCOMPARE(client.server.peer->received, QByteArray());
    QCOMPARE(client.reports.order(), u"state Unconnected, disconnected 1000"_s);
}

void tst_QWebSocketClosing::abortInASlot()
{
    Open client;
    QVERIFY(client.open());
    connect(&client.socket, &QWebSocket::textMessageReceived, &client.socket,
            [&client] { client.socket.abort(); });
    client.server.peer->send(unmaskedFrame(TextFrame, "one") + unmaskedFrame(TextFrame, "two"));
    QVERIFY(client.waitUntilDisconnected());
    QCoreApplication::processEvents();
    QCOMPARE(client.reports.startingWith(u"text "_s), QStringList(u"text one"_s));
    QCOMPARE(client.reports.startingWith(u"disconnected"_s).size(), 1);
}

void tst_QWebSocketClosing::destructorSaysGoingAway()
{
    RawServer server;
    auto client = std::make_unique<Client>();
    client->socket.open(server.url());
    QVERIFY(client->waitUntilConnected());
    QStringList atTheEnd;
    QObject context;
    connect(&client->socket, &QWebSocket::disconnected, &context,
            [&, socket = &client->socket] { atTheEnd += QString::number(socket->closeCode()); });
    client.reset();
    QCOMPARE(atTheEnd, QStringList(u"1001"_s));
    WS_TRY_VERIFY(server.peer->hasEnded);
    QCOMPARE(server.peer->frames().size(), 1);
    QCOMPARE(server.peer->frames().first().closeCode(), 1001);
}

void tst_QWebSocketClosing::deletionLaterInASlot_data()
{
    QTest::addColumn<QByteArray>("signal");
    for (const char *signal :
         {"stateChanged(QAbstractSocket::SocketState)", "connected()", "textFrameReceived(QString,bool)",
          "textMessageReceived(QString)", "binaryMessageReceived(QByteArray)", "pong(quint64,QByteArray)",
          "bytesWritten(qint64)", "aboutToClose()", "disconnected()", "readChannelFinished()"})
        QTest::newRow(signal) << QByteArray(signal);
}

static QByteArray signalCode(const QByteArray &signal)
{
    return QByteArray::number(QSIGNAL_CODE) + signal;
}

void tst_QWebSocketClosing::deletionLaterInASlot()
{
    QFETCH(QByteArray, signal);
    RawServer server;
    server.afterAnswer = unmaskedFrame(TextFrame, "text") + unmaskedFrame(BinaryFrame, "data")
                         + unmaskedFrame(PongFrame) + unmaskedFrame(TextFrame, "text");
    const QPointer<QWebSocket> socket = new QWebSocket;
    socket->setProxy(QNetworkProxy::NoProxy);
    connect(socket, signalCode(signal).constData(), socket, SLOT(deleteLater()));
    connect(socket, &QWebSocket::pong, socket, [&] { socket->close(); });
    connect(socket, &QWebSocket::connected, socket, [&] { socket->sendTextMessage(u"text"_s); });
    socket->open(server.url());
    WS_TRY_VERIFY(!socket);
}

void tst_QWebSocketClosing::deletionInASlot_data()
{
    deletionLaterInASlot_data();
}

class Deleter : public QObject
{
    Q_OBJECT
public:
    explicit Deleter(QWebSocket *object) : m_object(object) { }
public Q_SLOTS:
    void act() { delete m_object; }

private:
    QPointer<QWebSocket> m_object;
};

void tst_QWebSocketClosing::deletionInASlot()
{
    if (!compatDiffers("deletion in a slot"))
        return;
    QFETCH(QByteArray, signal);
    RawServer server;
    server.afterAnswer = unmaskedFrame(TextFrame, "text") + unmaskedFrame(BinaryFrame, "data")
                         + unmaskedFrame(PongFrame) + unmaskedFrame(TextFrame, "text");
    const QPointer<QWebSocket> socket = new QWebSocket;
    socket->setProxy(QNetworkProxy::NoProxy);
    connect(socket, &QWebSocket::pong, socket, [&] { socket->close(); });
    connect(socket, &QWebSocket::connected, socket, [&] { socket->sendTextMessage(u"text"_s); });
    Deleter deleter(socket);
    connect(socket, signalCode(signal).constData(), &deleter, SLOT(act()));
    socket->open(server.url());
    WS_TRY_VERIFY(!socket);
}

void tst_QWebSocketClosing::codeOfTheNextConnection()
{
    Open client;
    QVERIFY(client.open());
    client.server.peer->send(unmaskedFrame(CloseFrame, closePayload(4000, "first")));
    QVERIFY(client.waitUntilDisconnected());
    QVERIFY(client.open());
    client.reports.all.clear();
    client.hasAnswered = false;
    client.answerClose();
    client.socket.close();
    QVERIFY(client.waitUntilDisconnected());
    QCOMPARE(client.reports.startingWith(u"disconnected"_s), QStringList(u"disconnected 1000"_s));
}

QTEST_GUILESS_MAIN(tst_QWebSocketClosing)
#include "tst_qwebsocket_closing.moc"
