// SPDX-License-Identifier: MIT

// `wskit connect` as a user calls it who is behind a proxy, has to log in, is redirected, or loses the
// connection.

#include "integrationtesting.h"
#include "proxytesting.h"
#include "wskittool.h"

#include <QtCore/qprocess.h>
#include <QtCore/qtemporarydir.h>

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

using namespace IntegrationTesting;

namespace {
constexpr int ClosedCleanly = 0;
constexpr int UsageError = 1;
constexpr int NotConnected = 2;

// The keyboard's end of a terminal, whose other end is the standard input of a program.
class Keyboard
{
public:
    Keyboard() : m_master(::posix_openpt(O_RDWR | O_NOCTTY))
    {
        ::grantpt(m_master);
        ::unlockpt(m_master);
        ::fcntl(m_master, F_SETFL, O_NONBLOCK);
        m_slave =
            ::open(::ptsname(m_master), O_RDWR | O_NOCTTY); // or the terminal ends with its first reader
    }
    ~Keyboard()
    {
        ::close(m_slave);
        ::close(m_master);
    }
    Q_DISABLE_COPY_MOVE(Keyboard)

    QString terminal() const { return QString::fromLocal8Bit(::ptsname(m_master)); }
    bool type(const QByteArray &keys) const
    {
        return ::write(m_master, keys.constData(), size_t(keys.size())) == keys.size();
    }
    // Whether the terminal shows what is typed.
    bool isShown() const
    {
        termios terminal = {};
        return ::tcgetattr(m_slave, &terminal) == 0 && (terminal.c_lflag & ECHO) && (terminal.c_lflag & ISIG);
    }
    // What the terminal has shown of it.
    QByteArray echo() const
    {
        char buffer[4096];
        const ssize_t count = ::read(m_master, buffer, sizeof buffer);
        return {buffer, qMax<qsizetype>(count, 0)};
    }

private:
    int m_master;
    int m_slave = -1;
};

constexpr const char *endOfInput = "\x04";

// What exists before the tool starts, and until it has ended.
struct Settings
{
    QTemporaryDir folder;
};

class Tool : private Settings, public WskitTool
{
public:
    explicit Tool(const QStringList &arguments, const Keyboard *keyboard = nullptr)
        : WskitTool(QStringList{u"connect"_s, u"--wait"_s, u"0.05"_s} + arguments, folder.path(),
                    {.inputFile = keyboard ? keyboard->terminal() : QString()})
    {
    }
};

WsResponse refusal(int status, const QByteArray &name, const QByteArray &value)
{
    WsResponse response = WsResponse::reject(status);
    response.setHeaders({{name, value}});
    return response;
}

QByteArray basic(const QByteArray &login)
{
    return "Basic " + login.toBase64();
}

// Echoes, and keeps the requests and the messages.
class EchoServer
{
public:
    EchoServer()
    {
        server.setRequestHandler([this](const WsRequest &request) {
            requests.append(request);
            return handler(request);
        });
        server.setConnectionHandler([this](WsConnection *connection) {
            QObject::connect(connection, &WsConnection::messageReceived, connection,
                             [this, connection](const WsMessage &message) {
                                 texts.append(message.text());
                                 connection->send(message);
                             });
            greet(connection);
        });
        server.listen();
        m_port = server.serverPort();
    }

    QString url(const QString &path = {}) const { return server.serverUrl().toString() + path; }
    QString path() const { return requests.isEmpty() ? QString() : requests.constLast().path(); }
    QByteArray authorization() const
    {
        return requests.isEmpty() ? QByteArray() : requests.constLast().header("Authorization");
    }
    bool stop()
    {
        server.close();
        return waitFor([this] { return server.connectionCount() == 0; });
    }
    bool restart() { return server.listen(QHostAddress::LocalHost, m_port); }

    void redirect(const QByteArray &target)
    {
        handler = [target](const WsRequest &request) {
            if (request.path() != u"/old")
                return WsResponse::accept();
            return refusal(307, "Location", target);
        };
    }
    void wantLogin(const QByteArray &authorization)
    {
        handler = [authorization](const WsRequest &request) {
            if (request.header("Authorization") == authorization)
                return WsResponse::accept();
            return refusal(401, "WWW-Authenticate", "Basic realm=\"engine\"");
        };
    }

    WsServer server;
    std::function<WsResponse(const WsRequest &)> handler = [](const WsRequest &) {
        return WsResponse::accept();
    };
    std::function<void(WsConnection *)> greet = [](WsConnection *) {};
    QList<WsRequest> requests;
    QStringList texts;

private:
    quint16 m_port = 0;
};
} // namespace

