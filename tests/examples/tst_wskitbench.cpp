// SPDX-License-Identifier: MIT

// `wskit bench` as a user calls it, against servers that echo and servers that do not.

#include "integrationtesting.h"

#include <QtCore/qjsonarray.h>
#include <QtCore/qjsondocument.h>
#include <QtCore/qjsonobject.h>
#include <QtCore/qprocess.h>
#include <QtCore/qtemporaryfile.h>

#include <csignal>

using namespace IntegrationTesting;

namespace {
constexpr int AllServed = 0;
constexpr int UsageError = 1;
constexpr int NoneConnected = 2;
constexpr int SomeNotServed = 3;

// The tool, while our own event loop serves it.
class Tool
{
public:
    void start(const QStringList &arguments)
    {
        m_process.start(QStringLiteral(WSKIT_TOOL), QStringList(u"bench"_s) + arguments);
    }
    bool waitUntilEnded()
    {
        return waitFor([this] { return m_process.state() == QProcess::NotRunning; });
    }
    bool run(const QStringList &arguments)
    {
        start(arguments);
        return waitUntilEnded() && m_process.exitStatus() == QProcess::NormalExit;
    }
    // As Ctrl-C.
    void interrupt() { ::kill(pid_t(m_process.processId()), SIGINT); }

    int status() const { return m_process.exitCode(); }
    QString output()
    {
        m_output += m_process.readAllStandardOutput();
        return QString::fromUtf8(m_output);
    }
    QString errors() { return QString::fromUtf8(m_process.readAllStandardError()); }
    QJsonObject figures()
    {
        output();
        return QJsonDocument::fromJson(m_output).object();
    }

private:
    QProcess m_process;
    QByteArray m_output;
};

// Echoes, and keeps what it has seen.
class EchoServer
{
public:
    explicit EchoServer(bool isTls = false)
    {
        if (isTls)
            server.setSslConfiguration(serverTls());
        server.setConnectionHandler([this](WsConnection *connection) {
            if (++clientCount == 1)
                first = connection;
            lastRequest = connection->request();
            QObject::connect(
                connection, &WsConnection::messageReceived, connection,
                [this, connection](const WsMessage &message) { onMessage(connection, message); });
        });
        server.listen();
    }

    QString url() const { return server.serverUrl().toString(); }

    WsServer server;
    QPointer<WsConnection> first;
    WsRequest lastRequest;
    WsMessage lastMessage;
    std::function<void(WsConnection *, const WsMessage &)> answer =
        [](WsConnection *connection, const WsMessage &message) { connection->send(message); };
    int clientCount = 0;
    int messageCount = 0;

private:
    void onMessage(WsConnection *connection, const WsMessage &message)
    {
        ++messageCount;
        lastMessage = message;
        answer(connection, message);
    }
};
} // namespace

class tst_WskitBench : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sendsWhatItIsTold_data();
    void sendsWhatItIsTold();
    void keepsSoManyInFlight();
    void printsReadableFigures();
    void endsWhenTheTimeIsOver();
    void keepsToTheRate();
    void benchesTlsAndSendsHeaders();
    void benchesAServerThatWantsALogin();
    void ctrlCEndsWithTheFiguresSoFar();
    void tellsThatNoneCouldConnect();
    void countsClientsThatAreClosed();
    void reasonsDoNotControlTheTerminal();
    void countsWrongEchoes_data();
    void countsWrongEchoes();
    void clientsWithoutAnEchoAreNotServed();
    void doesNotWaitForLostMessages();
    void messagesOfATemplateDiffer();
    void stagesOfAProfileFollowEachOther();
    void wrongProfileIsQuoted_data();
    void wrongProfileIsQuoted();
    void refusesWrongArguments_data();
    void refusesWrongArguments();
};

void tst_WskitBench::sendsWhatItIsTold_data()
{
    QTest::addColumn<QStringList>("type");
    QTest::addColumn<bool>("isText");
    QTest::addColumn<int>("size");
    QTest::newRow("by default text") << QStringList() << true << 64;
    QTest::newRow("text") << QStringList(u"--text"_s) << true << 1;
    QTest::newRow("binary") << QStringList(u"--binary"_s) << false << 200'000;
    QTest::newRow("empty") << QStringList(u"--binary"_s) << false << 0;
}

