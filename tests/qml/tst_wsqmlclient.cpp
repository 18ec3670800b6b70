// SPDX-License-Identifier: MIT

// What QML cannot try out itself: that a local socket asks for a name, and slots that delete the client.

#include "../patience.h"

#include <WsKit/WsClient>
#include <WsKit/WsRequest>
#include <WsKit/WsResponse>
#include <WsKit/WsServer>

#include <QtCore/qtemporarydir.h>
#include <QtQml/qqmlcomponent.h>
#include <QtQml/qqmlengine.h>
#include <QtTest/qsignalspy.h>
#include <QtTest/qtest.h>

#include <memory>

using namespace Qt::StringLiterals;

class tst_WsQmlClient : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void localSocketThatAsksIsNamedByItsPath();
    void slotMayDeleteItWhenHeadersAreRefused_data();
    void slotMayDeleteItWhenHeadersAreRefused();
    void scriptsGetArraysOfAClientOfCppToThemselves();

private:
    std::unique_ptr<WsClient> create(const QByteArray &properties = {});

    QQmlEngine m_engine;
};

std::unique_ptr<WsClient> tst_WsQmlClient::create(const QByteArray &properties)
{
    QQmlComponent component(&m_engine);
    component.setData("import WsKit\nWsClient { " + properties + " }", {});
    auto *const client = qobject_cast<WsClient *>(component.create());
    if (!client)
        qWarning() << component.errorString();
    return std::unique_ptr<WsClient>(client);
}

void tst_WsQmlClient::localSocketThatAsksIsNamedByItsPath()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("a socket"));
    WsServer server;
    server.setRequestHandler([](const WsRequest &request) {
        return request.header("Authorization") == "Basic " + QByteArray("ada:love").toBase64()
                   ? WsResponse::accept()
                   : WsResponse::reject(401, {}, {{"WWW-Authenticate", "Basic realm=\"the engine\""}});
    });
    QVERIFY2(server.listen(path), qPrintable(server.errorString()));

    const auto client = create();
    QVERIFY(client);
    QSignalSpy spy(client.get(), SIGNAL(credentialsRequired(QString, bool, QString)));
    client->setUrl(server.serverUrl());
    client->setActive(true);
    WS_TRY_COMPARE(client->state(), Ws::Closed);
    QCOMPARE(spy.size(), 1);
    QCOMPARE(spy.first().value(2).toString(), path);
    QVERIFY(client->setProperty("user", QStringLiteral("ada")));
    QVERIFY(client->setProperty("password", QStringLiteral("love")));
    client->setActive(true);
    WS_TRY_COMPARE(client->state(), Ws::Open);
    QCOMPARE(spy.size(), 1);
}

void tst_WsQmlClient::slotMayDeleteItWhenHeadersAreRefused_data()
{
    QTest::addColumn<QVariantMap>("headers");
    QTest::newRow("one") << QVariantMap{{u"Upgrade"_s, u"h2c"_s}};
    QTest::newRow("two") << QVariantMap{{u"Connection"_s, u"close"_s}, {u"Upgrade"_s, u"h2c"_s}};
}

void tst_WsQmlClient::slotMayDeleteItWhenHeadersAreRefused()
{
    QFETCH(const QVariantMap, headers);
    auto client = create("property int changes: 0; onHeadersChanged: changes += 1");
    QVERIFY(client);
    int errors = 0;
    connect(client.get(), &WsClient::errorOccurred, this, [&] {
        ++errors;
        client.reset();
    });
    client->setProperty("headers", headers);
    QVERIFY(!client);
    QCOMPARE(errors, 1);
}

void tst_WsQmlClient::scriptsGetArraysOfAClientOfCppToThemselves()
{
    WsServer server;
    QVERIFY2(server.listen(), qPrintable(server.errorString()));
    WsClient client;
    QList<WsMessage> kept;
    connect(&client, &WsClient::messageReceived, this,
            [&](const WsMessage &message) { kept.append(message); });
    QQmlComponent component(&m_engine);
    component.setData(R"(
        import QtQml
        import WsKit
        Connections {
            function onBinaryFrameReceived(frame) { new Uint8Array(frame).fill(1) }
            function onBinaryMessageReceived(data) { new Uint8Array(data).fill(2) }
        })",
                      {});
    const std::unique_ptr<QObject> handlers(
        component.createWithInitialProperties({{u"target"_s, QVariant::fromValue<QObject *>(&client)}}));
    QVERIFY2(handlers, qPrintable(component.errorString()));
    QVERIFY(client.open(server.serverUrl()));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    const QByteArrayList payloads{"abc", QByteArray(100'000, 'x')};
    for (const QByteArray &payload : payloads)
        server.broadcast(payload);
    WS_TRY_COMPARE(kept.size(), payloads.size());
    QCOMPARE(kept.at(0).data(), payloads.at(0));
    QCOMPARE(kept.at(1).data(), payloads.at(1));
}

QTEST_GUILESS_MAIN(tst_WsQmlClient)

#include "tst_wsqmlclient.moc"
