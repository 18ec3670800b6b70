// SPDX-License-Identifier: MIT

// A server of QML that a C++ program makes listen, and what only C++ can do in its slots.

#include "../integration/rawtesting.h"
#include "../patience.h"

#include <WsKit/WsClient>
#include <WsKit/WsServer>

#include <QtCore/qtemporarydir.h>
#include <QtQml/qqmlcomponent.h>
#include <QtQml/qqmlengine.h>
#include <QtTest/qsignalspy.h>
#include <QtTest/qtest.h>

#include <memory>

using namespace IntegrationTesting;

class tst_WsQmlServer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void listensWithItsCertificateFromCpp();
    void staysClosedWithoutItsCertificateFromCpp();
    void newCertificateMovesNobody();
    void keyMayBeInTheFileOfTheCertificate();
    void slotMayDeleteItBetweenTwoAddresses();
    void slotMayDeleteItWhenTlsIsSwitched_data();
    void slotMayDeleteItWhenTlsIsSwitched();

private:
    // Has the properties of the object literal \a properties.
    std::unique_ptr<WsServer> create(const QString &properties);
    bool opens(WsClient *client, const WsServer &server);

    QQmlEngine m_engine;
};

namespace {
QUrl fileUrl(const QString &name)
{
    return QUrl::fromLocalFile(certificateFile(name));
}

QString certificateProperties()
{
    return u"certificateFile: \"%1\"; privateKeyFile: \"%2\""_s.arg(fileUrl(u"server.crt"_s).toString(),
                                                                    fileUrl(u"server.key"_s).toString());
}
} // namespace

std::unique_ptr<WsServer> tst_WsQmlServer::create(const QString &properties)
{
    QQmlComponent component(&m_engine);
    component.setData("import WsKit\nWsServer { " + properties.toUtf8() + " }", {});
    std::unique_ptr<QObject> object(component.create());
    if (!qobject_cast<WsServer *>(object.get())) {
        qWarning() << component.errorString();
        return {};
    }
    return std::unique_ptr<WsServer>(qobject_cast<WsServer *>(object.release()));
}

bool tst_WsQmlServer::opens(WsClient *client, const WsServer &server)
{
    client->setSslConfiguration(tlsConfiguration());
    return client->open(server.serverUrl())
           && waitFor([client] { return client->state() == Ws::Open || client->state() == Ws::Closed; })
           && client->state() == Ws::Open && client->isEncrypted();
}

void tst_WsQmlServer::listensWithItsCertificateFromCpp()
{
    const auto server = create(certificateProperties());
    QVERIFY(server && server->listen());
    QCOMPARE(server->serverUrl().scheme(), u"wss"_s);
    WsClient client;
    QVERIFY(opens(&client, *server));
}

void tst_WsQmlServer::staysClosedWithoutItsCertificateFromCpp()
{
    const auto server =
        create(u"certificateFile: \"file:///nowhere.crt\"; privateKeyFile: \"nowhere.key\""_s);
    QVERIFY(server);
    QSignalSpy errors(server.get(), &WsServer::errorOccurred);
    server->listen();
    QVERIFY(!server->isListening());
    QCOMPARE(errors.size(), 1);
    QCOMPARE(errors.first().first().value<WsError>().kind(), Ws::ErrorKind::Tls);
}

// The declared port is none that the server has left: it listens elsewhere.
void tst_WsQmlServer::newCertificateMovesNobody()
{
    const auto server = create(u"port: 1; "_s + certificateProperties());
    QVERIFY(server && server->listen());
    const quint16 port = server->serverPort();
    WsClient client;
    QVERIFY(opens(&client, *server));
    QVERIFY(server->setProperty("certificateFile", fileUrl(u"elsewhere.crt"_s)));
    QVERIFY(server->setProperty("privateKeyFile", fileUrl(u"elsewhere.key"_s)));
    WS_TRY_COMPARE(server->sslConfiguration().localCertificate(), certificate(u"elsewhere"_s));
    QVERIFY(server->isListening());
    QVERIFY(!server->isDraining());
    QCOMPARE(server->serverPort(), port);
    QCOMPARE(client.state(), Ws::Open);
}

void tst_WsQmlServer::keyMayBeInTheFileOfTheCertificate()
{
    const QTemporaryDir folder;
    QFile both(folder.filePath(u"both.pem"_s));
    QVERIFY(both.open(QIODevice::WriteOnly));
    for (const QString &name : {u"server.crt"_s, u"server.key"_s}) {
        QFile file(certificateFile(name));
        QVERIFY(file.open(QIODevice::ReadOnly));
        both.write(file.readAll());
    }
    both.close();
    const auto server = create(
        u"listening: true; certificateFile: \"%1\""_s.arg(QUrl::fromLocalFile(both.fileName()).toString()));
    QVERIFY(server && server->isListening());
    WsClient client;
    QVERIFY(opens(&client, *server));
}

void tst_WsQmlServer::slotMayDeleteItBetweenTwoAddresses()
{
    auto server = create(u"listening: true"_s);
    QVERIFY(server && server->isListening());
    connect(server.get(), &WsServer::closed, this, [&server] { server.reset(); });
    server->setProperty("host", u"127.0.0.2"_s);
    WS_TRY_VERIFY(!server);
}

void tst_WsQmlServer::slotMayDeleteItWhenTlsIsSwitched_data()
{
    QTest::addColumn<bool>("isOn");
    QTest::newRow("on") << true;
    QTest::newRow("off") << false;
}

void tst_WsQmlServer::slotMayDeleteItWhenTlsIsSwitched()
{
    QFETCH(const bool, isOn);
    auto server = create(u"listening: true; "_s + (isOn ? QString() : certificateProperties()));
    QVERIFY(server && server->isListening());
    connect(server.get(), &WsServer::listeningChanged, this, [&server] { server.reset(); });
    server->setProperty("certificateFile", isOn ? fileUrl(u"server.crt"_s) : QUrl());
    server->setProperty("privateKeyFile", isOn ? fileUrl(u"server.key"_s) : QUrl());
    WS_TRY_VERIFY(!server);
}

QTEST_GUILESS_MAIN(tst_WsQmlServer)

#include "tst_wsqmlserver.moc"