void tst_WskitBench::sendsWhatItIsTold()
{
    QFETCH(const QStringList, type);
    QFETCH(const bool, isText);
    QFETCH(const int, size);
    EchoServer server;
    Tool tool;
    QVERIFY(tool.run(QStringList{server.url(), u"--clients"_s, u"4"_s, u"--messages"_s, u"100"_s, u"--size"_s,
                                 QString::number(size), u"--json"_s}
                     + type));

    QCOMPARE(tool.status(), AllServed);
    QCOMPARE(server.clientCount, 4);
    QCOMPARE(server.messageCount, 100);
    QCOMPARE(server.lastMessage.isText(), isText);
    QCOMPARE(server.lastMessage.data().size(), size);
    const QJsonObject figures = tool.figures();
    QCOMPARE(figures[u"messages"].toInt(), 100);
    QCOMPARE(figures[u"served"].toInt(), 4);
    QCOMPARE(figures[u"type"].toString(), isText ? u"text"_s : u"binary"_s);
    QVERIFY(figures[u"failures"].toArray().isEmpty());
    QVERIFY(figures[u"messagesPerSecond"].toDouble() > 0);
    double before = 0;
    for (const QString &name : {u"min"_s, u"p50"_s, u"p90"_s, u"p99"_s, u"p99.9"_s, u"max"_s}) {
        const double latency = figures[u"latencyUs"].toObject()[name].toDouble();
        QVERIFY2(latency > 0 && latency >= before, qPrintable(name));
        before = latency;
    }
}

void tst_WskitBench::keepsSoManyInFlight()
{
    EchoServer server;
    QList<WsMessage> held;
    server.answer = [&held](WsConnection *, const WsMessage &message) { held.append(message); };
    Tool tool;
    tool.start({server.url(), u"--clients"_s, u"1"_s, u"--in-flight"_s, u"7"_s, u"--messages"_s, u"20"_s});
    WS_TRY_COMPARE(held.size(), 7);

    // One echo lets one message follow.
    server.first->send(held.constFirst());
    WS_TRY_COMPARE(held.size(), 8);
    server.answer = [](WsConnection *peer, const WsMessage &message) { peer->send(message); };
    for (int i = 0; i < 7; ++i)
        server.first->send(held.constFirst());
    QVERIFY(tool.waitUntilEnded());
    QCOMPARE(tool.status(), AllServed);
    QCOMPARE(server.messageCount, 20);
}

void tst_WskitBench::printsReadableFigures()
{
    EchoServer server;
    Tool tool;
    QVERIFY(tool.run({server.url(), u"--messages"_s, u"2000"_s}));
    QCOMPARE(tool.status(), AllServed);
    static const QRegularExpression expected(
        u"^messages   2,000 of 64 B, text, in [0-9.]+ s: [0-9,]+ a second, [0-9.]+ MB a second each way\n"
        "latency    min [0-9.]+ ms, p50 [0-9.]+ ms, p90 .* p99 .* p99.9 .* max [0-9.]+ ms\n"
        "clients    10 of 10 served, 1 in flight each\n$"_s);
    QVERIFY2(expected.match(tool.output()).hasMatch(), qPrintable(tool.output()));
    QCOMPARE(tool.errors(), QString());
}

void tst_WskitBench::endsWhenTheTimeIsOver()
{
    EchoServer server;
    Tool tool;
    QVERIFY(tool.run({server.url(), u"--seconds"_s, u"0.2"_s, u"--json"_s}));
    QCOMPARE(tool.status(), AllServed);
    QVERIFY(tool.figures()[u"seconds"].toDouble() >= 0.19);
    QVERIFY(tool.figures()[u"messages"].toInt() > 0);
}

void tst_WskitBench::keepsToTheRate()
{
    EchoServer server;
    Tool tool;
    QVERIFY(tool.run({server.url(), u"--rate"_s, u"200"_s, u"--messages"_s, u"41"_s, u"--json"_s}));
    QCOMPARE(tool.status(), AllServed);
    // The first one at once, the last one 40 intervals later.
    QVERIFY(tool.figures()[u"seconds"].toDouble() >= 0.2);
    QCOMPARE(server.messageCount, 41);
}

