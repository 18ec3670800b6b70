// SPDX-License-Identifier: MIT

// A client that wants the server to prove, by an OCSP response, that its certificate was not revoked.

#include "opensslserver.h"

using namespace IntegrationTesting;

namespace {
// An authority that answers about the certificate "server". \a record is of the format of `openssl ca`, with
// %1 for the serial number.
void makeResponse(const OpenSslFolder &folder, const QString &record)
{
    const QString serial = QString::fromLatin1(folder.run(u"x509 -in server.crt -noout -serial"_s)).trimmed();
    QVERIFY(folder.write(u"index.txt"_s, record.arg(serial.mid(serial.indexOf(u'=') + 1)).toLatin1()));
    folder.run(u"ocsp -issuer ca.crt -cert server.crt -no_nonce -reqout request.der"_s);
    folder.run(u"ocsp -index index.txt -rsigner ca.crt -rkey ca.key -CA ca.crt -reqin request.der "
               "-respout response.der -ndays 1"_s);
}
} // namespace

class TestOcsp : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void responseDecides_data();
    void responseDecides();
};

void TestOcsp::responseDecides_data()
{
    QTest::addColumn<QString>("record"); // empty: the server has no response
    QTest::addColumn<int>("error");
    QTest::newRow("good") << u"V\t491231235959Z\t\t%1\tunknown\t/CN=server\n"_s << int(QSslError::NoError);
    QTest::newRow("revoked") << u"R\t491231235959Z\t200101000000Z\t%1\tunknown\t/CN=server\n"_s
                             << int(QSslError::CertificateRevoked);
    QTest::newRow("none") << QString() << int(QSslError::OcspNoResponseFound);
}

void TestOcsp::responseDecides()
{
    QFETCH(const QString, record);
    QFETCH(const int, error);
    OpenSslFolder folder;
    folder.makeCertificate(u"ca"_s, {}, true);
    folder.makeCertificate(u"server"_s, u"ca"_s, false);
    if (!record.isEmpty())
        makeResponse(folder, record);
    OpenSslServer server;
    const QString response = record.isEmpty() ? QString() : u" -status_file response.der"_s;
    QVERIFY(server.start(folder, u"-cert server.crt -key server.key -cert_chain ca.crt"_s + response));
    WsClient client;
    Events events(&client);
    QList<QSslError> found;
    connect(&client, &WsClient::sslErrors, &client,
            [&found](const QList<QSslError> &errors) { found = errors; });
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    tls.setOcspStaplingEnabled(true);
    client.setSslConfiguration(tls);
    QVERIFY(client.setCaCertificates(folder.path(u"ca.crt"_s)));
    QVERIFY(client.open(server.url()));
    WS_TRY_VERIFY(client.state() == Ws::Open || events.isClosed());
    QCOMPARE(client.state() == Ws::Open, error == QSslError::NoError);
    QCOMPARE(found.isEmpty() ? int(QSslError::NoError) : int(found.constFirst().error()), error);
    if (error != QSslError::NoError)
        QCOMPARE(events.errors.constFirst().kind(), Ws::ErrorKind::Tls);
}

#include "../testprogram.h"
WSKIT_TEST(TestOcsp)
#include "tst_ocsp.moc"
