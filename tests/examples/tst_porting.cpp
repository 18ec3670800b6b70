// SPDX-License-Identifier: MIT

// Runs the programs of examples/porting side by side, each against both libraries, and compares what they
// print. Those for QtWebSockets are there twice: as they are built for it, and with WsKit::Compat.

#include "../patience.h"

#include <WsKit/WsClient>
#include <WsKit/WsServer>

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QProcess>
#include <QtCore/QRegularExpression>
#include <QtTest/QtTest>
#include <QtWebSockets/QWebSocket>
#include <QtWebSockets/QWebSocketServer>

using namespace Qt::StringLiterals;

namespace {
// The programs in the order of the enumeration; what is not built has no path.
enum Library { QtWebSockets, WsKit, Compat };
using Programs = std::array<const char *, 3>;
constexpr Programs LibraryNames = {"QtWebSockets", "WsKit", "WsKit::Compat"};
constexpr Programs EchoClients = {PORTING_ECHO_CLIENT_QTWEBSOCKETS, PORTING_ECHO_CLIENT_WSKIT,
                                  PORTING_ECHO_CLIENT_COMPAT};
constexpr Programs ChatServers = {PORTING_CHAT_SERVER_QTWEBSOCKETS, PORTING_CHAT_SERVER_WSKIT,
                                  PORTING_CHAT_SERVER_COMPAT};
constexpr Programs TlsServers = {PORTING_TLS_ECHO_SERVER_QTWEBSOCKETS, PORTING_TLS_ECHO_SERVER_WSKIT,
                                 PORTING_TLS_ECHO_SERVER_COMPAT};
constexpr Programs TlsClients = {PORTING_TLS_ECHO_CLIENT_QTWEBSOCKETS, PORTING_TLS_ECHO_CLIENT_WSKIT,
                                 PORTING_TLS_ECHO_CLIENT_COMPAT};
constexpr Programs QmlClients = {PORTING_QML_CLIENT_QTWEBSOCKETS, PORTING_QML_CLIENT_WSKIT,
                                 PORTING_QML_CLIENT_COMPAT};
// What this program itself can be.
constexpr Programs Here = {"here", "here", ""};

const QString Nowhere = u"ws://127.0.0.1:1"_s;

// A program that runs, with what it has written to either output.
class Program
{
public:
    Program(const char *path, const QStringList &arguments)
    {
        m_process.setProcessChannelMode(QProcess::MergedChannels);
        QObject::connect(&m_process, &QProcess::readyRead, &m_process,
                         [this] { m_output += QString::fromUtf8(m_process.readAll()); });
        m_process.start(QString::fromLocal8Bit(path), arguments);
    }

    ~Program()
    {
        m_process.terminate();
        if (!m_process.waitForFinished(Patient::Patience))
            m_process.kill();
    }

    // What stands behind "listening on " in the output.
    QString url()
    {
        static const QRegularExpression line(u"^listening on (wss?://\\S+)\n"_s);
        (void)Patient::waitFor([this] { return line.match(m_output).hasMatch(); });
        return line.match(m_output).captured(1);
    }

    // The exit status; -1 if it does not come to that.
    int status()
    {
        const bool isFinished =
            Patient::waitFor([this] { return m_process.state() == QProcess::NotRunning; });
        return isFinished && m_process.exitStatus() == QProcess::NormalExit ? m_process.exitCode() : -1;
    }

    QStringList lines() const { return m_output.split(u'\n', Qt::SkipEmptyParts); }

private:
    QProcess m_process;
    QString m_output;
};

// An echo server in this process.
class EchoServer
{
public:
    explicit EchoServer(Library library)
    {
        QObject::connect(&m_qt, &QWebSocketServer::newConnection, &m_qt, [this] {
            QWebSocket *client = m_qt.nextPendingConnection();
            QObject::connect(client, &QWebSocket::textMessageReceived, client, &QWebSocket::sendTextMessage);
            QObject::connect(client, &QWebSocket::disconnected, client, &QObject::deleteLater);
        });
        QObject::connect(&m_wskit, &WsServer::newConnection, &m_wskit, [](WsConnection *client) {
            QObject::connect(client, &WsConnection::textMessageReceived, client,
                             [client](const QString &text) { client->sendText(text); });
        });
        if (library == QtWebSockets ? m_qt.listen(QHostAddress::LocalHost)
                                    : m_wskit.listen(QHostAddress::LocalHost))
            m_url = (library == QtWebSockets ? m_qt.serverUrl() : m_wskit.serverUrl()).toString();
    }

