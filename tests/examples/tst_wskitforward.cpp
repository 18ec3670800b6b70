// SPDX-License-Identifier: MIT

// `wskit forward` at both ends, and at one end with a program of others at the other.

#include "../heldport.h"
#include "../integration/integrationtesting.h"
#include "../peakmemory.h"

#include <QtCore/qdir.h>
#include <QtCore/qprocess.h>
#include <QtCore/qstandardpaths.h>
#include <QtCore/qtemporarydir.h>
#include <QtNetwork/qtcpsocket.h>

#include <csignal>
#include <memory>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

using namespace IntegrationTesting;

class TestWskitForward : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void bytesGoBothWays_data() { addSchemes(); }
    void bytesGoBothWays();
    void everythingArrivesBeforeTheEnd_data();
    void everythingArrivesBeforeTheEnd();
    void everythingArrivesAlsoBeforeTheWebSocketIsOpen();
    void everythingArrivesBeforeACloseWithoutACode();
    void slowReaderTakesLittleMemory_data();
    void slowReaderTakesLittleMemory();
    void severalTunnelsAtATime();
    void targetThatRefusesIsReported();
    void serverThatRefusesIsReported();
    void otherPathsAreNotForwarded();
    void noMoreTunnelsThanWanted();
    void clientsWaitForATunnel();
    void tunnelNeedsTheFilesOfTls();
    void textIsRefused();
    void signalClosesTheTunnels();
    void signalEndsATunnelWhoseTargetDoesNotRead();
    void portThatIsTakenIsReported();
    void argumentsAreChecked_data();
    void argumentsAreChecked();
    void sshGoesThroughIt();
    void websockifyIsTheServer();
    void websocketsIsTheClient();
};

namespace {
constexpr int EndedCleanly = 0;
constexpr int UsageError = 1;
constexpr int CannotListen = 2;

// A program, while our own event loop serves it.
class Program
{
public:
    explicit Program(const QString &name, const QStringList &arguments)
    {
        m_process.setProcessChannelMode(QProcess::MergedChannels);
        m_process.start(name, arguments);
    }
    ~Program()
    {
        end();
        (void)status();
        if (m_process.state() != QProcess::NotRunning)
            m_process.kill();
        m_process.waitForFinished();
    }
    Q_DISABLE_COPY_MOVE(Program)

    void write(const QByteArray &input)
    {
        m_process.write(input);
        m_process.closeWriteChannel();
    }
    void end() { m_process.terminate(); }
    void signal(int number) const { ::kill(pid_t(m_process.processId()), number); }
    QByteArray output()
    {
        m_output += m_process.readAll();
        return m_output;
    }
    bool says(const QByteArray &text)
    {
        return waitFor([&] { return output().contains(text); });
    }
    // What follows \a text in a line.
    QString wordAfter(const QByteArray &text)
    {
        (void)says(text);
        (void)waitFor([&] { return output().sliced(output().indexOf(text)).contains('\n'); });
        const QByteArray rest = output().sliced(output().indexOf(text) + text.size());
        return QString::fromUtf8(rest.first(rest.indexOf('\n')).split(',').constFirst());
    }
    int status()
    {
        const bool hasEnded = waitFor([this] { return m_process.state() == QProcess::NotRunning; });
        return hasEnded && m_process.exitStatus() == QProcess::NormalExit ? m_process.exitCode() : -1;
    }
    qint64 peakMemory() const { return peakMemoryOf(m_process.processId()); }

private:
    QProcess m_process;
    QByteArray m_output;
};

// The tool. Its own end of the tunnel is shown as "listening on …".
struct Forward : Program
{
    explicit Forward(const QStringList &arguments)
        : Program(QStringLiteral(WSKIT_TOOL), QStringList{u"forward"_s} + arguments)
    {
    }
    QString place() { return wordAfter("listening on "); }
    quint16 port() { return quint16(place().section(u':', -1).toUShort()); }
};

// A server that keeps its clients.
class Target : public QObject
{
public:
    Target()
    {
        server.listen(QHostAddress::LocalHost);
        connect(&server, &QTcpServer::newConnection, this, [this] {
            QTcpSocket *const socket = server.nextPendingConnection();
            sockets.append(socket);
            connect(socket, &QIODevice::readyRead, this, [this, socket] {
                if (isEcho)
                    socket->write(socket->readAll());
                else
                    received += socket->readAll();
            });
        });
    }
    QString place() const { return u"127.0.0.1:%1"_s.arg(server.serverPort()); }

