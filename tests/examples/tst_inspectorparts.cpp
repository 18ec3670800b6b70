// SPDX-License-Identifier: MIT

// The parts of the inspector that need no window.

#include "clientsession.h"
#include "connectionsettings.h"
#include "connectionstore.h"
#include "errordetail.h"
#include "logfilter.h"
#include "logmodel.h"
#include "openinglog.h"
#include "replayer.h"
#include "savedconnections.h"
#include "sessionfile.h"
#include "wskitcommand.h"

#include "../patience.h"

#include <WsKit/WsError>

#include <QtCore/QTemporaryDir>
#include <QtTest/QAbstractItemModelTester>
#include <QtTest/QtTest>

using Direction = LogEntry::Direction;
using Kind = LogEntry::Kind;

namespace {
LogEntry message(const QByteArray &text, Direction direction = Direction::Sent, qint64 time = 1'000)
{
    LogEntry entry = LogEntry::now(direction, Kind::Text, text);
    entry.msecsSinceEpoch = time;
    return entry;
}

SessionHead secretHead()
{
    SessionHead head;
    head.url = QUrl(QStringLiteral("ws://ada:love@example.test/room?token=love&a=b"));
    head.started = QDateTime::fromMSecsSinceEpoch(1'000).toUTC();
    head.target = "/room?token=love&a=b";
    head.requestHeaders = {{"Host", "example.test"}, {"Authorization", "Basic love"}};
    head.responseHeaders = {{"Upgrade", "websocket"}, {"Set-Cookie", "id=love"}};
    return head;
}
} // namespace

class tst_InspectorParts : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void logIsSearchedBothWaysAndFromTheOtherEnd();
    void searchKeepsToTheFilter();
    void logCountsWhatItRemoves();
    void detailCountsAsMemory();
    void controlFramesThatAreNoTextAreShownInHex();
    void sessionSurvivesAFile_data();
    void sessionSurvivesAFile();
    void savedSessionHasNoSecrets_data();
    void savedSessionHasNoSecrets();
    void textFileHasOneLineForEachEntry();
    void fileThatIsTooLargeIsNotRead();
    void otherFilesAreNoSessions_data();
    void otherFilesAreNoSessions();
    void replaySendsWhatWasSentInItsOrder();
    void replayWaitsForTheRecordedTime();
    void replayCanBeStoppedByWhatItSends();
    void commandConnectsInTheSameWay();
    void commandHasNoSecrets();
    void commandIsSafeInAShell();
    void savedConnectionComesBack();
    void savingKeepsWhatTheWindowDoesNotKnow();
    void errorsSayWhatToTry_data();
    void errorsSayWhatToTry();
    void errorShowsTheBodyOfTheAnswer();
    void openingsKeepTheRequestsOfTheLastOne();
};

void tst_InspectorParts::logIsSearchedBothWaysAndFromTheOtherEnd()
{
    LogModel model;
    LogFilter filter(&model);
    for (const char *text : {"one", "two", "One more", "three", "none"})
        model.append(message(text));
    QCOMPARE(model.entries().size(), 5);
    const QString one = QStringLiteral("ONE");
    QCOMPARE(filter.find(one, -1, true), 0);
    QCOMPARE(filter.find(one, 0, true), 2);
    QCOMPARE(filter.find(one, 4, true), 0);
    QCOMPARE(filter.find(one, -1, false), 4);
    QCOMPARE(filter.find(one, 4, false), 2);
    QCOMPARE(filter.find(one, 0, false), 4);
    QCOMPARE(filter.find(QStringLiteral("three"), 3, true), 3); // the current row, if there is no other
    QCOMPARE(filter.find(QStringLiteral("four"), 1, true), -1);
    model.clear();
    QCOMPARE(filter.find(one, -1, true), -1);
    QCOMPARE(filter.find(one, -1, false), -1);
}

void tst_InspectorParts::searchKeepsToTheFilter()
{
    LogModel model;
    LogFilter filter(&model);
    model.append(message("one", Direction::Sent));
    model.append(message("one", Direction::Received));
    model.entries();
    filter.setShow(LogFilter::Show::Received);
    QCOMPARE(filter.find(QStringLiteral("one"), -1, true), 0);
    QCOMPARE(filter.entry(filter.index(0, 0)).direction, Direction::Received);
}

void tst_InspectorParts::logCountsWhatItRemoves()
{
    LogModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setMaximumCount(100);
    model.setMaximumBytes(1'000);
    for (int i = 0; i < 90; ++i)
        model.append(message("0123456789"));
    QCOMPARE(model.entries().size(), 90);
    QCOMPARE(model.droppedCount(), 0);
    for (int i = 0; i < 90; ++i)
        model.append(message("0123456789"));
    QCOMPARE(model.entries().size(), 100);
    QCOMPARE(model.droppedCount(), 80);
    model.append(message(QByteArray(900, 'x')));
    QCOMPARE(model.entries().size(), 11);
    QCOMPARE(model.droppedCount(), 170);
    model.append(message(QByteArray(5'000, 'x'))); // the last one stays, whatever its size
    QCOMPARE(model.entries().size(), 1);
    model.clear();
    QCOMPARE(model.droppedCount(), 0);
}

void tst_InspectorParts::detailCountsAsMemory()
{
    LogModel model;
    model.setMaximumBytes(10'000);
    for (int i = 0; i < 10; ++i) {
        LogEntry entry = LogEntry::now(Direction::None, Kind::Error, {}, QStringLiteral("x"));
        entry.detail = QString(1'000, u'x');
        model.append(entry);
    }
    QCOMPARE(model.entries().size(), 4);
}

void tst_InspectorParts::controlFramesThatAreNoTextAreShownInHex()
{
    const auto preview = [](Kind kind, const QByteArray &payload) {
        return LogEntry::now(Direction::Received, kind, payload).preview();
    };
    QCOMPARE(preview(Kind::Ping, "1-22"), QStringLiteral("1-22"));
    QCOMPARE(preview(Kind::Ping, QByteArray("\x01\xff", 2)), QStringLiteral("01 ff"));
    QCOMPARE(preview(Kind::Text, "\u00e4\n\u00f6"), QStringLiteral("\u00e4 \u00f6"));
}

void tst_InspectorParts::sessionSurvivesAFile_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("count");
    QTest::newRow("record") << QStringLiteral("s.jsonl") << 5;
    QTest::newRow("archive") << QStringLiteral("s.har") << 2; // only messages
}

void tst_InspectorParts::sessionSurvivesAFile()
{
    QFETCH(const QString, name);
    QFETCH(const int, count);
    const QTemporaryDir folder;
    LogEntry event = LogEntry::now(Direction::None, Kind::Event, {}, QStringLiteral("Open"));
    LogEntry binary = LogEntry::now(Direction::Received, Kind::Binary, QByteArray("\0\xff", 2));
    binary.msecsSinceEpoch = 2'500;
    LogEntry ping = LogEntry::now(Direction::Sent, Kind::Ping, "1");
    LogEntry pong = LogEntry::now(Direction::Received, Kind::Pong, "1");
    LogEntry end = LogEntry::now(Direction::None, Kind::Event, {}, QStringLiteral("closed"));
    end.closeCode = 4001;
    for (LogEntry *entry : {&ping, &pong, &end})
        entry->msecsSinceEpoch = 3'000;
    SessionHead head;
    head.url = QUrl(QStringLiteral("ws://example.test/"));
    head.started = QDateTime::fromMSecsSinceEpoch(1'000).toUTC();
    head.target = "/";
    event.msecsSinceEpoch = 1'000;
    const QList<LogEntry> entries{event, message("hello \u00e4", Direction::Sent, 1'250), binary, ping, pong,
                                  end};
    QCOMPARE(SessionFile::save(folder.filePath(name), head, entries), QString());

    QList<Session> sessions;
    QCOMPARE(SessionFile::load(folder.filePath(name), &sessions), QString());
    QCOMPARE(sessions.size(), 1);
    QCOMPARE(sessions.constFirst().head.url, head.url);
    const QList<LogEntry> loaded = SessionFile::entriesOf(sessions.constFirst());
    QCOMPARE(loaded.size(), count + 1); // and the beginning
    QVERIFY(loaded.at(0).note.contains(QLatin1String("ws://example.test/")));
    QCOMPARE(loaded.at(1).payload, QByteArray("hello \u00e4"));
    QCOMPARE(loaded.at(1).direction, Direction::Sent);
    QCOMPARE(loaded.at(1).msecsSinceEpoch, 1'250);
    QCOMPARE(loaded.at(2).payload, binary.payload);
    QCOMPARE(loaded.at(2).kind, Kind::Binary);
    QCOMPARE(loaded.at(2).direction, Direction::Received);
    QCOMPARE(loaded.at(2).msecsSinceEpoch, 2'500);
    if (count == 5) {
        QCOMPARE(loaded.at(4).kind, Kind::Pong);
        QCOMPARE(loaded.at(5).closeCode, quint16(4001));
        QVERIFY(loaded.at(5).note.contains(QLatin1String("4001")));
    }
}

void tst_InspectorParts::savedSessionHasNoSecrets_data()
{
    QTest::addColumn<QString>("name");
    for (const char *name : {"s.jsonl", "s.har", "s.txt"})
        QTest::newRow(name) << QString::fromLatin1(name);
}

void tst_InspectorParts::savedSessionHasNoSecrets()
{
    QFETCH(const QString, name);
    const QTemporaryDir folder;
    QCOMPARE(SessionFile::save(folder.filePath(name), secretHead(), {message("hello")}), QString());
    QFile file(folder.filePath(name));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray saved = file.readAll();
    QVERIFY(saved.contains("hello"));
    QVERIFY2(!saved.contains("love"), saved);
}

void tst_InspectorParts::textFileHasOneLineForEachEntry()
{
    const QTemporaryDir folder;
    QFile file(folder.filePath(QStringLiteral("s.txt")));
    const QByteArray forged =
        "x\n2026-12-01T12:00:00.000 > text          5 hello\x1b[2J\xe2\x80\xa8\t\xc3\xa4";
    QCOMPARE(SessionFile::save(file.fileName(), {}, {message(forged, Direction::Received), message("y")}),
             QString());
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArrayList lines = file.readAll().split('\n');
    QCOMPARE(lines.size(), 3); // the last one is empty
    QVERIFY2(lines.at(0).endsWith(
                 " x\\n2026-12-01T12:00:00.000 > text          5 hello\\u001b[2J\\u2028\t\xc3\xa4"),
             lines.at(0));
}

void tst_InspectorParts::fileThatIsTooLargeIsNotRead()
{
    const QTemporaryDir folder;
    for (const char *name : {"s.jsonl", "s.har"}) {
        QFile file(folder.filePath(QLatin1String(name)));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.resize(513LL * 1024 * 1024)); // which takes no room
        QList<Session> sessions;
        const QString problem = SessionFile::load(file.fileName(), &sessions);
        QVERIFY2(problem.startsWith(QLatin1String("The file is larger than ")), qPrintable(problem));
    }
}

void tst_InspectorParts::otherFilesAreNoSessions_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("content");
    QTest::newRow("no JSON") << QStringLiteral("s.jsonl") << QByteArray("hello\n");
    QTest::newRow("empty") << QStringLiteral("s.jsonl") << QByteArray();
    QTest::newRow("other JSON") << QStringLiteral("s.jsonl") << QByteArray("{\"a\":1}\n");
    QTest::newRow("no archive") << QStringLiteral("s.har") << QByteArray("{\"a\":1}");
    QTest::newRow("cut") << QStringLiteral("s.har") << QByteArray("{\"log\":");
}

void tst_InspectorParts::otherFilesAreNoSessions()
{
    QFETCH(const QString, name);
    QFETCH(const QByteArray, content);
    const QTemporaryDir folder;
    QFile file(folder.filePath(name));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(content);
    file.close();
    QList<Session> sessions;
    QVERIFY(!SessionFile::load(file.fileName(), &sessions).isEmpty());
    QVERIFY(!SessionFile::load(folder.filePath(QStringLiteral("none.") + name), &sessions).isEmpty());
}

void tst_InspectorParts::replaySendsWhatWasSentInItsOrder()
{
    Replayer replayer;
    QByteArrayList sent;
    QSignalSpy finished(&replayer, &Replayer::finished);
    connect(&replayer, &Replayer::due, this, [&](const LogEntry &entry) { sent.append(entry.payload); });
    replayer.start({LogEntry::now(Direction::None, Kind::Event, {}, QStringLiteral("Open")),
                    message("a", Direction::Sent, 0), message("b", Direction::Received, 10),
                    LogEntry::now(Direction::Sent, Kind::Ping, "1"),
                    message("c", Direction::Sent, 3'600'000)},
                   Replayer::AtOnce);
    QVERIFY(replayer.isRunning());
    WS_TRY_COMPARE(finished.size(), 1);
    QCOMPARE(sent, QByteArrayList({"a", "c"}));
    QCOMPARE(finished.constFirst().constFirst().toInt(), 2);
    QVERIFY(!replayer.isRunning());
    replayer.start({}, Replayer::AtOnce);
    QVERIFY(!replayer.isRunning());
}

void tst_InspectorParts::replayWaitsForTheRecordedTime()
{
    Replayer replayer;
    QSignalSpy due(&replayer, &Replayer::due);
    QSignalSpy finished(&replayer, &Replayer::finished);
    replayer.start({message("a", Direction::Sent, 0), message("b", Direction::Sent, 3'600'000)},
                   Replayer::AsRecorded);
    WS_TRY_COMPARE(due.size(), 1);
    Replayer other; // which sends in several turns of the event loop
    QSignalSpy otherFinished(&other, &Replayer::finished);
    other.start({message("a"), message("b"), message("c")}, Replayer::AtOnce);
    WS_TRY_COMPARE(otherFinished.size(), 1);
    QCOMPARE(due.size(), 1);
    QVERIFY(replayer.isRunning()); // for another hour
    replayer.stop();
    QCOMPARE(finished.size(), 1);
    QCOMPARE(finished.constFirst().constFirst().toInt(), 1);
    QVERIFY(!replayer.isRunning());
}

void tst_InspectorParts::replayCanBeStoppedByWhatItSends()
{
    Replayer replayer;
    QSignalSpy finished(&replayer, &Replayer::finished);
    int count = 0;
    connect(&replayer, &Replayer::due, this, [&] {
        ++count;
        replayer.stop();
    });
    replayer.start({message("a"), message("b")}, Replayer::AtOnce);
    WS_TRY_COMPARE(finished.size(), 1);
    QCOMPARE(count, 1);
    QVERIFY(!replayer.isRunning());
}

void tst_InspectorParts::commandConnectsInTheSameWay()
{
    ConnectionSettings settings;
    settings.url = QUrl(QStringLiteral("wss://example.test/room?a=b"));
    settings.headers = {{"X-Room", "attic"}};
    settings.subprotocols = {QStringLiteral("chat.v2"), QStringLiteral("chat.v1")};
    settings.origin = QStringLiteral("https://example.test");
    settings.route.reconnects = settings.route.followsRedirects = settings.route.compresses = true;
    settings.route.proxy = QStringLiteral("none");
    settings.tls.caFile = QStringLiteral("/etc/my ca.pem");
    settings.tls.ignoresErrors = true;
    QCOMPARE(
        wskitCommand(settings),
        QStringLiteral("wskit connect --header 'X-Room: attic' --subprotocol chat.v2 --subprotocol chat.v1 "
                       "--origin https://example.test --compress --reconnect --follow 10 --proxy none "
                       "--cacert '/etc/my ca.pem' --insecure 'wss://example.test/room?a=b'"));
}

void tst_InspectorParts::commandHasNoSecrets()
{
    ConnectionSettings settings;
    settings.url = QUrl(QStringLiteral("ws://ada:love@example.test/?token=love"));
    settings.headers = {{"Authorization", "Bearer love"}, {"Cookie", "love"}};
    settings.route.proxy = QStringLiteral("http://ada:love@proxy.test:3128");
    const QString command = wskitCommand(settings);
    QVERIFY2(!command.contains(QLatin1String("love")), qPrintable(command));
    QVERIFY2(command.contains(QLatin1String("--user ada ")), qPrintable(command));
    QVERIFY2(command.contains(QLatin1String("'ws://example.test/?token='")), qPrintable(command));
}

void tst_InspectorParts::commandIsSafeInAShell()
{
    ConnectionSettings settings;
    settings.url = QUrl(QStringLiteral("ws://example.test/"));
    settings.headers = {{"X-A", "$(reboot) 'quoted' `x`"}};
    QCOMPARE(
        wskitCommand(settings),
        QStringLiteral("wskit connect --header 'X-A: $(reboot) '\\''quoted'\\'' `x`' ws://example.test/"));
}

void tst_InspectorParts::savedConnectionComesBack()
{
    ConnectionSettings settings;
    settings.url = QUrl(QStringLiteral("wss://ada@example.test/room?a=b%26c"));
    settings.headers = {{"X-Room", "attic"}};
    settings.subprotocols = {QStringLiteral("chat.v2")};
    settings.origin = QStringLiteral("https://example.test");
    settings.route = {true,
                      true,
                      true,
                      QStringLiteral("none"),
                      QStringLiteral("h.test"),
                      QStringLiteral("/run/s"),
                      QStringLiteral("/run/t")};
    settings.tls = {
        true, QStringLiteral("ca"), QStringLiteral("cert"), QStringLiteral("key"), {QStringLiteral("pin")}};
    SavedConnection saved;
    updateSaved(&saved, settings);
    const ConnectionSettings back = settingsOf(saved);
    QCOMPARE(back.url, settings.url);
    QCOMPARE(back.headers, settings.headers);
    QCOMPARE(back.subprotocols, settings.subprotocols);
    QCOMPARE(back.origin, settings.origin);
    QVERIFY(back.route.reconnects && back.route.followsRedirects && back.route.compresses);
    QCOMPARE(back.route.proxy, settings.route.proxy);
    QCOMPARE(back.route.host, settings.route.host);
    QCOMPARE(back.route.localSocket, settings.route.localSocket);
    QCOMPARE(back.route.tokenFile, settings.route.tokenFile);
    QVERIFY(back.tls.ignoresErrors);
    QCOMPARE(back.tls.caFile, settings.tls.caFile);
    QCOMPARE(back.tls.certificateFile, settings.tls.certificateFile);
    QCOMPARE(back.tls.keyFile, settings.tls.keyFile);
    QCOMPARE(back.tls.pins, settings.tls.pins);
}

void tst_InspectorParts::savingKeepsWhatTheWindowDoesNotKnow()
{
    SavedConnection saved;
    saved.url = QStringLiteral("ws://example.test/");
    saved.maxRedirects = 3;
    updateSaved(&saved, settingsOf(saved));
    QCOMPARE(saved.maxRedirects, 3);
    ConnectionSettings settings = settingsOf(saved);
    settings.route.followsRedirects = false;
    updateSaved(&saved, settings);
    QCOMPARE(saved.maxRedirects, 0);
}

void tst_InspectorParts::errorsSayWhatToTry_data()
{
    QTest::addColumn<WsError>("error");
    QTest::addColumn<QString>("advice");
    const auto withStatus = [](int status) {
        WsError error(Ws::ErrorKind::Handshake, QStringLiteral("refused"));
        error.setHttpStatus(status);
        return error;
    };
    WsError refused(Ws::ErrorKind::Network, QStringLiteral("refused"));
    refused.setSocketError(QAbstractSocket::ConnectionRefusedError);
    QTest::newRow("refused") << refused << QStringLiteral("Nothing listens there");
    QTest::newRow("403") << withStatus(403) << QStringLiteral("Origin");
    QTest::newRow("302") << withStatus(302) << QStringLiteral("Follow redirects");
    QTest::newRow("500") << withStatus(500) << QStringLiteral("tab Handshake");
    QTest::newRow("TLS") << WsError(Ws::ErrorKind::Tls, QStringLiteral("x"), Ws::TlsHandshake)
                         << QStringLiteral("CA file");
    QTest::newRow("no server") << WsError(Ws::ErrorKind::Handshake, QStringLiteral("x"))
                               << QStringLiteral("no WebSocket server");
}

void tst_InspectorParts::errorsSayWhatToTry()
{
    QFETCH(const WsError, error);
    QFETCH(const QString, advice);
    const QString detail = errorDetail(error, {}, {QSslError(QSslError::SelfSignedCertificate)});
    QVERIFY2(detail.startsWith(error.text() + u'\n'), qPrintable(detail));
    QVERIFY2(detail.contains(QLatin1String("What to try: ")) && detail.contains(advice), qPrintable(detail));
    QVERIFY2(detail.contains(QStringLiteral("Close code: %1\n").arg(error.closeCode())), qPrintable(detail));
    QVERIFY2(detail.contains(QLatin1String("TLS: The certificate is self-signed")), qPrintable(detail));
    if (error.httpStatus() != 0)
        QVERIFY(detail.contains(QStringLiteral("HTTP status: %1\n").arg(error.httpStatus())));
}

void tst_InspectorParts::errorShowsTheBodyOfTheAnswer()
{
    WsError error(Ws::ErrorKind::Handshake, QStringLiteral("refused"));
    error.setHttpStatus(403);
    const QString detail = errorDetail(error, WsResponse(403, "line 1\nline 2"), {});
    QVERIFY2(detail.endsWith(QLatin1String("\nline 1\nline 2")), qPrintable(detail));
}

void tst_InspectorParts::openingsKeepTheRequestsOfTheLastOne()
{
    OpeningLog log;
    log.addRequest({}, 1); // before an opening
    log.setResponse(WsResponse(200));
    QVERIFY(log.attempts().isEmpty());
    log.begin(0);
    log.setResponse(WsResponse(200));
    log.addRequest({}, 1'500);
    log.setResponse(WsResponse());
    QCOMPARE(log.attempts().constLast().exchanges.constFirst().response.status(), 0);
    log.setResponse(WsResponse(302));
    log.addRequest({}, 2'500);
    log.setResponse(WsResponse(403, "half"));
    log.setResponse(WsResponse(403, "half of it"));
    const QList<OpeningLog::Exchange> exchanges = log.attempts().constLast().exchanges;
    QCOMPARE(exchanges.size(), 2);
    QCOMPARE(exchanges.at(0).response.status(), 302);
    QCOMPARE(exchanges.at(1).response.body(), QByteArray("half of it"));
    log.begin(1);
    QVERIFY(log.attempts().constFirst().exchanges.isEmpty());
    for (int i = 0; i < 1'000; ++i) {
        log.addRequest({}, 1);
        log.addStep(Ws::Requested, 1);
    }
    QVERIFY(log.attempts().constLast().exchanges.size() < 100);
    QVERIFY(log.attempts().constLast().lines.size() < 1'000);
}

QTEST_MAIN(tst_InspectorParts)
#include "tst_inspectorparts.moc"