    QString url() const { return m_url; }

private:
    QWebSocketServer m_qt{u"echo"_s, QWebSocketServer::NonSecureMode};
    WsServer m_wskit;
    QString m_url;
};

// Somebody in the chat, with either library.
class Guest
{
public:
    Guest(Library library, const QString &server, const QString &name)
        : m_library(library), m_url(server + u"/?name="_s + name)
    {
        QObject::connect(&m_qt, &QWebSocket::textMessageReceived, &m_qt,
                         [this](const QString &text) { heard.append(text); });
        QObject::connect(&m_wskit, &WsClient::textMessageReceived, &m_wskit,
                         [this](const QString &text) { heard.append(text); });
    }

    void join() { m_library == QtWebSockets ? m_qt.open(m_url) : void(m_wskit.open(m_url)); }
    void say(const QString &text)
    {
        m_library == QtWebSockets ? void(m_qt.sendTextMessage(text)) : void(m_wskit.sendText(text));
    }
    void leave() { m_library == QtWebSockets ? m_qt.close() : void(m_wskit.close()); }

    QStringList heard;

private:
    Library m_library;
    QUrl m_url;
    QWebSocket m_qt;
    WsClient m_wskit;
};

QString certificate(const char *name)
{
    return QStringLiteral(WSKIT_TEST_CERTIFICATES "/") + QLatin1String(name);
}

QList<Library> librariesOf(const Programs &programs)
{
    QList<Library> libraries = {QtWebSockets, WsKit, Compat};
    libraries.removeIf([&programs](Library library) { return *programs[library] == 0; });
    return libraries;
}

void addPairs(const Programs &servers, const Programs &clients)
{
    QTest::addColumn<Library>("server");
    QTest::addColumn<Library>("client");
    for (const Library server : librariesOf(servers))
        for (const Library client : librariesOf(clients))
            QTest::addRow("server %s, client %s", LibraryNames[server], LibraryNames[client])
                << server << client;
}

int linesOf(const QString &folder)
{
    int lines = 0;
    const QDir directory(folder);
    for (const QString &name : directory.entryList(QDir::Files)) {
        QFile file(directory.filePath(name));
        if (file.open(QIODevice::ReadOnly))
            lines += int(file.readAll().count('\n'));
    }
    return lines;
}
} // namespace
Q_DECLARE_METATYPE(Library)

class tst_Porting : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void halfWithWsKitIsNoLonger_data();
    void halfWithWsKitIsNoLonger();
    void echoClientsPrintTheSame_data() { addPairs(Here, EchoClients); }
    void echoClientsPrintTheSame();
    void echoClientsReportARefusalWithDifferentCodes();
    void chatServersTellTheSame_data() { addPairs(ChatServers, Here); }
    void chatServersTellTheSame();
    void tlsClientsAcceptTheExpectedCertificate_data() { addPairs(TlsServers, TlsClients); }
    void tlsClientsAcceptTheExpectedCertificate();
    void tlsClientsRefuseAnyOtherCertificate_data() { addPairs(TlsServers, TlsClients); }
    void tlsClientsRefuseAnyOtherCertificate();
    void qmlClientsPrintTheSame_data() { addPairs(Here, QmlClients); }
    void qmlClientsPrintTheSame();
    void qmlClientsReportARefusal();
};

void tst_Porting::initTestCase()
{
#ifdef PORTING_QML_IMPORT_PATH
    qputenv("QML_IMPORT_PATH", PORTING_QML_IMPORT_PATH); // where WsKit.Compat is
#endif
}

void tst_Porting::halfWithWsKitIsNoLonger_data()
{
    QTest::addColumn<QString>("pair");
    const QDir porting(QStringLiteral(PORTING_SOURCES));
    for (const QString &name : porting.entryList(QDir::Dirs | QDir::NoDotAndDotDot))
        QTest::addRow("%s", qPrintable(name)) << porting.filePath(name);
}

void tst_Porting::halfWithWsKitIsNoLonger()
{
    QFETCH(const QString, pair);
    const int before = linesOf(pair + u"/qtwebsockets"_s);
    const int now = linesOf(pair + u"/wskit"_s);
    QVERIFY(now > 0);
    QVERIFY2(now <= before, qPrintable(u"%1 lines instead of %2"_s.arg(now).arg(before)));
}

void tst_Porting::echoClientsPrintTheSame()
{
    QFETCH(const Library, server);
    QFETCH(const Library, client);
    const EchoServer echo(server);
    Program program(EchoClients[client], {echo.url(), u"a b"_s, u""_s, u"\u00e4\u20ac\U0001f600"_s});
    QCOMPARE(program.status(), 0);
    QCOMPARE(program.lines(), QStringList({u"echo: a b"_s, u"echo: "_s, u"echo: \u00e4\u20ac\U0001f600"_s,
                                           u"closed: 1000"_s}));
}

