// SPDX-License-Identifier: MIT

// Certificates of a server that is running: read again, and by the names that clients ask for.

#include "opensslclient.h"

#include <QtCore/qdir.h>
#include <QtCore/qthread.h>

using namespace IntegrationTesting;

namespace {
// A folder with an authority and the certificates "first", "second" and "third", and a server that uses
// copies of them.
class Folder : public OpenSslFolder
{
public:
    Folder()
    {
        makeCertificate(u"ca"_s, {}, true);
        for (const QString &name : {u"first"_s, u"second"_s, u"third"_s})
            makeCertificate(name, u"ca"_s, false);
    }
    // Makes \a file.crt and \a file.key those of \a name.
    bool copy(const QString &name, const QString &file) const
    {
        return write(file + u".crt"_s, bytes(name + u".crt"_s))
               && write(file + u".key"_s, bytes(name + u".key"_s));
    }
    bool use(WsServer &server, const QString &file) const
    {
        return server.setLocalCertificate(path(file + u".crt"_s), path(file + u".key"_s));
    }
    bool add(WsServer &server, const QString &serverName, const QString &file) const
    {
        return server.addLocalCertificate(serverName, path(file + u".crt"_s), path(file + u".key"_s));
    }
};

const Folder &folder()
{
    static const Folder made;
    return made;
}

QString commonName(const QSslCertificate &certificate)
{
    return certificate.subjectInfo(QSslCertificate::CommonName).join(u' ');
}

// A client that names \a serverName, and accepts every certificate.
class Visitor
{
public:
    explicit Visitor(const WsServer &server, const QString &serverName = {},
                     const QString &ownCertificate = {})
    {
        QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
        if (!ownCertificate.isEmpty()) {
            QFile key(folder().path(ownCertificate + u".key"_s));
            if (key.open(QIODevice::ReadOnly))
                tls.setPrivateKey(QSslKey(&key, QSsl::Ec));
            tls.setLocalCertificate(folder().certificate(ownCertificate));
        }
        client.setSslConfiguration(tls);
        client.ignoreSslErrors();
        if (!serverName.isEmpty())
            client.setPeerVerifyName(serverName);
        isStarted = client.open(QUrl(u"wss://127.0.0.1:%1/"_s.arg(server.serverPort())));
    }
    bool isOpen()
    {
        return isStarted && waitFor([this] { return client.state() == Ws::Open || events.isClosed(); })
               && client.state() == Ws::Open;
    }
    // The name in the certificate of the server; empty if it did not open.
    QString sees() { return isOpen() ? commonName(client.sslConfiguration().peerCertificate()) : QString(); }

    WsClient client;
    Events events{&client};
    bool isStarted = false;
};

QString seenBy(const WsServer &server, const QString &serverName = {})
{
    return Visitor(server, serverName).sees();
}

void addThreadCounts()
{
    QTest::addColumn<int>("threadCount");
    QTest::newRow("the server's thread") << 0;
    QTest::newRow("threads") << 2;
}

// What openssl s_client prints of the server. Newer versions have no spaces around the equals sign.
QString subjectIn(const QByteArray &output)
{
    static const QRegularExpression subject(u"subject=CN ?= ?(\\w+)"_s);
    return subject.match(QString::fromUtf8(output)).captured(1);
}

// Whom openssl s_client sees, which sends the name as it is.
QString seenByOpenSsl(const WsServer &server, const QString &arguments)
{
    OpenSslClient client;
    if (!client.start(folder(), server, arguments)
        || !waitFor([&] { return client.isAccepted() || client.hasEnded(); }))
        return {};
    return client.isAccepted() ? subjectIn(client.output()) : u"refused"_s;
}

// A server with a certificate for others and two that are for names.
struct NamedServer : WsServer
{
    explicit NamedServer(int threads = 0, bool hasNames = true)
    {
        setThreadCount(threads);
        setOptions(patientOptions());
        isReady = folder().use(*this, u"first"_s);
        if (hasNames)
            isReady = isReady && folder().add(*this, u"chat.example.org"_s, u"second"_s)
                      && folder().add(*this, u"*.Example.NET."_s, u"third"_s);
        isReady = isReady && listen();
        connect(this, &WsServer::connectionRejected, this,
                [this](const WsError &error) { rejections.append(error.text()); });
    }
    bool isReady = false;
    QStringList rejections;
};
} // namespace

