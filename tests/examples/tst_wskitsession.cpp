// SPDX-License-Identifier: MIT

// What wskit keeps of sessions and for sessions: saved connections, templates, records and their replay. And
// what of the messages it prints.

#include "wskittool.h"

#include <WsKit/WsClient>
#include <WsKit/WsServer>

#include <QtCore/QFile>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QTemporaryDir>
#include <QtTest/QtTest>

using namespace Qt::StringLiterals;

namespace {
constexpr int ClosedCleanly = 0;
constexpr int UsageError = 1;
constexpr int NotConnected = 2;
constexpr int AnswersDiffer = 4;

QString certificate(const char *name)
{
    return QStringLiteral(WSKIT_TEST_CERTIFICATES "/") + QLatin1String(name);
}

struct LostOutput
{
    const char *name;
    WskitTool::Setup setup;
    QByteArray reason;
};

const LostOutput lostOutputs[] = {
    {"a full disk", {.outputFile = u"/dev/full"_s}, "No space left on device"},
    {"a pipe without a reader", {.isOutputBroken = true}, "Broken pipe"},
};
} // namespace

class tst_WskitSession : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();

    void savedConnectionIsUsedByItsName();
    void secretsAreNotSaved();
    void everySettingIsSaved();
    void unknownNameIsQuoted();
    void savedThingsAreListedAndRemoved();
    void connectSavesWhatItConnectsTo();
    void invalidFileOfSavedConnectionsIsReported();

    void addressWithoutASchemeIsEnough();
    void versionIsPrintedInAllWays();
    void closesWithACodeAndAReason();
    void closeCommandHasACodeAndAReason();
    void commandsAreMessagesInAPipe();
    void templatesAreSent();
    void unknownVariableIsQuoted();
    void savedTemplateIsSentInASession();
    void printsWhatIsWanted_data();
    void printsWhatIsWanted();
    void largerMessagesAreRefused();

    void typedLinesGoToTheClients();
    void clientsBeyondTheLimitAreRefused();
    void clientsNeedACertificate();
    void missingTlsIsExplained_data();
    void missingTlsIsExplained();

    void outputThatIsLostEndsTheSession_data();
    void outputThatIsLostEndsTheSession();
    void outputThatIsLostIsAFailure_data();
    void outputThatIsLostIsAFailure();
    void serverWhoseOutputIsLostEndsWithAFailure_data();
    void serverWhoseOutputIsLostEndsWithAFailure();
    void closedStandardStreamsAreNoSockets_data();
    void closedStandardStreamsAreNoSockets();
    void linesOfAnySizeAreSent();
    void largeMessagesAreEchoed();

    void recordIsReplayed();
    void recordIsReplayedFromAPipe();
    void recordedMessageThatIsRefusedIsAFailure();
    void recordThatCannotBeWrittenIsAFailure();
    void recordStaysIfThereIsNoSession();
    void replayOffersTheSubprotocols();
    void differentAnswersAreShown();
    void lineEndIsADifference();
    void recordIsForItsUserAlone();
    void recordBecomesAnArchiveAndComesBack();
    void wrongRecordIsReported();
    void refusesWrongArguments_data();
    void refusesWrongArguments();

private:
    QString file(const QString &name) const { return m_directory->filePath(name); }
    QByteArray contentOf(const QString &name) const;
    int run(const QStringList &arguments, QByteArray *output = nullptr, QByteArray *notices = nullptr) const;

    std::optional<QTemporaryDir> m_directory;
    std::unique_ptr<WsServer> m_server;
    QList<WsRequest> m_requests;
    QStringList m_texts;
    std::optional<std::pair<quint16, QString>> m_close;
    std::function<QString(const QString &)> m_answer;
};

// A server that answers each text, with itself unless a test wants another answer.
void tst_WskitSession::init()
{
    m_directory.emplace();
    m_requests.clear();
    m_texts.clear();
    m_close.reset();
    m_answer = [](const QString &text) { return text; };
    m_server = std::make_unique<WsServer>();
    m_server->setRequestHandler([this](const WsRequest &request) {
        m_requests.append(request);
        return WsResponse::accept();
    });
    m_server->setConnectionHandler([this](WsConnection *connection) {
        connect(connection, &WsConnection::messageReceived, this,
                [this, connection](const WsMessage &message) {
                    m_texts.append(message.text());
                    connection->sendText(m_answer(message.text()));
                });
        connect(connection, &WsConnection::closed, this, [this](quint16 code, const QString &reason) {
            m_close = {code, reason};
        });
    });
    QVERIFY(m_server->listen());
}

QByteArray tst_WskitSession::contentOf(const QString &name) const
{
    QFile opened(file(name));
    return opened.open(QIODevice::ReadOnly) ? opened.readAll() : QByteArray();
}

int tst_WskitSession::run(const QStringList &arguments, QByteArray *output, QByteArray *notices) const
{
    WskitTool tool(arguments, m_directory->path());
    const int status = tool.run();
    if (output)
        *output = tool.output();
    if (notices)
        *notices = tool.notices();
    return status;
}

// --- saved connections

