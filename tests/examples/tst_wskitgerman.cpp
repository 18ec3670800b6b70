// SPDX-License-Identifier: MIT

// The command-line tool in the user's language, and the translations of the tool and of the toolkit.

#include "integrationtesting.h"
#include "translationfile.h"
#include "wskittool.h"

#include <QtCore/qjsonarray.h>
#include <QtCore/qjsondocument.h>
#include <QtCore/qjsonobject.h>

using namespace IntegrationTesting;

namespace {
const QStringList german{u"LC_ALL=de_DE.UTF-8"_s};
const QStringList commands{u"connect"_s, u"listen"_s, u"forward"_s, u"bench"_s, u"proxy"_s,
                           u"record"_s,  u"replay"_s, u"export"_s,  u"save"_s,  u"saved"_s};

// The names of the options that a help describes.
QStringList optionsOf(const QByteArray &help)
{
    static const QRegularExpression line(u"^  (-[a-zA-Z], )?--[a-z-]+"_s,
                                         QRegularExpression::MultilineOption);
    QStringList options;
    for (auto match = line.globalMatch(QString::fromUtf8(help)); match.hasNext();)
        options.append(match.next().captured());
    return options;
}
} // namespace

class tst_WskitGerman : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void translationIsComplete_data() { addTranslations(); }
    void translationIsComplete();
    void sourcesHaveNothingThatIsNotTranslated_data() { addTranslations(); }
    void sourcesHaveNothingThatIsNotTranslated();
    void translationThatMixesUpItsPlaceholdersIsFound();
    void environmentChoosesTheLanguage_data();
    void environmentChoosesTheLanguage();
    void everyCommandHasTheSameOptionsInGerman();
    void usageErrorsAreGerman_data();
    void usageErrorsAreGerman();
    void noticesAreGermanAndMessagesAreNot();
    void localSocketIsGerman();
    void jsonIsNotTranslated();
    void namesOfSecretsAreNotTranslatedInTheFile();

private:
    static void addTranslations();
    QByteArray helpOf(const QStringList &arguments, const QStringList &language) const;

    QTemporaryDir m_settings;
};

void tst_WskitGerman::addTranslations()
{
    QTest::addColumn<QString>("directory");
    QTest::addColumn<QString>("file");
    QTest::addColumn<int>("leastCount");
    QTest::newRow("tool") << QStringLiteral(WSKIT_TOOL_SOURCES) << u"wskit_de.ts"_s << 300;
    QTest::newRow("toolkit") << QStringLiteral(WSKIT_TOOLKIT_SOURCES) << u"toolkit_de.ts"_s << 50;
}

QByteArray tst_WskitGerman::helpOf(const QStringList &arguments, const QStringList &language) const
{
    WskitTool tool(arguments + QStringList{u"--help"_s}, m_settings.path(), {.language = language});
    return tool.run() == 0 ? tool.output() : QByteArray();
}

// --- the files

void tst_WskitGerman::translationIsComplete()
{
    QFETCH(const QString, directory);
    QFETCH(const QString, file);
    QFETCH(const int, leastCount);
    QCOMPARE(TranslationFile(QDir(directory).filePath(file)).checkTexts(leastCount), QString());
}

void tst_WskitGerman::sourcesHaveNothingThatIsNotTranslated()
{
    QFETCH(const QString, directory);
    QFETCH(const QString, file);
    const TranslationFile translation(QDir(directory).filePath(file));
    QCOMPARE(translation.checkSources(QStringLiteral(WSKIT_LUPDATE), {directory}), QString());
}

