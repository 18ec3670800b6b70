// SPDX-License-Identifier: MIT
#include "net/client/wspins.h"

#include "net/socket/wsopensslchain.h"

#include "../opensslfolder.h"

#include <QtCore/qcryptographichash.h>
#include <QtNetwork/qsslconfiguration.h>
#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;

class TestWsPins : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void pinIsTheDigestOfThePublicKey_data();
    void pinIsTheDigestOfThePublicKey();
    void keyOfAnyDamagedCertificateIsReadWithinItsBytes();
    void pinOfANullCertificateIsEmpty();
    void pinsMayHaveAPrefix_data();
    void pinsMayHaveAPrefix();
    void malformedPinsAreQuoted_data();
    void malformedPinsAreQuoted();
    void longPinsAreQuotedInPart();
    void peerWithoutACertificateHasNoPin();
    void issuerVouchesForACertificate();
    void certificateOfAnotherVouchesForNone();
    void forgedAuthorityOfTheSameNameDoesNotMakeTheRealOneVouch();
    void serverVouchesForNobody();

private:
    OpenSslFolder m_folder;
};

void TestWsPins::initTestCase()
{
    m_folder.makeCertificate(u"root"_s, {}, true);
    m_folder.makeCertificate(u"middle"_s, u"root"_s, true);
    m_folder.makeCertificate(u"leaf"_s, u"middle"_s, false);
    QVERIFY(!m_folder.certificate(u"leaf"_s).isNull());
}

void TestWsPins::pinIsTheDigestOfThePublicKey_data()
{
    QTest::addColumn<QString>("key");
    QTest::newRow("RSA") << u"rsa:2048"_s;
    QTest::newRow("RSA-PSS") << u"rsa-pss"_s;
    QTest::newRow("EC P-256") << u"ec -pkeyopt ec_paramgen_curve:P-256"_s;
    QTest::newRow("EC with its curve spelt out")
        << u"ec -pkeyopt ec_paramgen_curve:P-384 -pkeyopt ec_param_enc:explicit"_s;
    QTest::newRow("Ed25519") << u"ed25519"_s;
    QTest::newRow("Ed448") << u"ed448"_s;
}

void TestWsPins::pinIsTheDigestOfThePublicKey()
{
    QFETCH(const QString, key);
    m_folder.makeCertificate(u"any"_s, {}, false, key);
    const QByteArray pem = m_folder.run(u"x509 -in any.crt -noout -pubkey"_s);
    const QByteArray der = m_folder.run(u"pkey -pubin -outform DER"_s, pem);
    const QByteArray digest = m_folder.run(u"dgst -sha256 -binary"_s, der);
    QCOMPARE(digest.size(), 32);
    QCOMPARE(wsCertificatePin(m_folder.certificate(u"any"_s)), QString::fromLatin1(digest.toBase64()));
}

// Each byte may claim any length.
void TestWsPins::keyOfAnyDamagedCertificateIsReadWithinItsBytes()
{
    const QByteArray der = m_folder.certificate(u"leaf"_s).toDer();
    const QByteArray key = wsSubjectPublicKeyInfo(der);
    QVERIFY(der.contains(key) && key.size() > 64);
    for (qsizetype size = 0; size < der.size(); ++size) // an own array each, so that a sanitizer sees its end
        QVERIFY(wsSubjectPublicKeyInfo(QByteArray(der.constData(), size)).isEmpty());
    for (qsizetype i = 0; i < der.size(); ++i) {
        for (const char byte : {'\0', '\x7f', '\x80', '\x82', '\x84', '\x85', '\xff'}) {
            QByteArray changed = der;
            changed[i] = byte;
            QVERIFY(wsSubjectPublicKeyInfo(changed).size() <= der.size());
        }
    }
}

void TestWsPins::pinOfANullCertificateIsEmpty()
{
    QCOMPARE(wsCertificatePin(QSslCertificate()), QString());
}

