// SPDX-License-Identifier: MIT
#ifndef CONNECTIONTESTING_H
#define CONNECTIONTESTING_H

#include "fakeclock.h"
#include "faketransport.h"
#include "net/client/wsclient_p.h"
#include "net/server/wsserver_p.h"
#include "protocoltesting.h"

#include <WsKit/WsClient>
#include <WsKit/WsServer>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qcryptographichash.h>
#include <QtCore/qfuture.h>
#include <QtCore/qpointer.h>

// What the tests of connections share: one end of a connection on a fake transport and a fake clock, and what
// it told as one line:
//
//     QCOMPARE(side.told(), "Closing, Closed, closed 1000 'bye' clean");
namespace ConnectionTesting {
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace ProtocolTesting;

// Does what was left to the event loop.
inline void settle()
{
    for (int i = 0; i < 10; ++i) {
        QCoreApplication::sendPostedEvents();
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    }
}

// Lets \a time pass, and does what comes of it.
inline void pass(std::chrono::milliseconds time)
{
    FakeClock::advance(time);
    settle();
}

template <typename Enum>
QString nameOfValue(Enum value)
{
    return QVariant::fromValue(value).toString();
}

// All that a connection tells, in its order.
class Log : public QObject
{
public:
    explicit Log(WsConnection *connection)
    {
        const auto add = [this](const QString &event) { all.append(event); };
        connect(connection, &WsConnection::stateChanged, this,
                [add](Ws::State state) { add(nameOfValue(state)); });
        connect(connection, &WsConnection::opened, this, [add] { add(u"opened"_s); });
        connect(connection, &WsConnection::messageReceived, this, [add](const WsMessage &message) {
            add((message.isText() ? u"text "_s : u"binary "_s) + QString::fromUtf8(message.data()));
        });
        connect(connection, &WsConnection::pinged, this,
                [add](const QByteArray &payload) { add(u"ping "_s + QString::fromUtf8(payload)); });
        connect(connection, &WsConnection::pongReceived, this,
                [add](const QByteArray &payload) { add(u"pong "_s + QString::fromUtf8(payload)); });
        connect(connection, &WsConnection::drained, this, [add] { add(u"drained"_s); });
        connect(connection, &WsConnection::errorOccurred, this, [this, add](const WsError &error) {
            errors.append(error);
            add(u"error "_s + nameOfValue(error.kind()));
        });
        connect(connection, &WsConnection::closed, this,
                [add](quint16 code, const QString &reason, bool wasClean) {
                    add(u"closed %1 '%2' %3"_s.arg(QString::number(code), reason,
                                                   wasClean ? u"clean"_s : u"unclean"_s));
                });
    }

