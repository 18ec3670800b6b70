// SPDX-License-Identifier: MIT

// Sends every message back, over TLS.
//
//     porting-tls-echo-server-qtwebsockets certificate.pem key.pem [port]

#include <QtCore/QCoreApplication>
#include <QtCore/QDebug>
#include <QtCore/QFile>
#include <QtNetwork/QSslCertificate>
#include <QtNetwork/QSslConfiguration>
#include <QtNetwork/QSslKey>
#include <QtWebSockets/QWebSocket>
#include <QtWebSockets/QWebSocketServer>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = application.arguments();
    const quint16 port = arguments.value(3, QStringLiteral("8443")).toUShort();

    const QList<QSslCertificate> chain = QSslCertificate::fromPath(arguments.value(1));
    QFile keyFile(arguments.value(2));
    if (chain.isEmpty() || !keyFile.open(QIODevice::ReadOnly))
        qFatal("cannot read the certificate or its key");
    QSslKey key(&keyFile, QSsl::Rsa);
    if (key.isNull() && keyFile.seek(0))
        key = QSslKey(&keyFile, QSsl::Ec);
    if (key.isNull())
        qFatal("the key is neither RSA nor EC");

    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    configuration.setLocalCertificateChain(chain);
    configuration.setPrivateKey(key);
    QWebSocketServer server(QStringLiteral("echo"), QWebSocketServer::SecureMode);
    server.setSslConfiguration(configuration);
    QObject::connect(&server, &QWebSocketServer::newConnection, &server, [&] {
        QWebSocket *client = server.nextPendingConnection();
        QObject::connect(client, &QWebSocket::textMessageReceived, client,
                         [client](const QString &text) { client->sendTextMessage(text); });
        QObject::connect(client, &QWebSocket::disconnected, client, &QObject::deleteLater);
    });
    if (!server.listen(QHostAddress::LocalHost, port))
        qFatal("%s", qPrintable(server.errorString()));
    qInfo().noquote() << "listening on" << server.serverUrl().toString();
    return application.exec();
}