void tst_WskitBench::benchesTlsAndSendsHeaders()
{
    EchoServer server(true);
    Tool tool;
    QVERIFY(tool.run({server.url(), u"--messages"_s, u"20"_s, u"--insecure"_s, u"--clients"_s, u"2"_s,
                      u"--header"_s, u"X-Token: secret"_s}));
    QCOMPARE(tool.status(), AllServed);
    QCOMPARE(server.lastRequest.header("X-Token"), QByteArray("secret"));

    Tool suspicious;
    QVERIFY(suspicious.run({server.url(), u"--messages"_s, u"20"_s}));
    QCOMPARE(suspicious.status(), NoneConnected);
}

void tst_WskitBench::benchesAServerThatWantsALogin()
{
    EchoServer server;
    server.server.setRequestHandler([](const WsRequest &request) {
        return request.header("Authorization") == "Basic " + QByteArray("ada:love").toBase64()
                   ? WsResponse::accept()
                   : WsResponse::reject(401, {}, {{"WWW-Authenticate", "Basic realm=\"engine\""}});
    });
    Tool tool;
    QVERIFY(tool.run({server.url(), u"--user"_s, u"ada:love"_s, u"--messages"_s, u"10"_s}));
    QCOMPARE(tool.status(), AllServed);
    QCOMPARE(server.messageCount, 10);
    QVERIFY(tool.run({server.url(), u"--user"_s, u"ada:hate"_s, u"--messages"_s, u"10"_s}));
    QCOMPARE(tool.status(), NoneConnected);
    QVERIFY2(!(tool.output() + tool.errors()).contains(u"hate"), qPrintable(tool.output()));
}

void tst_WskitBench::ctrlCEndsWithTheFiguresSoFar()
{
    EchoServer server;
    Tool tool;
    tool.start({server.url(), u"--seconds"_s, u"3600"_s, u"--json"_s});
    WS_TRY_VERIFY(server.messageCount >= 100);
    tool.interrupt();
    QVERIFY(tool.waitUntilEnded());
    QCOMPARE(tool.status(), AllServed);
    QVERIFY(tool.figures()[u"messages"].toInt() > 0);
    WS_TRY_COMPARE(server.server.connectionCount(), 0);
}

void tst_WskitBench::tellsThatNoneCouldConnect()
{
    EchoServer server;
    server.server.setRequestHandler([](const WsRequest &) { return WsResponse::reject(403); });
    Tool tool;
    QVERIFY(tool.run({server.url(), u"--clients"_s, u"50"_s}));
    QCOMPARE(tool.status(), NoneConnected);
    QVERIFY2(tool.output().contains(u"clients    0 of 50 served"), qPrintable(tool.output()));
    QVERIFY2(tool.output().contains(u"failed     50: "), qPrintable(tool.output()));
    QVERIFY(tool.output().contains(u"403"));
}

void tst_WskitBench::countsClientsThatAreClosed()
{
    EchoServer server;
    server.answer = [&server](WsConnection *connection, const WsMessage &message) {
        if (connection == server.first && server.messageCount > 20)
            connection->close(4000, u"enough"_s);
        else
            connection->send(message);
    };
    Tool tool;
    QVERIFY(tool.run({server.url(), u"--clients"_s, u"3"_s, u"--messages"_s, u"200"_s, u"--json"_s}));
    QCOMPARE(tool.status(), SomeNotServed);
    const QJsonObject figures = tool.figures();
    QCOMPARE(figures[u"served"].toInt(), 2);
    const QJsonObject failure = figures[u"failures"].toArray().at(0).toObject();
    QCOMPARE(failure[u"clients"].toInt(), 1);
    QCOMPARE(failure[u"text"].toString(), u"closed: 4000 enough"_s);
}

void tst_WskitBench::reasonsDoNotControlTheTerminal()
{
    EchoServer server;
    server.answer = [](WsConnection *connection, const WsMessage &) {
        connection->close(4000, u"\x1b[31mred\nblue"_s);
    };
    Tool tool;
    QVERIFY(tool.run({server.url(), u"--clients"_s, u"1"_s}));
    QVERIFY2(tool.output().contains(u"failed     1: closed: 4000 \u241b[31mred\u240ablue\n"_s),
             qPrintable(tool.output()));
}