    QStringList all;
    QList<WsError> errors;
};

inline QByteArray acceptanceOf(const QByteArray &request, const QByteArray &headers = {})
{
    static const QByteArray keyName = "Sec-WebSocket-Key: ";
    const qsizetype keyAt = request.indexOf(keyName) + keyName.size();
    const QByteArray key = request.sliced(keyAt, request.indexOf("\r\n", keyAt) - keyAt);
    const QByteArray accept =
        QCryptographicHash::hash(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", QCryptographicHash::Sha1)
            .toBase64();
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
           "Upgrade\r\nSec-WebSocket-Accept: "
           + accept + "\r\n" + headers + "\r\n";
}

inline QByteArray upgradeRequest(const QByteArray &headers = {})
{
    return "GET /chat HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
           + headers + "\r\n";
}

inline QString describedFrame(const SentFrame &frame)
{
    static const QHash<int, QString> names = {{0, u"continuation"_s}, {1, u"text"_s}, {2, u"binary"_s},
                                              {8, u"close"_s},        {9, u"ping"_s}, {10, u"pong"_s}};
    const QString name = names.value(frame.opcode, u"half a frame"_s);
    if (frame.opcode != 8)
        return name + u" '"_s + QString::fromUtf8(frame.payload) + u'\'';
    if (frame.payload.size() < 2)
        return name;
    const int code = quint8(frame.payload[0]) << 8 | quint8(frame.payload[1]);
    return u"close %1 '%2'"_s.arg(QString::number(code), QString::fromUtf8(frame.payload.sliced(2)));
}

// "text 'a', close 1000 'bye'"
inline QString describedFrames(const QByteArray &bytes)
{
    QStringList list;
    for (const SentFrame &frame : framesIn(bytes))
        list.append(describedFrame(frame));
    return list.join(u", ");
}

// How what the peer sends arrives: in one piece that comes straight from the system, in one that was read
// ahead into Qt's buffers, or in pieces of one byte.
enum Feeding { Whole, WholeToBuffers, ByteByByte };

// One end of a connection. The peer is its wire.
class Side
{
public:
    explicit Side(WsRole ownRole, const WsOptions &ownOptions = {}) : role(ownRole), options(ownOptions)
    {
        if (role == WsRole::Server) {
            server = std::make_unique<WsServer>();
            server->setOptions(options);
            return;
        }
        auto *const client = new WsClient;
        connection = client;
        client->setOptions(options);
        WsClientPrivate::of(client)->makeTransport = [this](bool) { return makeWire()->makeTransport(); };
        log = std::make_unique<Log>(client);
    }
    ~Side()
    {
        if (role == WsRole::Client)
            delete connection;
        server.reset();
        settle();
    }
    Q_DISABLE_COPY_MOVE(Side)

    WsClient *client() const { return static_cast<WsClient *>(connection.get()); }
    WsConnectionPrivate &data() const { return *WsConnectionPrivate::of(connection.get()); }
    WsLink &link() const { return data().link; }

    // A client that is to be connected, or a server's end that waits for its request.
    void start()
    {
        if (role == WsRole::Client) {
            client()->open(QUrl(u"ws://example.com/chat"_s));
            return;
        }
        WsServerPrivate &home = *WsServerPrivate::of(server.get());
        WsAcceptedClient accepted;
        accepted.settings = home.settings;
        accepted.address = QHostAddress(u"192.0.2.1"_s);
        accepted.number = home.home->admission.enter(accepted.address);
        home.keepPlace();
        ++home.home->load;
        connection = home.home->start(makeWire()->makeTransport(), accepted);
        if (!connection)
            return;
        log = std::make_unique<Log>(connection);
        wire->isConnected = true;
        link().onConnected();
    }

    // Does the handshake; what it told of that is forgotten.
    bool open(const QByteArray &headers = {})
    {
        start();
        if (role == WsRole::Client) {
            wire->connect();
            wire->feed(acceptanceOf(wire->takeWritten(), headers));
        } else {
            wire->feed(upgradeRequest(headers));
            wire->takeWritten();
        }
        settle();
        wire->writeCount = 0;
        if (log)
            log->all.clear();
        return connection && connection->state() == Ws::Open;
    }

    void setFeeding(Feeding feeding)
    {
        isByteByByte = feeding == ByteByByte;
        wire->isBuffered = feeding == WholeToBuffers;
    }
    // What the peer sends.
    void receive(const Frames &frames) { feed(fromPeerOf(role, frames)); }
    void feed(const QByteArray &bytes)
    {
        if (isByteByByte)
            wire->feedByteByByte(bytes);
        else
            wire->feed(bytes);
    }
    // The next message that is taken instead of told; "none" if there is none yet.
    QString take() const
    {
        const QFuture<std::optional<WsMessage>> message = connection->receive();
        return message.isFinished() && message.result() ? message.result()->text() : u"none"_s;
    }
    // The frames that have reached the peer since the last call.
    QString sent() { return describedFrames(wire->takeWritten()); }
    // What it told since the last call.
    QString told()
    {
        const QStringList all = log ? std::exchange(log->all, {}) : QStringList();
        return all.join(u", ");
    }
    QString fate() const { return wire->isCut ? u"cut"_s : wire->isFinished ? u"finished"_s : u"kept"_s; }
    void remove() { delete connection; }

    const WsRole role;
    const WsOptions options;
    FakeClock clock;
    std::unique_ptr<WsServer> server;
    QPointer<WsConnection> connection;
    std::unique_ptr<Log> log;
    std::shared_ptr<FakeWire> wire; // of the latest opening
    std::function<void(FakeWire &)> prepareWire;
    int openingCount = 0;
    bool isByteByByte = false;

private:
    FakeWire *makeWire()
    {
        ++openingCount;
        wire = std::make_shared<FakeWire>();
        if (prepareWire)
            prepareWire(*wire);
        return wire.get();
    }
};

inline const char *nameOf(WsRole role)
{
    return role == WsRole::Client ? "client" : "server";
}

} // namespace ConnectionTesting

#endif // CONNECTIONTESTING_H