    QTcpServer server;
    QList<QTcpSocket *> sockets;
    QByteArray received;
    bool isEcho = true;
};

// Both ends of a tunnel to a target.
struct Tunnel
{
    explicit Tunnel(const QString &target, bool isTls = false, const QStringList &serverOptions = {})
        : server(serverArguments(target, isTls) + serverOptions), client(clientArguments(isTls))
    {
    }
    static QStringList serverArguments(const QString &target, bool isTls)
    {
        const QStringList tls = {u"--tls"_s, certificateFile(u"server.crt"_s),
                                 certificateFile(u"server.key"_s)};
        return QStringList{u"--to"_s, target} + (isTls ? tls : QStringList());
    }
    QStringList clientArguments(bool isTls)
    {
        const QStringList tls = {u"--cacert"_s, certificateFile(u"ca.crt"_s)};
        return QStringList{u"--listen"_s, u"0"_s, u"--proxy"_s, u"none"_s} + (isTls ? tls : QStringList())
               + QStringList{server.place()};
    }
    bool connectTo(QTcpSocket &socket)
    {
        socket.setProxy(QNetworkProxy::NoProxy);
        socket.connectToHost(QHostAddress::LocalHost, client.port());
        return waitFor([&] { return socket.state() == QAbstractSocket::ConnectedState; });
    }

    Forward server;
    Forward client;
};

bool isListening(quint16 port)
{
    QTcpSocket socket;
    socket.setProxy(QNetworkProxy::NoProxy);
    socket.connectToHost(QHostAddress::LocalHost, port);
    return waitFor([&] { return socket.state() != QAbstractSocket::ConnectingState; })
           && socket.state() == QAbstractSocket::ConnectedState;
}

// Waits until another program listens there.
bool waitUntilListening(quint16 port)
{
    QDeadlineTimer deadline(Patience);
    while (!isListening(port) && !deadline.hasExpired()) {
    }
    return !deadline.hasExpired();
}
} // namespace

void TestWskitForward::bytesGoBothWays()
{
    QFETCH(const bool, isTls);
    Target target;
    Tunnel tunnel(target.place(), isTls);
    QTcpSocket socket;
    QVERIFY(tunnel.connectTo(socket));
    const QByteArray bytes = pattern(4 * MiB);
    socket.write(bytes);
    QByteArray received;
    QVERIFY(waitFor([&] { return (received += socket.readAll()).size() >= bytes.size(); }));
    QVERIFY(received == bytes);
    socket.disconnectFromHost();
    QVERIFY(tunnel.client.says("#1 ended: 4194304 bytes from TCP, 4194304 bytes to TCP"));
    QVERIFY(tunnel.server.says("#1 ended: 4194304 bytes from TCP, 4194304 bytes to TCP"));
    WS_TRY_VERIFY(target.sockets.constFirst()->state() == QAbstractSocket::UnconnectedState);
}

void TestWskitForward::everythingArrivesBeforeTheEnd_data()
{
    QTest::addColumn<bool>("isFromTarget");
    QTest::newRow("of the target") << true;
    QTest::newRow("of the client") << false;
}

