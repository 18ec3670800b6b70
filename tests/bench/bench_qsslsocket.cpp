// SPDX-License-Identifier: MIT

// What Qt's TLS costs by itself: echoes bytes over TLS, without any protocol. bench_qsslsocket --tls CERT KEY

#include <QtCore/qcoreapplication.h>
#include <QtCore/qfile.h>
#include <QtNetwork/qhostaddress.h>
#include <QtNetwork/qsslcertificate.h>
#include <QtNetwork/qsslconfiguration.h>
#include <QtNetwork/qsslkey.h>
#include <QtNetwork/qsslserver.h>
#include <QtNetwork/qsslsocket.h>
#include <QtNetwork/qtcpserver.h>

#include <cstdio>

namespace {
void echo(QTcpSocket *socket)
{
    socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
    QObject::connect(socket, &QIODevice::readyRead, socket, [socket] {
        socket->write(socket->readAll());
        socket->flush();
    });
    QObject::connect(socket, &QAbstractSocket::disconnected, socket, &QObject::deleteLater);
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
} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    const qsizetype tls = arguments.indexOf(QStringLiteral("--tls"));
    QSslServer server;
    server.setSslConfiguration(loadTls(arguments.value(tls + 1), arguments.value(tls + 2)));
    QObject::connect(&server, &QTcpServer::pendingConnectionAvailable, &server, [&server] {
        while (QTcpSocket *socket = server.nextPendingConnection())
            echo(socket);
    });
    if (tls < 0 || !server.listen(QHostAddress::LocalHost))
        return 1;
    std::printf("listening on tcp://127.0.0.1:%d\n", int(server.serverPort()));
    std::fflush(stdout);
    return QCoreApplication::exec();
}