void tst_WskitBench::countsWrongEchoes_data()
{
    QTest::addColumn<WsMessage>("answer");
    QByteArray sent;
    for (char c = '!'; sent.size() < 64; ++c)
        sent += c;
    QTest::newRow("other content") << WsMessage(Ws::Text, QByteArray(64, 'x'));
    QTest::newRow("shorter") << WsMessage(Ws::Text, sent.chopped(1));
    QTest::newRow("other type") << WsMessage(Ws::Binary, sent);
}

void tst_WskitBench::countsWrongEchoes()
{
    QFETCH(const WsMessage, answer);
    EchoServer server;
    server.answer = [&answer](WsConnection *connection, const WsMessage &) { connection->send(answer); };
    Tool tool;
    QVERIFY(tool.run({server.url(), u"--clients"_s, u"2"_s}));
    QCOMPARE(tool.status(), SomeNotServed);
    QVERIFY2(tool.output().contains(u"failed     2: what came is not an echo of what was sent"),
             qPrintable(tool.output()));
}

void tst_WskitBench::clientsWithoutAnEchoAreNotServed()
{
    EchoServer server;
    server.answer = [&server](WsConnection *connection, const WsMessage &message) {
        if (connection != server.first)
            connection->send(message);
    };
    Tool tool;
    QVERIFY(tool.run({server.url(), u"--clients"_s, u"5"_s, u"--seconds"_s, u"0.3"_s}));
    QCOMPARE(tool.status(), SomeNotServed);
    QVERIFY2(tool.output().contains(u"clients    4 of 5 served"), qPrintable(tool.output()));
}

void tst_WskitBench::doesNotWaitForLostMessages()
{
    EchoServer server;
    server.answer = [&server](WsConnection *connection, const WsMessage &message) {
        if (connection == server.first)
            connection->abort();
        else
            connection->send(message);
    };
    Tool tool;
    QVERIFY(tool.run({server.url(), u"--clients"_s, u"2"_s, u"--in-flight"_s, u"5"_s, u"--messages"_s,
                      u"50"_s, u"--json"_s}));
    QCOMPARE(tool.status(), SomeNotServed);
    QCOMPARE(tool.figures()[u"messages"].toInt(), 45);
}

void tst_WskitBench::messagesOfATemplateDiffer()
{
    EchoServer server;
    QStringList texts;
    server.answer = [&texts](WsConnection *connection, const WsMessage &message) {
        texts.append(message.text());
        connection->send(message);
    };
    Tool tool;
    QVERIFY(tool.run({server.url(), u"--clients"_s, u"1"_s, u"--messages"_s, u"3"_s, u"--message"_s,
                      u"{\"n\":{{$counter}}}"_s}));
    QCOMPARE(tool.status(), AllServed);
    QCOMPARE(texts, (QStringList{u"{\"n\":1}"_s, u"{\"n\":2}"_s, u"{\"n\":3}"_s}));
}

void tst_WskitBench::stagesOfAProfileFollowEachOther()
{
    QTemporaryFile profile;
    QVERIFY(profile.open());
    profile.write(R"({"stages":[{"name":"first","clients":2,"messages":10},
                                {"clients":3,"messages":20,"inFlight":2,"binary":true,"size":5}]})");
    profile.close();
    EchoServer server;
    Tool tool;
    QVERIFY(tool.run({server.url(), u"--profile"_s, profile.fileName(), u"--json"_s}));
    QCOMPARE(tool.status(), AllServed);
    QCOMPARE(server.clientCount, 5);
    QCOMPARE(server.messageCount, 30);
    QVERIFY(server.lastMessage == WsMessage::binary(server.lastMessage.data()));
    QCOMPARE(server.lastMessage.data().size(), 5);
    const QJsonArray stages = tool.figures()[u"stages"_s].toArray();
    QCOMPARE(stages.size(), 2);
    QCOMPARE(stages.at(0)[u"name"_s].toString(), u"first"_s);
    QCOMPARE(stages.at(0)[u"messages"_s].toInt(), 10);
    QCOMPARE(stages.at(1)[u"name"_s].toString(), u"stage 2"_s);
    QCOMPARE(stages.at(1)[u"served"_s].toInt(), 3);
}