void tst_WskitSession::savedConnectionIsUsedByItsName()
{
    const QString url = m_server->serverUrl().toString() + u"/feed"_s;
    QCOMPARE(run({u"save"_s, u"feed"_s, url, u"-H"_s, u"X-Client: 1"_s, u"-s"_s, u"v2"_s}), ClosedCleanly);
    QCOMPARE(run({u"connect"_s, u"--wait"_s, u"0"_s, u"feed"_s}), ClosedCleanly);
    QCOMPARE(m_requests.size(), 1);
    QCOMPARE(m_requests.at(0).path(), u"/feed"_s);
    QCOMPARE(m_requests.at(0).header("X-Client"), "1");
    QCOMPARE(m_requests.at(0).subprotocols(), QStringList(u"v2"_s));
}

void tst_WskitSession::secretsAreNotSaved()
{
    QByteArray notices;
    const QString url = u"ws://ada:hush@127.0.0.1:%1/?token=hush"_s.arg(m_server->serverPort());
    QCOMPARE(run({u"save"_s, u"feed"_s, url, u"-H"_s, u"Cookie: a=hush"_s}, nullptr, &notices),
             ClosedCleanly);
    QVERIFY2(notices.contains("not saved without --with-secrets: token, Cookie, password"), notices);
    QVERIFY2(!contentOf(u"wskit/connections.json"_s).contains("hush"), notices);
    QCOMPARE(run({u"connect"_s, u"--wait"_s, u"0"_s, u"feed"_s}, nullptr, &notices), ClosedCleanly);
    QVERIFY2(notices.contains("which have to be given again: token, Cookie, password"), notices);
    QVERIFY(!m_requests.at(0).hasHeader("Cookie"));
    // No password is asked for that would not be saved.
    QCOMPARE(run({u"save"_s, u"feed"_s, u"ws://a.example"_s, u"--user"_s, u"ada"_s}), ClosedCleanly);
}

// In the directory where it is saved, names of files need no path. It is used in another one.
void tst_WskitSession::everySettingIsSaved()
{
    QVERIFY(QFile::copy(certificate("ca.crt"), file(u"ca.pem"_s)));
    QVERIFY(QFile::copy(certificate("server.crt"), file(u"cert.pem"_s)));
    QVERIFY(QFile::copy(certificate("server-encrypted.key"), file(u"key.pem"_s)));
    QFile phrase(file(u"phrase"_s));
    QVERIFY(phrase.open(QIODevice::WriteOnly) && phrase.write("secret\n") > 0);
    phrase.close();
    WskitTool save({u"save"_s, u"feed"_s, m_server->serverUrl().toString(), u"--max-message"_s, u"10"_s,
                    u"--connect-timeout"_s, u"2.5"_s, u"--cacert"_s, u"ca.pem"_s, u"--cert"_s, u"cert.pem"_s,
                    u"--key"_s, u"key.pem"_s, u"--key-pass-file"_s, u"phrase"_s},
                   m_directory->path(), {.workingDirectory = m_directory->path()});
    QCOMPARE(save.run(), ClosedCleanly);
    const QJsonValue saved =
        QJsonDocument::fromJson(contentOf(u"wskit/connections.json"_s))[u"connections"_s][u"feed"_s];
    QCOMPARE(saved[u"connectTimeoutMs"_s].toInt(), 2500);
    for (const auto &[member, name] : {std::pair(u"caFile"_s, u"ca.pem"_s),
                                       {u"certificateFile"_s, u"cert.pem"_s},
                                       {u"keyFile"_s, u"key.pem"_s},
                                       {u"passPhraseFile"_s, u"phrase"_s}})
        QCOMPARE(saved[member].toString(), file(name));

    m_answer = [](const QString &) { return u"12345678901"_s; };
    QByteArray notices;
    QVERIFY(run({u"connect"_s, u"--send"_s, u"x"_s, u"feed"_s}, nullptr, &notices) > 0);
    QVERIFY2(notices.contains("connected to "), notices);
    WS_TRY_VERIFY(m_close);
    QCOMPARE(m_close->first, quint16(Ws::MessageTooBig));
}

void tst_WskitSession::unknownNameIsQuoted()
{
    QByteArray notices;
    QCOMPARE(run({u"connect"_s, u"fead"_s}, nullptr, &notices), UsageError);
    QVERIFY2(notices.contains("“fead” is neither a URL nor the name of a saved connection"), notices);
}

void tst_WskitSession::savedThingsAreListedAndRemoved()
{
    QByteArray output;
    QCOMPARE(run({u"save"_s, u"b"_s, u"ws://b.example"_s}), ClosedCleanly);
    QCOMPARE(run({u"save"_s, u"a"_s, u"a.example:443"_s}), ClosedCleanly);
    QCOMPARE(run({u"save"_s, u"--template"_s, u"hi"_s, u"Hi {{name}}"_s}), ClosedCleanly);
    QCOMPARE(run({u"saved"_s}, &output), ClosedCleanly);
    QCOMPARE(output, "a\twss://a.example:443\nb\tws://b.example\n");
    QCOMPARE(run({u"saved"_s, u"--templates"_s}, &output), ClosedCleanly);
    QCOMPARE(output, "hi\tHi {{name}}\n");
    QCOMPARE(run({u"saved"_s, u"--remove"_s, u"a"_s}), ClosedCleanly);
    QCOMPARE(run({u"saved"_s, u"--remove"_s, u"a"_s}), UsageError);
    QCOMPARE(run({u"saved"_s}, &output), ClosedCleanly);
    QCOMPARE(output, "b\tws://b.example\n");
}

