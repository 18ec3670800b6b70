// SPDX-License-Identifier: MIT

// What QML cannot try out itself, as it has no server for local sockets.

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

class tst_WsQmlClient : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void localSocketThatAsksIsNamedByItsPath();
};

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

    QQmlEngine engine;
    QQmlComponent component(&engine);
    component.setData("import WsKit\nWsClient {}", {});
    const std::unique_ptr<QObject> object(component.create());
    auto *const client = qobject_cast<WsClient *>(object.get());
    QVERIFY2(client, qPrintable(component.errorString()));
    QSignalSpy spy(client, SIGNAL(credentialsRequired(QString, bool, QString)));
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

QTEST_GUILESS_MAIN(tst_WsQmlClient)

#include "tst_wsqmlclient.moc"