class tst_WskitConnect : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void comesBackWhenTheServerDoes();
    void pipedLinesWaitForTheConnection();
    void typedLinesWaitForTheConnection();
    void typedLinesThatWereNotSentAreReported();
    void linesThatMayNotHaveArrivedAreReported();
    void linesThatHaveArrivedAreNotReported();
    void lineAfterTheCloseOfThePeerIsReported();
    void linesBehindTheCloseOfThePeerAreReported();
    void shortLineBehindTheCloseOfThePeerIsReported();
    void pongThatAnswersNothingEndsNothing();
    void pingsAreToldWhatComesOfThem();
    void ctrlCEndsTheWaiting();
    void givesUpWhenAnAnswerWillNotChange();

    void followsRedirectsAndTellsEach();
    void followsNoRedirectUnlessTold();
    void followsNoMoreRedirectsThanTold();

    void logsInWithAPassword();
    void logsInByDigest();
    void asksForThePasswordWithoutShowingIt();
    void keysThatAreNoCharactersAreNotInThePassword();
    void ctrlCAtThePasswordEndsTheTool();
    void signalAtThePasswordLeavesTheTerminalAsItWas_data();
    void signalAtThePasswordLeavesTheTerminalAsItWas();
    void wrongPasswordEndsItAndIsNotShown();
    void tellsNoOtherServerThePassword();
    void readsTheTokenForEachAttempt();
    void tellsWhichTokenFileItCannotRead_data();
    void tellsWhichTokenFileItCannotRead();
    void tellsNoOtherServerTheToken();
    void tokenAndHeaderAreNotBothSent();

    void proxyThatIsNotThereIsReported_data();
    void proxyThatIsNotThereIsReported();
    void logsInToAProxy_data();
    void logsInToAProxy();
    void connectsWithoutAProxyIfTold();
    void localSocketServesThePathOfTheUrl();
    void toolListensOnALocalSocket();

    void hostNamesTheServer();
    void hostIsTheNameOfTheCertificate();
    void showsAndChecksCertificates();
    void encryptedKeyIsReadByItsPassPhrase();
    void pinnedKeyIsChecked();

    void givesUpConnectingAfterTheTime();
    void verboseTellsTheSteps();
    void unexpectedArgumentIsNamed();
    void secretsOfWhatIsNoUrlAreNotShown_data();
    void secretsOfWhatIsNoUrlAreNotShown();
    void refusesWrongArguments_data();
    void refusesWrongArguments();
};

// --- reconnection

void tst_WskitConnect::comesBackWhenTheServerDoes()
{
    EchoServer server;
    Tool tool({u"--reconnect"_s, server.url()});
    QVERIFY(tool.says("connected to "));
    QVERIFY(server.stop());
    QVERIFY(tool.says("closed: 1001"));
    QVERIFY(tool.says("(attempt 1)\n"));
    QVERIFY(tool.says("could not connect: "));
    QVERIFY(tool.says("(attempt 2)\n"));
    QVERIFY(server.restart());
    QVERIFY(tool.says("reconnected to "));
    static const QRegularExpression notice(u"\nreconnecting in [0-9]\\.[0-9] s \\(attempt 1\\)\n"_s);
    QVERIFY2(notice.match(QString::fromUtf8(tool.notices())).hasMatch(), tool.notices());
    tool.write("hello\n");
    QCOMPARE(tool.run(), ClosedCleanly);
    QCOMPARE(tool.output(), "hello\n");
}

void tst_WskitConnect::pipedLinesWaitForTheConnection()
{
    EchoServer server;
    Tool tool({u"--reconnect"_s, server.url()});
    QVERIFY(tool.says("connected to "));
    QVERIFY(server.stop());
    QVERIFY(tool.says("(attempt 1)\n"));
    tool.write("one\ntwo\n");
    tool.endInput();
    QVERIFY(server.restart());
    QCOMPARE(tool.status(), ClosedCleanly);
    QCOMPARE(server.texts, QStringList({u"one"_s, u"two"_s}));
    QCOMPARE(tool.output(), "one\ntwo\n");
}

void tst_WskitConnect::typedLinesWaitForTheConnection()
{
    EchoServer server;
    const Keyboard keyboard;
    Tool tool({u"--reconnect"_s, server.url()}, &keyboard);
    QVERIFY(tool.says("connected to "));
    QVERIFY(server.stop());
    QVERIFY(tool.says("(attempt 1)\n"));
    QVERIFY(keyboard.type("one\ntwo\n"));
    QVERIFY(tool.says("line 1 waits for the connection\n"));
    QVERIFY(tool.says("line 2 waits for the connection\n"));
    QVERIFY(server.restart());
    WS_TRY_COMPARE(server.texts, QStringList({u"one"_s, u"two"_s}));
    QVERIFY(tool.says("reconnected to "));
    QVERIFY(keyboard.type(endOfInput));
    QCOMPARE(tool.status(), ClosedCleanly);
}

void tst_WskitConnect::typedLinesThatWereNotSentAreReported()
{
    EchoServer server;
    const Keyboard keyboard;
    Tool tool({u"--reconnect"_s, server.url()}, &keyboard);
    QVERIFY(tool.says("connected to "));
    QVERIFY(server.stop());
    QVERIFY(keyboard.type("one\n"));
    QVERIFY(tool.says("line 1 waits for the connection\n"));
    QVERIFY(keyboard.type(endOfInput));
    QCOMPARE(tool.status(), NotConnected);
    QVERIFY2(tool.notices().contains("1 line not sent\n"), tool.notices());
}

void tst_WskitConnect::linesThatMayNotHaveArrivedAreReported()
{
    EchoServer server;
    server.server.setConnectionHandler([](WsConnection *connection) {
        QObject::connect(connection, &WsConnection::messageReceived, connection, &WsConnection::abort);
    });
    Tool tool({u"--reconnect"_s, server.url()});
    QVERIFY(tool.says("connected to "));
    tool.write("one\n");
    QVERIFY(tool.says("reconnected to "));
    QVERIFY2(tool.notices().contains("1 line may not have arrived\n"), tool.notices());
    QCOMPARE(tool.run(), UsageError);
}