void tst_WskitSession::connectSavesWhatItConnectsTo()
{
    const QString url = m_server->serverUrl().toString();
    QCOMPARE(run({u"connect"_s, u"--wait"_s, u"0"_s, u"--save"_s, u"feed"_s, url}), ClosedCleanly);
    QCOMPARE(run({u"connect"_s, u"--wait"_s, u"0"_s, u"feed"_s}), ClosedCleanly);
    QCOMPARE(m_requests.size(), 2);
}

void tst_WskitSession::invalidFileOfSavedConnectionsIsReported()
{
    QVERIFY(QDir(m_directory->path()).mkdir(u"wskit"_s));
    QFile opened(file(u"wskit/connections.json"_s));
    QVERIFY(opened.open(QIODevice::WriteOnly));
    opened.write("{");
    opened.close();
    QByteArray notices;
    QCOMPARE(run({u"connect"_s, u"feed"_s}, nullptr, &notices), UsageError);
    QVERIFY2(notices.contains("connections.json: no JSON, line 1: "), notices);
    QCOMPARE(run({u"save"_s, u"feed"_s, u"ws://a"_s}), UsageError);
    QCOMPARE(contentOf(u"wskit/connections.json"_s), "{");
}

// --- connect

void tst_WskitSession::addressWithoutASchemeIsEnough()
{
    QByteArray output;
    const QString address = u"127.0.0.1:%1/path"_s.arg(m_server->serverPort());
    QCOMPARE(run({u"connect"_s, u"--count"_s, u"1"_s, u"--send"_s, u"hi"_s, address}, &output),
             ClosedCleanly);
    QCOMPARE(output, "hi\n");
    QCOMPARE(m_requests.at(0).path(), u"/path"_s);
}

void tst_WskitSession::versionIsPrintedInAllWays()
{
    for (const QString &option : {u"-V"_s, u"-v"_s, u"--version"_s}) {
        QByteArray output;
        QCOMPARE(run({option}, &output), ClosedCleanly);
        QVERIFY2(output.startsWith("wskit ") && output.endsWith('\n'), output);
    }
}

void tst_WskitSession::closesWithACodeAndAReason()
{
    QCOMPARE(run({u"connect"_s, u"--wait"_s, u"0"_s, u"--close-code"_s, u"4001"_s, u"--close-reason"_s,
                  u"done"_s, m_server->serverUrl().toString()}),
             ClosedCleanly);
    WS_TRY_VERIFY(m_close);
    QVERIFY(*m_close == std::pair(quint16(4001), u"done"_s));
}

void tst_WskitSession::closeCommandHasACodeAndAReason()
{
    WskitTool tool({u"connect"_s, u"--commands"_s, m_server->serverUrl().toString()}, m_directory->path());
    tool.write("//slash\n/help\n/close 5\n/close 4002 see you\n");
    QCOMPARE(tool.status(), ClosedCleanly);
    QCOMPARE(m_texts, QStringList(u"/slash"_s));
    QVERIFY(*m_close == std::pair(quint16(4002), u"see you"_s));
    QVERIFY2(tool.notices().contains("/close [CODE [REASON]]"), tool.notices());
    QVERIFY2(tool.notices().contains("“5” is no close code that may be sent"), tool.notices());
}

void tst_WskitSession::commandsAreMessagesInAPipe()
{
    WskitTool tool({u"connect"_s, m_server->serverUrl().toString()}, m_directory->path());
    tool.write("/close\n");
    QCOMPARE(tool.run(), ClosedCleanly);
    QCOMPARE(m_texts, QStringList(u"/close"_s));
}

void tst_WskitSession::templatesAreSent()
{
    QCOMPARE(run({u"save"_s, u"--template"_s, u"hi"_s, u"{{$counter}} {{name}}"_s}), ClosedCleanly);
    QCOMPARE(run({u"connect"_s, u"--count"_s, u"2"_s, u"--send"_s, u"{{$counter}}"_s, u"--send-template"_s,
                  u"hi"_s, u"--var"_s, u"name=a=b"_s, m_server->serverUrl().toString()}),
             ClosedCleanly);
    QCOMPARE(m_texts, (QStringList{u"1"_s, u"2 a=b"_s}));
}

void tst_WskitSession::unknownVariableIsQuoted()
{
    QByteArray notices;
    QCOMPARE(run({u"connect"_s, u"--send"_s, u"{{nmae}}"_s, u"ws://127.0.0.1:1"_s}, nullptr, &notices),
             UsageError);
    QVERIFY2(notices.contains("--send: the variable “{{nmae}}” is unknown"), notices);
}

