// SPDX-License-Identifier: MIT

// Runs the examples without a window and the command-line tool as a user does: by their arguments, from the
// first line of their output to their exit status.

#include <WsKit/WsClient>
#include <WsKit/WsMessageStream>
#include <WsKit/WsServer>

#include <QtCore/QCryptographicHash>
#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QProcess>
#include <QtCore/QRandomGenerator>
#include <QtCore/QRegularExpression>
#include <QtCore/QTemporaryDir>
#include <QtNetwork/QTcpServer>
#include <QtNetwork/QTcpSocket>
#include <QtTest/QSignalSpy>
#include <QtTest/QtTest>

#ifdef Q_OS_LINUX
#include <sys/resource.h>
#endif

using namespace Qt::StringLiterals;

namespace {
// In milliseconds. Loaded machines and sanitizers are slow; where all is well nothing waits that long.
constexpr int Patience = 60000;
constexpr qint64 MiB = 1024 * 1024;

// A program that runs, with what it has written to either output.
class Program
{
public:
    Program(const char *path, const QStringList &arguments, const QByteArray &input = {})
    {
        m_process.setProcessChannelMode(QProcess::MergedChannels);
        m_process.start(QString::fromLocal8Bit(path), arguments);
        m_process.write(input);
        m_process.closeWriteChannel();
    }

    ~Program()
    {
        m_process.terminate();
        if (!m_process.waitForFinished(Patience))
            m_process.kill();
    }

    // The address after "listening on " or "page: " in the output, once it is there.
    QString url()
    {
        static const QRegularExpression line(u"(?:listening on|page:) (?:ws|http)(://\\S+)\\s"_s);
        while (!line.match(QString::fromUtf8(m_output)).hasMatch() && m_process.waitForReadyRead(Patience))
            m_output += m_process.readAll();
        const QString address = line.match(QString::fromUtf8(m_output)).captured(1);
        return address.isEmpty() ? QString() : u"ws"_s + address;
    }

    void terminate() { m_process.terminate(); }

    // The exit status; -1 where it does not come to that. The event loop runs meanwhile.
    int status()
    {
        QSignalSpy finished(&m_process, &QProcess::finished);
        const bool isFinished = m_process.state() == QProcess::NotRunning || finished.wait(Patience);
        m_output += m_process.readAll();
        return isFinished && m_process.exitStatus() == QProcess::NormalExit ? m_process.exitCode() : -1;
    }

    const QByteArray &output() const { return m_output; }

private:
    QProcess m_process;
    QByteArray m_output;
};

QByteArray checksum(const QString &fileName)
{
    QFile file(fileName);
    QCryptographicHash hash(QCryptographicHash::Sha256);
    return file.open(QIODevice::ReadOnly) && hash.addData(&file) ? hash.result().toHex() : QByteArray();
}

bool makeFile(const QString &fileName, qint64 size)
{
    QFile file(fileName);
    if (!file.open(QIODevice::WriteOnly))
        return false;
    QRandomGenerator random(1);
    QByteArray piece(MiB, Qt::Uninitialized);
    while (file.pos() < size) {
        random.fillRange(reinterpret_cast<quint32 *>(piece.data()), MiB / 4);
        if (file.write(piece.first(qMin(MiB, size - file.pos()))) < 0)
            return false;
    }
    return true;
}

// Takes several times as long to read a message as a file-transfer takes to send it, and confirms it.
void receiveSlowly(WsConnection *connection)
{
    connection->setBinaryType(Ws::Stream);
    QObject::connect(
        connection, &WsConnection::messageStarted, connection, [connection](WsMessageStream *stream) {
            const auto hash = std::make_shared<QCryptographicHash>(QCryptographicHash::Sha256);
            QObject::connect(stream, &QIODevice::readyRead, stream, [stream, hash] {
                const QByteArray bytes = stream->readAll();
                hash->addData(bytes);
                for (int round = 0; round < 4; ++round)
                    (void)QCryptographicHash::hash(bytes, QCryptographicHash::Sha256);
            });
            QObject::connect(stream, &QIODevice::readChannelFinished, connection,
                             [connection, hash] { connection->sendText(hash->result().toHex()); });
        });
}

// Of that program among those that have ended which took most; nothing where it is not known.
std::optional<qint64> peakMemory()
{
#if !defined(Q_OS_LINUX) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return {};
#else
    rusage usage = {};
    getrusage(RUSAGE_CHILDREN, &usage);
    return usage.ru_maxrss * qint64(1024);
#endif
}
} // namespace