void tst_WskitConnect::linesThatHaveArrivedAreNotReported()
{
    EchoServer server;
    QPointer<WsConnection> last;
    int pingCount = 0;
    server.server.setConnectionHandler([&](WsConnection *connection) {
        last = connection;
        QObject::connect(connection, &WsConnection::pinged, connection, [&pingCount] { ++pingCount; });
    });
    Tool tool({u"--reconnect"_s, server.url()});
    QVERIFY(tool.says("connected to "));
    tool.write("one\n");
    WS_TRY_COMPARE(pingCount, 1);
    QVERIFY(last->sendText("the pong is in front of this"));
    QVERIFY(waitFor([&] { return tool.output().contains("in front"); }));
    last->close(Ws::GoingAway);
    QVERIFY(tool.says("reconnected to "));
    QVERIFY2(!tool.notices().contains("arrived"), tool.notices());
    QCOMPARE(tool.run(), ClosedCleanly);
}

void tst_WskitConnect::lineAfterTheCloseOfThePeerIsReported()
{
    RawServer server;
    server.afterAnswer = unmaskedFrame(CloseFrame, closePayload(1000));
    Tool tool({server.url().toString()});
    WS_TRY_VERIFY(server.peer && !server.peer->frames().isEmpty()); // the answer to the Close
    tool.write("late\n");
    QVERIFY(tool.says("line 1 was not sent: "));
    server.peer->socket->disconnectFromHost();
    QCOMPARE(tool.status(), UsageError);
}

void tst_WskitConnect::linesBehindTheCloseOfThePeerAreReported()
{
    RawServer server;
    Tool tool({server.url().toString()});
    QVERIFY(tool.says("connected to "));
    server.peer->stopReading();
    tool.write(QByteArray(32 * MiB, 'x') + '\n');
    WS_TRY_VERIFY(server.peer->socket->bytesAvailable() > 0);
    server.peer->send(unmaskedFrame(CloseFrame, closePayload(1000)));
    QVERIFY(tool.says("the last lines may not have arrived"));
    server.peer->readAgain();
    const auto isAnswered = [&server] {
        return server.peer->received.size() > 32 * MiB
               && server.peer->frames().constLast().opcode == CloseFrame;
    };
    QVERIFY(waitWhileItMoves(isAnswered, [&server] { return server.peer->received.size(); }));
    server.peer->socket->disconnectFromHost();
    QCOMPARE(tool.status(), UsageError);
}

// It is not written yet when the Close is read.
void tst_WskitConnect::shortLineBehindTheCloseOfThePeerIsReported()
{
    RawServer server;
    server.afterAnswer = unmaskedFrame(CloseFrame, closePayload(1000));
    Tool tool({u"--send"_s, u"short"_s, server.url().toString()});
    QVERIFY(tool.says("the last lines may not have arrived"));
    WS_TRY_VERIFY(server.peer && !server.peer->frames().isEmpty()
                  && server.peer->frames().constLast().opcode == CloseFrame);
    server.peer->socket->disconnectFromHost();
    QCOMPARE(tool.status(), UsageError);
}

// A pong like the one to the ping after the last line.
void tst_WskitConnect::pongThatAnswersNothingEndsNothing()
{
    EchoServer server;
    server.greet = [](WsConnection *connection) {
        connection->pong("end of input");
        connection->sendText("behind the pong");
    };
    Tool tool({u"--wait"_s, u"0"_s, server.url()});
    QVERIFY2(tool.prints("behind the pong\n"), tool.notices());
    tool.write("line\n");
    QVERIFY2(tool.prints("line\n"), tool.notices());
    QCOMPARE(server.texts, QStringList(u"line"_s));
    QCOMPARE(tool.run(), ClosedCleanly);
}

void tst_WskitConnect::pingsAreToldWhatComesOfThem()
{
    EchoServer server;
    server.greet = [](WsConnection *connection) { connection->pong("unasked"); };
    const Keyboard keyboard;
    Tool tool({u"--reconnect"_s, server.url()}, &keyboard);
    QVERIFY2(tool.says("pong without a ping\n"), tool.notices());
    QVERIFY(keyboard.type("/ping end of input\n"));
    QVERIFY2(tool.says("pong after "), tool.notices());
    QVERIFY(server.stop());
    QVERIFY2(tool.says("reconnecting in "), tool.notices());
    QVERIFY(keyboard.type("/ping\n"));
    QVERIFY2(tool.says("the connection is not open\n"), tool.notices());
}

void tst_WskitConnect::ctrlCEndsTheWaiting()
{
    EchoServer server;
    server.handler = [](const WsRequest &) {
        return refusal(503, "Retry-After", "25"); // which nobody here waits for
    };
    Tool tool({u"--reconnect"_s, server.url()});
    QVERIFY(tool.says("(attempt 1)\n"));
    tool.interrupt();
    QCOMPARE(tool.status(), NotConnected);
    QCOMPARE(server.requests.size(), 1);
}

void tst_WskitConnect::givesUpWhenAnAnswerWillNotChange()
{
    EchoServer server;
    server.handler = [](const WsRequest &) { return WsResponse::reject(403, "not you\nnor me"); };
    Tool tool({u"--reconnect"_s, server.url()});
    QCOMPARE(tool.status(), NotConnected);
    QVERIFY2(tool.notices().contains("403"), tool.notices());
    QVERIFY2(tool.notices().contains("not you\n  nor me\n"), tool.notices());
    QVERIFY2(!tool.notices().contains("attempt"), tool.notices());
}

// --- redirects