void tst_WskitSession::savedTemplateIsSentInASession()
{
    QCOMPARE(run({u"save"_s, u"--template"_s, u"hi"_s, u"Hi {{name}}"_s}), ClosedCleanly);
    WskitTool tool({u"connect"_s, u"--commands"_s, m_server->serverUrl().toString()}, m_directory->path());
    tool.write("/send hi\n/send hi name=Ada\n");
    QVERIFY(tool.prints("Hi Ada\n"));
    tool.write("other\n");
    QVERIFY(tool.prints("other\n"));
    tool.write("/diff\n");
    QVERIFY(tool.says("-Hi Ada\n+other\n"));
    QVERIFY2(tool.notices().contains("the variable “{{name}}” is unknown"), tool.notices());
    tool.write("/close\n");
    QCOMPARE(tool.status(), ClosedCleanly);
}

void tst_WskitSession::printsWhatIsWanted_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char *name, const QStringList &options, const QByteArray &expected) {
        QTest::newRow(name) << options << expected;
    };
    row("everything", {}, "{\"b\":[1,2.50],\"a\":{}}\nplain\n");
    row("pretty", {u"--pretty"_s}, "{\n  \"b\": [\n    1,\n    2.50\n  ],\n  \"a\": {}\n}\nplain\n");
    row("a path", {u"--filter"_s, u"$.b[*]"_s}, "1\n2.50\n");
    row("a pattern", {u"--grep"_s, u"^pl"_s}, "plain\n");
    row("a hex dump", {u"--hex"_s, u"--grep"_s, u"plain"_s},
        "00000000  70 6c 61 69 6e                                    |plain|\n");
}

void tst_WskitSession::printsWhatIsWanted()
{
    QFETCH(const QStringList, options);
    QFETCH(const QByteArray, expected);
    QByteArray output;
    QCOMPARE(run(QStringList{u"connect"_s, u"--count"_s, u"2"_s, u"--send"_s, u"{\"b\":[1,2.50],\"a\":{}}"_s,
                             u"--send"_s, u"plain"_s}
                     + options + QStringList{m_server->serverUrl().toString()},
                 &output),
             ClosedCleanly);
    QCOMPARE(output.simplified(), expected.simplified());
}

void tst_WskitSession::largerMessagesAreRefused()
{
    m_answer = [](const QString &) { return u"12345678901"_s; };
    QByteArray notices;
    const QString url = m_server->serverUrl().toString();
    QVERIFY(run({u"connect"_s, u"--max-message"_s, u"10"_s, u"--send"_s, u"x"_s, url}, nullptr, &notices)
            > 0);
    WS_TRY_VERIFY(m_close);
    QCOMPARE(m_close->first, quint16(Ws::MessageTooBig));
}

// --- listen

void tst_WskitSession::typedLinesGoToTheClients()
{
    WskitTool tool({u"listen"_s}, m_directory->path());
    WsClient one;
    WsClient two;
    QStringList texts;
    for (WsClient *client : {&one, &two}) {
        connect(client, &WsClient::messageReceived, this,
                [&texts](const WsMessage &message) { texts.append(message.text()); });
        QVERIFY(client->open(QUrl(tool.url())));
        WS_TRY_COMPARE(client->state(), Ws::Open);
    }
    QVERIFY(tool.says("#2 connected"));
    tool.write("to all\n");
    WS_TRY_COMPARE(texts, (QStringList{u"to all"_s, u"to all"_s}));
    tool.endInput(); // which ends nothing
    one.sendText(u"hello"_s);
    QVERIFY(tool.prints("hello\n"));
}

void tst_WskitSession::clientsBeyondTheLimitAreRefused()
{
    WskitTool tool({u"listen"_s, u"--max-clients"_s, u"1"_s}, m_directory->path());
    WsClient client;
    QVERIFY(client.open(QUrl(tool.url())));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    QByteArray notices;
    QCOMPARE(run({u"connect"_s, tool.url()}, nullptr, &notices), NotConnected);
    QVERIFY2(notices.contains("503"), notices);
}

void tst_WskitSession::clientsNeedACertificate()
{
    WskitTool tool({u"listen"_s, u"--echo"_s, u"--tls"_s, certificate("server.crt"),
                    certificate("server.key"), u"--client-ca"_s, certificate("ca.crt")},
                   m_directory->path());
    const QString url = QString(tool.url()).replace(u"127.0.0.1"_s, u"localhost"_s);
    const QStringList options{u"connect"_s,  u"--count"_s,         u"1"_s, u"--send"_s, u"hi"_s,
                              u"--cacert"_s, certificate("ca.crt")};
    QVERIFY(run(options + QStringList(url)) > 0);
    QByteArray output;
    QCOMPARE(run(options
                     + QStringList{u"--cert"_s, certificate("client.crt"), u"--key"_s,
                                   certificate("client.key"), url},
                 &output),
             ClosedCleanly);
    QCOMPARE(output, "hi\n");
}

