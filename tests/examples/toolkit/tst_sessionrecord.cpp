// SPDX-License-Identifier: MIT

// Sessions as JSON Lines and as HTTP Archives.

#include "harfile.h"
#include "sessionrecord.h"

#include <QtCore/QBuffer>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtTest/QtTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using Direction = SessionEvent::Direction;
using Type = SessionEvent::Type;

namespace {
Session exampleSession()
{
    Session session;
    session.head.url = QUrl(u"ws://example.com/feed?room=1"_s);
    session.head.started = QDateTime::fromMSecsSinceEpoch(1700000000500).toUTC();
    session.head.target = "/feed?room=1";
    session.head.requestHeaders = {{"Host", "example.com"}, {"X-Client", "1"}};
    session.head.responseHeaders = {{"Upgrade", "websocket"}};
    session.events = {
        {1500us, Direction::Sent, Type::Text, QStringLiteral("h\u00e9llo\n\"").toUtf8(), 0},
        {2000us, Direction::Received, Type::Binary, QByteArray("\0\xff\x01", 3), 0},
        {2001us, Direction::Received, Type::Ping, "p\xff", 0},
        {2002us, Direction::Sent, Type::Pong, "p\xff", 0},
        {2003us, Direction::Received, Type::Text, "", 0},
        {2004us, Direction::Sent, Type::Text, "\xef\xbb\xbfwith a byte order mark", 0},
        {9000us, Direction::Received, Type::Close, "bye", 4001},
    };
    return session;
}

QByteArray recordOf(const Session &session)
{
    QByteArray lines = SessionRecord::headLine(session.head);
    for (const SessionEvent &event : session.events)
        lines += SessionRecord::eventLine(event);
    return lines;
}

QString problemOf(QByteArray record, qint64 maxLineSize = SessionRecord::MaxLineSize)
{
    QBuffer buffer(&record);
    buffer.open(QIODevice::ReadOnly);
    SessionReader reader(&buffer, maxLineSize);
    if (!reader.readHead())
        return reader.problem();
    while (reader.readEvent()) {
    }
    return reader.problem();
}

const QByteArray head = R"({"wskit":"session","version":1,"url":"ws://a"})"
                        "\n";
} // namespace

class tst_SessionRecord : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void recordComesBack();
    void everyEventIsOneLine();
    void secretsAreRemovedFromTheHead();
    void wrongLineIsReportedByItsNumber_data();
    void wrongLineIsReportedByItsNumber();
    void linesAreLimited();

    void archiveComesBack();
    void archiveHasTheMessagesOfChromium();
    void archiveOfABrowserIsRead();
    void wrongArchiveIsReported_data();
    void wrongArchiveIsReported();
};

void tst_SessionRecord::recordComesBack()
{
    const Session session = exampleSession();
    QByteArray record = recordOf(session);
    QBuffer buffer(&record);
    QVERIFY(buffer.open(QIODevice::ReadOnly));
    SessionReader reader(&buffer);
    const auto readHead = reader.readHead();
    QVERIFY2(readHead, qPrintable(reader.problem()));
    QVERIFY(*readHead == session.head);
    for (const SessionEvent &event : session.events) {
        const auto readEvent = reader.readEvent();
        QVERIFY2(readEvent, qPrintable(reader.problem()));
        QVERIFY(*readEvent == event);
    }
    QVERIFY(!reader.readEvent());
    QCOMPARE(reader.problem(), QString());
}

void tst_SessionRecord::everyEventIsOneLine()
{
    const Session session = exampleSession();
    QCOMPARE(recordOf(session).count('\n'), session.events.size() + 1);
}

void tst_SessionRecord::secretsAreRemovedFromTheHead()
{
    SessionHead secret = exampleSession().head;
    secret.url = QUrl(u"ws://ada:hush@example.com/?token=hush&room=1"_s);
    secret.target = "/?token=hush&room=1";
    secret.requestHeaders = {{"Authorization", "Bearer hush"}, {"Cookie", "a=hush"}, {"Host", "a"}};
    secret.responseHeaders = {{"Set-Cookie", "a=hush"}};
    const SessionHead bare = secret.withoutSecrets();
    QVERIFY2(!SessionRecord::headLine(bare).contains("hush"), SessionRecord::headLine(bare));
    QCOMPARE(bare.target, "/?token=&room=1");
    QCOMPARE(bare.requestHeaders.at(2).second, "a");
    QVERIFY(SessionRecord::headLine(secret).contains("hush"));
}

void tst_SessionRecord::wrongLineIsReportedByItsNumber_data()
{
    QTest::addColumn<QByteArray>("record");
    QTest::addColumn<QString>("problem");
    QTest::newRow("empty") << QByteArray() << u"line 1: no record of a session"_s;
    QTest::newRow("text") << QByteArray("hello\n") << u"line 1: no JSON: illegal value"_s;
    QTest::newRow("other JSON") << QByteArray("{}\n") << u"line 1: no record of a session"_s;
    QTest::newRow("newer") << QByteArray(R"({"wskit":"session","version":2})")
                           << u"line 1: a record of the unknown version 2"_s;
    const auto row = [](const char *name, const QByteArray &event, const QString &problem) {
        const QByteArray good = SessionRecord::eventLine({});
        QTest::newRow(name) << head + good + '\n' + event << problem;
    };
    row("no JSON", "{", u"line 4: no JSON: unterminated object"_s);
    row("array", "[]", u"line 4: not a JSON object"_s);
    row("time", R"({"direction":"sent","type":"text","text":""})",
        u"line 4: “time” is no number of milliseconds"_s);
    row("direction", R"({"time":1,"type":"text","text":""})",
        u"line 4: “direction” is neither “sent” nor “received”"_s);
    row("type", R"({"time":1,"direction":"sent","type":"txt","text":""})",
        u"line 4: “type” is none of text, binary, ping, pong and close"_s);
    row("payload", R"({"time":1,"direction":"sent","type":"text"})",
        u"line 4: there is neither “text” nor “base64”"_s);
    row("Base64", R"({"time":1,"direction":"sent","type":"binary","base64":"%"})",
        u"line 4: “base64” is no Base64"_s);
    row("code", R"({"time":1,"direction":"sent","type":"close","text":"","code":70000})",
        u"line 4: “code” is no close code"_s);
}