void tst_WskitConnect::followsRedirectsAndTellsEach()
{
    EchoServer server;
    server.redirect("/new?room=1");
    Tool tool({u"--follow"_s, server.url(u"/old"_s)});
    tool.write("hello\n");
    QCOMPARE(tool.run(), ClosedCleanly);
    QCOMPARE(server.path(), u"/new"_s);
    const QByteArray expected = "redirected to " + server.url(u"/new?room=1"_s).toUtf8() + '\n';
    QVERIFY2(tool.notices().startsWith(expected), tool.notices());
}

void tst_WskitConnect::followsNoRedirectUnlessTold()
{
    EchoServer server;
    server.redirect("/new");
    Tool tool({server.url(u"/old"_s)});
    QCOMPARE(tool.run(), NotConnected);
    QVERIFY2(tool.notices().contains("307"), tool.notices());
    QCOMPARE(server.requests.size(), 1);
}

void tst_WskitConnect::followsNoMoreRedirectsThanTold()
{
    EchoServer server;
    server.handler = [](const WsRequest &request) {
        return refusal(302, "Location", request.target() + 'x');
    };
    for (const QStringList &option : {QStringList{u"--follow=2"_s}, QStringList{u"--follow"_s, u"2"_s}}) {
        server.requests.clear();
        Tool tool(option + QStringList(server.url(u"/"_s)));
        QCOMPARE(tool.run(), NotConnected);
        QCOMPARE(server.requests.size(), 3);
    }
}

// --- logging in

void tst_WskitConnect::logsInWithAPassword()
{
    EchoServer server;
    server.wantLogin(basic("ada:love:and"));
    Tool tool({u"--user"_s, u"ada:love:and"_s, server.url()});
    tool.write("hello\n");
    QCOMPARE(tool.run(), ClosedCleanly);
    QCOMPARE(tool.output(), "hello\n");
}

namespace {
// Whether a header Authorization is Digest's (RFC 7616 §3.4.1, SHA-256), and of one who knows the password.
bool isDigest(const QByteArray &authorization, const QByteArray &target, const QByteArray &password)
{
    const auto hash = [](const QByteArrayList &parts) {
        return QCryptographicHash::hash(parts.join(':'), QCryptographicHash::Sha256).toHex();
    };
    const auto value = [&authorization](const QByteArray &name) {
        const QRegularExpression pair(u"[ ,]%1=\"?([^\",]*)"_s.arg(QString::fromLatin1(name)));
        return pair.match(QString::fromLatin1(authorization)).captured(1).toLatin1();
    };
    const QByteArray secret = hash({value("username"), value("realm"), password});
    return authorization.startsWith("Digest ") && value("nonce") == "17" && value("uri") == target
           && value("response")
                  == hash({secret, value("nonce"), value("nc"), value("cnonce"), value("qop"),
                           hash({"GET", target})});
}
} // namespace

void tst_WskitConnect::logsInByDigest()
{
    EchoServer server;
    server.handler = [](const WsRequest &request) {
        if (isDigest(request.header("Authorization"), request.target(), "love"))
            return WsResponse::accept();
        return refusal(401, "WWW-Authenticate",
                       "Digest realm=\"engine\", qop=\"auth\", algorithm=SHA-256, nonce=\"17\"");
    };
    Tool tool({u"--user"_s, u"ada:love"_s, server.url(u"/room?a=b"_s)});
    tool.write("hello\n");
    QCOMPARE(tool.run(), ClosedCleanly);
    QCOMPARE(tool.output(), "hello\n");
    QCOMPARE(Tool({u"--user"_s, u"ada:hate"_s, server.url()}).run(), NotConnected);
}

void tst_WskitConnect::asksForThePasswordWithoutShowingIt()
{
    EchoServer server;
    server.wantLogin(basic("ada:l\xc3\xb6ve"));
    const Keyboard keyboard;
    Tool tool({u"--user"_s, u"ada"_s, server.url()}, &keyboard);
    QVERIFY(tool.says("Password of ada: "));
    QVERIFY(keyboard.type("wrong\x15l\xc3\xb6v\xc3\xa4\x7f"
                          "e\n")); // with the line erased, and one character
    QVERIFY(tool.says("connected to "));
    QCOMPARE(keyboard.echo(), QByteArray());
    QVERIFY(keyboard.type(endOfInput));
    QCOMPARE(tool.status(), ClosedCleanly);
    QVERIFY2(!tool.notices().contains("ve"), tool.notices());
}

// Ctrl-Z and Ctrl-\, arrows, F5 with Ctrl, Escape by itself, and a sequence that Enter ends.
void tst_WskitConnect::keysThatAreNoCharactersAreNotInThePassword()
{
    EchoServer server;
    server.wantLogin(basic("ada:lO[5~ve"));
    const Keyboard keyboard;
    Tool tool({u"--user"_s, u"ada"_s, server.url()}, &keyboard);
    QVERIFY(tool.says("Password of ada: "));
    QVERIFY(keyboard.type("l\x1a\x1c\x1b[AO\x1bOD[\x1b[15;5~5~\x1bv\x1b\x1b[3~\te\x1b[1\n"));
    QVERIFY2(tool.says("connected to "), tool.notices());
    QVERIFY(keyboard.type(endOfInput));
    QCOMPARE(tool.status(), ClosedCleanly);
}

void tst_WskitConnect::ctrlCAtThePasswordEndsTheTool()
{
    EchoServer server;
    const Keyboard keyboard;
    Tool tool({u"--user"_s, u"ada"_s, server.url()}, &keyboard);
    QVERIFY(tool.says("Password of ada: "));
    QVERIFY(!keyboard.isShown());
    QVERIFY(keyboard.type("lo\x03"));
    QCOMPARE(tool.status(), UsageError);
    QVERIFY(keyboard.isShown());
    QVERIFY(server.requests.isEmpty());
}

