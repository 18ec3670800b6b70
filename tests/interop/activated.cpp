// SPDX-License-Identifier: MIT

// A service that systemd-socket-activate starts: activated [NAME...]. It has a server for each name, or one
// for all sockets, prints where each listens, or why it does not, and answers messages: "again" makes the
// server stop and listen anew, "end" ends the program, and others are echoed.

#include <WsKit/WsServer>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qtextstream.h>

#include <algorithm>
#include <memory>
#include <vector>

using namespace Qt::StringLiterals;

namespace {
void print(const QString &line)
{
    QTextStream(stdout) << line << Qt::endl;
}

void listen(WsServer *server, const QString &name)
{
    if (!server->listenFromSystemd(name)) {
        print(u"refused: "_s + server->errorString());
        return;
    }
    const QList<QUrl> urls = server->serverUrls();
    for (const QUrl &url : urls)
        print(u"%1 listens on %2"_s.arg(name, url.toString()));
}

void answer(WsServer *server, const QString &name, WsConnection *connection, const QString &text)
{
    if (text == u"again") {
        server->stopListening();
        listen(server, name);
    } else if (text == u"end") {
        QObject::connect(server, &WsServer::closed, qApp, &QCoreApplication::quit);
        server->close();
        return;
    }
    connection->sendText(name + u": "_s + text);
}

std::unique_ptr<WsServer> serverOf(const QString &name)
{
    auto server = std::make_unique<WsServer>();
    QObject::connect(server.get(), &WsServer::newConnection, server.get(),
                     [created = server.get(), name](WsConnection *connection) {
                         QObject::connect(connection, &WsConnection::textMessageReceived, created,
                                          [created, name, connection](const QString &text) {
                                              answer(created, name, connection, text);
                                          });
                     });
    listen(server.get(), name);
    return server;
}
} // namespace

int main(int argc, char *argv[])
{
    const QCoreApplication application(argc, argv);
    QStringList names = QCoreApplication::arguments().sliced(1);
    if (names.isEmpty())
        names.append(QString());
    std::vector<std::unique_ptr<WsServer>> servers;
    for (const QString &name : std::as_const(names))
        servers.push_back(serverOf(name));
    const bool isListening =
        std::all_of(servers.begin(), servers.end(), [](const auto &server) { return server->isListening(); });
    return isListening ? QCoreApplication::exec() : 1;
}