void tst_WskitBench::wrongProfileIsQuoted_data()
{
    QTest::addColumn<QByteArray>("profile");
    QTest::addColumn<QString>("problem");
    QTest::newRow("no JSON") << QByteArray("[") << u"no JSON, line 1: "_s;
    QTest::newRow("no stages") << QByteArray("{}") << u"there is no array “stages” of at least one stage"_s;
    QTest::newRow("outside of the stages")
        << QByteArray(R"({"stages":[{}],"rate":5})") << u"“rate” belongs into a stage"_s;
    const auto row = [](const char *name, const QByteArray &stage, const QString &problem) {
        QTest::newRow(name) << "{\"stages\":[{}," + stage + "]}" << problem;
    };
    row("no object", "5", u"stage 2 is not an object: 5"_s);
    row("unknown", R"({"cleints":5})", u"stage 2: “cleints”: is unknown"_s);
    row("no number", R"({"clients":"5"})", u"stage 2: “clients”: \"5\" is not a number of clients"_s);
    row("no integer", R"({"clients":2.5})", u"stage 2: “clients”: 2.5 is not a number of clients"_s);
    row("too many", R"({"seconds":1e9})",
        u"stage 2: “seconds”: 1000000000 is not a number of seconds, a day at most"_s);
    row("variable", R"({"message":"{{x}}"})", u"stage 2: “message”: the variable “{{x}}” is unknown"_s);
}

void tst_WskitBench::wrongProfileIsQuoted()
{
    QFETCH(const QByteArray, profile);
    QFETCH(const QString, problem);
    QTemporaryFile file;
    QVERIFY(file.open());
    file.write(profile);
    file.close();
    Tool tool;
    QVERIFY(tool.run({u"ws://127.0.0.1:1"_s, u"--profile"_s, file.fileName()}));
    QCOMPARE(tool.status(), UsageError);
    const QString errors = tool.errors();
    QVERIFY2(errors.contains(file.fileName() + u": "_s + problem), qPrintable(errors));
}

void tst_WskitBench::refusesWrongArguments_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("no URL") << QStringList();
    QTest::newRow("no host") << QStringList(u"ws:///x"_s);
    QTest::newRow("no clients") << QStringList{u"ws://127.0.0.1:1"_s, u"--clients"_s, u"0"_s};
    QTest::newRow("no number") << QStringList{u"ws://127.0.0.1:1"_s, u"--size"_s, u"big"_s};
    QTest::newRow("no integer") << QStringList{u"ws://127.0.0.1:1"_s, u"--clients"_s, u"2.5"_s};
    QTest::newRow("endless") << QStringList{u"ws://127.0.0.1:1"_s, u"--seconds"_s, u"inf"_s};
    QTest::newRow("both types") << QStringList{u"ws://127.0.0.1:1"_s, u"--text"_s, u"--binary"_s};
    QTest::newRow("no header") << QStringList{u"ws://127.0.0.1:1"_s, u"--header"_s, u"nothing"_s};
    QTest::newRow("no password") << QStringList{u"ws://127.0.0.1:1"_s, u"--user"_s, u"ada"_s};
    QTest::newRow("reconnection") << QStringList{u"ws://127.0.0.1:1"_s, u"--reconnect"_s};
    QTest::newRow("header of the handshake")
        << QStringList{u"ws://127.0.0.1:1"_s, u"--header"_s, u"Sec-WebSocket-Key: mine"_s};
}

void tst_WskitBench::refusesWrongArguments()
{
    QFETCH(const QStringList, arguments);
    Tool tool;
    QVERIFY(tool.run(arguments));
    QCOMPARE(tool.status(), UsageError);
    QVERIFY(tool.errors().startsWith(u"wskit: "));
    QCOMPARE(tool.output(), QString());
}

QTEST_GUILESS_MAIN(tst_WskitBench)
#include "tst_wskitbench.moc"