void tst_WskitSession::missingTlsIsExplained_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::addColumn<QString>("scheme");
    QTest::addColumn<QByteArray>("clientText");
    QTest::addColumn<QByteArray>("serverText");
    QTest::newRow("ws to TLS") << QStringList{u"--tls"_s, certificate("server.crt"),
                                              certificate("server.key")}
                               << u"ws"_s << QByteArray("use wss://")
                               << QByteArray("the client does not speak TLS; it has to use wss://");
    QTest::newRow("wss to no TLS") << QStringList() << u"wss"_s << QByteArray("use ws://")
                                   << QByteArray("the client speaks TLS to a server without a certificate");
}

void tst_WskitSession::missingTlsIsExplained()
{
    QFETCH(const QStringList, options);
    QFETCH(const QString, scheme);
    QFETCH(const QByteArray, clientText);
    QFETCH(const QByteArray, serverText);
    WskitTool tool(QStringList(u"listen"_s) + options, m_directory->path());
    QUrl url(tool.url());
    url.setScheme(scheme);
    QByteArray notices;
    QCOMPARE(run({u"connect"_s, url.toString()}, nullptr, &notices), NotConnected);
    QVERIFY2(notices.contains(clientText), notices);
    QVERIFY2(tool.says(serverText), tool.notices());
}

// --- records

// --- large messages, and no room for them

void tst_WskitSession::outputThatIsLostEndsTheSession_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<WskitTool::Setup>("setup");
    QTest::addColumn<QByteArray>("reason");
    const QStringList connect{u"connect"_s, u"--count"_s, u"2"_s, u"--send"_s, u"x"_s};
    const QStringList replay{u"replay"_s, u"--fast"_s, u"RECORD"_s};
    for (const auto &[name, setup, reason] : lostOutputs) {
        QTest::addRow("connect, %s", name) << connect << setup << reason;
        QTest::addRow("raw, %s", name) << connect + QStringList(u"--raw"_s) << setup << reason;
        QTest::addRow("replay, %s", name) << replay << setup << reason;
    }
}

void tst_WskitSession::outputThatIsLostEndsTheSession()
{
    QFETCH(const QStringList, arguments);
    QFETCH(const WskitTool::Setup, setup);
    QFETCH(const QByteArray, reason);
    const QString url = m_server->serverUrl().toString();
    QCOMPARE(run({u"record"_s, u"--count"_s, u"1"_s, u"--send"_s, u"x"_s, file(u"record.jsonl"_s), url}),
             ClosedCleanly);
    QStringList all = arguments;
    all.replaceInStrings(u"RECORD"_s, file(u"record.jsonl"_s));
    WskitTool tool(all + QStringList{url}, m_directory->path(), setup);
    QCOMPARE(tool.run(), UsageError);
    QVERIFY2(tool.notices().contains("messages cannot be printed any more: " + reason), tool.notices());
    WS_TRY_VERIFY(m_close && m_close->first == Ws::Normal);
}

void tst_WskitSession::outputThatIsLostIsAFailure_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("export") << QStringList{u"export"_s, u"RECORD"_s};
    QTest::newRow("bench") << QStringList{u"bench"_s, u"--messages"_s, u"1"_s, u"URL"_s};
    QTest::newRow("bench --json") << QStringList{u"bench"_s, u"--json"_s, u"--messages"_s, u"1"_s, u"URL"_s};
    QTest::newRow("saved") << QStringList{u"saved"_s};
}

void tst_WskitSession::outputThatIsLostIsAFailure()
{
    QFETCH(QStringList, arguments);
    const QString url = m_server->serverUrl().toString();
    QCOMPARE(run({u"record"_s, u"--count"_s, u"1"_s, u"--send"_s, u"x"_s, file(u"record.jsonl"_s), url}),
             ClosedCleanly);
    QCOMPARE(run({u"save"_s, u"name"_s, url}), ClosedCleanly);
    arguments.replaceInStrings(u"RECORD"_s, file(u"record.jsonl"_s)).replaceInStrings(u"URL"_s, url);
    WskitTool tool(arguments, m_directory->path(), {.outputFile = u"/dev/full"_s});
    QCOMPARE(tool.run(), UsageError);
    QVERIFY2(tool.notices().contains("the output cannot be written: No space left on device"),
             tool.notices());

    // Whoever reads it has had enough: nobody needs to be told.
    WskitTool unread(arguments, m_directory->path(), {.isOutputBroken = true});
    QCOMPARE(unread.run(), UsageError);
    QVERIFY2(!unread.notices().contains("cannot be written"), unread.notices());
}

void tst_WskitSession::serverWhoseOutputIsLostEndsWithAFailure_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<WskitTool::Setup>("setup");
    QTest::addColumn<QByteArray>("reason");
    for (const auto &[name, setup, reason] : lostOutputs) {
        QTest::addRow("listen, %s", name) << QStringList{u"listen"_s, u"--echo"_s} << setup << reason;
        QTest::addRow("proxy, %s", name) << QStringList{u"proxy"_s, u"URL"_s} << setup << reason;
    }
}

