// SPDX-License-Identifier: MIT

// What the tools store for their user: connections, the history and templates.

#include "connectionhistory.h"
#include "savedconnections.h"
#include "savedtemplates.h"

#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtTest/QtTest>

using namespace Qt::StringLiterals;

namespace {
SavedConnection completeConnection()
{
    SavedConnection connection;
    connection.url = u"wss://example.com/feed?room=1"_s;
    connection.headers = {{"X-Client", "1"}, {"X-Client", "2"}};
    connection.subprotocols = QStringList{u"chat"_s, u"mqtt"_s};
    connection.origin = u"https://example.com"_s;
    connection.host = u"inner.example.com"_s;
    connection.proxy = u"socks5://proxy.example.com:1080"_s;
    connection.localSocket = u"/run/app.socket"_s;
    connection.user = u"ada"_s;
    connection.tokenFile = u"/home/ada/token"_s;
    connection.caFile = u"ca.pem"_s;
    connection.certificateFile = u"cert.pem"_s;
    connection.keyFile = u"key.pem"_s;
    connection.pins = QStringList{u"abc"_s};
    connection.maxRedirects = 3;
    connection.maxMessageSize = 20'000'000;
    connection.connectTimeoutMs = 5'000;
    connection.passPhraseFile = u"/etc/ssl/phrase"_s;
    connection.ignoresTlsErrors = true;
    connection.isCompressed = true;
    connection.reconnects = true;
    return connection;
}
} // namespace

class tst_StoredFiles : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();

    void connectionComesBackComplete();
    void secretsAreNotSaved();
    void secretsAreSavedOnRequest();
    void fileIsForItsUserAlone();
    void connectionsOfTwoProgramsAreBothKept();
    void unknownMembersOfOthersStay();
    void removedConnectionIsGone();
    void invalidFileIsReportedAndKept_data();
    void invalidFileIsReportedAndKept();
    void invalidMemberIsQuoted_data();
    void invalidMemberIsQuoted();

    void historyHasTheLastUrlFirst();
    void historyHasNoSecrets();
    void historyIsLimited();

    void templatesComeBack();

private:
    void write(const QByteArray &content) const;
    QByteArray content() const;

    std::optional<QTemporaryDir> m_directory;
    QString m_fileName;
};

void tst_StoredFiles::init()
{
    m_directory.emplace();
    m_fileName = m_directory->filePath(u"settings/file.json"_s);
}

void tst_StoredFiles::write(const QByteArray &content) const
{
    QVERIFY(QDir().mkpath(QFileInfo(m_fileName).path()));
    QFile file(m_fileName);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(content), content.size());
}