void TestWskitForward::everythingArrivesBeforeTheEnd()
{
    QFETCH(const bool, isFromTarget);
    Target target;
    target.isEcho = false;
    Tunnel tunnel(target.place());
    QTcpSocket socket;
    QVERIFY(tunnel.connectTo(socket));
    const QByteArray bytes = pattern(8 * MiB);
    if (isFromTarget)
        WS_TRY_COMPARE(target.sockets.size(), 1);
    QTcpSocket &writer = isFromTarget ? *target.sockets.constFirst() : socket;
    writer.write(bytes);
    writer.disconnectFromHost();
    QByteArray received;
    WS_TRY_VERIFY(target.sockets.size() == 1);
    QTcpSocket &reader = isFromTarget ? socket : *target.sockets.constFirst();
    QVERIFY(waitFor([&] {
        received += reader.readAll();
        return reader.state() == QAbstractSocket::UnconnectedState && reader.bytesAvailable() == 0;
    }));
    QVERIFY((isFromTarget ? received : target.received + received) == bytes);
}

void TestWskitForward::everythingArrivesAlsoBeforeTheWebSocketIsOpen()
{
    Target target;
    target.isEcho = false;
    Tunnel tunnel(target.place());
    (void)tunnel.client.port();
    tunnel.server.signal(SIGSTOP);
    QTcpSocket socket;
    QVERIFY(tunnel.connectTo(socket));
    const QByteArray bytes = pattern(100 * KiB);
    socket.write(bytes);
    WS_TRY_COMPARE(socket.bytesToWrite(), 0);
    QCOMPARE(::shutdown(int(socket.socketDescriptor()), SHUT_WR), 0);
    WS_TRY_COMPARE(socket.state(), QAbstractSocket::UnconnectedState); // the tool has seen the end
    tunnel.server.signal(SIGCONT);
    QVERIFY2(tunnel.client.says("#1 ended: 102400 bytes from TCP, 0 bytes to TCP"), tunnel.client.output());
    WS_TRY_COMPARE(target.received.size(), bytes.size());
    QVERIFY(target.received == bytes);
}

// Which is how pages of browsers close.
void TestWskitForward::everythingArrivesBeforeACloseWithoutACode()
{
    Target target;
    target.isEcho = false;
    Forward server({u"--to"_s, target.place()});
    WsClient client;
    QVERIFY(client.open(QUrl(server.place())));
    WS_TRY_VERIFY(client.state() == Ws::Open);
    WS_TRY_COMPARE(target.sockets.size(), 1);
    const QByteArray bytes = pattern(4 * MiB);
    QVERIFY(client.sendBinary(bytes));
    QVERIFY(client.close(Ws::NoStatus));
    WS_TRY_COMPARE(target.sockets.constFirst()->state(), QAbstractSocket::UnconnectedState);
    QVERIFY(target.received == bytes);
    QVERIFY2(server.says("#1 ended: 0 bytes from TCP, 4194304 bytes to TCP"), server.output());
}

void TestWskitForward::slowReaderTakesLittleMemory_data()
{
    QTest::addColumn<bool>("isFromTarget");
    QTest::newRow("from the target") << true;
    QTest::newRow("to the target") << false;
}

void TestWskitForward::slowReaderTakesLittleMemory()
{
    QFETCH(const bool, isFromTarget);
    Target target;
    Tunnel tunnel(target.place());
    QTcpSocket socket;
    QVERIFY(tunnel.connectTo(socket));
    WS_TRY_COMPARE(target.sockets.size(), 1);
    QTcpSocket &writer = isFromTarget ? *target.sockets.constFirst() : socket;
    QTcpSocket &reader = isFromTarget ? socket : *target.sockets.constFirst();
    reader.disconnect();
    reader.setReadBufferSize(64 * KiB);
    const qint64 size = 256 * MiB;
    const QByteArray block(1 * MiB, 'x');
    qint64 written = 0;
    const auto write = [&] {
        while (written < size && writer.bytesToWrite() < block.size())
            written += writer.write(block);
    };
    QObject::connect(&writer, &QIODevice::bytesWritten, &writer, write);
    write();
    qint64 received = 0;
    QVERIFY(waitWhileItMoves([&] { return (received += reader.readAll().size()) == size; },
                             [&] { return received; }));
    for (const Forward *const program : {&tunnel.client, &tunnel.server})
        QVERIFY2(program->peakMemory() < 40 * MiB, qPrintable(QString::number(program->peakMemory())));
}