void tst_WskitSession::serverWhoseOutputIsLostEndsWithAFailure()
{
    QFETCH(QStringList, arguments);
    QFETCH(const WskitTool::Setup, setup);
    QFETCH(const QByteArray, reason);
    arguments.replaceInStrings(u"URL"_s, m_server->serverUrl().toString());
    WskitTool tool(arguments, m_directory->path(), setup);
    QCOMPARE(run({u"connect"_s, u"--count"_s, u"1"_s, u"--send"_s, u"x"_s, tool.url()}), ClosedCleanly);
    QVERIFY2(tool.says("messages cannot be printed any more: " + reason), tool.notices());
    tool.interrupt();
    QCOMPARE(tool.status(), UsageError);
}

void tst_WskitSession::closedStandardStreamsAreNoSockets_data()
{
    QTest::addColumn<QString>("redirection");
    QTest::addColumn<int>("status");
    QTest::newRow("input") << u"<&-"_s << ClosedCleanly;
    QTest::newRow("output") << u"</dev/null >&-"_s << UsageError;
    QTest::newRow("errors") << u"</dev/null 2>&-"_s << ClosedCleanly;
}

void tst_WskitSession::closedStandardStreamsAreNoSockets()
{
    QFETCH(const QString, redirection);
    QFETCH(const int, status);
    QProcess shell;
    shell.start(u"/bin/sh"_s, {u"-c"_s, u"exec \"$0\" connect --wait 0.1 --send x \"$1\" "_s + redirection,
                               QStringLiteral(WSKIT_TOOL), m_server->serverUrl().toString()});
    QVERIFY(Patient::waitFor([&shell] { return shell.state() == QProcess::NotRunning; }));
    QCOMPARE(shell.exitCode(), status);
    QCOMPARE(m_texts, QStringList(u"x"_s));
    WS_TRY_VERIFY(m_close && m_close->first == Ws::Normal);
    const bool isPrinted = status == ClosedCleanly;
    QCOMPARE(shell.readAllStandardOutput(), isPrinted ? QByteArray("x\n") : QByteArray());
}

void tst_WskitSession::linesOfAnySizeAreSent()
{
    WsOptions options;
    options.setMaxMessageSize(100'000'000);
    options.setMaxFrameSize(100'000'000);
    m_server->setOptions(options);
    m_answer = [](const QString &text) { return QString::number(text.size()); };
    WskitTool tool({u"connect"_s, m_server->serverUrl().toString()}, m_directory->path());
    tool.write(QByteArray(80'000'000, 'x') + '\n');
    QCOMPARE(tool.run(), ClosedCleanly);
    QCOMPARE(tool.output(), "80000000\n");
}

void tst_WskitSession::largeMessagesAreEchoed()
{
    const QStringList limit{u"--max-message"_s, u"100000000"_s};
    WskitTool server(QStringList{u"listen"_s, u"--echo"_s} + limit, m_directory->path(),
                     {.outputFile = u"/dev/null"_s});
    WskitTool client(QStringList{u"connect"_s} + limit + QStringList{server.url()}, m_directory->path());
    const QByteArray line = QByteArray(80'000'000, 'x') + '\n';
    client.write(line);
    QCOMPARE(client.run(), ClosedCleanly);
    QVERIFY(client.output() == line);
}

// --- records

void tst_WskitSession::recordIsReplayed()
{
    const QString url = m_server->serverUrl().toString();
    QCOMPARE(run({u"record"_s, u"--count"_s, u"2"_s, u"--send"_s, u"one"_s, u"--send"_s,
                  u"{\"a\":1,\"b\":2}"_s, file(u"record.jsonl"_s), url}),
             ClosedCleanly);
    const QByteArrayList lines = contentOf(u"record.jsonl"_s).trimmed().split('\n');
    QVERIFY2(lines.size() >= 6, lines.join('\n')); // the head, two messages each way, and the Close
    QVERIFY2(lines.at(0).contains("\"wskit\":\"session\""), lines.at(0));

    m_texts.clear();
    m_answer = [](const QString &text) { return text == u"one" ? text : u"{ \"b\":2, \"a\":1 }"_s; };
    QByteArray output;
    QByteArray notices;
    QCOMPARE(run({u"replay"_s, u"--expect"_s, u"--fast"_s, file(u"record.jsonl"_s)}, &output, &notices),
             ClosedCleanly);
    QCOMPARE(m_texts, (QStringList{u"one"_s, u"{\"a\":1,\"b\":2}"_s}));
    QVERIFY2(notices.contains("all 2 answers are those of the record"), notices);
    QCOMPARE(run({u"replay"_s, u"--speed"_s, u"100"_s, file(u"record.jsonl"_s), url}), ClosedCleanly);
    QCOMPARE(m_texts.size(), 4);
}

void tst_WskitSession::recordIsReplayedFromAPipe()
{
    const QString url = m_server->serverUrl().toString();
    QCOMPARE(run({u"record"_s, u"--count"_s, u"1"_s, u"--send"_s, u"one"_s, file(u"record.jsonl"_s), url}),
             ClosedCleanly);
    WskitTool replay({u"replay"_s, u"--expect"_s, u"--fast"_s, u"/dev/stdin"_s}, m_directory->path());
    replay.write(contentOf(u"record.jsonl"_s));
    QCOMPARE(replay.run(), ClosedCleanly);
    QCOMPARE(m_texts, (QStringList{u"one"_s, u"one"_s}));
}