class TestCertificates : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void nextClientGetsWhatWasReadAgain_data() { addThreadCounts(); }
    void nextClientGetsWhatWasReadAgain();
    void wrongFileChangesNothing_data();
    void wrongFileChangesNothing();
    void passPhraseIsKept();
    void authoritiesAreReadAgain();
    void filesAreFoundFromAnotherFolder();
    void nothingIsReadAgainThatCameFromNoFile();
    void otherThreadReadsNothing();
    void nextClientGetsTheNewConfiguration();
    void certificateFollowsTheName_data();
    void certificateFollowsTheName();
    void clientNamesItsServer_data() { addThreadCounts(); }
    void clientNamesItsServer();
    void nameIsFoundInSeveralRecords();
    void protocolIsNegotiatedForEveryName();
    void sessionIsOfOneName_data();
    void sessionIsOfOneName();
    void nameFollowsAProxyHeader();
    void nameOfAnotherFormIsRefused_data();
    void nameOfAnotherFormIsRefused();
    void nameNeedsACertificateForOthers();
    void nameIsReplaced();
    void silentClientIsRefused();
    void proxyHeaderIsNamed_data();
    void proxyHeaderIsNamed();
    void otherBytesAreLeftToTls();
};

void TestCertificates::nextClientGetsWhatWasReadAgain()
{
    QFETCH(const int, threadCount);
    WsServer server;
    server.setThreadCount(threadCount);
    QVERIFY(folder().copy(u"first"_s, u"used"_s) && folder().copy(u"second"_s, u"named"_s));
    QVERIFY(folder().use(server, u"used"_s) && folder().add(server, u"a.test"_s, u"named"_s)
            && server.listen());
    Visitor before(server);
    QCOMPARE(before.sees(), u"first"_s);
    QVERIFY(folder().copy(u"third"_s, u"used"_s) && folder().copy(u"first"_s, u"named"_s));
    QCOMPARE(seenBy(server), u"first"_s);
    QVERIFY(server.reloadCertificates());
    QCOMPARE(seenBy(server), u"third"_s);
    QCOMPARE(seenBy(server, u"a.test"_s), u"first"_s);
    QVERIFY(server.broadcast(u"still here"_s) >= 1);
    WS_TRY_COMPARE(before.events.messages(), QStringList{u"text still here"_s});
}

void TestCertificates::wrongFileChangesNothing_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QByteArray>("content"); // none: the file is missing
    QTest::addColumn<QString>("problem");
    const QByteArray certificate = folder().bytes(u"second.crt"_s);
    const QByteArray key = folder().bytes(u"second.key"_s);
    QTest::newRow("missing") << u"used.crt"_s << QByteArray() << u"no such file"_s;
    QTest::newRow("empty") << u"used.crt"_s << "\n"_ba << u"contains no certificate"_s;
    QTest::newRow("half written") << u"used.crt"_s << certificate.first(certificate.size() / 2)
                                  << u"damaged"_s;
    QTest::newRow("key missing") << u"used.key"_s << QByteArray() << u"no such file"_s;
    QTest::newRow("key half written") << u"used.key"_s << key.first(key.size() / 2) << u"damaged"_s;
    QTest::newRow("key of another") << u"used.key"_s << key << u"does not match"_s;
    QTest::newRow("authorities") << u"clients.crt"_s << "none"_ba << u"contains no certificate"_s;
    QTest::newRow("certificate of a name") << u"named.crt"_s << certificate << u"does not match"_s;
}