void TestWskitForward::severalTunnelsAtATime()
{
    Target target;
    Tunnel tunnel(target.place());
    std::vector<std::unique_ptr<QTcpSocket>> sockets;
    for (int i = 0; i < 20; ++i) {
        sockets.push_back(std::make_unique<QTcpSocket>());
        QVERIFY(tunnel.connectTo(*sockets.back()));
        sockets.back()->write(QByteArray::number(i));
    }
    for (int i = 0; i < 20; ++i) {
        WS_TRY_VERIFY(sockets[size_t(i)]->bytesAvailable() > 0);
        QCOMPARE(sockets[size_t(i)]->readAll(), QByteArray::number(i));
    }
}

void TestWskitForward::targetThatRefusesIsReported()
{
    const HeldPort nobody;
    Tunnel tunnel(nobody.address());
    WsClient client;
    Events events(&client);
    QVERIFY(client.open(QUrl(tunnel.server.place())));
    WS_TRY_COMPARE(events.ending(), u"closed 1014 'cannot reach the target: Connection refused' clean"_s);
    QVERIFY(tunnel.server.says("#1 failed: cannot reach the target: Connection refused"));

    QTcpSocket socket;
    QVERIFY(tunnel.connectTo(socket));
    WS_TRY_COMPARE(socket.state(), QAbstractSocket::UnconnectedState);
    QVERIFY(tunnel.client.says("#1 failed: "));
    QVERIFY(tunnel.client.says("cannot reach the target: Connection refused"));
}

void TestWskitForward::serverThatRefusesIsReported()
{
    const HeldPort nobody;
    Forward client({u"--listen"_s, u"0"_s, u"--proxy"_s, u"none"_s, u"ws://"_s + nobody.address()});
    QTcpSocket socket;
    socket.setProxy(QNetworkProxy::NoProxy);
    socket.connectToHost(QHostAddress::LocalHost, client.port());
    QVERIFY(client.says("#1 failed: "));
    QVERIFY2(client.says("refused"), client.output().constData());
    WS_TRY_COMPARE(socket.state(), QAbstractSocket::UnconnectedState);
}

void TestWskitForward::otherPathsAreNotForwarded()
{
    Target target;
    Forward server({u"--to"_s, target.place(), u"--path"_s, u"/ssh"_s});
    QVERIFY(server.place().endsWith(u"/ssh"_s));
    WsClient client;
    Events events(&client);
    QUrl url(server.place());
    url.setPath(u"/other"_s);
    QVERIFY(client.open(url));
    WS_TRY_VERIFY(events.isClosed());
    QCOMPARE(events.errors.constFirst().httpStatus(), 404);
    QVERIFY(client.open(QUrl(server.place())));
    WS_TRY_VERIFY(client.state() == Ws::Open);
}

void TestWskitForward::noMoreTunnelsThanWanted()
{
    Target target;
    Tunnel tunnel(target.place(), false, {u"--max-connections"_s, u"1"_s});
    QTcpSocket socket;
    QVERIFY(tunnel.connectTo(socket));
    socket.write("a");
    WS_TRY_COMPARE(socket.bytesAvailable(), 1);
    WsClient client;
    Events events(&client);
    QVERIFY(client.open(QUrl(tunnel.server.place())));
    WS_TRY_VERIFY(events.isClosed());
    QCOMPARE(events.errors.constFirst().httpStatus(), 503);
    socket.disconnectFromHost();
    QVERIFY(tunnel.server.says("#1 ended"));
    QVERIFY(client.open(QUrl(tunnel.server.place())));
    WS_TRY_VERIFY(client.state() == Ws::Open);
}