void tst_SessionRecord::wrongLineIsReportedByItsNumber()
{
    QFETCH(const QByteArray, record);
    QFETCH(const QString, problem);
    QCOMPARE(problemOf(record), problem);
}

void tst_SessionRecord::linesAreLimited()
{
    SessionEvent event;
    event.payload = QByteArray(200, 'a');
    QCOMPARE(problemOf(head + SessionRecord::eventLine(event), 100), u"line 2: longer than 100 bytes"_s);
    QCOMPARE(problemOf(head + SessionRecord::eventLine(event), 300), QString());
}

void tst_SessionRecord::archiveComesBack()
{
    Session session = exampleSession();
    QList<Session> sessions;
    QCOMPARE(sessionsFromHar(sessionsToHar({session, session}), &sessions), QString());
    QCOMPARE(sessions.size(), 2);
    QVERIFY(sessions.at(1).head == session.head);
    session.events.removeIf([](const SessionEvent &event) { return !event.isMessage(); });
    QVERIFY(sessions.at(1).events == session.events);
}

void tst_SessionRecord::archiveHasTheMessagesOfChromium()
{
    const QJsonDocument document = QJsonDocument::fromJson(sessionsToHar({exampleSession()}));
    const QJsonValue log = document[u"log"_s];
    QCOMPARE(log[u"version"_s].toString(), u"1.2"_s);
    const QJsonValue entry = log[u"entries"_s][0];
    QCOMPARE(entry[u"_resourceType"_s].toString(), u"websocket"_s);
    const QJsonValue binary = entry[u"_webSocketMessages"_s][1];
    QCOMPARE(binary[u"type"_s].toString(), u"receive"_s);
    QCOMPARE(binary[u"opcode"_s].toInt(), 2);
    QCOMPARE(binary[u"data"_s].toString(), u"AP8B"_s);
    QCOMPARE(binary[u"time"_s].toDouble(), 1700000000.502);
    QCOMPARE(entry[u"_webSocketMessages"_s][0][u"type"_s].toString(), u"send"_s);
}

void tst_SessionRecord::archiveOfABrowserIsRead()
{
    const QByteArray har = R"({"log":{"version":"1.2","entries":[
        {"request":{"url":"https://example.com/page"},"response":{}},
        {"startedDateTime":"2023-11-14T22:13:20.500Z",
         "request":{"method":"GET","url":"wss://example.com/x?y=1","headers":[{"name":"Host","value":"a"}]},
         "response":{"status":101,"headers":[]},
         "_webSocketMessages":[{"type":"send","time":1700000000.75,"opcode":1,"data":"hi"},
                               {"type":"receive","time":1700000000.8,"opcode":9,"data":""},
                               {"type":"receive","time":1700000001,"opcode":2,"data":"AAE="}]}]}})";
    QList<Session> sessions;
    QCOMPARE(sessionsFromHar(har, &sessions), QString());
    QCOMPARE(sessions.size(), 1);
    QCOMPARE(sessions.at(0).head.target, "/x?y=1");
    QCOMPARE(sessions.at(0).events.size(), 2);
    QCOMPARE(sessions.at(0).events.at(0).time.count(), 250'000);
    QCOMPARE(sessions.at(0).events.at(1).payload, QByteArray("\0\1", 2));
}

void tst_SessionRecord::wrongArchiveIsReported_data()
{
    QTest::addColumn<QByteArray>("har");
    QTest::addColumn<QString>("problem");
    QTest::newRow("no JSON") << QByteArray("x") << u"no JSON, byte 1: illegal value"_s;
    QTest::newRow("no archive") << QByteArray("{}") << u"no HTTP Archive: there is no “log.entries”"_s;
    const auto row = [](const char *name, const QByteArray &message, const QString &problem) {
        QTest::newRow(name) << "{\"log\":{\"entries\":[{},{\"_webSocketMessages\":[" + message + "]}]}}"
                            << problem;
    };
    row("type", R"({"type":"sent","opcode":1})",
        u"entry 2: message 1: “type” is neither “send” nor “receive”"_s);
    row("data", R"({"type":"send","opcode":2,"data":"%"})", u"entry 2: message 1: “data” is no Base64"_s);
}

void tst_SessionRecord::wrongArchiveIsReported()
{
    QFETCH(const QByteArray, har);
    QFETCH(const QString, problem);
    QList<Session> sessions;
    QCOMPARE(sessionsFromHar(har, &sessions), problem);
}

#include "tst_sessionrecord.moc"

#include "../../testprogram.h"

WSKIT_APPLESS_TEST(tst_SessionRecord)
