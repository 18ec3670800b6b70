// SPDX-License-Identifier: MIT
#include "net/socket/wsopensslkey.h"
#include "net/socket/wstlsfiles.h"

#include "../needed.h"
#include "../patience.h"

#include <QtCore/qfile.h>
#include <QtCore/qlibraryinfo.h>
#include <QtCore/qprocess.h>
#include <QtCore/qresource.h>
#include <QtCore/qtemporarydir.h>
#include <QtNetwork/qsslcertificate.h>
#include <QtNetwork/qsslconfiguration.h>
#include <QtNetwork/qsslkey.h>
#include <QtNetwork/qsslsocket.h>
#include <QtNetwork/qtcpserver.h>
#include <QtTest/qsignalspy.h>
#include <QtTest/qtest.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

// The openssl program makes what the tests read, so that none of it is ever out of date. The file names:
//   rsa.crt, rsa.key    self-signed, of that kind; as well dsa, ec, ed25519 and, as text alone, ed448
//   leaf.crt, leaf.key  EC, issued by middle.crt, and that by root.crt
class TestWsTlsFiles : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void loadsAuthorities_data();
    void loadsAuthorities();
    void refusesAuthorities_data();
    void refusesAuthorities();
    void loadsLocalCertificates_data();
    void loadsLocalCertificates();
    void refusesFilesWithoutAPair_data();
    void refusesFilesWithoutAPair();
    void refusesWrongPassPhrases_data();
    void refusesWrongPassPhrases();
    void refusesKeysOfOthers_data();
    void refusesKeysOfOthers();
    void refusesWrongChains_data();
    void refusesWrongChains();
    void readsResources();
    void keyWithoutItsPublicPartIsTrusted();
    void handshakeSucceeds_data();
    void handshakeSucceeds();
    void failuresLeaveOtherConnectionsAlone();
    void unreadableKeyTextNamesTheKind_data();
    void unreadableKeyTextNamesTheKind();
    void qtReadsNoEd25519ByItself();
    void tellsThatThereIsNoTls();

private:
    QString path(const QString &name) const { return name.isEmpty() ? name : m_folder.filePath(name); }
    QByteArray bytes(const QString &name) const;
    void write(const QString &name, const QByteArray &bytes) const;
    void openssl(const QString &arguments) const;
    void makeKeysAndCertificates() const;
    void makeEncryptedKeys() const;
    void makeChain() const;
    void makeFilesThatAreWrong() const;
    static void addRefusedColumns();
    static void addRefused(const QByteArray &name, const QByteArray &certificate, const QByteArray &key,
                           const QByteArray &text, const QByteArray &passPhrase = {});
    void checkRefused() const;
    QByteArray load(const QString &certificate, const QString &key, const QByteArray &passPhrase,
                    QSslConfiguration *configuration) const;

    QTemporaryDir m_folder;
};

// --- what the tests read