void tst_WskitConnect::signalAtThePasswordLeavesTheTerminalAsItWas_data()
{
    QTest::addColumn<int>("signal");
    QTest::newRow("SIGTERM") << SIGTERM;
    QTest::newRow("SIGHUP") << SIGHUP;
    QTest::newRow("SIGINT") << SIGINT;
}

void tst_WskitConnect::signalAtThePasswordLeavesTheTerminalAsItWas()
{
    QFETCH(const int, signal);
    const Keyboard keyboard;
    Tool tool({u"--user"_s, u"ada"_s, u"ws://127.0.0.1:1/"_s}, &keyboard);
    QVERIFY(tool.says("Password of ada: "));
    QVERIFY(!keyboard.isShown());
    tool.end(signal);
    QVERIFY(tool.isEndedBy(signal));
    QVERIFY(keyboard.isShown());
}

void tst_WskitConnect::wrongPasswordEndsItAndIsNotShown()
{
    EchoServer server;
    server.wantLogin(basic("ada:love"));
    Tool tool({u"--reconnect"_s, u"--verbose"_s, u"--user"_s, u"ada:hate"_s, server.url()});
    QCOMPARE(tool.status(), NotConnected);
    QVERIFY2(tool.notices().contains("401"), tool.notices());
    QVERIFY2(!tool.notices().contains("hate"), tool.notices());
    QVERIFY2(!tool.notices().contains(QByteArray("ada:hate").toBase64()), tool.notices());
    QVERIFY(server.requests.size() <= 2);
}

void tst_WskitConnect::tellsNoOtherServerThePassword()
{
    EchoServer server;
    EchoServer other;
    other.wantLogin(basic("ada:love"));
    server.redirect(other.url(u"/new"_s).toUtf8());
    Tool tool({u"--follow"_s, u"--user"_s, u"ada:love"_s, server.url(u"/old"_s)});
    QCOMPARE(tool.run(), NotConnected);
    QCOMPARE(other.requests.size(), 1);
    QCOMPARE(other.authorization(), QByteArray());
}

namespace {
bool writeFile(const QString &name, const QByteArray &content)
{
    QFile file(name);
    return file.open(QIODevice::WriteOnly) && file.write(content) == content.size();
}
} // namespace

void tst_WskitConnect::readsTheTokenForEachAttempt()
{
    const QTemporaryDir folder;
    const QString name = folder.filePath(u"token"_s);
    QVERIFY(writeFile(name, "old\n"));
    EchoServer server;
    server.handler = [&name](const WsRequest &request) {
        if (request.header("Authorization") == "Bearer new")
            return WsResponse::accept();
        writeFile(name, "new\n");
        return WsResponse::reject(503);
    };
    Tool tool({u"--reconnect"_s, u"--bearer-file"_s, name, server.url()});
    QVERIFY(tool.says("connected to "));
    QCOMPARE(server.requests.constFirst().header("Authorization"), "Bearer old");
    QCOMPARE(tool.run(), ClosedCleanly);

    QVERIFY(QFile::remove(name));
    QVERIFY(server.stop());
    QVERIFY(server.restart());
}

void tst_WskitConnect::tellsWhichTokenFileItCannotRead_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<int>("expected");
    QTest::newRow("missing") << QByteArray();
    QTest::newRow("empty") << QByteArray("\n");
    QTest::newRow("two lines") << QByteArray("one\ntwo\n");
    QTest::newRow("too long") << QByteArray(64 * 1024, 'a') + '\n';
}

void tst_WskitConnect::tellsWhichTokenFileItCannotRead()
{
    QFETCH(const QByteArray, content);
    const QTemporaryDir folder;
    const QString name = folder.filePath(u"token"_s);
    EchoServer server;
    // At the start, and when it is read again.
    for (const bool isLater : {false, true}) {
        QVERIFY(writeFile(name, isLater ? "good" : content));
        server.requests.clear();
        server.handler = [&](const WsRequest &) {
            content.isEmpty() ? (void)QFile::remove(name) : (void)writeFile(name, content);
            return WsResponse::reject(503);
        };
        if (!isLater && content.isEmpty())
            QVERIFY(QFile::remove(name));
        Tool tool({u"--reconnect"_s, u"--bearer-file"_s, name, server.url()});
        QCOMPARE(tool.status(), isLater ? NotConnected : UsageError);
        QVERIFY2(tool.notices().contains(name.toUtf8() + ": "), tool.notices());
        QVERIFY2(!tool.notices().contains("two"), tool.notices());
        QCOMPARE(server.requests.size(), isLater ? 1 : 0);
    }
}

void tst_WskitConnect::tellsNoOtherServerTheToken()
{
    const QTemporaryDir folder;
    const QString name = folder.filePath(u"token"_s);
    QVERIFY(writeFile(name, "secret"));
    EchoServer server;
    EchoServer other;
    server.redirect(other.url(u"/new"_s).toUtf8());
    Tool tool({u"--follow"_s, u"--bearer-file"_s, name, server.url(u"/old"_s)});
    QCOMPARE(tool.run(), ClosedCleanly);
    QCOMPARE(server.authorization(), "Bearer secret");
    QCOMPARE(other.requests.size(), 1);
    QCOMPARE(other.authorization(), QByteArray());
}

