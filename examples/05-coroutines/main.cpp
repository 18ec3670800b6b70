// SPDX-License-Identifier: MIT

// Messages are awaited rather than delivered by signals, so that a dialogue reads from top to bottom: the
// server asks for a name and adds it to every word that it sends back, until the client leaves. Both sides are
// coroutines of QCoro (https://qcoro.dvratil.cz).
//
//     coroutines

#include <WsKit/WsClient>
#include <WsKit/WsServer>

#include <QtCore/QCoreApplication>
#include <QtCore/QDebug>
#include <QtCore/QPointer>

#include <QCoroFuture>
#include <QCoroTask>

using namespace Qt::StringLiterals;

namespace {
// The server deletes a connection after it has ended. Use a QPointer if it is used after a co_await.
QCoro::Task<> welcome(QPointer<WsConnection> connection)
{
    connection->sendText(u"What is your name?"_s);
    const auto name = co_await connection->receive();
    if (!name)
        co_return;
    while (connection) {
        const auto word = co_await connection->receive();
        if (!word) // the connection has closed
            break;
        connection->sendText(u"%1, %2!"_s.arg(word->text(), name->text()));
    }
    qInfo() << name->text() << "has left";
}

QCoro::Task<bool> visit(QUrl url)
{
    WsClient client;
    client.open(url);
    const auto question = co_await client.receive(); // also waits for the client to open
    if (!question) {
        qCritical().noquote() << "no question:" << client.errorString();
        co_return false;
    }
    qInfo().noquote() << question->text();

    client.sendText("Ada");
    for (const char *word : {"Hello", "Goodbye"}) {
        client.sendText(word);
        if (const auto answer = co_await client.receive())
            qInfo().noquote() << answer->text();
    }

    client.close();
    while (co_await client.receive()) {
    } // until the connection has closed
    co_return client.closeCode() == Ws::Normal;
}
} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    WsServer server;
    QObject::connect(&server, &WsServer::newConnection, &server,
                     [](WsConnection *connection) { welcome(connection); });
    if (!server.listen()) {
        qCritical() << "cannot listen:" << server.errorString();
        return 1;
    }
    return QCoro::waitFor(visit(server.serverUrl())) ? 0 : 1;
}
