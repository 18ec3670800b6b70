// SPDX-License-Identifier: MIT

// The peer to beat: QtWebSockets by its public signals. Built with WsKit::Compat as well. Takes the arguments of wskit_testee:
//   server [--mode echo|fan] [--tls CERT KEY], client URL

#include <QtCore/qcoreapplication.h>
#include <QtCore/qfile.h>
#include <QtCore/qurl.h>
#include <QtNetwork/qhostaddress.h>
#include <QtNetwork/qsslcertificate.h>
#include <QtNetwork/qsslconfiguration.h>
#include <QtNetwork/qsslkey.h>
#include <QtWebSockets/qwebsocket.h>
#include <QtWebSockets/qwebsocketserver.h>

#include <cstdio>

namespace {
void echo(QWebSocket *socket)
{
    QObject::connect(socket, &QWebSocket::textMessageReceived, socket,
                     [socket](const QString &text) { socket->sendTextMessage(text); });
    QObject::connect(socket, &QWebSocket::binaryMessageReceived, socket,
                     [socket](const QByteArray &data) { socket->sendBinaryMessage(data); });
}

void fanOut(QWebSocket *socket, QList<QWebSocket *> &all)
{
    all.append(socket);
    QObject::connect(socket, &QWebSocket::textMessageReceived, socket, [socket, &all](const QString &text) {
        for (QWebSocket *other : std::as_const(all)) {
            if (other != socket)
                other->sendTextMessage(text);
        }
    });
    QObject::connect(socket, &QWebSocket::disconnected, socket, [socket, &all] { all.removeOne(socket); });
}

QSslConfiguration loadTls(const QString &certificate, const QString &key)
{
    QFile file(key);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    tls.setLocalCertificateChain(QSslCertificate::fromPath(certificate));
    tls.setPrivateKey(QSslKey(&file, QSsl::Ec));
    return tls;
}

int runServer(const QStringList &arguments)
{
    const bool fansOut = arguments.contains(QStringLiteral("fan"));
    const qsizetype tls = arguments.indexOf(QStringLiteral("--tls"));
    QWebSocketServer server(QStringLiteral("bench"),
                            tls < 0 ? QWebSocketServer::NonSecureMode : QWebSocketServer::SecureMode);
    if (tls >= 0)
        server.setSslConfiguration(loadTls(arguments.value(tls + 1), arguments.value(tls + 2)));
    QList<QWebSocket *> all;
    QObject::connect(&server, &QWebSocketServer::newConnection, &server, [&server, &all, fansOut] {
        while (QWebSocket *socket = server.nextPendingConnection()) {
            if (fansOut)
                fanOut(socket, all);
            else
                echo(socket);
            QObject::connect(socket, &QWebSocket::disconnected, socket, &QObject::deleteLater);
        }
    });
    if (!server.listen(QHostAddress::LocalHost))
        return 1;
    std::printf("listening on ws://127.0.0.1:%d\n", int(server.serverPort()));
    std::fflush(stdout);
    return QCoreApplication::exec();
}

int runClient(const QUrl &url)
{
    QWebSocket socket;
    echo(&socket);
    QObject::connect(&socket, &QWebSocket::disconnected, qApp, &QCoreApplication::quit);
    socket.open(url);
    return QCoreApplication::exec();
}
} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.value(1) == u"client")
        return runClient(QUrl(arguments.value(2)));
    return runServer(arguments);
}