void tst_WskitGerman::translationThatMixesUpItsPlaceholdersIsFound()
{
    QFile file(m_settings.filePath(u"broken.ts"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("<TS><context><message><source>--to %1 %2</source><translation>--to %1 %1</translation>"
               "</message></context></TS>");
    file.close();
    QCOMPARE(TranslationFile(file.fileName()).checkTexts(1), u"--to %1 %2 -> --to %1 %1"_s);
}

// --- the language

void tst_WskitGerman::environmentChoosesTheLanguage_data()
{
    QTest::addColumn<QStringList>("language");
    QTest::addColumn<QByteArray>("begin");
    const QByteArray inGerman = "Aufruf: wskit BEFEHL [Optionen]\n";
    const QByteArray inEnglish = "Usage: wskit COMMAND [options]\n";
    QTest::newRow("none") << QStringList() << inEnglish;
    QTest::newRow("C") << QStringList{u"LC_ALL=C"_s} << inEnglish;
    QTest::newRow("C before LANGUAGE") << QStringList{u"LC_ALL=C.UTF-8"_s, u"LANGUAGE=de"_s} << inEnglish;
    QTest::newRow("German") << german << inGerman;
    QTest::newRow("Austrian") << QStringList{u"LANG=de_AT.UTF-8"_s} << inGerman;
    QTest::newRow("German messages") << QStringList{u"LANG=en_US.UTF-8"_s, u"LC_MESSAGES=de_DE.UTF-8"_s}
                                     << inGerman;
    QTest::newRow("C for messages") << QStringList{u"LANG=de_DE.UTF-8"_s, u"LC_MESSAGES=C"_s} << inEnglish;
    QTest::newRow("English before German")
        << QStringList{u"LANG=de_DE.UTF-8"_s, u"LANGUAGE=en:de"_s} << inEnglish;
    QTest::newRow("Finnish before German")
        << QStringList{u"LANG=fi_FI.UTF-8"_s, u"LANGUAGE=fi:de"_s} << inGerman;
    QTest::newRow("Finnish") << QStringList{u"LC_ALL=fi_FI.UTF-8"_s} << inEnglish;
}

void tst_WskitGerman::environmentChoosesTheLanguage()
{
    QFETCH(const QStringList, language);
    QFETCH(const QByteArray, begin);
    const QByteArray help = helpOf({}, language);
    QVERIFY2(help.startsWith(begin), help);
}

void tst_WskitGerman::everyCommandHasTheSameOptionsInGerman()
{
    for (const QString &command : commands) {
        const QByteArray help = helpOf({command}, german);
        QVERIFY2(help.startsWith("Aufruf: wskit " + command.toUtf8()), help);
        QVERIFY2(help.contains("\nOptionen:\n") && !help.contains("Options:"), help);
        const QStringList options = optionsOf(help);
        QVERIFY(options.size() > 4);
        QCOMPARE(options, optionsOf(helpOf({command}, {u"LC_ALL=C"_s})));
    }
}

void tst_WskitGerman::usageErrorsAreGerman_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("text");
    const QString url = u"ws://127.0.0.1:1"_s;
    QTest::newRow("command") << QStringList{u"fly"_s} << QByteArray("es gibt keinen Befehl „fly“");
    QTest::newRow("option") << QStringList{u"connect"_s, u"--fly"_s, url}
                            << QByteArray("Unbekannte Option „fly“.\nAufruf: wskit connect ");
    QTest::newRow("number") << QStringList{u"connect"_s, u"--ping"_s, u"x"_s, url}
                            << QByteArray("--ping braucht eine Anzahl von Sekunden");
    QTest::newRow("toolkit") << QStringList{u"connect"_s, u"--send"_s, u"{{fly}}"_s, url}
                             << QByteArray("die Variable „{{fly}}“ ist unbekannt");
    QTest::newRow("file of a token") << QStringList{u"connect"_s, u"--bearer-file"_s, u"/dev/null"_s, url}
                                     << QByteArray("/dev/null: enthält kein Token");
}

void tst_WskitGerman::usageErrorsAreGerman()
{
    QFETCH(const QStringList, arguments);
    QFETCH(const QByteArray, text);
    WskitTool tool(arguments, m_settings.path(), {.language = german});
    QCOMPARE(tool.run(), 1);
    QVERIFY2(tool.notices().contains(text), tool.notices());
}

// --- what people read, and what machines read

void tst_WskitGerman::noticesAreGermanAndMessagesAreNot()
{
    WsServer server;
    connect(&server, &WsServer::newConnection, this, [](WsConnection *connection) {
        connection->sendText("open");
        connection->close(Ws::GoingAway);
    });
    QVERIFY(server.listen(QHostAddress::LocalHost));
    WskitTool tool({u"connect"_s, u"--details"_s, u"always"_s, server.serverUrl().toString()},
                   m_settings.path(), {.language = german});
    QVERIFY2(tool.says("verbunden mit ws://127.0.0.1:"), tool.notices());
    QVERIFY2(tool.says("geschlossen: 1001 (GoingAway)"), tool.notices());
    QCOMPARE(tool.status(), 0);
    QVERIFY2(tool.prints(" text 4 B  open\n"), tool.output());
}

void tst_WskitGerman::localSocketIsGerman()
{
    const QString name = m_settings.filePath(u"german.socket"_s);
    WskitTool server({u"listen"_s, u"--echo"_s, u"--unix"_s, name}, m_settings.path(), {.language = german});
    QVERIFY2(server.says(name.toUtf8()), server.notices());
    WskitTool client({u"connect"_s, u"--unix"_s, name, u"ws://localhost/room"_s}, m_settings.path());
    QCOMPARE(client.run(), 0);
    QVERIFY2(server.says("#1 verbunden von dem lokalen Socket, /room\n"), server.notices());
}

void tst_WskitGerman::jsonIsNotTranslated()
{
    WsServer server;
    connect(&server, &WsServer::newConnection, this, [](WsConnection *connection) {
        connect(connection, &WsConnection::messageReceived, connection,
                [connection] { connection->sendText("no echo"); });
    });
    QVERIFY(server.listen(QHostAddress::LocalHost));
    const QStringList arguments{
        u"bench"_s, server.serverUrl().toString(), u"--clients"_s, u"1"_s, u"--messages"_s, u"1"_s};
    WskitTool machine(arguments + QStringList{u"--json"_s}, m_settings.path(), {.language = german});
    QCOMPARE(machine.run(), 3);
    const QJsonObject report = QJsonDocument::fromJson(machine.output()).object();
    QCOMPARE(report.value(u"failures"_s)[0][u"text"_s], u"what came is not an echo of what was sent"_s);
    QCOMPARE(report.value(u"type"_s), u"text"_s);

    WskitTool person(arguments, m_settings.path(), {.language = german});
    QCOMPARE(person.run(), 3);
    QVERIFY2(person.output().contains("Nachrichten  0 zu 64 B, text, in 0,"), person.output());
    QVERIFY2(person.output().contains("1: die Antwort ist kein Echo des Gesendeten\n"), person.output());
}

void tst_WskitGerman::namesOfSecretsAreNotTranslatedInTheFile()
{
    WskitTool save({u"save"_s, u"feed"_s, u"ws://ada:pw@127.0.0.1:1/"_s}, m_settings.path(),
                   {.language = german});
    QCOMPARE(save.run(), 0);
    QCOMPARE(save.notices(), QByteArray("ohne --with-secrets nicht gespeichert: Passwort\n"));
    QFile file(m_settings.filePath(u"wskit/connections.json"_s));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QJsonObject saved = QJsonDocument::fromJson(file.readAll()).object();
    QCOMPARE(saved.value(u"connections"_s)[u"feed"_s][u"missing"_s][0], u"password"_s);
}

QTEST_GUILESS_MAIN(tst_WskitGerman)
#include "tst_wskitgerman.moc"
