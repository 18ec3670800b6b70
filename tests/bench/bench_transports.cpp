// SPDX-License-Identifier: MIT

// What a message costs over each kind of transport: the CPU time of one process that is both ends of an echo
// conversation. The proxy is a process of its own, whose time does not count. See README.md.
//
//     bench_transports [ROUNDS]

#include <WsKit/WsClient>
#include <WsKit/WsServer>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qeventloop.h>
#include <QtCore/qtemporarydir.h>
#include <QtNetwork/qnetworkproxy.h>
#include <QtNetwork/qsslcertificate.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {
enum class Kind { Direct, Proxied, Local, Tls };

struct KindRow
{
    Kind kind;
    const char *name;
};
constexpr std::array<KindRow, 4> Kinds = {
    {{Kind::Direct, "direct"}, {Kind::Proxied, "proxied"}, {Kind::Local, "local"}, {Kind::Tls, "TLS"}}};

struct Work
{
    const char *name;
    qsizetype size;
    int count;
};
constexpr std::array<Work, 3> Works = {
    {{"64 B", 64, 20000}, {"16 KiB", 16384, 8000}, {"1 MiB", 1 << 20, 150}}};

[[noreturn]] void die(const char *what)
{
    std::fprintf(stderr, "bench_transports: %s\n", what);
    std::_Exit(1);
}

double cpuUs()
{
    timespec time = {};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return double(time.tv_sec) * 1e6 + double(time.tv_nsec) / 1e3;
}

// --- the proxy, in a child process

sockaddr_in loopback(int port)
{
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(quint16(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

void pass(int from, int to, bool *isOpen)
{
    static std::array<char, 65536> buffer;
    const ssize_t size = ::read(from, buffer.data(), buffer.size());
    *isOpen = size > 0;
    for (ssize_t sent = 0; sent < size;) {
        const ssize_t written = ::write(to, buffer.data() + sent, size_t(size - sent));
        if (written <= 0)
            die("the proxy cannot write");
        sent += written;
    }
}

// One client at a time, which needs one port alone.
void relay(int client)
{
    QByteArray head;
    while (!head.contains("\r\n\r\n")) {
        std::array<char, 4096> buffer;
        const ssize_t size = ::read(client, buffer.data(), buffer.size());
        if (size <= 0)
            return;
        head.append(buffer.data(), qsizetype(size));
    }
    const QByteArray destination = head.split(' ').value(1);
    const sockaddr_in address = loopback(destination.sliced(destination.lastIndexOf(':') + 1).toInt());
    const int server = ::socket(AF_INET, SOCK_STREAM, 0);
    if (::connect(server, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0)
        die("the proxy cannot connect");
    const QByteArray answer = "HTTP/1.1 200 OK\r\n\r\n";
    bool isOpen = ::write(client, answer.constData(), size_t(answer.size())) == answer.size();
    std::array<pollfd, 2> ends = {{{client, POLLIN, 0}, {server, POLLIN, 0}}};
    while (isOpen && ::poll(ends.data(), ends.size(), -1) > 0) {
        if (ends[0].revents != 0)
            pass(client, server, &isOpen);
        if (isOpen && ends[1].revents != 0)
            pass(server, client, &isOpen);
    }
    ::close(server);
}

class Proxy
{
public:
    Proxy()
    {
        const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address = loopback(0);
        socklen_t size = sizeof address;
        auto *const name = reinterpret_cast<sockaddr *>(&address);
        if (::bind(listener, name, size) != 0 || ::listen(listener, 8) != 0
            || ::getsockname(listener, name, &size) != 0)
            die("the proxy cannot listen");
        port = ntohs(address.sin_port);
        m_process = ::fork();
        if (m_process != 0) {
            ::close(listener);
            return;
        }
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) {
            const int client = ::accept(listener, nullptr, nullptr);
            relay(client);
            ::close(client);
        }
    }
    ~Proxy()
    {
        ::kill(m_process, SIGKILL);
        ::waitpid(m_process, nullptr, 0);
    }
    Q_DISABLE_COPY_MOVE(Proxy)

    quint16 port = 0;

private:
    pid_t m_process = -1;
};

// --- the conversation

QString certificateFile(const char *name)
{
    return QStringLiteral(WSKIT_TEST_CERTIFICATES) + QLatin1Char('/') + QLatin1String(name);
}

class Conversation
{
public:
    Conversation(Kind kind, quint16 proxyPort)
    {
        if (kind == Kind::Tls)
            useTls();
        client.setProxy(kind == Kind::Proxied
                            ? QNetworkProxy(QNetworkProxy::HttpProxy, QStringLiteral("127.0.0.1"), proxyPort)
                            : QNetworkProxy(QNetworkProxy::NoProxy));
        server.setConnectionHandler([](WsConnection *connection) {
            QObject::connect(connection, &WsConnection::messageReceived, connection,
                             [connection](const WsMessage &message) { connection->send(message); });
        });
        const bool isListening = kind == Kind::Local
                                     ? server.listen(directory.filePath(QStringLiteral("bench.sock")))
                                     : server.listen();
        QUrl url = server.serverUrl();
        if (kind == Kind::Tls)
            url.setHost(QStringLiteral("localhost"));
        QObject::connect(&client, &WsConnection::opened, &loop, &QEventLoop::quit);
        QObject::connect(&client, &WsConnection::closed, &loop, [] { die("the connection has ended"); });
        if (!isListening || !client.open(url))
            die("cannot open");
        loop.exec();
    }
    ~Conversation() { client.disconnect(); }
    Q_DISABLE_COPY_MOVE(Conversation)

    // The CPU time of one message to the server and back.
    double run(const Work &work)
    {
        const QByteArray payload(work.size, 'x');
        int left = work.count;
        const QMetaObject::Connection connection =
            QObject::connect(&client, &WsConnection::messageReceived, &loop, [&] {
                if (--left == 0)
                    loop.quit();
                else
                    client.sendBinary(payload);
            });
        const double before = cpuUs();
        client.sendBinary(payload);
        loop.exec();
        QObject::disconnect(connection);
        return (cpuUs() - before) / work.count;
    }

private:
    void useTls()
    {
        if (!server.setLocalCertificate(certificateFile("server.crt"), certificateFile("server.key"))
            || !client.setCaCertificates(certificateFile("ca.crt")))
            die("no certificates");
    }

    QTemporaryDir directory;
    QEventLoop loop;
    WsServer server;
    WsClient client;
};

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}
} // namespace

int main(int argc, char **argv)
{
    const Proxy proxy; // before there are threads
    const QCoreApplication application(argc, argv);
    const int rounds = argc > 1 ? std::max(std::atoi(argv[1]), 1) : 5;
    std::printf("CPU time of a message and its echo, both ends, median of %d rounds\n\n%-8s", rounds, "");
    for (const KindRow &row : Kinds)
        std::printf("%22s", row.name);
    std::printf("\n");
    for (const Work &work : Works) {
        std::array<std::vector<double>, Kinds.size()> times;
        for (int round = 0; round < rounds; ++round) {
            for (size_t i = 0; i < Kinds.size(); ++i)
                times[i].push_back(Conversation(Kinds[i].kind, proxy.port).run(work));
        }
        std::printf("%-8s", work.name);
        for (const auto &values : times)
            std::printf("%11.1f us (x%5.2f)", median(values), median(values) / median(times[0]));
        std::printf("\n");
    }
    return 0;
}
