// SPDX-License-Identifier: MIT

// Talks to a server whose certificate is signed by nobody else and names another host. These two errors are
// expected of that certificate. No other error is ignored, and no other certificate is accepted.
//
//     porting-tls-echo-client-qtwebsockets url certificate.pem [text]

#include <QtCore/QCoreApplication>
#include <QtCore/QDebug>
#include <QtNetwork/QSslCertificate>
#include <QtNetwork/QSslError>
#include <QtWebSockets/QWebSocket>

#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
constexpr auto errorOccurred = &QWebSocket::errorOccurred;
#else
constexpr auto errorOccurred = qOverload<QAbstractSocket::SocketError>(&QWebSocket::error);
#endif

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = application.arguments();
    const QList<QSslCertificate> certificates = QSslCertificate::fromPath(arguments.value(2));
    if (certificates.isEmpty())
        qFatal("cannot read the certificate");
    const QString text = arguments.value(3, QStringLiteral("hello"));
    bool isAnswered = false;

    QWebSocket socket;
    socket.ignoreSslErrors({QSslError(QSslError::SelfSignedCertificate, certificates.first()),
                            QSslError(QSslError::HostNameMismatch, certificates.first())});
    QObject::connect(&socket, &QWebSocket::connected, &socket, [&] { socket.sendTextMessage(text); });
    QObject::connect(&socket, &QWebSocket::textMessageReceived, &socket, [&](const QString &answer) {
        qInfo().noquote() << "echo:" << answer;
        isAnswered = answer == text;
        socket.close();
    });
    QObject::connect(&socket, &QWebSocket::sslErrors, &socket, [](const QList<QSslError> &errors) {
        for (const QSslError &error : errors)
            qInfo() << "TLS:" << error.error();
    });
    QObject::connect(&socket, errorOccurred, &socket,
                     [](QAbstractSocket::SocketError error) { qInfo() << "error:" << error; });
    QObject::connect(&socket, &QWebSocket::disconnected, &application,
                     [&] { QCoreApplication::exit(isAnswered ? 0 : 1); });
    socket.open(QUrl(arguments.value(1)));
    return application.exec();
}