namespace {
const QString digest = QStringLiteral("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

void TestWsPins::pinsMayHaveAPrefix_data()
{
    QTest::addColumn<QString>("pin");
    QTest::newRow("none") << digest;
    QTest::newRow("as HPKP") << QString(u"sha256/"_s + digest);
    QTest::newRow("as curl") << QString(u"sha256//"_s + digest);
    const QString slashes = QString::fromLatin1(QByteArray(32, '\xff').toBase64());
    QTest::newRow("none, and a digest that begins with slashes") << slashes;
    QTest::newRow("as HPKP, and a digest that begins with slashes") << QString(u"sha256/"_s + slashes);
    QTest::newRow("as curl, and a digest that begins with slashes") << QString(u"sha256//"_s + slashes);
}

void TestWsPins::pinsMayHaveAPrefix()
{
    QFETCH(const QString, pin);
    QCOMPARE(wsPinProblem({pin}), QString());
}

void TestWsPins::malformedPinsAreQuoted_data()
{
    QTest::addColumn<QString>("pin");
    QTest::newRow("empty") << QString();
    QTest::newRow("prefix alone") << u"sha256/"_s;
    QTest::newRow("other digest") << QString(u"sha1/"_s + digest);
    QTest::newRow("third slash") << QString(u"sha256///"_s + digest);
    QTest::newRow("too short") << u"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuA=="_s;
    QTest::newRow("too long") << u"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFVV"_s;
    QTest::newRow("hexadecimal") << u"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"_s;
    QTest::newRow("a space") << QString(digest.left(20) + u' ' + digest.mid(20));
    QTest::newRow("not ASCII") << QString(digest.left(20) + u'ä' + digest.mid(21));
}

void TestWsPins::malformedPinsAreQuoted()
{
    QFETCH(const QString, pin);
    QVERIFY(wsPinProblem({digest, pin}).contains(u'"' + pin + u'"'));
}

void TestWsPins::longPinsAreQuotedInPart()
{
    QVERIFY(wsPinProblem({QString(100'000, u'x')}).size() < 200);
}

void TestWsPins::peerWithoutACertificateHasNoPin()
{
    QVERIFY(!wsPinMismatch({digest}, QSslConfiguration()).isEmpty());
}

void TestWsPins::issuerVouchesForACertificate()
{
    const QSslCertificate root = m_folder.certificate(u"root"_s);
    const QSslCertificate middle = m_folder.certificate(u"middle"_s);
    const QSslCertificate leaf = m_folder.certificate(u"leaf"_s);
    QVERIFY(wsVouchesFor(middle, leaf, {leaf, middle}));
    QVERIFY(wsVouchesFor(middle, leaf, {}));
    QVERIFY(wsVouchesFor(root, leaf, {leaf, middle}));
    QVERIFY(!wsVouchesFor(root, leaf, {leaf})); // who stands between is not known
}

void TestWsPins::certificateOfAnotherVouchesForNone()
{
    m_folder.makeCertificate(u"other"_s, {}, true);
    const QSslCertificate other = m_folder.certificate(u"other"_s);
    const QSslCertificate middle = m_folder.certificate(u"middle"_s);
    const QSslCertificate leaf = m_folder.certificate(u"leaf"_s);
    QVERIFY(!wsVouchesFor(other, leaf, {leaf, middle, other}));
    QVERIFY(!wsVouchesFor(QSslCertificate(), leaf, {}));
    QVERIFY(!wsVouchesFor(middle, QSslCertificate(), {}));
}

// A chain that is connected by names alone proves nothing.
void TestWsPins::forgedAuthorityOfTheSameNameDoesNotMakeTheRealOneVouch()
{
    const QSslCertificate middle = m_folder.certificate(u"middle"_s);
    OpenSslFolder forger;
    forger.makeCertificate(u"middle"_s, {}, true);
    forger.makeCertificate(u"leaf"_s, u"middle"_s, false);
    const QSslCertificate leaf = forger.certificate(u"leaf"_s);
    QCOMPARE(leaf.issuerDisplayName(), middle.subjectDisplayName());
    QVERIFY(!wsVouchesFor(middle, leaf, {leaf, middle}));
    QVERIFY(wsVouchesFor(forger.certificate(u"middle"_s), leaf, {leaf, middle}));
}

// The owner of an ordinary certificate can sign with its key, but is no authority.
void TestWsPins::serverVouchesForNobody()
{
    m_folder.makeCertificate(u"forged"_s, u"leaf"_s, false);
    const QSslCertificate leaf = m_folder.certificate(u"leaf"_s);
    const QSslCertificate forged = m_folder.certificate(u"forged"_s);
    QVERIFY(!forged.isNull());
    const QList<QSslCertificate> sent = {forged, leaf, m_folder.certificate(u"middle"_s)};
    QVERIFY(!wsVouchesFor(m_folder.certificate(u"middle"_s), forged, sent));
}

#include "tst_wspins.moc"

#include "../testprogram.h"

WSKIT_TEST(TestWsPins)