QByteArray TestWsTlsFiles::bytes(const QString &name) const
{
    QFile file(path(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void TestWsTlsFiles::write(const QString &name, const QByteArray &bytes) const
{
    QFile file(path(name));
    QVERIFY2(file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size(), qPrintable(name));
}

void TestWsTlsFiles::openssl(const QString &arguments) const
{
    QProcess program;
    program.setWorkingDirectory(m_folder.path());
    program.start(u"openssl"_s, arguments.split(u' '));
    QVERIFY2(program.waitForFinished(Patient::Patience) && program.exitStatus() == QProcess::NormalExit
                 && program.exitCode() == 0,
             qPrintable(
                 u"openssl %1: %2"_s.arg(arguments, QString::fromLocal8Bit(program.readAllStandardError()))));
}

void TestWsTlsFiles::makeKeysAndCertificates() const
{
    openssl(u"genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.key"_s);
    openssl(u"dsaparam -out dsa.parameters 2048"_s);
    openssl(u"gendsa -out dsa.key dsa.parameters"_s);
    openssl(u"ecparam -name prime256v1 -genkey -out ec.key"_s); // with a block EC PARAMETERS in front
    openssl(u"genpkey -algorithm ed25519 -out ed25519.key"_s);
    openssl(u"genpkey -algorithm ed448 -out ed448.key"_s);
    openssl(u"genpkey -algorithm ed25519 -out other-ed25519.key"_s);
    openssl(u"genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out other-ec.key"_s);
    openssl(u"genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out other-rsa.key"_s);
    openssl(u"dsaparam -genkey -noout -out other-dsa.key 2048"_s);
    for (const QString &kind : {u"rsa"_s, u"dsa"_s, u"ec"_s, u"ed25519"_s, u"ed448"_s}) {
        openssl(
            u"req -x509 -new -key %1.key -days 30 -subj /CN=localhost -addext subjectAltName=DNS:localhost "
            "-out %1.crt"_s.arg(kind));
    }
    openssl(u"req -new -key ec.key -subj /CN=expired -out expired.csr"_s);
    openssl(u"x509 -req -in expired.csr -signkey ec.key -days 0 -out expired.crt"_s);
}

void TestWsTlsFiles::makeEncryptedKeys() const
{
    for (const QString &kind : {u"rsa"_s, u"dsa"_s, u"ec"_s, u"ed25519"_s})
        openssl(u"pkcs8 -topk8 -in %1.key -passout pass:secret -out %1-pkcs8.key"_s.arg(kind));
    for (const QString &kind : {u"rsa"_s, u"dsa"_s, u"ec"_s}) {
        openssl(u"pkey -traditional -in %1.key -out %1-old.key"_s.arg(kind));
        openssl(
            u"pkey -traditional -aes128 -in %1.key -passout pass:secret -out %1-proctype.key"_s.arg(kind));
    }
    QVERIFY(bytes(u"ec-pkcs8.key"_s).startsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    QVERIFY(bytes(u"ec-proctype.key"_s).contains("Proc-Type: 4,ENCRYPTED"));
}

void TestWsTlsFiles::makeChain() const
{
    write(u"authority.conf"_s, "basicConstraints=critical,CA:TRUE\n");
    for (const QString &name : {u"root"_s, u"middle"_s, u"leaf"_s})
        openssl(
            u"req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /O=WsKit/CN=%1 -keyout %1.key -out %1.csr"_s
                .arg(name));
    openssl(u"x509 -req -in root.csr -signkey root.key -days 30 -extfile authority.conf -out root.crt"_s);
    openssl(u"x509 -req -in middle.csr -CA root.crt -CAkey root.key -set_serial 2 -days 30 -extfile "
            u"authority.conf "
            "-out middle.crt"_s);
    // The same authority, vouched for by another.
    openssl(
        u"x509 -req -in middle.csr -CA ec.crt -CAkey ec.key -set_serial 3 -days 30 -extfile authority.conf "
        "-out cross.crt"_s);
    openssl(
        u"x509 -req -in leaf.csr -CA middle.crt -CAkey middle.key -set_serial 4 -days 30 -out leaf.crt"_s);
    const QByteArray leaf = bytes(u"leaf.crt"_s);
    const QByteArray middle = bytes(u"middle.crt"_s);
    const QByteArray root = bytes(u"root.crt"_s);
    write(u"chain.pem"_s, leaf + middle + root);
    write(u"bundle.pem"_s,
          "Bag Attributes\n    localKeyID: 01\n" + leaf + "\r\nwho vouches for it\r\n" + middle);
    write(u"crossed.pem"_s, leaf + middle + bytes(u"cross.crt"_s) + root);
    write(u"reversed.pem"_s, middle + leaf);
    write(u"swapped.pem"_s, leaf + root + middle);
    write(u"unrelated.pem"_s, bytes(u"rsa.crt"_s) + root);
    write(u"all-in-one.pem"_s, bytes(u"leaf.key"_s) + leaf + middle);
    write(u"encrypted-all-in-one.pem"_s, bytes(u"ec.crt"_s) + bytes(u"ec-pkcs8.key"_s));
}

void TestWsTlsFiles::makeFilesThatAreWrong() const
{
    openssl(u"x509 -in ec.crt -outform der -out ec.der"_s);
    openssl(u"pkey -in ec.key -outform der -out ec-key.der"_s);
    openssl(u"pkey -in ec.key -pubout -out ec.pub"_s);
    openssl(u"pkcs12 -export -in ec.crt -inkey ec.key -passout pass:secret -out ec.p12"_s);
    openssl(u"ec -in ec.key -no_public -out ec-private-only.key"_s);
    write(u"empty.pem"_s, {});
    write(u"text.pem"_s, "0 certificates here\n");
    QByteArray damaged = bytes(u"ec.crt"_s);
    write(u"cut.pem"_s, damaged.left(damaged.size() / 2));
    damaged.replace(damaged.indexOf('\n') + 1, 12, "AAAAAAAAAAAA");
    write(u"damaged.pem"_s, bytes(u"rsa.crt"_s) + damaged);
    QByteArray key = bytes(u"rsa.key"_s);
    write(u"bad-header.key"_s, QByteArray(key).replace(" KEY-----\n", " KEY----\n"));
    write(u"cut.key"_s, key.left(key.size() / 2));
    write(u"damaged.key"_s, key.replace(key.indexOf('\n') + 1, 12, "AAAAAAAAAAAA"));
    QVERIFY(QDir(m_folder.path()).mkdir(u"folder"_s));
}

void TestWsTlsFiles::initTestCase()
{
    QVERIFY(QSslSocket::supportsSsl());
    QVERIFY(m_folder.isValid());
    WS_NEED(u"openssl"_s);
    makeKeysAndCertificates();
    makeEncryptedKeys();
    makeChain();
    makeFilesThatAreWrong();
    // The system opens a socket for nobody, not even for root.
    const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    const QByteArray name = QFile::encodeName(path(u"unreadable.pem"_s));
    QVERIFY(name.size() < qsizetype(sizeof address.sun_path));
    memcpy(address.sun_path, name.constData(), size_t(name.size()));
    QCOMPARE(::bind(socket, reinterpret_cast<const sockaddr *>(&address), sizeof address), 0);
    ::close(socket);
}

QByteArray TestWsTlsFiles::load(const QString &certificate, const QString &key, const QByteArray &passPhrase,
                                QSslConfiguration *configuration) const
{
    const QString problem = wsLoadLocalCertificate(path(certificate), path(key), passPhrase, configuration);
    return QString(problem).replace(m_folder.path() + u'/', QString()).toUtf8();
}

// --- authorities

void TestWsTlsFiles::loadsAuthorities_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QStringList>("names");
    QTest::newRow("one") << u"root.crt"_s << QStringList{u"root"_s};
    QTest::newRow("many") << u"chain.pem"_s << QStringList{u"leaf"_s, u"middle"_s, u"root"_s};
    QTest::newRow("in any order") << u"swapped.pem"_s << QStringList{u"leaf"_s, u"root"_s, u"middle"_s};
    QTest::newRow("with text between") << u"bundle.pem"_s << QStringList{u"leaf"_s, u"middle"_s};
    QTest::newRow("with a key") << u"all-in-one.pem"_s << QStringList{u"leaf"_s, u"middle"_s};
    QTest::newRow("expired") << u"expired.crt"_s << QStringList{u"expired"_s};
    QTest::newRow("Ed25519") << u"ed25519.crt"_s << QStringList{u"localhost"_s};
}

void TestWsTlsFiles::loadsAuthorities()
{
    QFETCH(const QString, file);
    QFETCH(const QStringList, names);
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    QCOMPARE(wsLoadCaCertificates(path(file), &configuration), QString());
    QStringList found;
    const QList<QSslCertificate> authorities = configuration.caCertificates();
    for (const QSslCertificate &authority : authorities)
        found.append(authority.subjectInfo(QSslCertificate::CommonName).value(0));
    QCOMPARE(found, names);
}

void TestWsTlsFiles::refusesAuthorities_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("text");
    const auto add = [](const char *name, const QString &file, const QString &text) {
        QTest::newRow(name) << file << text;
    };
    add("no name", {}, u"the name of the PEM file is empty"_s);
    add("not there", u"nowhere.pem"_s, u"nowhere.pem: no such file"_s);
    add("a directory", u"folder"_s, u"folder: is a directory, not a file"_s);
    add("not readable", u"unreadable.pem"_s, u"unreadable.pem: cannot be read: No such device or address"_s);
    add("empty", u"empty.pem"_s, u"empty.pem: the file is empty"_s);
    add("no PEM", u"text.pem"_s, u"text.pem: contains no certificate in PEM format"_s);
    add("a key", u"rsa.key"_s, u"rsa.key: contains no certificate in PEM format, only a private key"_s);
    add("a request", u"leaf.csr"_s,
        u"leaf.csr: contains no certificate in PEM format, only \"CERTIFICATE REQUEST\""_s);
    add("DER", u"ec.der"_s, u"ec.der: is in a binary format (DER or PKCS #12), not in PEM format"_s);
    add("PKCS #12", u"ec.p12"_s, u"ec.p12: is in a binary format (DER or PKCS #12), not in PEM format"_s);
    add("cut short", u"cut.pem"_s, u"cut.pem: certificate 1 is damaged"_s);
    add("the second one damaged", u"damaged.pem"_s, u"damaged.pem: certificate 2 is damaged"_s);
}

void TestWsTlsFiles::refusesAuthorities()
{
    QFETCH(const QString, file);
    QFETCH(const QString, text);
    const QSslConfiguration before = QSslConfiguration::defaultConfiguration();
    QSslConfiguration configuration = before;
    const QString problem = wsLoadCaCertificates(path(file), &configuration);
    QCOMPARE(QString(problem).replace(m_folder.path() + u'/', QString()), text);
    QVERIFY(problem.startsWith(path(file)));
    QCOMPARE(configuration, before);
}

// --- local certificates

void TestWsTlsFiles::loadsLocalCertificates_data()
{
    QTest::addColumn<QString>("certificate");
    QTest::addColumn<QString>("key");
    QTest::addColumn<QByteArray>("passPhrase");
    QTest::addColumn<int>("chainLength");
    const auto add = [](const QString &name, const QString &certificate, const QString &key,
                        const QByteArray &passPhrase = {}, int chainLength = 1) {
        QTest::newRow(qPrintable(name)) << certificate << key << passPhrase << chainLength;
    };
    for (const QString &kind : {u"rsa"_s, u"dsa"_s, u"ec"_s, u"ed25519"_s}) {
        add(kind, kind + u".crt"_s, kind + u".key"_s);
        add(kind + u" with a pass phrase that it does not need"_s, kind + u".crt"_s, kind + u".key"_s,
            "secret");
        add(kind + u", encrypted PKCS #8"_s, kind + u".crt"_s, kind + u"-pkcs8.key"_s, "secret");
    }
    for (const QString &kind : {u"rsa"_s, u"dsa"_s, u"ec"_s}) {
        add(kind + u", traditional"_s, kind + u".crt"_s, kind + u"-old.key"_s);
        add(kind + u", traditional and encrypted"_s, kind + u".crt"_s, kind + u"-proctype.key"_s, "secret");
    }
    add(u"chain"_s, u"chain.pem"_s, u"leaf.key"_s, {}, 3);
    add(u"chain without its root, with text between"_s, u"bundle.pem"_s, u"leaf.key"_s, {}, 2);
    add(u"chain with two ways to a root"_s, u"crossed.pem"_s, u"leaf.key"_s, {}, 4);
    add(u"one file for all"_s, u"all-in-one.pem"_s, u"all-in-one.pem"_s, {}, 2);
    add(u"one file for all, named once"_s, u"all-in-one.pem"_s, {}, {}, 2);
    add(u"one file for all, encrypted"_s, u"encrypted-all-in-one.pem"_s, {}, "secret");
    add(u"expired"_s, u"expired.crt"_s, u"ec.key"_s);
}

void TestWsTlsFiles::loadsLocalCertificates()
{
    QFETCH(const QString, certificate);
    QFETCH(const QString, key);
    QFETCH(const QByteArray, passPhrase);
    QFETCH(const int, chainLength);
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    QCOMPARE(load(certificate, key, passPhrase, &configuration), QByteArray());
    QVERIFY(!configuration.privateKey().isNull());
    QCOMPARE(configuration.localCertificateChain().size(), chainLength);
    QCOMPARE(configuration.localCertificateChain(), QSslCertificate::fromPath(path(certificate)));
}

void TestWsTlsFiles::refusesFilesWithoutAPair_data()
{
    addRefusedColumns();
    addRefused("no names", {}, {}, "the name of the certificate's PEM file is empty");
    addRefused("no certificate", {}, "ec.key", "the name of the certificate's PEM file is empty");
    addRefused("certificate not there", "nowhere.crt", "ec.key", "nowhere.crt: no such file");
    addRefused("key not there", "ec.crt", "nowhere.key", "nowhere.key: no such file");
    addRefused("certificate a directory", "folder", "ec.key", "folder: is a directory, not a file");
    addRefused("key a directory", "ec.crt", "folder", "folder: is a directory, not a file");
    addRefused("key not readable", "ec.crt", "unreadable.pem",
               "unreadable.pem: cannot be read: No such device or address");
    addRefused("certificate empty", "empty.pem", "ec.key", "empty.pem: the file is empty");
    addRefused("key empty", "ec.crt", "empty.pem", "empty.pem: the file is empty");
    addRefused("certificate in DER", "ec.der", "ec.key",
               "ec.der: is in a binary format (DER or PKCS #12), not in PEM format");
    addRefused("key in DER", "ec.crt", "ec-key.der",
               "ec-key.der: is in a binary format (DER or PKCS #12), not in PEM format");
    addRefused("key for a certificate", "ec.key", "ec.key",
               "ec.key: contains no certificate in PEM format, only a private key");
    addRefused("certificate for a key", "ec.crt", "ec.crt",
               "ec.crt: contains no private key in PEM format, only a certificate");
    addRefused("public key", "ec.crt", "ec.pub",
               "ec.pub: contains no private key in PEM format, only \"PUBLIC KEY\"");
    addRefused("no key at all", "ec.crt", {},
               "ec.crt: contains no private key in PEM format, only a certificate");
    addRefused("key cut short", "rsa.crt", "cut.key",
               "cut.key: the private key is damaged, or of a kind that Qt cannot read");
    addRefused("key damaged", "rsa.crt", "damaged.key",
               "damaged.key: the private key is damaged, or of a kind that Qt cannot read");
    addRefused("key with a bad first line, of which nothing is quoted", "rsa.crt", "bad-header.key",
               "bad-header.key: contains no private key in PEM format");
}

void TestWsTlsFiles::refusesFilesWithoutAPair()
{
    checkRefused();
}

void TestWsTlsFiles::refusesWrongPassPhrases_data()
{
    addRefusedColumns();
    for (const QByteArray kind : {"rsa", "dsa", "ec", "ed25519"}) {
        for (const QByteArray format : {"pkcs8", "proctype"}) {
            if (kind == "ed25519" && format == "proctype") // which is older
                continue;
            const QByteArray key = kind + '-' + format + ".key";
            addRefused(key + " with none", kind + ".crt", key, key + ": the private key needs a pass phrase");
            addRefused(key + " with another", kind + ".crt", key,
                       key + ": the pass phrase does not decrypt the private key", "Secret");
        }
    }
}

void TestWsTlsFiles::refusesWrongPassPhrases()
{
    checkRefused();
}

void TestWsTlsFiles::refusesKeysOfOthers_data()
{
    addRefusedColumns();
    for (const QByteArray kind : {"rsa", "dsa", "ec", "ed25519"}) {
        for (const QByteArray other : {"rsa", "dsa", "ec", "ed25519", "ed448"}) {
            const QByteArray key = (kind == other ? "other-" : "") + other + ".key";
            addRefused(kind + " and " + key, kind + ".crt", key,
                       key + ": the private key does not match the certificate in " + kind + ".crt");
        }
    }
    addRefused("of the second certificate", "reversed.pem", "leaf.key",
               "leaf.key: the private key matches certificate 2 in reversed.pem, which has to come first");
}

void TestWsTlsFiles::refusesKeysOfOthers()
{
    checkRefused();
}

void TestWsTlsFiles::refusesWrongChains_data()
{
    addRefusedColumns();
    const QByteArray text = ": certificate 2 is not the issuer of any certificate before it; the own "
                            "certificate has to come first, followed by its issuers";
    addRefused("swapped", "swapped.pem", "leaf.key", "swapped.pem" + text);
    addRefused("unrelated", "unrelated.pem", "rsa.key", "unrelated.pem" + text);
    addRefused("damaged", "damaged.pem", "rsa.key", "damaged.pem: certificate 2 is damaged");
}

void TestWsTlsFiles::refusesWrongChains()
{
    checkRefused();
}

void TestWsTlsFiles::addRefusedColumns()
{
    QTest::addColumn<QString>("certificate");
    QTest::addColumn<QString>("key");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("passPhrase");
}

void TestWsTlsFiles::addRefused(const QByteArray &name, const QByteArray &certificate, const QByteArray &key,
                                const QByteArray &text, const QByteArray &passPhrase)
{
    QTest::newRow(name.constData()) << QString::fromLatin1(certificate) << QString::fromLatin1(key) << text
                                    << passPhrase;
}

void TestWsTlsFiles::checkRefused() const
{
    QFETCH(const QString, certificate);
    QFETCH(const QString, key);
    QFETCH(const QByteArray, text);
    QFETCH(const QByteArray, passPhrase);
    QSslConfiguration before = QSslConfiguration::defaultConfiguration();
    QVERIFY(load(u"leaf.crt"_s, u"leaf.key"_s, {}, &before).isEmpty());
    QSslConfiguration configuration = before;
    QCOMPARE(load(certificate, key, passPhrase, &configuration), text);
    QCOMPARE(configuration, before);
}

void TestWsTlsFiles::readsResources()
{
    const QString rcc = QLibraryInfo::path(QLibraryInfo::LibraryExecutablesPath) + u"/rcc"_s;
    WS_NEED(rcc);
    write(u"tls.qrc"_s,
          "<RCC><qresource prefix='/tls'><file>chain.pem</file><file>leaf.key</file></qresource></RCC>");
    QCOMPARE(QProcess::execute(rcc, {u"--binary"_s, path(u"tls.qrc"_s), u"-o"_s, path(u"tls.rcc"_s)}), 0);
    QVERIFY(QResource::registerResource(path(u"tls.rcc"_s)));
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    QCOMPARE(wsLoadLocalCertificate(u":/tls/chain.pem"_s, u":/tls/leaf.key"_s, {}, &configuration),
             QString());
    QCOMPARE(configuration.localCertificateChain().size(), 3);
    QCOMPARE(wsLoadCaCertificates(u":/tls/chain.pem"_s, &configuration), QString());
    QCOMPARE(wsLoadCaCertificates(u":/tls/nowhere.pem"_s, &configuration),
             u":/tls/nowhere.pem: no such file"_s);
    QCOMPARE(wsLoadCaCertificates(u":/tls"_s, &configuration), u":/tls: is a directory, not a file"_s);
    QVERIFY(QResource::unregisterResource(path(u"tls.rcc"_s)));
}

// RFC 5915 leaves the public key to the writer: there is nothing to compare.
void TestWsTlsFiles::keyWithoutItsPublicPartIsTrusted()
{
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    QCOMPARE(load(u"ec.crt"_s, u"ec-private-only.key"_s, {}, &configuration), QByteArray());
    QVERIFY(!configuration.privateKey().isNull());
}

// --- in use

namespace {
class TlsServer : public QTcpServer
{
public:
    explicit TlsServer(const QSslConfiguration &configuration) : m_configuration(configuration)
    {
        m_configuration.setPeerVerifyMode(QSslSocket::VerifyNone);
        socket.setSslConfiguration(m_configuration);
    }

    QSslSocket socket;

protected:
    void incomingConnection(qintptr descriptor) override
    {
        socket.setSocketDescriptor(descriptor);
        socket.startServerEncryption();
    }

private:
    QSslConfiguration m_configuration;
};
} // namespace

void TestWsTlsFiles::handshakeSucceeds_data()
{
    QTest::addColumn<QString>("kind");
    for (const char *kind : {"rsa", "ec", "ed25519", "ed448"})
        QTest::newRow(kind) << QString::fromLatin1(kind);
}

void TestWsTlsFiles::handshakeSucceeds()
{
    QFETCH(const QString, kind);
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    QCOMPARE(load(kind + u".crt"_s, kind + u".key"_s, {}, &configuration), QByteArray());
    TlsServer server(configuration);
    QVERIFY(server.listen(QHostAddress::LocalHost));
    QSslConfiguration trusting = QSslConfiguration::defaultConfiguration();
    QCOMPARE(wsLoadCaCertificates(path(kind + u".crt"_s), &trusting), QString());
    QSslSocket client;
    client.setSslConfiguration(trusting);
    QSignalSpy encrypted(&client, &QSslSocket::encrypted);
    client.connectToHostEncrypted(u"127.0.0.1"_s, server.serverPort(), u"localhost"_s);
    QVERIFY2(encrypted.wait(Patient::Patience), qPrintable(client.errorString()));
    QCOMPARE(client.peerCertificate(), configuration.localCertificate());
}

// OpenSSL keeps a list of errors for each thread, and Qt reads it for whatever connection comes next.
void TestWsTlsFiles::failuresLeaveOtherConnectionsAlone()
{
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    QCOMPARE(load(u"ec.crt"_s, u"ec.key"_s, {}, &configuration), QByteArray());
    TlsServer server(configuration);
    QVERIFY(server.listen(QHostAddress::LocalHost));
    QSslSocket client;
    client.setPeerVerifyMode(QSslSocket::VerifyNone);
    client.connectToHostEncrypted(u"127.0.0.1"_s, server.serverPort());
    WS_TRY_VERIFY(client.isEncrypted() && server.socket.isEncrypted());
    QSignalSpy clientErrors(&client, &QSslSocket::errorOccurred);
    QSignalSpy serverErrors(&server.socket, &QSslSocket::errorOccurred);
    QVERIFY(!load(u"damaged.pem"_s, u"ec.key"_s, {}, &configuration).isEmpty());
    QVERIFY(!load(u"ec.crt"_s, u"ec-pkcs8.key"_s, "Secret", &configuration).isEmpty());
    QVERIFY(!load(u"ec.crt"_s, u"rsa.key"_s, {}, &configuration).isEmpty());
    QVERIFY(!load(u"ed25519.crt"_s, u"damaged.key"_s, {}, &configuration).isEmpty());
    client.write("hello");
    WS_TRY_COMPARE(server.socket.bytesAvailable(), 5);
    server.socket.write("hello");
    WS_TRY_COMPARE(client.bytesAvailable(), 5);
    QCOMPARE(clientErrors.size(), 0);
    QCOMPARE(serverErrors.size(), 0);
}

// --- what Qt cannot do

void TestWsTlsFiles::unreadableKeyTextNamesTheKind_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("text");
    const QString unusable =
        u"the private key is an %1 key, which Qt can only use with OpenSSL 3 as a shared "
        "library; use a certificate with an EC (P-256) or RSA key"_s;
    QTest::newRow("Ed25519") << u"ed25519.crt"_s << unusable.arg(u"Ed25519"_s);
    QTest::newRow("Ed448") << u"ed448.crt"_s << unusable.arg(u"Ed448"_s);
    QTest::newRow("EC") << u"ec.crt"_s << u"the private key is damaged, or of a kind that Qt cannot read"_s;
}

void TestWsTlsFiles::unreadableKeyTextNamesTheKind()
{
    QFETCH(const QString, file);
    QFETCH(const QString, text);
    QCOMPARE(wsUnreadableKeyText(QSslCertificate(bytes(file))), text);
}

// If this fails, Qt has learnt it, and wsReadByOpenSsl() can go when no older Qt is supported.
void TestWsTlsFiles::qtReadsNoEd25519ByItself()
{
    if (QT_VERSION >= QT_VERSION_CHECK(6, 5, 0))
        QSKIP("only known of Qt 6.4");
    for (const QSsl::KeyAlgorithm algorithm : {QSsl::Rsa, QSsl::Dsa, QSsl::Ec, QSsl::Dh})
        QVERIFY(QSslKey(bytes(u"ed25519.key"_s), algorithm).isNull());
    QVERIFY(QSslCertificate(bytes(u"ed25519.crt"_s)).publicKey().isNull());
    QVERIFY(wsHasOpenSsl());
}

// In a process of its own, as the backend can be chosen but once.
void TestWsTlsFiles::tellsThatThereIsNoTls()
{
    QProcess process;
    process.start(QCoreApplication::applicationFilePath(),
                  {u"--without-tls"_s, path(u"ec.crt"_s), path(u"ec.key"_s)});
    QVERIFY(process.waitForFinished(Patient::Patience));
    const QByteArray text = "TLS is not available: Qt found no TLS library that it can use\n";
    QCOMPARE(process.readAllStandardOutput(), text + text);
}

namespace {
int runWithoutTls(const QStringList &arguments)
{
    QSslSocket::setActiveBackend(u"cert-only"_s);
    QSslConfiguration configuration;
    QTextStream(stdout) << wsLoadCaCertificates(arguments.at(2), &configuration) << '\n'
                        << wsLoadLocalCertificate(arguments.at(2), arguments.at(3), {}, &configuration)
                        << '\n';
    return 0;
}
} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    if (application.arguments().value(1) == u"--without-tls")
        return runWithoutTls(application.arguments());
    TestWsTlsFiles test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_wstlsfiles.moc"