class tst_Programs : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();

    void echoClientGetsItsTextBack();
    void echoClientTellsThatNobodyIsThere();
#ifdef WSKIT_TEST_COROUTINES
    void coroutinesTalk();
#endif
    void blockingClientGetsItsAnswers();

    void fileArrivesAsItIs_data();
    void fileArrivesAsItIs();
#ifdef Q_OS_UNIX
    void pipeIsSentToItsEnd();
#endif
    void fileOfAnySizeTakesTheSameMemory();
    void senderReadsNoFurtherThanASlowReceiver();
    void halfAFileIsNotStored();
    void senderTellsWhatItCannotDo_data();
    void senderTellsWhatItCannotDo();

    void wrongPortIsNoFreePort_data();
    void wrongPortIsNoFreePort();
    void linesOfAMemberAreHis();

    void toolCompressesWhereBothWantTo_data();
    void toolCompressesWhereBothWantTo();
    void toolTellsWhichTlsFileItCannotUse();

#ifdef Q_OS_UNIX
    void serverLeavesBySignal_data();
    void serverLeavesBySignal();
    void serverWithoutClientsLeavesBySignal_data();
    void serverWithoutClientsLeavesBySignal();
    void secondSignalEndsAtOnce_data();
    void secondSignalEndsAtOnce();
#ifdef WSKIT_TEST_QML_CHAT
    void windowThatHostsLeavesBySignal();
#endif
#endif

private:
    void transfer(qint64 size);

    std::optional<QTemporaryDir> m_directory;
    QString m_sent;
    QString m_received;
};

void tst_Programs::init()
{
    m_directory.emplace();
    QVERIFY(m_directory->isValid());
    m_sent = m_directory->filePath(u"sent"_s);
    m_received = m_directory->filePath(u"received"_s);
}

void tst_Programs::echoClientGetsItsTextBack()
{
    Program server(WSKIT_TEST_ECHO_SERVER, {u"0"_s});
    const QString url = server.url();
    QVERIFY(!url.isEmpty());
    Program client(WSKIT_TEST_ECHO_CLIENT, {url, u"as it is"_s});
    QCOMPARE(client.status(), 0);
    QVERIFY2(client.output().contains("received \"as it is\""), client.output());
}

void tst_Programs::echoClientTellsThatNobodyIsThere()
{
    Program client(WSKIT_TEST_ECHO_CLIENT, {u"ws://127.0.0.1:1"_s});
    QCOMPARE(client.status(), 1);
    QVERIFY2(client.output().contains("error: "), client.output());
}

#ifdef WSKIT_TEST_COROUTINES
void tst_Programs::coroutinesTalk()
{
    Program program(WSKIT_TEST_COROUTINES, {});
    QCOMPARE(program.status(), 0);
    QCOMPARE(program.output(), "What is your name?\nHello, Ada!\nGoodbye, Ada!\n\"Ada\" has left\n");
}
#endif

void tst_Programs::blockingClientGetsItsAnswers()
{
    Program program(WSKIT_TEST_BLOCKING_CLIENT, {});
    QCOMPARE(program.status(), 0);
    QVERIFY2(program.output().endsWith("4 squared is 16\n5 squared is 25\n3\n2\n1\n"), program.output());
}

