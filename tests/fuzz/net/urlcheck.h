// SPDX-License-Identifier: MIT
#ifndef URLCHECK_H
#define URLCHECK_H

#include "../pieces.h"
#include "openingclient.h"

#include "net/client/wshops.h"
#include "net/client/wsproxy.h"
#include "net/connection/wsshownurl.h"

#include <QtCore/qurl.h>

// What must hold for the URLs that a client opens, for those of local sockets and proxies, and for how they
// are shown.
namespace UrlCheck {

const QByteArray Secret = "S3CRET";

// --- URLs that are opened

inline QByteArray checkTarget(const Fuzzing::Contact &contact, const QUrl &url)
{
    const QUrl sent = QUrl::fromEncoded(contact.request.target);
    QByteArray path = url.path(QUrl::FullyEncoded).toUtf8();
    if (path.isEmpty())
        path = "/";
    QByteArray target = path;
    if (url.hasQuery())
        target += '?' + url.query(QUrl::FullyEncoded).toUtf8();
    if (wsIsLocalUrl(url))
        return {};
    return contact.request.target == target ? QByteArray()
                                            : "asks for " + contact.request.target + " instead of " + target;
}

inline QByteArray checkContact(const Fuzzing::Contact &contact, const QUrl &url)
{
    const QString scheme = url.scheme();
    if (contact.isTls != (scheme == QLatin1String("wss") || scheme == QLatin1String("https")))
        return "TLS although the scheme is " + scheme.toUtf8() + ", or the reverse";
    if (wsIsLocalUrl(url))
        return contact.wire->host == wsLocalPath(url) ? QByteArray()
                                                      : QByteArray("connects to another local socket");
    if (contact.wire->host != url.host() || contact.wire->port != url.port(contact.isTls ? 443 : 80))
        return "connects to " + contact.origin();
    return checkTarget(contact, url);
}

inline QByteArray checkOpening(const QUrl &url)
{
    Fuzzing::OpeningClient opening;
    if (!opening.client.open(url)) {
        const bool isSilent = opening.client.errorString().isEmpty() && !url.isEmpty();
        return isSilent ? QByteArray("refuses without a reason") : QByteArray();
    }
    Fuzzing::OpeningClient::settle();
    if (opening.contacts.size() != 1)
        return "connects " + QByteArray::number(opening.contacts.size()) + " times";
    const QByteArray wrong = opening.readRequest();
    const bool isLocal = wsIsLocalUrl(url); // whose Host is always localhost
    return wrong.isEmpty() || isLocal ? checkContact(opening.contacts[0], url) : wrong;
}

// --- what is shown

// Nothing of what may be secret, whatever follows it.
inline QByteArray checkShown(const QUrl &url)
{
    const QByteArray shown = wsShownUrl(url).toUtf8();
    if (shown.contains(Secret))
        return "shows what may be secret: " + shown;
    if (wsUrlProblem(url).toUtf8().contains(Secret))
        return "the problem shows what may be secret: " + wsUrlProblem(url).toUtf8();
    Fuzzing::OpeningClient opening;
    if (!opening.client.open(url) && opening.client.errorString().toUtf8().contains(Secret))
        return "the error shows what may be secret: " + opening.client.errorString().toUtf8();
    return {};
}

inline QByteArray checkSecrets(const QByteArrayList &texts)
{
    constexpr const char *starts[] = {"ws://", "wss://", "http://", "ws+unix://", "//", "foo://", "WS://"};
    const QByteArray start = starts[texts.first().isEmpty() ? 0 : quint8(texts.first()[0]) % 7];
    const QByteArray rest = texts.value(1);
    if (rest.contains(Secret))
        return {};
    const QByteArray query = texts.size() > 2 ? "?" + Secret + texts[2] : QByteArray();
    for (const QByteArray &url : {start + "us:" + Secret + '@' + rest + query, start + Secret + '@' + rest,
                                  start + rest + '?' + Secret}) {
        for (const QUrl::ParsingMode mode : {QUrl::TolerantMode, QUrl::StrictMode}) {
            if (const QByteArray wrong = checkShown(QUrl(QString::fromUtf8(url), mode)); !wrong.isEmpty())
                return wrong + ", of " + url;
        }
    }
    return {};
}

// --- local sockets and proxies

inline QByteArray checkLocal(const QByteArray &bytes)
{
    const QString path = QString::fromUtf8(bytes);
    const QUrl url = wsLocalUrl(path);
    if (path.contains(QChar(u'\0')) || path.isEmpty() || QString::fromUtf8(path.toUtf8()) != path)
        return {};
    if (!wsLocalUrlProblem(url).isEmpty())
        return "the URL of a local socket has a problem: " + wsLocalUrlProblem(url).toUtf8();
    if (wsLocalPath(url) != path || wsLocalRequestPath(url) != "/")
        return "the path of a local socket is another: " + wsLocalPath(url).toUtf8();
    const QUrl again(url.toString(QUrl::FullyEncoded));
    if (wsLocalPath(again) != path || wsOriginOf(again) != wsOriginOf(url))
        return "written it is another: " + url.toEncoded();
    return {};
}

inline QByteArray checkProxy(const QUrl &url)
{
    QNetworkProxy proxy;
    if (!wsReadProxyUrl(url, &proxy).isEmpty())
        return {};
    const bool isThere =
        proxy.type() == QNetworkProxy::HttpProxy || proxy.type() == QNetworkProxy::Socks5Proxy;
    if (isThere && (proxy.hostName().isEmpty() || proxy.port() == 0))
        return "a proxy that is nowhere";
    return isThere && proxy.hostName() != url.host() ? QByteArray("another proxy") : QByteArray();
}

inline QByteArray check(const QByteArray &input)
{
    if (input.isEmpty())
        return {};
    const QByteArray bytes = input.sliced(1);
    switch (quint8(input[0]) % 4) {
    case 0: {
        const QUrl url(QString::fromUtf8(bytes));
        const QByteArray wrong = checkOpening(url);
        return wrong.isEmpty() ? wrong : wrong + ", of " + url.toEncoded();
    }
    case 1:
        return checkSecrets(Fuzzing::textsIn(bytes));
    case 2:
        return checkLocal(bytes);
    default:
        return checkProxy(QUrl(QString::fromUtf8(bytes)));
    }
}

} // namespace UrlCheck

#endif // URLCHECK_H