void tst_WskitConnect::tokenAndHeaderAreNotBothSent()
{
    const QTemporaryDir folder;
    const QString name = folder.filePath(u"token"_s);
    QVERIFY(writeFile(name, "secret"));
    EchoServer server;
    Tool tool({u"--bearer-file"_s, name, u"--header"_s, u"Authorization: Basic eA=="_s, server.url()});
    QCOMPARE(tool.run(), UsageError);
    QVERIFY2(tool.notices().contains("--bearer-file or --header Authorization, not both"), tool.notices());
    QVERIFY(server.requests.isEmpty());
}

// --- other ways

void tst_WskitConnect::proxyThatIsNotThereIsReported_data()
{
    QTest::addColumn<QString>("scheme");
    QTest::newRow("http") << u"http"_s;
    QTest::newRow("socks5") << u"socks5"_s;
}

void tst_WskitConnect::proxyThatIsNotThereIsReported()
{
    QFETCH(const QString, scheme);
    EchoServer server;
    Tool tool({u"--proxy"_s, scheme + u"://ada:love@127.0.0.1:1"_s, server.url()});
    QCOMPARE(tool.run(), NotConnected);
    QVERIFY2(tool.notices().contains("proxy"), tool.notices());
    QVERIFY2(!tool.notices().contains("love"), tool.notices());
    QVERIFY(server.requests.isEmpty());
}

// With the password in the URL, or asked for it.
void tst_WskitConnect::logsInToAProxy_data()
{
    QTest::addColumn<QNetworkProxy::ProxyType>("type");
    QTest::addColumn<QString>("userInfo");
    QTest::addColumn<QByteArray>("credentials");
    QTest::addColumn<QByteArray>("typed");
    const QByteArray none;
    QTest::newRow("http") << QNetworkProxy::HttpProxy << u"ada:love"_s << "ada:love"_ba << none;
    QTest::newRow("socks5") << QNetworkProxy::Socks5Proxy << u"ada:love"_s << "ada:love"_ba << none;
    QTest::newRow("an encoded name") << QNetworkProxy::HttpProxy << u"ada%40corp.example:lo%3Ave"_s
                                     << "ada@corp.example:lo:ve"_ba << none;
    QTest::newRow("asked for") << QNetworkProxy::HttpProxy << u"ada"_s << "ada:l@ve%"_ba
                               << "l@ve%\n"_ba;
    // What is before the port is no password, even if it ends like the name.
    QTest::newRow("the last digit of the address") << QNetworkProxy::HttpProxy << u"1"_s << "1:love"_ba
                                                   << "love\n"_ba;
}

void tst_WskitConnect::logsInToAProxy()
{
    QFETCH(const QNetworkProxy::ProxyType, type);
    QFETCH(const QString, userInfo);
    QFETCH(const QByteArray, credentials);
    QFETCH(const QByteArray, typed);
    EchoServer server;
    WorkingProxy proxy(type);
    proxy.credentials = credentials;
    const QString scheme = type == QNetworkProxy::HttpProxy ? u"http"_s : u"socks5"_s;
    const QString proxyUrl =
        u"%1://%2@127.0.0.1:%3"_s.arg(scheme, userInfo, QString::number(proxy.serverPort()));
    const Keyboard keyboard;
    Tool tool({u"--proxy"_s, proxyUrl, server.url()}, typed.isEmpty() ? nullptr : &keyboard);
    if (!typed.isEmpty()) {
        QVERIFY(tool.says("Password of " + userInfo.toUtf8() + ": "));
        QVERIFY(keyboard.type(typed));
    }
    QVERIFY2(tool.says("connected to "), tool.notices());
    QCOMPARE(proxy.destinations.size(), 1);
    QVERIFY2(!tool.notices().contains("ve"), tool.notices());
    QVERIFY(keyboard.type(endOfInput));
    QCOMPARE(typed.isEmpty() ? tool.run() : tool.status(), ClosedCleanly);
}

void tst_WskitConnect::connectsWithoutAProxyIfTold()
{
    EchoServer server;
    Tool tool({u"--proxy"_s, u"none"_s, server.url()});
    tool.write("hello\n");
    QCOMPARE(tool.run(), ClosedCleanly);
    QCOMPARE(tool.output(), "hello\n");
}

void tst_WskitConnect::localSocketServesThePathOfTheUrl()
{
    const QTemporaryDir folder;
    const QString name = folder.filePath(u"a socket"_s);
    EchoServer server;
    server.server.close();
    QVERIFY2(server.server.listen(name), qPrintable(server.server.errorString()));
    for (const QStringList &arguments :
         {QStringList{u"--unix"_s, name, u"ws://example.test/room?a=b%20c"_s},
          QStringList{u"ws+unix://"_s + QString::fromLatin1(QUrl::toPercentEncoding(name, "/"))
                      + u":/room?a=b%20c"_s}}) {
        Tool tool(arguments);
        tool.write("hello\n");
        QCOMPARE(tool.run(), ClosedCleanly);
        QCOMPARE(tool.output(), "hello\n");
        QCOMPARE(server.requests.constLast().target(), "/room?a=b%20c");
    }
    QCOMPARE(server.requests.constFirst().header("Host"), "example.test");
}