// --- files

void tst_Programs::transfer(qint64 size)
{
    QVERIFY(makeFile(m_sent, size));
    Program receiver(WSKIT_TEST_FILE_TRANSFER, {u"receive"_s, m_received, u"0"_s});
    const QString url = receiver.url();
    QVERIFY(!url.isEmpty());
    Program sender(WSKIT_TEST_FILE_TRANSFER, {u"send"_s, m_sent, url});
    QCOMPARE(sender.status(), 0);
    QCOMPARE(receiver.status(), 0);
    QCOMPARE(QFile(m_received).size(), size);
    QCOMPARE(checksum(m_received), checksum(m_sent));
}

void tst_Programs::fileArrivesAsItIs_data()
{
    QTest::addColumn<qint64>("size");
    QTest::newRow("empty") << qint64(0);
    QTest::newRow("one byte") << qint64(1);
    QTest::newRow("one chunk") << qint64(64 * 1024);
    QTest::newRow("more than waits at a time") << 3 * MiB + 7;
}

void tst_Programs::fileArrivesAsItIs()
{
    QFETCH(qint64, size);
    transfer(size);
}

#ifdef Q_OS_UNIX
void tst_Programs::pipeIsSentToItsEnd()
{
    Program receiver(WSKIT_TEST_FILE_TRANSFER, {u"receive"_s, m_received, u"0"_s});
    const QString url = receiver.url();
    QVERIFY(!url.isEmpty());
    const QByteArray bytes(3 * MiB + 7, 'x'); // more than waits at a time
    Program sender(WSKIT_TEST_FILE_TRANSFER, {u"send"_s, u"/dev/stdin"_s, url}, bytes);
    QCOMPARE(sender.status(), 0);
    QCOMPARE(receiver.status(), 0);
    QFile received(m_received);
    QVERIFY(received.open(QIODevice::ReadOnly));
    QVERIFY(received.readAll() == bytes);
}
#endif

void tst_Programs::fileOfAnySizeTakesTheSameMemory()
{
    transfer(1);
    const std::optional<qint64> before = peakMemory();
    if (!before)
        QSKIP("what a program takes is not known here");
    transfer(64 * MiB);
    const qint64 more = *peakMemory() - *before;
    QVERIFY2(more < 16 * MiB, QByteArray::number(more / MiB) + " MiB more");
}

void tst_Programs::senderReadsNoFurtherThanASlowReceiver()
{
    WsServer server;
    connect(&server, &WsServer::newConnection, &server, receiveSlowly);
    QVERIFY(server.listen());
    const QStringList arguments = {u"send"_s, m_sent, server.serverUrl().toString()};

    QVERIFY(makeFile(m_sent, 1));
    QCOMPARE(Program(WSKIT_TEST_FILE_TRANSFER, arguments).status(), 0);
    const std::optional<qint64> before = peakMemory();
    if (!before)
        QSKIP("what a program takes is not known here");
    QVERIFY(makeFile(m_sent, 48 * MiB));
    QCOMPARE(Program(WSKIT_TEST_FILE_TRANSFER, arguments).status(), 0);
    const qint64 more = *peakMemory() - *before;
    QVERIFY2(more < 16 * MiB, QByteArray::number(more / MiB) + " MiB more");
}

void tst_Programs::halfAFileIsNotStored()
{
    Program receiver(WSKIT_TEST_FILE_TRANSFER, {u"receive"_s, m_received, u"0"_s});
    WsClient client;
    QSignalSpy opened(&client, &WsClient::opened);
    QVERIFY(client.open(QUrl(receiver.url())));
    QVERIFY(opened.wait(Patience));
    WsMessageStream *stream = client.openMessage(Ws::Binary);
    QSignalSpy written(stream, &QIODevice::bytesWritten);
    stream->write(QByteArray(1000, 'x'));
    QVERIFY(written.wait(Patience));
    client.abort();
    QCOMPARE(receiver.status(), 1);
    QVERIFY(!QFile::exists(m_received));
}

