// SPDX-License-Identifier: MIT

// How long a load keeps the event loop of a server's thread from everything else: the longest CPU time of
// that thread between two ticks of a timer of 1 ms. With "inflating-echo" it is the longest CPU time between
// a message of another connection and the next one, which that connection sends after the echo: several
// clients send large compressed messages meanwhile. See README.md.
//
//     bench_fairness                      measures all rows, each in a process of its own
//     bench_fairness PEER LOAD SLOT_US    measures one

#include "clientframes.h"
#include "protocol/wsdeflate.h"

#include <WsKit/WsEventDispatcher>
#include <WsKit/WsServer>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qtimer.h>
#ifdef WSKIT_WITH_QTWEBSOCKETS
#include <QtWebSockets/qwebsocket.h>
#include <QtWebSockets/qwebsocketserver.h>
#endif

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <memory>
#include <vector>

#include <arpa/inet.h>
#include <csignal>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {
constexpr int SmallMessages = 60000;
constexpr int LargeMessages = 140;
constexpr qsizetype LargeSize = 15 * 1000 * 1000;
constexpr int Crowd = 4000;
constexpr int InflatingClients = 4;
constexpr const char *EchoLoad = "inflating-echo";

[[noreturn]] void die(const char *what)
{
    std::perror(what);
    std::_Exit(1);
}

double cpuMs()
{
    timespec time = {};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return double(time.tv_sec) * 1e3 + double(time.tv_nsec) / 1e6;
}

void work(double ms)
{
    for (const double end = cpuMs() + ms; ms > 0 && cpuMs() < end;) {
    }
}

// --- the load, in a child process

QByteArray request(bool isCompressed)
{
    QByteArray head = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    if (isCompressed)
        head += "Sec-WebSocket-Extensions: permessage-deflate\r\n";
    return head + "\r\n";
}

