// SPDX-License-Identifier: MIT

// A blocking client in a thread without an event loop: it asks one question after another, each with a
// deadline, and then loops over all answers until the server closes. Its server runs in the main thread of the
// same program, with signals and slots.
//
//     blocking-client

#include <WsKit/WsClient>
#include <WsKit/WsServer>

#include <QtCore/QCoreApplication>
#include <QtCore/QDebug>
#include <QtCore/QThread>

using namespace std::chrono_literals;

namespace {
// The server counts down and closes the connection, which ends the loop.
bool countDown(WsClient &client)
{
    client.sendText("count down");
    for (const WsMessage &message : client.messages())
        qInfo().noquote() << message.text();
    return client.closeCode() == Ws::Normal;
}

// Runs in the worker thread, in which the client is created and used.
bool askAll(const QUrl &url)
{
    WsClient client;
    if (!client.open(url) || !client.waitForOpened(5s)) {
        qCritical().noquote() << "cannot open:" << client.errorString();
        return false;
    }
    for (int number = 1; number <= 5; ++number) {
        client.sendText(QByteArray::number(number));
        const std::optional<WsMessage> square = client.waitForMessage(5s);
        if (!square) {
            qCritical().noquote() << "no answer:" << client.errorString();
            return false;
        }
        qInfo().noquote() << number << "squared is" << square->text();
    }
    return countDown(client);
}

void answer(WsConnection *connection)
{
    QObject::connect(connection, &WsConnection::textMessageReceived, connection,
                     [connection](const QString &text) {
                         if (text == u"count down") {
                             for (const char *number : {"3", "2", "1"})
                                 connection->sendText(number);
                             connection->close();
                             return;
                         }
                         const qint64 number = text.toInt();
                         connection->sendText(QString::number(number * number));
                     });
}
} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    WsServer server;
    QObject::connect(&server, &WsServer::newConnection, &server, answer);
    if (!server.listen()) {
        qCritical() << "cannot listen:" << server.errorString();
        return 1;
    }

    bool isDone = false;
    const std::unique_ptr<QThread> worker(
        QThread::create([&isDone, url = server.serverUrl()] { isDone = askAll(url); }));
    QObject::connect(worker.get(), &QThread::finished, &application, &QCoreApplication::quit);
    worker->start();
    application.exec();
    worker->wait();
    return isDone ? 0 : 1;
}