void tst_Programs::senderTellsWhatItCannotDo_data()
{
    QTest::addColumn<QString>("fileName");
    QTest::addColumn<QString>("url");
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("no file") << u"/nowhere/at/all"_s << u"ws://127.0.0.1:1"_s << QByteArray("cannot read");
    QTest::newRow("no URL") << QString() << u"nonsense"_s << QByteArray("cannot open");
    QTest::newRow("nobody there") << QString() << u"ws://127.0.0.1:1"_s << QByteArray("error: ");
}

void tst_Programs::senderTellsWhatItCannotDo()
{
    QFETCH(QString, fileName);
    QFETCH(QString, url);
    QFETCH(QByteArray, text);
    QVERIFY(makeFile(m_sent, 1));
    Program sender(WSKIT_TEST_FILE_TRANSFER, {u"send"_s, fileName.isEmpty() ? m_sent : fileName, url});
    QCOMPARE(sender.status(), 1);
    QVERIFY2(sender.output().contains(text), sender.output());
}

// --- servers

void tst_Programs::wrongPortIsNoFreePort_data()
{
    QTest::addColumn<QByteArray>("program");
    QTest::addColumn<QStringList>("arguments");
    const auto row = [](const char *program, const QStringList &arguments) {
        QTest::newRow(qPrintable(QString::fromLocal8Bit(program).section(u'/', -1)))
            << QByteArray(program) << arguments;
    };
    row(WSKIT_TEST_ECHO_SERVER, {u"80801"_s});
    row(WSKIT_TEST_FILE_TRANSFER, {u"receive"_s, QDir::temp().filePath(u"wskit-never-received"_s), u"abc"_s});
    row(WSKIT_TEST_LOGIN, {u"-1"_s});
    row(WSKIT_TEST_HTTP_SERVER, {u"80 "_s + u"x"_s});
    row(WSKIT_TEST_WSKIT_CHAT, {u"--port"_s, u"abc"_s});
#ifdef WSKIT_TEST_WEBCHANNEL
    row(WSKIT_TEST_WEBCHANNEL, {u"abc"_s});
#endif
#ifdef WSKIT_TEST_REMOTE_OBJECTS
    row(WSKIT_TEST_REMOTE_OBJECTS, {u"--server"_s, u"abc"_s});
#endif
}

void tst_Programs::wrongPortIsNoFreePort()
{
    QFETCH(const QByteArray, program);
    QFETCH(const QStringList, arguments);
    Program server(program.constData(), arguments);
    QCOMPARE(server.status(), 1);
    QVERIFY2(server.output().contains("a port is a number from 0 to 65535"), server.output());
}

// What a member of the chat says must not look like what another one says.
void tst_Programs::linesOfAMemberAreHis()
{
    Program server(WSKIT_TEST_WSKIT_CHAT, {u"--port"_s, u"0"_s});
    QUrl url(server.url());
    url.setPath(u"/chat"_s);
    WsClient ann;
    WsClient bob;
    for (const auto &[client, name] : {std::pair(&ann, u"name=Ann"_s), {&bob, u"name=Bob"_s}}) {
        QSignalSpy opened(client, &WsClient::opened);
        url.setQuery(name);
        QVERIFY(client->open(url));
        QTRY_COMPARE_WITH_TIMEOUT(opened.size(), 1, Patience);
    }
    QStringList lines;
    connect(&bob, &WsClient::textMessageReceived, &bob, [&](const QString &text) { lines.append(text); });
    ann.sendText(u"hi\r\nCarl: I resign\u2028and\nso do I"_s);
    QTRY_VERIFY_WITH_TIMEOUT(!lines.isEmpty() && lines.constLast().startsWith(u"Ann: "), Patience);
    QCOMPARE(lines.constLast(), u"Ann: hi\n  Carl: I resign\n  and\n  so do I"_s);
}