// Also those that have left meanwhile get their turn, and what they have sent arrives.
void TestWskitForward::clientsWaitForATunnel()
{
    Target target;
    target.isEcho = false;
    Forward server({u"--to"_s, target.place()});
    Forward client(
        {u"--listen"_s, u"0"_s, u"--proxy"_s, u"none"_s, u"--max-connections"_s, u"1"_s, server.place()});
    std::vector<std::unique_ptr<QTcpSocket>> sockets;
    for (int i = 0; i < 5; ++i) {
        sockets.push_back(std::make_unique<QTcpSocket>());
        QTcpSocket &socket = *sockets.back();
        socket.setProxy(QNetworkProxy::NoProxy);
        socket.connectToHost(QHostAddress::LocalHost, client.port());
        WS_TRY_COMPARE(socket.state(), QAbstractSocket::ConnectedState);
        socket.write(QByteArray(1, char('a' + i)));
        if (i > 0)
            socket.disconnectFromHost();
        WS_TRY_VERIFY(!target.received.isEmpty());
    }
    QVERIFY(!client.output().contains("#2 from"));
    sockets.front()->disconnectFromHost();
    QVERIFY2(client.says("#5 ended: 1 bytes from TCP, 0 bytes to TCP"), client.output());
    WS_TRY_COMPARE(target.received, "abcde");
}

void TestWskitForward::tunnelNeedsTheFilesOfTls()
{
    const QTemporaryDir folder;
    const QString authorities = folder.filePath(u"ca.pem"_s);
    QVERIFY(QFile::copy(certificateFile(u"ca.crt"_s), authorities));
    Target target;
    Forward server(Tunnel::serverArguments(target.place(), true));
    Forward client({u"--listen"_s, u"0"_s, u"--proxy"_s, u"none"_s, u"--insecure"_s, u"--cacert"_s,
                    authorities, server.place()});
    const quint16 port = client.port();
    QVERIFY(QFile::remove(authorities));
    QTcpSocket socket;
    socket.setProxy(QNetworkProxy::NoProxy);
    socket.connectToHost(QHostAddress::LocalHost, port);
    QVERIFY2(client.says(authorities.toUtf8()), client.output());
    WS_TRY_COMPARE(socket.state(), QAbstractSocket::UnconnectedState);
    QVERIFY2(!server.output().contains("#1"), server.output());

    QVERIFY(QFile::copy(certificateFile(u"ca.crt"_s), authorities));
    socket.connectToHost(QHostAddress::LocalHost, port);
    socket.write("a");
    WS_TRY_COMPARE(socket.bytesAvailable(), 1);
}

void TestWskitForward::textIsRefused()
{
    Target target;
    Forward server({u"--to"_s, target.place()});
    WsClient client;
    Events events(&client);
    QVERIFY(client.open(QUrl(server.place())));
    WS_TRY_VERIFY(client.state() == Ws::Open);
    client.sendText("hello");
    WS_TRY_COMPARE(events.ending(), u"closed 1003 'only binary messages are accepted' clean"_s);
    QVERIFY(server.says("#1 failed: a text message has arrived on a stream of bytes: \"hello\""));
    WS_TRY_VERIFY(target.sockets.value(0)
                  && target.sockets.constFirst()->state() == QAbstractSocket::UnconnectedState);
}

void TestWskitForward::signalClosesTheTunnels()
{
    Target target;
    Tunnel tunnel(target.place());
    QTcpSocket socket;
    QVERIFY(tunnel.connectTo(socket));
    socket.write("a");
    WS_TRY_COMPARE(socket.bytesAvailable(), 1);
    tunnel.client.end();
    QCOMPARE(tunnel.client.status(), EndedCleanly);
    WS_TRY_COMPARE(socket.state(), QAbstractSocket::UnconnectedState);
    QVERIFY(tunnel.server.says("#1 ended"));
    tunnel.server.end();
    QCOMPARE(tunnel.server.status(), EndedCleanly);
}