// All files are replaced, and one of them is wrong: the others have no effect either.
void TestCertificates::wrongFileChangesNothing()
{
    QFETCH(const QString, file);
    QFETCH(const QByteArray, content);
    QFETCH(const QString, problem);
    WsServer server;
    QVERIFY(folder().copy(u"first"_s, u"used"_s) && folder().copy(u"second"_s, u"named"_s));
    QVERIFY(folder().copy(u"ca"_s, u"clients"_s));
    QVERIFY(folder().use(server, u"used"_s) && folder().add(server, u"a.test"_s, u"named"_s));
    QVERIFY(server.setCaCertificates(folder().path(u"clients.crt"_s)) && server.listen());
    QVERIFY(folder().copy(u"third"_s, u"used"_s) && folder().copy(u"third"_s, u"named"_s));
    QVERIFY(folder().copy(u"third"_s, u"clients"_s));
    QVERIFY(content.isNull() ? QFile::remove(folder().path(file)) : folder().write(file, content));
    QVERIFY(!server.reloadCertificates());
    QVERIFY2(server.errorString().contains(folder().path(file.first(file.size() - 4))),
             qPrintable(server.errorString()));
    QVERIFY2(server.errorString().contains(problem), qPrintable(server.errorString()));
    QCOMPARE(Visitor(server, {}, u"second"_s).sees(), u"first"_s);
    QCOMPARE(Visitor(server, u"a.test"_s, u"second"_s).sees(), u"second"_s);
}

void TestCertificates::passPhraseIsKept()
{
    const auto encrypt = [](const QString &name) {
        folder().run(u"pkcs8 -topk8 -in %1.key -passout pass:secret -out encrypted.key"_s.arg(name));
        return folder().write(u"encrypted.crt"_s, folder().bytes(name + u".crt"_s));
    };
    WsServer server;
    QVERIFY(encrypt(u"first"_s));
    QVERIFY(server.setLocalCertificate(folder().path(u"encrypted.crt"_s), folder().path(u"encrypted.key"_s),
                                       "secret"));
    QVERIFY(server.listen() && encrypt(u"second"_s));
    QVERIFY2(server.reloadCertificates(), qPrintable(server.errorString()));
    QCOMPARE(seenBy(server), u"second"_s);
}

void TestCertificates::authoritiesAreReadAgain()
{
    WsServer server;
    QVERIFY(folder().use(server, u"first"_s) && folder().copy(u"ca"_s, u"clients"_s));
    QVERIFY(server.setCaCertificates(folder().path(u"clients.crt"_s)) && server.listen());
    QVERIFY(Visitor(server, {}, u"second"_s).isOpen());
    folder().makeCertificate(u"otherca"_s, {}, true);
    folder().makeCertificate(u"other"_s, u"otherca"_s, false);
    QVERIFY(folder().copy(u"otherca"_s, u"clients"_s));
    QVERIFY(server.reloadCertificates());
    QVERIFY(Visitor(server, {}, u"other"_s).isOpen());
    QVERIFY(!Visitor(server, {}, u"second"_s).isOpen());
}

void TestCertificates::filesAreFoundFromAnotherFolder()
{
    const QString before = QDir::currentPath();
    QVERIFY(folder().copy(u"first"_s, u"used"_s) && QDir::setCurrent(folder().path({})));
    WsServer server;
    const bool isLoaded = server.setLocalCertificate(u"used.crt"_s, u"used.key"_s)
                          && server.setCaCertificates(u"ca.crt"_s)
                          && server.addLocalCertificate(u"a.test"_s, u"used.crt"_s, u"used.key"_s);
    QVERIFY(QDir::setCurrent(before));
    QVERIFY2(isLoaded && server.reloadCertificates(), qPrintable(server.errorString()));
}

void TestCertificates::nothingIsReadAgainThatCameFromNoFile()
{
    WsServer server;
    QVERIFY(!server.reloadCertificates());
    QVERIFY(server.errorString().contains(u"none of the server's certificates was loaded from a file"_s));
    QVERIFY(folder().copy(u"first"_s, u"used"_s) && folder().use(server, u"used"_s));
    server.setSslConfiguration(serverTls());
    QVERIFY(!server.reloadCertificates());
    // Authorities that are from a file, with a certificate that is not.
    QVERIFY(server.setCaCertificates(folder().path(u"ca.crt"_s)) && server.reloadCertificates());
    QCOMPARE(server.sslConfiguration().localCertificate(), certificate(u"server"_s));
    // The settings were changed, but the certificate is that of the file.
    QVERIFY(folder().use(server, u"used"_s));
    QSslConfiguration changed = server.sslConfiguration();
    changed.setPeerVerifyMode(QSslSocket::QueryPeer);
    server.setSslConfiguration(changed);
    QVERIFY(folder().copy(u"second"_s, u"used"_s) && server.reloadCertificates());
    QCOMPARE(commonName(server.sslConfiguration().localCertificate()), u"second"_s);
    QCOMPARE(server.sslConfiguration().peerVerifyMode(), QSslSocket::QueryPeer);
}