QByteArray tst_StoredFiles::content() const
{
    QFile file(m_fileName);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void tst_StoredFiles::connectionComesBackComplete()
{
    const SavedConnection connection = completeConnection();
    QCOMPARE(SavedConnections(m_fileName).save(u"feed"_s, connection), QString());
    SavedConnections connections(m_fileName);
    QCOMPARE(connections.load(), QString());
    QCOMPARE(connections.names(), QStringList(u"feed"_s));
    SavedConnection found;
    QCOMPARE(connections.find(u"feed"_s, &found), QString());
    QVERIFY(found == connection);
    QCOMPARE(connections.find(u"fead"_s, &found), u"there is no saved connection “fead”"_s);
}

void tst_StoredFiles::secretsAreNotSaved()
{
    SavedConnection connection;
    connection.url = u"wss://ada:hush1@example.com/?token=hush2&room=1"_s;
    connection.headers = {{"Authorization", "Bearer hush3"}, {"X-Client", "1"}, {"Cookie", "a=hush4"}};
    connection.proxy = u"http://ada:hush5@proxy:3128"_s;
    connection.password = u"hush6"_s;
    SavedConnections connections(m_fileName);
    QCOMPARE(connections.save(u"feed"_s, connection), QString());
    QVERIFY2(!content().contains("hush"), content());

    SavedConnection found;
    QCOMPARE(connections.find(u"feed"_s, &found), QString());
    QCOMPARE(found.url, u"wss://ada@example.com/?token=&room=1"_s);
    QCOMPARE(found.headers, (WsHeaders{{"X-Client", "1"}}));
    QCOMPARE(found.missing,
             (QStringList{u"token"_s, u"Authorization"_s, u"Cookie"_s, u"password"_s, u"proxy password"_s}));
}

void tst_StoredFiles::secretsAreSavedOnRequest()
{
    SavedConnection connection;
    connection.url = u"wss://ada:hush@example.com/?token=hush"_s;
    connection.headers = {{"Authorization", "Bearer hush"}};
    connection.password = u"hush"_s;
    SavedConnections connections(m_fileName);
    QCOMPARE(connections.save(u"feed"_s, connection, SavedConnections::SecretPolicy::Keep), QString());
    SavedConnection found;
    QCOMPARE(connections.find(u"feed"_s, &found), QString());
    QVERIFY(found == connection);
}

void tst_StoredFiles::fileIsForItsUserAlone()
{
    write("{}");
    QVERIFY(QFile::setPermissions(m_fileName, QFile::ReadOwner | QFile::WriteOwner | QFile::ReadOther));
    QCOMPARE(SavedConnections(m_fileName).save(u"feed"_s, completeConnection()), QString());
    const auto others = QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther;
    QCOMPARE(QFile::permissions(m_fileName) & others, QFile::Permissions());
}

void tst_StoredFiles::connectionsOfTwoProgramsAreBothKept()
{
    SavedConnections one(m_fileName);
    SavedConnections other(m_fileName);
    QCOMPARE(one.load(), QString());
    QCOMPARE(other.load(), QString());
    QCOMPARE(one.save(u"a"_s, completeConnection()), QString());
    QCOMPARE(other.save(u"b"_s, completeConnection()), QString());
    QCOMPARE(other.names(), (QStringList{u"a"_s, u"b"_s}));
}

void tst_StoredFiles::unknownMembersOfOthersStay()
{
    write(R"({"newer":1,"connections":{"a":{"url":"ws://a","newer":2}}})");
    QCOMPARE(SavedConnections(m_fileName).save(u"b"_s, completeConnection()), QString());
    QVERIFY2(content().contains("\"newer\": 1"), content());
    QVERIFY2(content().contains("\"newer\": 2"), content());
}

void tst_StoredFiles::removedConnectionIsGone()
{
    SavedConnections connections(m_fileName);
    QCOMPARE(connections.save(u"a"_s, completeConnection()), QString());
    QCOMPARE(connections.remove(u"a"_s), QString());
    QCOMPARE(connections.names(), QStringList());
    QCOMPARE(connections.remove(u"a"_s), u"there is no saved connection “a”"_s);
}

void tst_StoredFiles::invalidFileIsReportedAndKept_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("problem");
    QTest::newRow("cut off") << QByteArray("{\n\"connections\":") << u"no JSON, line 2: "_s;
    QTest::newRow("array") << QByteArray("[]") << u"not a JSON object"_s;
    QTest::newRow("other type") << QByteArray(R"({"connections":5,"history":5,"templates":5})")
                                << u"” is not"_s;
}

void tst_StoredFiles::invalidFileIsReportedAndKept()
{
    QFETCH(const QByteArray, bytes);
    QFETCH(const QString, problem);
    write(bytes);
    SavedConnections connections(m_fileName);
    ConnectionHistory history(m_fileName);
    SavedTemplates templates(m_fileName);
    const QStringList errors{connections.load(),
                             connections.save(u"a"_s, completeConnection()),
                             connections.remove(u"a"_s),
                             history.load(),
                             history.add(u"ws://a"_s),
                             templates.load(),
                             templates.save(u"a"_s, u"text"_s),
                             templates.remove(u"a"_s)};
    for (const QString &error : errors)
        QVERIFY2(error.contains(m_fileName) && error.contains(problem), qPrintable(error));
    QCOMPARE(content(), bytes);
}

void tst_StoredFiles::invalidMemberIsQuoted_data()
{
    QTest::addColumn<QByteArray>("connection");
    QTest::addColumn<QString>("problem");
    QTest::newRow("text") << QByteArray(R"({"url":5})") << u"“connections.a.url” is not a string"_s;
    QTest::newRow("list") << QByteArray(R"({"pins":[5]})")
                          << u"“connections.a.pins” is not an array of strings"_s;
    QTest::newRow("flag") << QByteArray(R"({"reconnects":"yes"})")
                          << u"“connections.a.reconnects” is not true or false"_s;
    QTest::newRow("headers") << QByteArray(R"({"headers":[["A"]]})")
                             << u"“connections.a.headers” is not an array of pairs [name, value]"_s;
    QTest::newRow("number") << QByteArray(R"({"maxRedirects":-1})")
                            << u"“connections.a.maxRedirects” is not a number from 0 to 1000"_s;
    QTest::newRow("all") << QByteArray("5") << u"“connections.a” is not an object"_s;
}

void tst_StoredFiles::invalidMemberIsQuoted()
{
    QFETCH(const QByteArray, connection);
    QFETCH(const QString, problem);
    write("{\"connections\":{\"a\":" + connection + "}}");
    SavedConnections connections(m_fileName);
    QCOMPARE(connections.load(), QString());
    SavedConnection found;
    QCOMPARE(connections.find(u"a"_s, &found), m_fileName + u": "_s + problem);
}

void tst_StoredFiles::historyHasTheLastUrlFirst()
{
    ConnectionHistory history(m_fileName);
    for (const QString &url : {u"ws://a"_s, u"ws://b"_s, u"ws://a"_s})
        QCOMPARE(history.add(url), QString());
    ConnectionHistory again(m_fileName);
    QCOMPARE(again.load(), QString());
    QCOMPARE(again.urls(), (QStringList{u"ws://a"_s, u"ws://b"_s}));
    QCOMPARE(again.clear(), QString());
    QCOMPARE(again.urls(), QStringList());
}

void tst_StoredFiles::historyHasNoSecrets()
{
    ConnectionHistory history(m_fileName);
    QCOMPARE(history.add(u"ws://ada:hush@a/?token=hush"_s), QString());
    QVERIFY(history.urls() == QStringList(u"ws://ada@a/?token="_s));
    QVERIFY(!content().contains("hush"));
}

void tst_StoredFiles::historyIsLimited()
{
    ConnectionHistory history(m_fileName);
    for (int i = 0; i <= ConnectionHistory::MaxCount; ++i)
        QCOMPARE(history.add(u"ws://host/%1"_s.arg(i)), QString());
    QCOMPARE(history.urls().size(), ConnectionHistory::MaxCount);
    QCOMPARE(history.urls().constLast(), u"ws://host/1"_s);
}

void tst_StoredFiles::templatesComeBack()
{
    SavedTemplates templates(m_fileName);
    QCOMPARE(templates.save(u"hello"_s, u"Hello {{name}}"_s), QString());
    QCOMPARE(templates.save(u"bye"_s, u"Bye"_s), QString());
    QCOMPARE(templates.remove(u"bye"_s), QString());
    SavedTemplates again(m_fileName);
    QCOMPARE(again.load(), QString());
    QCOMPARE(again.names(), QStringList(u"hello"_s));
    QCOMPARE(again.text(u"hello"_s), u"Hello {{name}}"_s);
}

#include "tst_storedfiles.moc"

#include "../../testprogram.h"

WSKIT_APPLESS_TEST(tst_StoredFiles)
