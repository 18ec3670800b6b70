// SPDX-License-Identifier: MIT

// Sends every message back, over TLS.
//
//     porting-tls-echo-server-wskit certificate.pem key.pem [port]

#include <WsKit/WsServer>

#include <QtCore/QCoreApplication>
#include <QtCore/QDebug>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = application.arguments();
    const quint16 port = arguments.value(3, QStringLiteral("8443")).toUShort();

    WsServer server;
    if (!server.setLocalCertificate(arguments.value(1), arguments.value(2)))
        qFatal("%s", qPrintable(server.errorString()));
    QObject::connect(&server, &WsServer::newConnection, &server, [](WsConnection *client) {
        QObject::connect(client, &WsConnection::textMessageReceived, client,
                         [client](const QString &text) { client->sendText(text); });
    });
    if (!server.listen(QHostAddress::LocalHost, port))
        qFatal("%s", qPrintable(server.errorString()));
    qInfo().noquote() << "listening on" << server.serverUrl().toString();
    return application.exec();
}