// --- the command-line tool

void tst_Programs::toolCompressesWhereBothWantTo_data()
{
    QTest::addColumn<QStringList>("listen");
    QTest::addColumn<QStringList>("connect");
    QTest::addColumn<bool>("isCompressed");
    const QStringList compress = {u"--compress"_s};
    QTest::newRow("both") << compress << compress << true;
    QTest::newRow("client alone") << QStringList() << compress << false;
    QTest::newRow("server alone") << compress << QStringList() << false;
}

void tst_Programs::toolCompressesWhereBothWantTo()
{
    QFETCH(QStringList, listen);
    QFETCH(QStringList, connect);
    QFETCH(bool, isCompressed);
    Program server(WSKIT_TEST_WSKIT, QStringList{u"listen"_s, u"--echo"_s} + listen);
    const QString url = server.url();
    QVERIFY(!url.isEmpty());
    const QByteArray line(500, 'x');
    Program client(WSKIT_TEST_WSKIT, QStringList{u"connect"_s, u"--count"_s, u"1"_s, url} + connect,
                   line + '\n');
    QCOMPARE(client.status(), 0);
    QVERIFY2(client.output().contains(line), client.output());
    QCOMPARE(client.output().contains("permessage-deflate"), isCompressed);
}

void tst_Programs::toolTellsWhichTlsFileItCannotUse()
{
    QVERIFY(makeFile(m_sent, 1));
    Program server(WSKIT_TEST_WSKIT, {u"listen"_s, u"--tls"_s, m_sent, u"nowhere.key"_s});
    QCOMPARE(server.status(), 1);
    const QByteArray text = m_sent.toUtf8() + ": contains no certificate in PEM format";
    QVERIFY2(server.output().contains(text), server.output());
}

// --- how servers end

#ifdef Q_OS_UNIX
namespace {
using Arguments = QStringList;

struct Leaving
{
    QByteArray path = "/"; // of its WebSockets
    int status = 0;        // if a client was open
    int statusOfSecond = 1;
};

void addServer(const char *program, const Arguments &arguments, const Leaving &leaving = {})
{
    const QString name = QString::fromLocal8Bit(program).section(u'/', -1);
    QTest::newRow(qPrintable(name)) << QByteArray(program) << arguments << leaving.path << leaving.status
                                    << leaving.statusOfSecond;
}
} // namespace

void tst_Programs::serverLeavesBySignal_data()
{
    QTest::addColumn<QByteArray>("program");
    QTest::addColumn<Arguments>("arguments");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<int>("status");
    QTest::addColumn<int>("statusOfSecond");
    addServer(WSKIT_TEST_ECHO_SERVER, {u"0"_s});
    addServer(WSKIT_TEST_WSKIT, {u"listen"_s}, {.statusOfSecond = 3});
    addServer(WSKIT_TEST_HTTP_SERVER, {u"0"_s});
    addServer(WSKIT_TEST_WSKIT_CHAT, {u"--port"_s, u"0"_s}, {.path = "/chat"});
    addServer(WSKIT_TEST_FILE_TRANSFER, // which has not received the file then
              {u"receive"_s, QDir::temp().filePath(u"wskit-never-received"_s), u"0"_s}, {.status = 1});
#ifdef WSKIT_TEST_WEBCHANNEL
    addServer(WSKIT_TEST_WEBCHANNEL, {u"0"_s}, {.path = "/channel"});
#endif
#ifdef WSKIT_TEST_REMOTE_OBJECTS
    addServer(WSKIT_TEST_REMOTE_OBJECTS, {u"--server"_s, u"0"_s});
#endif
}