void TestCertificates::otherThreadReadsNothing()
{
    WsServer server;
    QVERIFY(folder().use(server, u"first"_s));
    bool isDone = true;
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        isDone = server.reloadCertificates() || folder().add(server, u"a.test"_s, u"second"_s)
                 || folder().use(server, u"second"_s) || server.setCaCertificates(folder().path(u"ca.crt"_s));
    }));
    thread->start();
    QVERIFY(thread->wait(Patience));
    QVERIFY(!isDone);
    QVERIFY(server.errorString().contains(u"only the server's own thread"_s));
}

void TestCertificates::nextClientGetsTheNewConfiguration()
{
    WsServer server;
    QVERIFY(folder().use(server, u"first"_s) && server.listen());
    Visitor before(server);
    QCOMPARE(before.sees(), u"first"_s);
    server.setSslConfiguration(serverTls());
    QCOMPARE(seenBy(server), commonName(certificate(u"server"_s)));
    QCOMPARE(before.client.state(), Ws::Open);
}

void TestCertificates::certificateFollowsTheName_data()
{
    QTest::addColumn<QString>("arguments");
    QTest::addColumn<int>("threadCount");
    QTest::addColumn<QString>("expected");
    const auto row = [](const QString &title, const QString &arguments, const QString &expected) {
        QTest::newRow(qPrintable(title)) << arguments << 0 << expected;
        QTest::newRow(qPrintable(title + u", threads"_s)) << arguments << 2 << expected;
    };
    for (const QString &version : {u"-tls1_2"_s, u"-tls1_3"_s}) {
        row(version + u" no name"_s, version + u" -noservername"_s, u"first"_s);
        row(version + u" name"_s, version + u" -servername chat.example.org"_s, u"second"_s);
        row(version + u" pattern"_s, version + u" -servername a.example.net"_s, u"third"_s);
        row(version + u" other name"_s, version + u" -servername example.org"_s, u"first"_s);
    }
    row(u"capitals"_s, u"-servername CHAT.example.Org"_s, u"second"_s);
    row(u"dot at the end"_s, u"-servername chat.example.org."_s, u"second"_s);
    row(u"domain of the pattern"_s, u"-servername example.net"_s, u"first"_s);
    row(u"two labels"_s, u"-servername a.b.example.net"_s, u"first"_s);
    row(u"longer name"_s, u"-servername xchat.example.org"_s, u"first"_s);
}

void TestCertificates::certificateFollowsTheName()
{
    QFETCH(const QString, arguments);
    QFETCH(const int, threadCount);
    QFETCH(const QString, expected);
    NamedServer server(threadCount);
    QVERIFY(server.isReady);
    QCOMPARE(seenByOpenSsl(server, arguments), expected);
}

void TestCertificates::clientNamesItsServer()
{
    QFETCH(const int, threadCount);
    NamedServer server(threadCount);
    QVERIFY(server.isReady);
    QVERIFY(folder().add(server, u"bücher.example"_s, u"third"_s));
    QCOMPARE(seenBy(server, u"chat.example.org"_s), u"second"_s);
    QCOMPARE(seenBy(server, u"any.example.net"_s), u"third"_s);
    QCOMPARE(seenBy(server, u"xn--bcher-kva.example"_s), u"third"_s);
    QCOMPARE(seenBy(server), u"first"_s);
    QCOMPARE(server.rejections, QStringList());
}