void tst_WskitSession::recordedMessageThatIsRefusedIsAFailure()
{
    QFile record(file(u"record.jsonl"_s));
    QVERIFY(record.open(QIODevice::WriteOnly));
    record.write("{\"wskit\":\"session\",\"version\":1}\n"
                 "{\"time\":0,\"direction\":\"sent\",\"type\":\"text\",\"base64\":\"/w==\"}\n");
    record.close();
    QByteArray notices;
    QCOMPARE(run({u"replay"_s, u"--wait"_s, u"0"_s, record.fileName(), m_server->serverUrl().toString()},
                 nullptr, &notices),
             UsageError);
    QVERIFY2(notices.contains("message 1 was not sent: "), notices);
}

void tst_WskitSession::recordThatCannotBeWrittenIsAFailure()
{
    const QFile::Permissions permissions = QFile::permissions(u"/dev/full"_s);
    QByteArray notices;
    QCOMPARE(run({u"record"_s, u"--count"_s, u"1"_s, u"--send"_s, u"x"_s, u"/dev/full"_s,
                  m_server->serverUrl().toString()},
                 nullptr, &notices),
             UsageError);
    QVERIFY2(notices.contains("the record ends here: /dev/full: No space left on device"), notices);
    QCOMPARE(QFile::permissions(u"/dev/full"_s), permissions);
}

void tst_WskitSession::recordStaysIfThereIsNoSession()
{
    const QString url = m_server->serverUrl().toString();
    const QStringList arguments{u"record"_s, u"--wait"_s, u"0"_s, file(u"record.jsonl"_s), url};
    QCOMPARE(run(arguments), ClosedCleanly);
    const QByteArray record = contentOf(u"record.jsonl"_s);
    QVERIFY(!record.isEmpty());
    m_server->close();
    QCOMPARE(run(arguments), NotConnected);
    QCOMPARE(contentOf(u"record.jsonl"_s), record);
    QVERIFY(m_server->listen());
    QCOMPARE(
        run({u"record"_s, u"--wait"_s, u"0"_s, file(u"record.jsonl"_s), m_server->serverUrl().toString()}),
        ClosedCleanly);
    QCOMPARE(contentOf(u"record.jsonl"_s).count("\"wskit\""), 1);
}

void tst_WskitSession::replayOffersTheSubprotocols()
{
    const QString url = m_server->serverUrl().toString();
    QCOMPARE(run({u"record"_s, u"--wait"_s, u"0"_s, u"-s"_s, u"v2"_s, u"-s"_s, u"v1"_s,
                  file(u"record.jsonl"_s), url}),
             ClosedCleanly);
    QCOMPARE(run({u"replay"_s, u"--fast"_s, u"--wait"_s, u"0"_s, file(u"record.jsonl"_s)}), ClosedCleanly);
    QCOMPARE(m_requests.at(1).subprotocols(), (QStringList{u"v2"_s, u"v1"_s}));
    QCOMPARE(run({u"replay"_s, u"--fast"_s, u"--wait"_s, u"0"_s, u"-s"_s, u"v3"_s, file(u"record.jsonl"_s)}),
             ClosedCleanly);
    QCOMPARE(m_requests.at(2).subprotocols(), QStringList(u"v3"_s));
}

void tst_WskitSession::differentAnswersAreShown()
{
    const QString url = m_server->serverUrl().toString();
    QCOMPARE(run({u"record"_s, u"--count"_s, u"1"_s, u"--send"_s, u"one"_s, file(u"record.jsonl"_s), url}),
             ClosedCleanly);
    m_answer = [](const QString &) { return u"two"_s; };
    QByteArray notices;
    QCOMPARE(run({u"replay"_s, u"--expect"_s, u"--fast"_s, file(u"record.jsonl"_s)}, nullptr, &notices),
             AnswersDiffer);
    QVERIFY2(notices.contains("answer 1 differs\n@@ -1,1 +1,1 @@\n-one\n+two\n"), notices);
}

void tst_WskitSession::lineEndIsADifference()
{
    const QString url = m_server->serverUrl().toString();
    QCOMPARE(run({u"record"_s, u"--count"_s, u"1"_s, u"--send"_s, u"one"_s, file(u"record.jsonl"_s), url}),
             ClosedCleanly);
    m_answer = [](const QString &) { return u"one\n"_s; };
    QByteArray notices;
    QCOMPARE(run({u"replay"_s, u"--expect"_s, u"--fast"_s, file(u"record.jsonl"_s)}, nullptr, &notices),
             AnswersDiffer);
    QVERIFY2(notices.contains("answer 1 differs"), notices);
}

void tst_WskitSession::recordIsForItsUserAlone()
{
    const QString url = m_server->serverUrl().toString() + u"/?token=hush"_s;
    const QStringList options{u"--count"_s, u"1"_s, u"--send"_s, u"x"_s, u"-H"_s, u"Cookie: a=hush"_s};
    QCOMPARE(run(QStringList(u"record"_s) + options + QStringList{file(u"record.jsonl"_s), url}),
             ClosedCleanly);
    QVERIFY2(!contentOf(u"record.jsonl"_s).contains("hush"), contentOf(u"record.jsonl"_s));
    QCOMPARE(QFile::permissions(file(u"record.jsonl"_s)) & (QFile::ReadGroup | QFile::ReadOther),
             QFile::Permissions());
    QCOMPARE(run(QStringList{u"record"_s, u"--with-secrets"_s} + options
                 + QStringList{file(u"record.jsonl"_s), url}),
             ClosedCleanly);
    QVERIFY(contentOf(u"record.jsonl"_s).contains("a=hush"));
}

