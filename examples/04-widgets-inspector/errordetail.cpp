// SPDX-License-Identifier: MIT
#include "errordetail.h"

#include <WsKit/WsError>
#include <WsKit/WsResponse>

#include <QtCore/QCoreApplication>
#include <QtCore/QMetaEnum>
#include <QtCore/QStringList>
#include <QtNetwork/QSslCertificate>

namespace {
template <typename Enum>
QString nameOf(Enum value)
{
    return QString::fromLatin1(QMetaEnum::fromType<Enum>().valueToKey(int(value)));
}

struct ErrorDetail
{
    Q_DECLARE_TR_FUNCTIONS(ErrorDetail)

public:
    static QString adviceForStatus(int status);
    static QString adviceForSocket(QAbstractSocket::SocketError error);
    static QString adviceFor(const WsError &error);
    static QStringList linesOf(const QList<QSslError> &errors);
    static QStringList factsOf(const WsError &error);
};

QString ErrorDetail::adviceForStatus(int status)
{
    switch (status) {
    case 400:
        return tr("The server does not understand the request, or this is no WebSocket URL. Check the path.");
    case 401:
    case 407:
        return tr("A login is needed. Check the name, the password or the token.");
    case 403:
        return tr("The server refuses this request. Check the Origin, the Host name and the login.");
    case 404:
        return tr("There is nothing at this path. Check the URL.");
    case 426:
        return tr("The server wants another protocol or version. Look at its answer in the tab Handshake.");
    case 429:
    case 503:
        return tr("The server is busy. Try again later, or switch on \"Reconnect automatically\".");
    default:
        break;
    }
    if (status >= 300 && status < 400)
        return tr("The server redirects. Switch on \"Follow redirects\", or enter the other URL.");
    return tr("Look at the answer of the server in the tab Handshake.");
}

QString ErrorDetail::adviceForSocket(QAbstractSocket::SocketError error)
{
    switch (error) {
    case QAbstractSocket::ConnectionRefusedError:
        return tr("Nothing listens there. Check the host and the port, and whether the server runs.");
    case QAbstractSocket::HostNotFoundError:
        return tr("The name of the host is not known. Check its spelling and the network.");
    case QAbstractSocket::RemoteHostClosedError:
        return tr("The peer ended the connection. Its log may tell why; a proxy may have a time limit.");
    default:
        return tr("Check the network, the URL and the proxy.");
    }
}

QString ErrorDetail::adviceFor(const WsError &error)
{
    switch (error.kind()) {
    case Ws::ErrorKind::Network:
        return adviceForSocket(error.socketError());
    case Ws::ErrorKind::Tls:
        return tr("If you know the server, give its CA file in the tab Request, or ignore errors of the "
                  "certificate. A server without TLS needs ws instead of wss.");
    case Ws::ErrorKind::Proxy:
        return tr("Check the proxy in the tab Request; \"none\" connects without one.");
    case Ws::ErrorKind::Handshake:
        return error.httpStatus() != 0 ? adviceForStatus(error.httpStatus())
                                       : tr("This is no WebSocket server, or wss is needed instead of ws.");
    case Ws::ErrorKind::Timeout:
        return tr("The peer does not answer. Check the address, a firewall, and whether the server is busy.");
    case Ws::ErrorKind::Protocol:
        return tr("The peer broke the protocol. This is an error of its program.");
    case Ws::ErrorKind::TooLarge:
        return tr("The message is larger than is allowed here.");
    default:
        return {};
    }
}

QStringList ErrorDetail::linesOf(const QList<QSslError> &errors)
{
    QStringList lines;
    for (const QSslError &error : errors) {
        const QSslCertificate certificate = error.certificate();
        const QString line = tr("TLS: %1").arg(error.errorString());
        const QString names =
            certificate.isNull()
                ? QString()
                : tr(" (certificate of \u201c%1\u201d, issued by \u201c%2\u201d)")
                      .arg(certificate.subjectDisplayName(), certificate.issuerDisplayName());
        lines.append(line + names);
    }
    return lines;
}

QStringList ErrorDetail::factsOf(const WsError &error)
{
    QStringList lines{tr("Kind: %1").arg(nameOf(error.kind())), tr("Close code: %1").arg(error.closeCode())};
    if (error.httpStatus() != 0)
        lines.append(tr("HTTP status: %1").arg(error.httpStatus()));
    if (error.socketError() != QAbstractSocket::UnknownSocketError)
        lines.append(tr("Socket: %1").arg(nameOf(error.socketError())));
    return lines;
}
} // namespace

QString errorDetail(const WsError &error, const WsResponse &response, const QList<QSslError> &tlsErrors)
{
    QStringList lines{error.text(), QString()};
    lines += ErrorDetail::factsOf(error) + ErrorDetail::linesOf(tlsErrors);
    if (const QString advice = ErrorDetail::adviceFor(error); !advice.isEmpty())
        lines << QString() << ErrorDetail::tr("What to try: %1").arg(advice);
    if (error.httpStatus() != 0 && !response.body().isEmpty())
        lines << QString() << ErrorDetail::tr("Body of the answer:") << QString::fromUtf8(response.body());
    return lines.join(u'\n');
}