void TestCertificates::nameIsFoundInSeveralRecords()
{
    NamedServer server;
    QVERIFY(server.isReady);
    const QString protocols = QStringList(60, u"protocol-that-nobody-speaks"_s).join(u',') + u",http/1.1"_s;
    for (const QString &version : {u"-tls1_2"_s, u"-tls1_3"_s})
        QCOMPARE(seenByOpenSsl(server, u"%1 -max_send_frag 512 -servername chat.example.org -alpn %2"_s.arg(
                                           version, protocols)),
                 u"second"_s);
}

void TestCertificates::protocolIsNegotiatedForEveryName()
{
    NamedServer server;
    QSslConfiguration tls = server.sslConfiguration();
    tls.setAllowedNextProtocols({"http/1.1"});
    server.setSslConfiguration(tls);
    for (const QString &name : {u"chat.example.org"_s, u"elsewhere"_s}) {
        OpenSslClient client;
        QVERIFY(client.start(folder(), server, u"-alpn h2,http/1.1 -servername "_s + name));
        WS_TRY_VERIFY(client.isAccepted());
        QVERIFY2(client.output().contains("ALPN protocol: http/1.1"), client.output().constData());
    }
}

void TestCertificates::sessionIsOfOneName_data()
{
    QTest::addColumn<QString>("version");
    QTest::newRow("TLS 1.2") << u"-tls1_2"_s;
    QTest::newRow("TLS 1.3") << u"-tls1_3"_s;
}

// Of a client that offers the session of one name to another one.
void TestCertificates::sessionIsOfOneName()
{
    QFETCH(const QString, version);
    NamedServer server;
    QVERIFY(server.isReady);
    const QString session = folder().path(u"session"_s);
    QFile::remove(session);
    OpenSslClient first;
    QVERIFY(first.start(folder(), server, version + u" -servername chat.example.org -sess_out session"_s));
    WS_TRY_VERIFY(first.isAccepted() && QFile::exists(session));
    OpenSslClient second;
    QVERIFY(second.start(folder(), server, version + u" -servername a.example.net -sess_in session"_s));
    WS_TRY_VERIFY(second.isAccepted());
    QVERIFY2(second.output().contains("New, TLS") && !second.output().contains("Reused"),
             second.output().constData());
    QCOMPARE(subjectIn(second.output()), u"third"_s);
}

void TestCertificates::nameFollowsAProxyHeader()
{
    NamedServer server;
    server.setTrustedProxies({u"127.0.0.1"_s});
    server.setProxyProtocol(true);
    RawPeer peer;
    peer.socket->connectToHost(QHostAddress(QHostAddress::LocalHost), server.serverPort());
    QVERIFY(waitFor([&] { return peer.socket->state() == QAbstractSocket::ConnectedState; }));
    peer.send("PROXY TCP4 203.0.113.7 198.51.100.2 51000 443\r\n");
    peer.socket->ignoreSslErrors();
    peer.socket->setPeerVerifyName(u"chat.example.org"_s);
    peer.socket->startClientEncryption();
    QVERIFY(waitFor([&] { return peer.socket->isEncrypted(); }));
    QCOMPARE(commonName(peer.socket->peerCertificate()), u"second"_s);
    peer.send(RawPeer::upgradeRequest());
    WS_TRY_COMPARE(server.connectionCount(), 1);
    QCOMPARE(server.connections().constFirst()->peerAddress(), QHostAddress(u"203.0.113.7"_s));
}

void TestCertificates::nameOfAnotherFormIsRefused_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("problem");
    const QString isNone = u" is not a server name"_s;
    for (const QString &name : {u""_s, u"*"_s, u"*."_s, u"*.*.test"_s, u"a.*.test"_s, u"a..test"_s,
                                u".test"_s, u"a.test:443"_s, u"a b.test"_s, u"wss://a.test"_s})
        QTest::addRow("\"%ls\"", qUtf16Printable(name)) << name << isNone;
    QTest::newRow("IPv4") << u"127.0.0.1"_s << u" is an address"_s;
    QTest::newRow("IPv6") << u"::1"_s << u" is an address"_s;
    QTest::newRow("IPv6 in brackets") << u"[::1]"_s << u" is an address"_s;
}