void TestWskitForward::signalEndsATunnelWhoseTargetDoesNotRead()
{
    QTcpServer target; // which takes nobody, nor much of what they send
    QVERIFY(target.listen(QHostAddress::LocalHost));
    target.pauseAccepting();
    const int size = 64 * int(KiB);
    QCOMPARE(::setsockopt(int(target.socketDescriptor()), SOL_SOCKET, SO_RCVBUF, &size, sizeof size), 0);
    Forward server({u"--to"_s, u"127.0.0.1:%1"_s.arg(target.serverPort())});
    WsClient client;
    QVERIFY(client.open(QUrl(server.place())));
    WS_TRY_VERIFY(client.state() == Ws::Open);
    QVERIFY(client.sendBinary(QByteArray(60 * MiB, 'x'))); // more than the systems' buffers take
    qint64 before = -1;
    int looks = 0;
    const auto hasStopped = [&] { // all buffers are full
        const bool moves = std::exchange(before, client.bufferedAmount()) != client.bufferedAmount();
        looks = moves ? 0 : looks + 1;
        return looks == 50;
    };
    QVERIFY(waitFor(hasStopped));
    QCOMPARE(client.state(), Ws::Open);
    QVERIFY(client.bufferedAmount() > 0);
    server.end();
    QCOMPARE(server.status(), EndedCleanly);
    QVERIFY2(server.output().contains("#1 failed: "), server.output());
}

void TestWskitForward::portThatIsTakenIsReported()
{
    Target target;
    const QString port = QString::number(target.server.serverPort());
    Forward client({u"--listen"_s, port, u"ws://127.0.0.1:1"_s});
    QCOMPARE(client.status(), CannotListen);
    QVERIFY2(client.output().contains("cannot listen on 127.0.0.1:"), client.output().constData());
    Forward server({u"--to"_s, u"127.0.0.1:1"_s, u"--port"_s, port});
    QCOMPARE(server.status(), CannotListen);
    QVERIFY2(server.output().contains("cannot listen: "), server.output().constData());
}

void TestWskitForward::argumentsAreChecked_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("text");
    const QString url = u"ws://127.0.0.1:1"_s;
    QTest::newRow("no direction") << QStringList{url}
                                  << QByteArray("--listen PORT or --to HOST:PORT is missing");
    QTest::newRow("no URL") << QStringList{u"--listen"_s, u"0"_s} << QByteArray("an argument is missing");
    QTest::newRow("name to listen on") << QStringList{u"--listen"_s, u"localhost:0"_s, url}
                                       << QByteArray("--listen needs [address:]port, not “localhost:0”");
    QTest::newRow("port too large") << QStringList{u"--listen"_s, u"70000"_s, url}
                                    << QByteArray("--listen needs [address:]port, not “70000”");
    QTest::newRow("target without a port")
        << QStringList{u"--to"_s, u"localhost"_s} << QByteArray("--to needs [address:]port, not “localhost”");
    QTest::newRow("target with a path")
        << QStringList{u"--to"_s, u"localhost:1/a"_s} << QByteArray("--to needs [address:]port");
    QTest::newRow("path") << QStringList{u"--to"_s, u"1"_s, u"--path"_s, u"ssh"_s}
                          << QByteArray("--path begins with “/”");
    QTest::newRow("no tunnels") << QStringList{u"--to=1"_s, u"--max-connections"_s, u"0"_s}
                                << QByteArray("--max-connections needs a number from 1, not “0”");
}

void TestWskitForward::argumentsAreChecked()
{
    QFETCH(const QStringList, arguments);
    QFETCH(const QByteArray, text);
    Forward program(arguments);
    QCOMPARE(program.status(), UsageError);
    QVERIFY2(program.output().contains(text), program.output().constData());
}

// --- programs of others