void tst_Programs::serverLeavesBySignal()
{
    QFETCH(const QByteArray, program);
    QFETCH(const Arguments, arguments);
    QFETCH(const QByteArray, path);
    QFETCH(const int, status);
    Program server(program.constData(), arguments);
    WsClient client;
    QSignalSpy opened(&client, &WsClient::opened);
    QSignalSpy closed(&client, &WsClient::closed);
    QUrl url(server.url());
    url.setPath(QString::fromLatin1(path));
    QVERIFY(client.open(url));
    QTRY_COMPARE_WITH_TIMEOUT(opened.size(), 1, Patience);
    server.terminate();
    QCOMPARE(server.status(), status);
    QTRY_COMPARE_WITH_TIMEOUT(closed.size(), 1, Patience);
    QCOMPARE(closed.at(0).at(0).toInt(), int(Ws::GoingAway));
    QCOMPARE(closed.at(0).at(2).toBool(), true);
}

void tst_Programs::serverWithoutClientsLeavesBySignal_data()
{
    serverLeavesBySignal_data();
    addServer(WSKIT_TEST_LOGIN, {u"0"_s});
}

void tst_Programs::serverWithoutClientsLeavesBySignal()
{
    QFETCH(const QByteArray, program);
    QFETCH(const Arguments, arguments);
    Program server(program.constData(), arguments);
    QVERIFY(!server.url().isEmpty());
    server.terminate();
    QCOMPARE(server.status(), 0);
}

void tst_Programs::secondSignalEndsAtOnce_data()
{
    serverLeavesBySignal_data();
}

// The client never answers the Close frame, for which the server would wait.
void tst_Programs::secondSignalEndsAtOnce()
{
    QFETCH(const QByteArray, program);
    QFETCH(const Arguments, arguments);
    QFETCH(const QByteArray, path);
    QFETCH(const int, statusOfSecond);
    Program server(program.constData(), arguments);
    const QUrl url(server.url());
    QTcpSocket client;
    client.connectToHost(url.host(), quint16(url.port()));
    client.write("GET " + path
                 + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
    QByteArray received;
    const auto hasReceived = [&](const QByteArray &bytes) {
        received += client.readAll();
        return received.contains(bytes);
    };
    QTRY_VERIFY_WITH_TIMEOUT(hasReceived("\r\n\r\n"), Patience);
    server.terminate();
    QTRY_VERIFY_WITH_TIMEOUT(hasReceived("\x03\xe9"), Patience); // the Close frame with 1001
    server.terminate();
    QCOMPARE(server.status(), statusOfSecond);
}

#ifdef WSKIT_TEST_QML_CHAT
void tst_Programs::windowThatHostsLeavesBySignal()
{
    QTcpServer place; // for a port that is free: the window prints none
    QVERIFY(place.listen(QHostAddress::LocalHost));
    const quint16 port = place.serverPort();
    place.close();
    Program window(WSKIT_TEST_QML_CHAT, {u"-platform"_s, u"offscreen"_s, u"--host"_s, u"127.0.0.1"_s,
                                         u"--port"_s, QString::number(port)});
    WsClient client;
    QSignalSpy closed(&client, &WsClient::closed);
    const QUrl url(u"ws://127.0.0.1:%1/chat"_s.arg(port));
    const auto isOpen = [&] { // as soon as the window is there
        if (client.state() == Ws::Closed)
            (void)client.open(url);
        return client.state() == Ws::Open;
    };
    QTRY_VERIFY_WITH_TIMEOUT(isOpen(), Patience);
    closed.clear();
    window.terminate();
    QCOMPARE(window.status(), 0);
    QTRY_COMPARE_WITH_TIMEOUT(closed.size(), 1, Patience);
    QCOMPARE(closed.at(0).at(0).toInt(), int(Ws::GoingAway));
    QCOMPARE(closed.at(0).at(1).toString(), u"the server is shutting down"_s);
    QCOMPARE(closed.at(0).at(2).toBool(), true);
}
#endif
#endif

QTEST_GUILESS_MAIN(tst_Programs)
#include "tst_programs.moc"