void tst_WskitConnect::toolListensOnALocalSocket()
{
    const QTemporaryDir folder;
    const QString name = folder.filePath(u"echo.socket"_s);
    QProcess server;
    server.setProcessChannelMode(QProcess::MergedChannels);
    server.start(QStringLiteral(WSKIT_TOOL), {u"listen"_s, u"--echo"_s, u"--unix"_s, name});
    QByteArray notices;
    const auto says = [&](const QByteArray &text) {
        return waitFor([&] { return (notices += server.readAll()).contains(text); });
    };
    QVERIFY(says("listening on "));
    Tool tool({u"--unix"_s, name, u"ws://localhost/room"_s});
    tool.write("hello\n");
    QCOMPARE(tool.run(), ClosedCleanly);
    QCOMPARE(tool.output(), "hello\n");
    QVERIFY2(says("#1 connected from the local socket, /room\n"), notices);
    QCOMPARE(Tool({u"--origin"_s, u"https://evil.test"_s, u"--unix"_s, name, u"ws://localhost/"_s}).run(),
             NotConnected);
    QVERIFY2(says("rejected the local socket: "), notices);
    server.terminate();
    QVERIFY(waitFor([&] { return server.state() == QProcess::NotRunning; }));
    QCOMPARE(server.exitCode(), ClosedCleanly);
    QVERIFY(!QFile::exists(name));
}

// --- names and certificates

void tst_WskitConnect::hostNamesTheServer()
{
    EchoServer server;
    server.server.setAllowedHosts({u"*"_s});
    Tool tool({u"--host"_s, u"chat.example.test:99"_s, server.url()});
    QCOMPARE(tool.run(), ClosedCleanly);
    QCOMPARE(server.requests.constLast().header("Host"), "chat.example.test:99");
}

void tst_WskitConnect::hostIsTheNameOfTheCertificate()
{
    EchoServer server;
    server.server.close();
    server.server.setSslConfiguration(tlsConfiguration(u"elsewhere"_s));
    QVERIFY(server.server.listen());
    const QStringList arguments = {u"--cacert"_s, certificateFile(u"ca.crt"_s), server.url()};
    QCOMPARE(Tool(arguments).run(), NotConnected);
    QCOMPARE(Tool(QStringList{u"--host"_s, u"elsewhere.test"_s} + arguments).run(), ClosedCleanly);
}

void tst_WskitConnect::showsAndChecksCertificates()
{
    EchoServer server;
    server.server.close();
    QSslConfiguration tls = serverTls();
    tls.setPeerVerifyMode(QSslSocket::VerifyPeer);
    server.server.setSslConfiguration(tls);
    QVERIFY(server.server.listen());
    const QStringList authority = {u"--cacert"_s, certificateFile(u"ca.crt"_s), server.url()};
    const QStringList own = {u"--cert"_s, certificateFile(u"client.crt"_s), u"--key"_s,
                             certificateFile(u"client.key"_s)};
    QCOMPARE(Tool({server.url()}).run(), NotConnected);
    QCOMPARE(Tool(authority).run() == ClosedCleanly, false);
    QCOMPARE(Tool(own + authority).run(), ClosedCleanly);
    Tool tool({u"--cert"_s, u"nowhere.crt"_s, server.url()});
    QCOMPARE(tool.run(), UsageError);
    QVERIFY2(tool.notices().contains("nowhere.crt: "), tool.notices());
}

void tst_WskitConnect::encryptedKeyIsReadByItsPassPhrase()
{
    EchoServer server;
    server.server.close();
    server.server.setSslConfiguration(serverTls());
    QVERIFY(server.server.listen());
    const QTemporaryDir folder;
    const QString file = folder.filePath(u"pass"_s);
    const QStringList arguments = {u"--cacert"_s,        certificateFile(u"ca.crt"_s),
                                   u"--cert"_s,          certificateFile(u"server.crt"_s),
                                   u"--key"_s,           certificateFile(u"server-encrypted.key"_s),
                                   u"--key-pass-file"_s, file,
                                   server.url()};
    QVERIFY(writeFile(file, "secret\r\nmore\n"));
    QCOMPARE(Tool(arguments).run(), ClosedCleanly);
    for (const QByteArray &content : {"wrong\n"_ba, "\nsecret\n"_ba}) {
        QVERIFY(writeFile(file, content));
        Tool tool(arguments);
        QCOMPARE(tool.run(), UsageError);
        QVERIFY2(!tool.notices().contains("wrong"), tool.notices());
    }
    QVERIFY(QFile::remove(file));
    Tool tool(arguments);
    QCOMPARE(tool.run(), UsageError);
    QVERIFY2(tool.notices().contains(file.toUtf8() + ": "), tool.notices());
}

void tst_WskitConnect::pinnedKeyIsChecked()
{
    EchoServer server;
    server.server.close();
    server.server.setSslConfiguration(serverTls());
    QVERIFY(server.server.listen());
    const auto run = [&](const QString &pin) {
        return Tool({u"--pin"_s, pin, u"--cacert"_s, certificateFile(u"ca.crt"_s), server.url()}).run();
    };
    QCOMPARE(run(WsClient::certificatePin(certificate(u"server"_s))), ClosedCleanly);
    QCOMPARE(run(WsClient::certificatePin(certificate(u"elsewhere"_s))), NotConnected);
    QCOMPARE(run(u"nonsense"_s), UsageError);
}

// --- all of it

namespace {
// Listens, but has no room for another connection: the system leaves attempts without an answer.
class FullServer
{
public:
    FullServer() : m_listener(::socket(AF_INET, SOCK_STREAM, 0))
    {
        m_address.sin_family = AF_INET;
        m_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof m_address;
        m_isFull = ::bind(m_listener, address(), size) == 0 && ::listen(m_listener, 0) == 0
                   && ::getsockname(m_listener, address(), &size) == 0;
        for (int &client : m_clients) {
            client = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
            m_isFull = m_isFull && (::connect(client, address(), size) == 0 || errno == EINPROGRESS);
        }
    }
    ~FullServer()
    {
        for (const int client : m_clients)
            ::close(client);
        ::close(m_listener);
    }
    Q_DISABLE_COPY_MOVE(FullServer)

