// SPDX-License-Identifier: MIT

// Talks to a server whose certificate is signed by nobody else and names another host. These two errors are
// expected of that certificate. No other error is ignored, and no other certificate is accepted.
//
//     porting-tls-echo-client-wskit url certificate.pem [text]

#include <WsKit/WsClient>

#include <QtCore/QCoreApplication>
#include <QtCore/QDebug>
#include <QtNetwork/QSslCertificate>
#include <QtNetwork/QSslError>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = application.arguments();
    const QList<QSslCertificate> certificates = QSslCertificate::fromPath(arguments.value(2));
    if (certificates.isEmpty())
        qFatal("cannot read the certificate");
    const QString text = arguments.value(3, QStringLiteral("hello"));
    bool isAnswered = false;

    WsClient client;
    client.ignoreSslErrors({QSslError(QSslError::SelfSignedCertificate, certificates.first()),
                            QSslError(QSslError::HostNameMismatch, certificates.first())});
    QObject::connect(&client, &WsClient::opened, &client, [&] { client.sendText(text); });
    QObject::connect(&client, &WsClient::textMessageReceived, &client, [&](const QString &answer) {
        qInfo().noquote() << "echo:" << answer;
        isAnswered = answer == text;
        client.close();
    });
    QObject::connect(&client, &WsClient::sslErrors, &client, [](const QList<QSslError> &errors) {
        for (const QSslError &error : errors)
            qInfo() << "TLS:" << error.error();
    });
    QObject::connect(&client, &WsClient::errorOccurred, &client,
                     [](const WsError &error) { qInfo() << "error:" << error.socketError(); });
    QObject::connect(&client, &WsClient::closed, &application,
                     [&] { QCoreApplication::exit(isAnswered ? 0 : 1); });
    return client.open(QUrl(arguments.value(1))) ? application.exec() : 1;
}