void TestWskitForward::sshGoesThroughIt()
{
    const QTemporaryDir folder;
    for (const QString &name : {u"hostkey"_s, u"key"_s})
        QCOMPARE(QProcess::execute(u"ssh-keygen"_s, {u"-q"_s, u"-t"_s, u"ed25519"_s, u"-N"_s, QString(),
                                                     u"-f"_s, folder.filePath(name)}),
                 0);
    if (::getuid() == 0) // which sshd wants then
        QVERIFY(QDir().mkpath(u"/run/sshd"_s));
    const HeldPort port;
    QFile configuration(folder.filePath(u"configuration"_s));
    QVERIFY(configuration.open(QIODevice::WriteOnly));
    configuration.write(
        u"Port %1\nListenAddress 127.0.0.1\nHostKey %2/hostkey\nAuthorizedKeysFile %2/key.pub\n"
        "StrictModes no\nUsePAM no\nPidFile none\nPermitRootLogin yes\n"
        "PasswordAuthentication no\n"_s.arg(port.number())
            .arg(folder.path())
            .toUtf8());
    configuration.close();
    Program daemon(QStringLiteral(WSKIT_SSHD), {u"-D"_s, u"-e"_s, u"-f"_s, configuration.fileName()});
    QVERIFY2(daemon.says("Server listening"), daemon.output().constData());

    Tunnel tunnel(port.address());
    Program ssh(u"ssh"_s, {u"-F"_s, u"none"_s, u"-i"_s, folder.filePath(u"key"_s), u"-p"_s,
                           QString::number(tunnel.client.port()), u"-o"_s, u"StrictHostKeyChecking=no"_s,
                           u"-o"_s, u"UserKnownHostsFile=/dev/null"_s, u"-o"_s, u"LogLevel=ERROR"_s, u"-o"_s,
                           u"BatchMode=yes"_s, u"127.0.0.1"_s, u"sha256sum; exit 7"_s});
    const QByteArray bytes = pattern(3 * MiB);
    ssh.write(bytes);
    QCOMPARE(ssh.status(), 7);
    const QByteArray sum = QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex();
    QVERIFY2(ssh.output().startsWith(sum), ssh.output().constData());
}

void TestWskitForward::websockifyIsTheServer()
{
    Target target;
    const HeldPort port;
    Program websockify(QStringLiteral(WSKIT_WEBSOCKIFY), {port.address(), target.place()});
    QVERIFY(waitUntilListening(port.number()));
    Forward client({u"--listen"_s, u"0"_s, u"--proxy"_s, u"none"_s, u"ws://"_s + port.address()});
    QTcpSocket socket;
    socket.setProxy(QNetworkProxy::NoProxy);
    socket.connectToHost(QHostAddress::LocalHost, client.port());
    const QByteArray bytes = pattern(1 * MiB);
    socket.write(bytes);
    QByteArray received;
    QVERIFY(waitFor([&] { return (received += socket.readAll()).size() >= bytes.size(); }));
    QVERIFY(received == bytes);
    target.sockets.constLast()->disconnectFromHost();
    WS_TRY_COMPARE(socket.state(), QAbstractSocket::UnconnectedState);
    QVERIFY2(client.says("#1 ended"), client.output().constData());
}

void TestWskitForward::websocketsIsTheClient()
{
    Target target;
    Forward server({u"--to"_s, target.place()});
    const QString script = u"import asyncio, sys, websockets\n"
                           "async def main():\n"
                           "    async with websockets.connect(sys.argv[1], subprotocols=['binary']) as ws:\n"
                           "        sent = bytes(i * 7 % 256 for i in range(100000))\n"
                           "        await ws.send(sent[:50])\n"
                           "        await ws.send([sent[50:70000], sent[70000:]])\n"
                           "        received = b''\n"
                           "        while len(received) < len(sent):\n"
                           "            received += await ws.recv()\n"
                           "        print(ws.subprotocol, received == sent)\n"
                           "asyncio.run(main())\n"_s;
    Program client(QStringLiteral(WSKIT_PYTHON), {u"-c"_s, script, server.place()});
    QCOMPARE(client.status(), 0);
    QCOMPARE(client.output(), QByteArray("binary True\n"));
    QVERIFY(server.says("#1 ended: 100000 bytes from TCP, 100000 bytes to TCP"));
}

QTEST_GUILESS_MAIN(TestWskitForward)
#include "tst_wskitforward.moc"