    bool isFull() const { return m_isFull; }
    QString url() const { return u"ws://127.0.0.1:%1/"_s.arg(ntohs(m_address.sin_port)); }

private:
    sockaddr *address() { return reinterpret_cast<sockaddr *>(&m_address); }

    const int m_listener;
    sockaddr_in m_address = {};
    int m_clients[4] = {};
    bool m_isFull = false;
};
} // namespace

void tst_WskitConnect::givesUpConnectingAfterTheTime()
{
    const FullServer server;
    QVERIFY2(server.isFull(), qPrintable(qt_error_string()));
    Tool tool({u"--connect-timeout"_s, u"0.2"_s, server.url()});
    QCOMPARE(tool.run(), NotConnected);
    QVERIFY2(tool.notices().startsWith("could not connect: "), tool.notices());
    QVERIFY2(tool.notices().contains("connectTimeout (200 ms)"), tool.notices());
}

void tst_WskitConnect::verboseTellsTheSteps()
{
    EchoServer server;
    Tool tool({u"--verbose"_s, server.url()});
    QCOMPARE(tool.run(), ClosedCleanly);
    static const QRegularExpression steps(
        u" +[0-9]+\\.[0-9] ms  connected\n +[0-9]+\\.[0-9] ms  request sent\n +[0-9]+\\.[0-9] ms  answer received\nconnected to "_s);
    QVERIFY2(steps.match(QString::fromUtf8(tool.notices())).hasMatch(), tool.notices());
}

void tst_WskitConnect::unexpectedArgumentIsNamed()
{
    Tool tool({u"ws://127.0.0.1:1/"_s, u"extra"_s});
    QCOMPARE(tool.run(), UsageError);
    QVERIFY2(tool.notices().startsWith("wskit: unexpected argument “extra”\n"), tool.notices());
    QVERIFY2(tool.notices().endsWith("See --help for more.\n"), tool.notices());
}

void tst_WskitConnect::secretsOfWhatIsNoUrlAreNotShown_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QByteArray>("shown");
    QTest::newRow("no scheme") << u"ada:love@host.test"_s << "“host.test”"_ba;
    QTest::newRow("only slashes") << u"//ada:love@host.test:what"_s << "“//host.test:what”"_ba;
    QTest::newRow("no port") << u"WS://ada:love@host.test:what"_s << "“WS://host.test:what”"_ba;
    QTest::newRow("at signs") << u"ws://ada:l@love@host.test:what"_s << "“ws://host.test:what”"_ba;
    QTest::newRow("two lines") << u"ada:love\nlove@host.test"_s << "“host.test”"_ba;
    QTest::newRow("query") << u"://host.test?token=love"_s << "“://host.test”"_ba;
    QTest::newRow("question mark") << u"ada:?love@host.test"_s << "“host.test”"_ba;
}

void tst_WskitConnect::secretsOfWhatIsNoUrlAreNotShown()
{
    QFETCH(const QString, url);
    QFETCH(const QByteArray, shown);
    Tool tool({url});
    QCOMPARE(tool.run(), UsageError);
    QVERIFY2(tool.notices().contains(shown), tool.notices());
    QVERIFY2(!tool.notices().contains("love"), tool.notices());
}

void tst_WskitConnect::refusesWrongArguments_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("follow what") << QStringList{u"--follow=many"_s};
    QTest::newRow("follow less than nothing") << QStringList{u"--follow=-1"_s};
    QTest::newRow("no user") << QStringList{u"--user"_s, u":love"_s};
    QTest::newRow("no password and no terminal") << QStringList{u"--user"_s, u"ada"_s};
    QTest::newRow("user and token") << QStringList{u"--user"_s, u"a:b"_s, u"--bearer-file"_s, u"/dev/null"_s};
    QTest::newRow("user and header") << QStringList{u"--user"_s, u"a:b"_s, u"-H"_s, u"authorization: x"_s};
    QTest::newRow("key without certificate") << QStringList{u"--key"_s, u"server.key"_s};
    QTest::newRow("pass phrase without certificate") << QStringList{u"--key-pass-file"_s, u"/dev/null"_s};
    QTest::newRow("pin and any certificate") << QStringList{u"--pin"_s, u"x"_s, u"--insecure"_s};
    QTest::newRow("no proxy") << QStringList{u"--proxy"_s, u"gopher://127.0.0.1:1"_s};
    QTest::newRow("proxy for a local socket") << QStringList{u"--unix"_s, u"/s"_s, u"--proxy"_s, u"none"_s};
    QTest::newRow("no host") << QStringList{u"--host"_s, u"a b"_s};
    QTest::newRow("no time") << QStringList{u"--connect-timeout"_s, u"0"_s};
}

void tst_WskitConnect::refusesWrongArguments()
{
    QFETCH(const QStringList, arguments);
    Tool tool(arguments + QStringList(u"ws://ada:love@127.0.0.1:1/"_s));
    QCOMPARE(tool.run(), UsageError);
    QVERIFY(!tool.notices().isEmpty());
    QVERIFY2(!tool.notices().contains("love@"), tool.notices());
    QCOMPARE(tool.output(), QByteArray());
}

QTEST_GUILESS_MAIN(tst_WskitConnect)
#include "tst_wskitconnect.moc"