void TestCertificates::nameOfAnotherFormIsRefused()
{
    QFETCH(const QString, name);
    QFETCH(const QString, problem);
    WsServer server;
    QVERIFY(folder().use(server, u"first"_s));
    QVERIFY(!folder().add(server, name, u"second"_s));
    QVERIFY2(server.errorString().startsWith(u"\"%1\""_s.arg(name) + problem),
             qPrintable(server.errorString()));
}

void TestCertificates::nameNeedsACertificateForOthers()
{
    WsServer server;
    QVERIFY(!folder().add(server, u"a.test"_s, u"second"_s));
    QVERIFY(server.errorString().contains(u"\"a.test\""_s)
            && server.errorString().contains(u"setLocalCertificate()"_s));
    QVERIFY(folder().use(server, u"first"_s));
    QVERIFY(!folder().add(server, u"a.test"_s, u"nowhere"_s));
    QVERIFY(server.errorString().contains(folder().path(u"nowhere.crt"_s)));
    QVERIFY(folder().add(server, u"a.test"_s, u"second"_s));
}

void TestCertificates::nameIsReplaced()
{
    NamedServer server;
    QVERIFY(server.isReady);
    Visitor before(server, u"chat.example.org"_s);
    QCOMPARE(before.sees(), u"second"_s);
    QVERIFY(folder().add(server, u"CHAT.example.org"_s, u"third"_s));
    QCOMPARE(seenBy(server, u"chat.example.org"_s), u"third"_s);
    QCOMPARE(before.client.state(), Ws::Open);
}

void TestCertificates::silentClientIsRefused()
{
    NamedServer server;
    WsOptions options;
    options.setHandshakeTimeout(std::chrono::milliseconds(50));
    server.setOptions(options);
    RawPeer peer;
    peer.socket->connectToHost(QHostAddress(QHostAddress::LocalHost), server.serverPort());
    QVERIFY(waitFor([&] { return peer.socket->state() == QAbstractSocket::ConnectedState; }));
    peer.send(QByteArray::fromHex("1603010200010001fc0303"));
    WS_TRY_VERIFY(peer.hasEnded);
    WS_TRY_COMPARE(server.rejections,
                   QStringList{u"the ClientHello of TLS did not arrive within handshakeTimeout"_s});
}

void TestCertificates::proxyHeaderIsNamed_data()
{
    QTest::addColumn<bool>("hasNames");
    QTest::newRow("one certificate") << false;
    QTest::newRow("certificates by name") << true;
}

void TestCertificates::proxyHeaderIsNamed()
{
    QFETCH(const bool, hasNames);
    NamedServer server(0, hasNames);
    for (const QByteArray &header : {"PROXY TCP4 203.0.113.7 198.51.100.2 51000 443\r\n"_ba,
                                     QByteArray("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", 16)}) {
        server.rejections.clear();
        RawPeer peer;
        peer.socket->connectToHost(QHostAddress(QHostAddress::LocalHost), server.serverPort());
        QVERIFY(waitFor([&] { return peer.socket->state() == QAbstractSocket::ConnectedState; }));
        peer.send(header);
        WS_TRY_VERIFY(peer.hasEnded);
        WS_TRY_COMPARE(
            server.rejections,
            QStringList{u"the connection begins with a header of the PROXY protocol, and this server has "
                        "proxyProtocol switched off"_s});
    }
}

void TestCertificates::otherBytesAreLeftToTls()
{
    NamedServer server;
    RawPeer peer;
    peer.socket->connectToHost(QHostAddress(QHostAddress::LocalHost), server.serverPort());
    QVERIFY(waitFor([&] { return peer.socket->state() == QAbstractSocket::ConnectedState; }));
    peer.send(RawPeer::upgradeRequest());
    WS_TRY_VERIFY(peer.hasEnded);
    WS_TRY_COMPARE(server.rejections.size(), 1);
    QCOMPARE(seenBy(server, u"chat.example.org"_s), u"second"_s);
}

#include "../testprogram.h"
WSKIT_TEST(TestCertificates)
#include "tst_certificates.moc"