void tst_Porting::echoClientsReportARefusalWithDifferentCodes()
{
    for (const Library client : librariesOf(EchoClients)) {
        Program program(EchoClients[client], {Nowhere, u"hello"_s});
        QCOMPARE(program.status(), 1);
        // QWebSocket has the code of a normal end if there was none. It may also emit disconnected() first.
        const QString closed = client == WsKit ? u"closed: 1006"_s : u"closed: 1000"_s;
        QStringList lines = program.lines();
        lines.sort();
        QCOMPARE(lines, QStringList({closed, u"error: QAbstractSocket::ConnectionRefusedError"_s}));
    }
}

void tst_Porting::chatServersTellTheSame()
{
    QFETCH(const Library, server);
    QFETCH(const Library, client);
    Program chat(ChatServers[server], {u"0"_s});
    const QString url = chat.url();
    QVERIFY(!url.isEmpty());

    Guest ann(client, url, u"Ann"_s);
    Guest bob(client, url, u"Bob"_s);
    QStringList told = {u"Ann has joined"_s};
    ann.join();
    WS_TRY_COMPARE(ann.heard, told);
    told += u"Bob has joined"_s;
    bob.join();
    WS_TRY_COMPARE(ann.heard, told);
    told += u"Ann: hello, all"_s;
    ann.say(u"hello, all"_s);
    WS_TRY_COMPARE(bob.heard, told.mid(1));
    told += u"Bob: \u00fcbrigens"_s;
    bob.say(u"\u00fcbrigens"_s);
    WS_TRY_COMPARE(bob.heard, told.mid(1));
    bob.leave();
    told += u"Bob has left"_s;
    WS_TRY_COMPARE(ann.heard, told);
    ann.leave();
    QStringList printed; // in quotation marks, which escape what guests of a terminal must not do with it
    for (const QString &line : told + QStringList(u"Ann has left"_s))
        printed.append(u'"' + line + u'"');
    WS_TRY_COMPARE(chat.lines().mid(1), printed);
    QCOMPARE(bob.heard, told.mid(1, 3));
}

namespace {
const QStringList SslErrors = {
    u"TLS: \"The host name did not match any of the valid hosts for this certificate\""_s,
    u"TLS: \"The certificate is self-signed, and untrusted\""_s,
};
} // namespace

void tst_Porting::tlsClientsAcceptTheExpectedCertificate()
{
    QFETCH(const Library, server);
    QFETCH(const Library, client);
    Program echo(TlsServers[server], {certificate("selfsigned.crt"), certificate("selfsigned.key"), u"0"_s});
    const QString url = echo.url();
    QVERIFY2(url.startsWith(u"wss://"_s), qPrintable(echo.lines().join(u'\n')));
    Program program(TlsClients[client], {url, certificate("selfsigned.crt"), u"hello"_s});
    QCOMPARE(program.status(), 0);
    QCOMPARE(program.lines(), SslErrors + QStringList(u"echo: hello"_s));
}

void tst_Porting::tlsClientsRefuseAnyOtherCertificate()
{
    QFETCH(const Library, server);
    QFETCH(const Library, client);
    Program echo(TlsServers[server], {certificate("selfsigned.crt"), certificate("selfsigned.key"), u"0"_s});
    const QString url = echo.url();
    QVERIFY2(url.startsWith(u"wss://"_s), qPrintable(echo.lines().join(u'\n')));
    Program program(TlsClients[client], {url, certificate("stranger.crt"), u"hello"_s});
    QCOMPARE(program.status(), 1);
    const QString error = u"error: QAbstractSocket::SocketError(13)"_s; // a failed TLS handshake
    QCOMPARE(program.lines(), SslErrors + QStringList(error));
}

void tst_Porting::qmlClientsPrintTheSame()
{
    QFETCH(const Library, server);
    QFETCH(const Library, client);
    const EchoServer echo(server);
    Program program(QmlClients[client], {echo.url(), u"a"_s, u"\u00e4\u20ac\U0001f600"_s});
    QCOMPARE(program.status(), 0);
    QCOMPARE(program.lines(), QStringList({u"qml: echo: a"_s, u"qml: echo: \u00e4\u20ac\U0001f600"_s}));
}

void tst_Porting::qmlClientsReportARefusal()
{
    for (const Library client : librariesOf(QmlClients)) {
        Program program(QmlClients[client], {Nowhere, u"hello"_s});
        QCOMPARE(program.status(), 1);
        QCOMPARE(program.lines(), QStringList(u"qml: error"_s));
    }
}

QTEST_GUILESS_MAIN(tst_Porting)
#include "tst_porting.moc"
