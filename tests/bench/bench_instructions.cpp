// SPDX-License-Identifier: MIT

// Echoes a fixed number of messages in one thread, with nothing left to chance, so that instructions.py can
// count what they take: by the engine alone, and by a server over loopback. Opens connections in the same
// way. See README.md.

#include "clientframes.h"
#include "net/loop/wsthreadcontext.h"
#include "protocol/wsprotocol.h"

#include <WsKit/WsServer>

#include <QtCore/qcoreapplication.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {
struct Work
{
    QByteArray name;
    std::function<void(qint64 messages)> run;
};

struct Shape
{
    const char *name;
    qsizetype size;
    int inFlight;
};

constexpr Shape Shapes[] = {
    {"ping-pong 64 B", 64, 1},
    {"pipelined 64 B", 64, 64},
    {"16 KiB", 16 * 1024, 4},
    {"1 MiB", 1024 * 1024, 2},
};

QByteArray framesOf(Ws::MessageType type, const Shape &shape)
{
    return clientFrames(type, QByteArray(shape.size, 'a'), shape.inFlight);
}

// --- the engine

void echoAll(WsProtocol &server)
{
    for (WsEvent event = server.nextEvent(); event.type == WsEvent::Message; event = server.nextEvent())
        server.sendMessage(event.messageType, server.takePayload());
    server.output().consume(server.outputSize());
}

// Receives in pieces as large as those of WsConnection.
void echoByEngine(Ws::MessageType type, const Shape &shape, qint64 messages)
{
    const QByteArray frames = framesOf(type, shape);
    WsProtocol server(WsRole::Server);
    QByteArray buffer;
    for (qint64 echoed = 0; echoed < messages; echoed += shape.inFlight) {
        for (QByteArrayView rest = frames; !rest.isEmpty();) {
            const QByteArrayView piece = rest.first(std::min(rest.size(), WsThreadContext::ReadSize));
            rest = rest.sliced(piece.size());
            buffer.resize(0);
            buffer.append(piece);
            server.receive(std::move(buffer));
            echoAll(server);
            buffer = server.takeSpentBytes();
        }
    }
}

// --- the server

using Listen = void (*)(WsConnection *connection);

void listenBySignals(WsConnection *connection)
{
    QObject::connect(connection, &WsConnection::textMessageReceived, connection,
                     [connection](const QString &text) { connection->sendText(text); });
    QObject::connect(connection, &WsConnection::binaryMessageReceived, connection,
                     [connection](const QByteArray &data) { connection->sendBinary(data); });
}

void listenByHandler(WsConnection *connection)
{
    connection->setMessageHandler([](WsConnection &from, Ws::MessageType type, QByteArrayView payload) {
        from.send(type, payload);
    });
}

[[noreturn]] void die(const char *what)
{
    std::perror(what);
    std::exit(1);
}

// A bare socket in the server's own thread, whose turns of the event loop it gives.
class Client
{
public:
    explicit Client(quint16 port);
    ~Client() { ::close(m_descriptor); }
    Q_DISABLE_COPY_MOVE(Client)

    // Sends \a bytes while it takes \a answerSize bytes.
    void exchange(QByteArrayView bytes, qsizetype answerSize);

private:
    qsizetype send(QByteArrayView bytes);
    qsizetype receive();

    int m_descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
};

Client::Client(quint16 port)
{
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(m_descriptor, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0)
        die("connect");
    const int on = 1;
    ::setsockopt(m_descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

qsizetype Client::send(QByteArrayView bytes)
{
    const ssize_t sent =
        ::send(m_descriptor, bytes.data(), size_t(bytes.size()), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN)
        die("send");
    return std::max(sent, ssize_t(0));
}

qsizetype Client::receive()
{
    static std::vector<char> buffer(1024 * 1024);
    const ssize_t received = ::recv(m_descriptor, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (received == 0 || (received < 0 && errno != EAGAIN))
        die("recv");
    return std::max(received, ssize_t(0));
}

void Client::exchange(QByteArrayView bytes, qsizetype answerSize)
{
    while (answerSize > 0) {
        if (!bytes.isEmpty())
            bytes = bytes.sliced(send(bytes));
        QCoreApplication::processEvents();
        answerSize -= receive();
    }
}

constexpr char Request[] =
    "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
constexpr qsizetype AcceptanceSize = 129;

void echoByServer(Listen listen, Ws::MessageType type, const Shape &shape, qint64 messages)
{
    WsServer server;
    server.setConnectionHandler(listen);
    if (!server.listen())
        die("listen");
    Client client(server.serverPort());
    client.exchange(Request, AcceptanceSize);
    const QByteArray frames = framesOf(type, shape);
    const qsizetype echoSize = frames.size() - shape.inFlight * qsizetype(sizeof(WsMaskingKey));
    for (qint64 echoed = 0; echoed < messages; echoed += shape.inFlight)
        client.exchange(frames, echoSize);
}

// Each client leaves once it is answered, which the server notices while the next one comes.
void openAndClose(qint64 clients)
{
    WsServer server;
    server.setConnectionHandler(listenByHandler);
    if (!server.listen())
        die("listen");
    for (qint64 opened = 0; opened < clients; ++opened)
        Client(server.serverPort()).exchange(Request, AcceptanceSize);
}

// --- all of it

std::vector<Work> works()
{
    std::vector<Work> all = {{"handler, opening", openAndClose}};
    for (const Shape &shape : Shapes) {
        for (const Ws::MessageType type : {Ws::Text, Ws::Binary}) {
            const QByteArray name = QByteArray(shape.name) + (type == Ws::Text ? ", text" : ", binary");
            all.push_back({"engine, " + name, [=](qint64 n) { echoByEngine(type, shape, n); }});
            all.push_back(
                {"signals, " + name, [=](qint64 n) { echoByServer(listenBySignals, type, shape, n); }});
            all.push_back(
                {"handler, " + name, [=](qint64 n) { echoByServer(listenByHandler, type, shape, n); }});
        }
    }
    return all;
}
} // namespace

int main(int argc, char *argv[])
{
    // GLib's other sources are not to make a difference.
    qputenv("QT_NO_GLIB", "1");
    const QCoreApplication application(argc, argv);
    for (const Work &work : works()) {
        if (argc == 1)
            std::printf("%s\n", work.name.constData());
        else if (argc == 3 && work.name == argv[1])
            return work.run(std::atoll(argv[2])), 0;
    }
    if (argc > 1)
        std::fprintf(stderr, "usage: bench_instructions [WORK MESSAGES]; without them it names the works\n");
    return argc > 1;
}