int connectTo(quint16 port)
{
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (descriptor < 0
        || ::connect(descriptor, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0)
        die("connect");
    return descriptor;
}

void sendAll(int descriptor, QByteArrayView bytes)
{
    while (!bytes.isEmpty()) {
        const ssize_t sent = ::send(descriptor, bytes.data(), size_t(bytes.size()), MSG_NOSIGNAL);
        if (sent < 0)
            die("send");
        bytes = bytes.sliced(sent);
    }
}

QByteArray compressedFrames()
{
    QByteArray deflated;
    WsDeflater({}).deflate(QByteArray(LargeSize, 'x'), WsDeflater::Flush::Message, &deflated);
    QByteArray frame = clientFrames(Ws::Binary, deflated, 1);
    frame[0] = char(frame[0] | 0x40);
    return frame.repeated(LargeMessages);
}

int openOne(quint16 port)
{
    const int descriptor = connectTo(port);
    sendAll(descriptor, request(true));
    char answer[1024];
    if (::recv(descriptor, answer, sizeof answer, 0) <= 0)
        die("recv");
    return descriptor;
}

void sendMessages(quint16 port, const QByteArray &frames)
{
    sendAll(openOne(port), frames);
    ::pause();
}

// Each of the clients is a process. This one sends a small message after each echo of the one before.
void echoBesideInflating(quint16 port)
{
    const QByteArray frames = compressedFrames();
    const QByteArray small = clientFrames(Ws::Text, "0123456789", 1);
    const int descriptor = openOne(port);
    for (int i = 0; i < InflatingClients; ++i) {
        if (::fork() == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            sendMessages(port, frames);
        }
    }
    for (;;) {
        sendAll(descriptor, small);
        char echo[64];
        if (::recv(descriptor, echo, sizeof echo, 0) <= 0)
            die("recv");
    }
}

// All clients become readable while the server is stopped, so that it finds them in one turn.
void openMany(quint16 port, bool isAcceptedBefore)
{
    const pid_t server = ::getppid();
    std::vector<int> descriptors;
    if (!isAcceptedBefore)
        ::kill(server, SIGSTOP);
    for (int i = 0; i < Crowd; ++i)
        descriptors.push_back(connectTo(port));
    if (isAcceptedBefore) {
        ::sleep(2);
        ::kill(server, SIGSTOP);
    }
    for (const int descriptor : descriptors)
        sendAll(descriptor, request(false));
    ::kill(server, SIGCONT);
    ::pause();
}

struct Load
{
    const char *name;
    int expected; // messages or clients
    std::function<void(quint16 port)> run;
};

std::vector<Load> loads()
{
    return {
        {"messages", SmallMessages,
         [](quint16 port) { sendMessages(port, clientFrames(Ws::Text, "0123456789", SmallMessages)); }},
        {"inflating", LargeMessages, [](quint16 port) { sendMessages(port, compressedFrames()); }},
        {EchoLoad, InflatingClients * LargeMessages, echoBesideInflating},
        {"accepting", Crowd, [](quint16 port) { openMany(port, false); }},
        {"answering", Crowd, [](quint16 port) { openMany(port, true); }},
    };
}

// --- the servers

struct Counter
{
    std::function<void()> onMessage;
    std::function<void()> onOpen;
    std::function<void()> onSmall = {}; // instead, for texts that are echoed
};

quint16 listenByWsKit(WsServer &server, const Counter &counter)
{
    WsOptions options;
    WsCompression compression;
    compression.setEnabled(true);
    options.setCompression(compression);
    server.setOptions(options);
    server.setMaxPendingHandshakes(0); // "answering" has all clients connect before the first request
    QObject::connect(&server, &WsServer::newConnection, &server, [counter](WsConnection *connection) {
        counter.onOpen();
        QObject::connect(connection, &WsConnection::textMessageReceived, connection,
                         [connection, counter](const QString &text) {
                             if (!counter.onSmall)
                                 return counter.onMessage();
                             connection->sendText(text);
                             counter.onSmall();
                         });
        QObject::connect(connection, &WsConnection::binaryMessageReceived, connection, counter.onMessage);
    });
    return server.listen(QHostAddress::LocalHost) ? server.serverPort() : quint16(0);
}

#ifdef WSKIT_WITH_QTWEBSOCKETS
quint16 listenByQt(QWebSocketServer &server, const Counter &counter)
{
    server.setMaxPendingConnections(Crowd);
    QObject::connect(&server, &QWebSocketServer::newConnection, &server, [&server, counter] {
        while (QWebSocket *const socket = server.nextPendingConnection()) {
            counter.onOpen();
            QObject::connect(socket, &QWebSocket::textMessageReceived, socket, counter.onMessage);
        }
    });
    return server.listen(QHostAddress::LocalHost) ? server.serverPort() : quint16(0);
}
#endif

// --- one row

int measure(int argc, char *argv[], const Load &load, double slotMs)
{
    const QByteArray peer = argv[1];
    if (peer == "wskit-epoll")
        QCoreApplication::setEventDispatcher(new WsEventDispatcher);
    const QCoreApplication application(argc, argv);
    const bool countsClients = load.expected == Crowd;
    int done = 0;
    Counter counter;
    counter.onMessage = [&] {
        work(slotMs);
        done += countsClients ? 0 : 1;
    };
    counter.onOpen = [&] { done += countsClients ? 1 : 0; };
    double longest = 0;
    double last = cpuMs();
    const bool isEchoMeasured = std::strcmp(load.name, EchoLoad) == 0;
    const auto look = [&] {
        const double now = cpuMs();
        longest = std::max(longest, now - std::exchange(last, now));
    };
    if (isEchoMeasured)
        counter.onSmall = look;
    WsServer server;
    quint16 port = 0;
#ifdef WSKIT_WITH_QTWEBSOCKETS
    QWebSocketServer peerServer(QStringLiteral("bench"), QWebSocketServer::NonSecureMode);
    port = peer == "qtwebsockets" ? listenByQt(peerServer, counter) : listenByWsKit(server, counter);
#else
    port = listenByWsKit(server, counter);
#endif
    if (port == 0)
        die("listen");
    const pid_t child = ::fork();
    if (child == 0)
        load.run(port);
    QTimer timer;
    timer.setTimerType(Qt::PreciseTimer);
    QObject::connect(&timer, &QTimer::timeout, &timer, [&] {
        if (!isEchoMeasured)
            look();
        if (done >= load.expected)
            QCoreApplication::quit();
    });
    timer.start(1);
    QCoreApplication::exec();
    look();
    std::printf("| %-12s | %-14s | %3.0f | %8.1f | %8.0f |\n", argv[1], load.name, slotMs * 1000, longest,
                cpuMs());
    std::fflush(stdout);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    std::_Exit(0);
}

void spawn(const char *peer, const char *load, const char *slot)
{
    const pid_t child = ::fork();
    if (child == 0) {
        ::execl("/proc/self/exe", "bench_fairness", peer, load, slot, nullptr);
        die("execl");
    }
    ::waitpid(child, nullptr, 0);
}

void measureAll()
{
    std::printf(
        "| server       | load           | slot µs | longest ms of CPU | all of it |\n|---|---|---|---|---|\n");
    std::fflush(stdout);
    const std::vector<const char *> peers = {
        "wskit",
        "wskit-epoll",
#ifdef WSKIT_WITH_QTWEBSOCKETS
        "qtwebsockets",
#endif
    };
    for (const char *peer : peers) {
        for (const char *slot : {"0", "20", "50"})
            spawn(peer, "messages", slot);
        const bool isQt = std::strcmp(peer, "qtwebsockets") == 0;
        for (const char *load : {"inflating", EchoLoad, "accepting", "answering"}) {
            if (!isQt || std::strcmp(load, "answering") == 0) // it does not compress, and has a backlog of 50
                spawn(peer, load, "0");
        }
    }
}
} // namespace

int main(int argc, char *argv[])
{
    rlimit limit = {};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    if (argc == 1)
        return measureAll(), 0;
    for (const Load &load : loads()) {
        if (argc == 4 && std::strcmp(load.name, argv[2]) == 0)
            return measure(argc, argv, load, std::atof(argv[3]) / 1000);
    }
    std::fprintf(stderr, "usage: bench_fairness [PEER LOAD SLOT_US]\n");
    return 1;
}