void tst_WskitSession::recordBecomesAnArchiveAndComesBack()
{
    const QString url = m_server->serverUrl().toString();
    QCOMPARE(run({u"record"_s, u"--count"_s, u"1"_s, u"--send"_s, u"one"_s, file(u"record.jsonl"_s), url}),
             ClosedCleanly);
    QByteArray har;
    QCOMPARE(run({u"export"_s, u"--har"_s, file(u"record.jsonl"_s)}, &har), ClosedCleanly);
    const QJsonValue messages =
        QJsonDocument::fromJson(har)[u"log"_s][u"entries"_s][0][u"_webSocketMessages"_s];
    QCOMPARE(messages[0][u"type"_s].toString(), u"send"_s);
    QCOMPARE(messages[1][u"data"_s].toString(), u"one"_s);
    QFile opened(file(u"record.har"_s));
    QVERIFY(opened.open(QIODevice::WriteOnly) && opened.write(har) > 0);
    opened.close();
    QCOMPARE(run({u"replay"_s, u"--expect"_s, u"--fast"_s, file(u"record.har"_s)}), ClosedCleanly);
    QByteArray record;
    QCOMPARE(run({u"export"_s, u"--jsonl"_s, file(u"record.har"_s)}, &record), ClosedCleanly);
    QVERIFY2(record.startsWith("{\"request\":") && record.count('\n') == 3, record);
}

void tst_WskitSession::wrongRecordIsReported()
{
    QFile opened(file(u"record.jsonl"_s));
    QVERIFY(opened.open(QIODevice::WriteOnly));
    opened.write("{\"wskit\":\"session\",\"version\":1}\n{\"time\":-1}\n");
    opened.close();
    QByteArray notices;
    QCOMPARE(run({u"replay"_s, file(u"record.jsonl"_s), u"ws://127.0.0.1:1"_s}, nullptr, &notices),
             UsageError);
    QVERIFY2(notices.contains("record.jsonl: line 2: “time” is no number of milliseconds"), notices);
}

void tst_WskitSession::refusesWrongArguments_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("text");
    const auto row = [](const char *name, const QStringList &arguments, const QByteArray &text) {
        QTest::newRow(name) << arguments << text;
    };
    const QString url = u"ws://127.0.0.1:1"_s;
    row("path", {u"connect"_s, u"--filter"_s, u"$["_s, url}, "--filter: “$[”");
    row("pattern", {u"connect"_s, u"--grep"_s, u"("_s, url}, "--grep: “(”");
    row("close code", {u"connect"_s, u"--close-code"_s, u"1005"_s, url}, "“1005” is no close code");
    row("variable", {u"connect"_s, u"--var"_s, u"x"_s, url}, "“x” is not name=value");
    row("template", {u"connect"_s, u"--send-template"_s, u"x"_s, url}, "there is no saved template “x”");
    row("size", {u"connect"_s, u"--max-message"_s, u"0"_s, url},
        "--max-message needs a number of bytes, 1 GiB at most, not “0”");
    row("hex and path", {u"listen"_s, u"--hex"_s, u"--pretty"_s}, "--hex goes without");
    row("clients", {u"listen"_s, u"--max-clients"_s, u"0"_s}, "--max-clients needs");
    row("client CA without TLS", {u"listen"_s, u"--client-ca"_s, u"x"_s}, "--client-ca needs --tls");
    row("speed", {u"replay"_s, u"--speed"_s, u"0"_s, u"/dev/null"_s, url}, "/dev/null: line 1: no record");
    row("export", {u"export"_s, u"--har"_s, u"--jsonl"_s, u"x"_s}, "--har or --jsonl, not both");
    row("no file", {u"export"_s, u"/nonexistent"_s}, "/nonexistent: ");
    row("profile", {u"bench"_s, u"--profile"_s, u"/dev/null"_s, url}, "--profile: /dev/null: no JSON");
    row("proxy", {u"proxy"_s, u"--drop"_s, u"2"_s, url}, "--drop needs a number from 0 to 1, not “2”");
    row("time", {u"proxy"_s, u"--delay"_s, u"5m"_s, url}, "need a time such as 200ms");
    row("direction", {u"proxy"_s, u"--direction"_s, u"x"_s, url}, "not “x”");
}

void tst_WskitSession::refusesWrongArguments()
{
    QFETCH(const QStringList, arguments);
    QFETCH(const QByteArray, text);
    QByteArray notices;
    QCOMPARE(run(arguments, nullptr, &notices), UsageError);
    QVERIFY2(notices.contains(text), notices);
}

QTEST_GUILESS_MAIN(tst_WskitSession)
#include "tst_wskitsession.moc"
