// SPDX-License-Identifier: MIT
#include "wsqmlvalues.h"

#include <QtCore/qmetaobject.h>
#include <QtCore/qurl.h>

/*!
    \qmlvaluetype wsMessage
    \inqmlmodule WsKit
    \brief One message.

    Its properties are \c type (\c Ws.Text or \c Ws.Binary), \c isText, \c text (a string), \c data (an
    \c ArrayBuffer; of text, its UTF-8) and \c size in bytes.
*/

/*!
    \qmlvaluetype wsError
    \inqmlmodule WsKit
    \brief What went wrong.

    Its properties are \c kind (\c Ws.ErrorKind.Network and so on), \c text, \c closeCode (what the peer was
    or would have been told), \c httpStatus (0 unless the handshake was answered) and \c socketError.
*/

/*!
    \qmlvaluetype wsRequest
    \inqmlmodule WsKit
    \brief The request for a WebSocket, or any other that reached a server.

    Its properties are \c method, \c target (path and query as sent), \c path, \c query, \c headers and
    \c cookies (objects of names and values; the names of headers in lower case), \c subprotocols,
    \c origin, \c peerAddress, \c peerPort, \c isEncrypted and \c isWebSocketUpgrade. \c header(name)
    returns one header, whatever the case of its name.
*/

/*!
    \qmlvaluetype wsResponse
    \inqmlmodule WsKit
    \brief The answer to a request; the functions of Ws make one.

    Its properties are \c status, \c headers, \c text, \c body (the text as an \c ArrayBuffer) and
    \c subprotocol.
*/

/*!
    \qmlvaluetype wsStatistics
    \inqmlmodule WsKit
    \brief What went through a connection.

    Its properties are \c messagesSent, \c messagesReceived, \c payloadBytesSent, \c payloadBytesReceived,
    \c wireBytesSent, \c wireBytesReceived and \c roundTripUs, the microseconds that the last ping took; -1
    before there is one.
*/

/*!
    \qmlvaluetype wsOptions
    \inqmlmodule WsKit
    \brief Limits and timeouts of a connection; see WsOptions for each and its default.

    \qml
    WsServer {
        options.maxMessageSize: 65536
        options.pingInterval: 45000
    }
    \endqml

    Times are in milliseconds, sizes in bytes.
*/

/*!
    \qmlvaluetype wsCompression
    \inqmlmodule WsKit
    \brief How messages are compressed; see WsCompression for each value and its default.

    Its properties are \c enabled, \c threshold, \c level, \c memLevel, \c windowBits, \c peerWindowBits,
    \c contextTakeover and \c peerContextTakeover.

    \qml
    WsClient {
        compression.enabled: true
        compression.threshold: 512
    }
    \endqml

    \c options.compression is the same value, and can be read; what is assigned to one of its properties is
    lost, as QML (as of Qt 6.4) does not write it back.

    \sa WsClient::compression, WsServer::compression
*/

/*!
    \qmlvaluetype wsHostAddress
    \inqmlmodule WsKit
    \brief An address, which \c toString() shows.
*/
WsHeaders wsHeadersFromMap(const QVariantMap &map)
{
    WsHeaders headers;
    for (auto header = map.cbegin(); header != map.cend(); ++header) {
        const bool isList = header->metaType().id() == QMetaType::QVariantList;
        const QVariantList values = isList ? header->toList() : QVariantList{*header};
        for (const QVariant &value : values) {
            if (!value.isNull())
                headers.append({header.key().toLatin1(), value.toString().toUtf8()});
        }
    }
    return headers;
}

QVariantMap wsHeadersToMap(const WsHeaders &headers)
{
    QVariantMap map;
    for (const auto &[name, value] : headers) {
        QVariant &field = map[QString::fromLatin1(name).toLower()];
        const QString text = QString::fromUtf8(value);
        field = field.isNull() ? text : QString(field.toString() + QStringLiteral(", ") + text);
    }
    return map;
}

QString WsMessageValue::toString() const
{
    return v.isText() ? v.text() : QStringLiteral("%1 bytes").arg(v.data().size());
}

QVariantMap WsRequestValue::query() const
{
    QVariantMap map;
    const auto items = v.query().queryItems(QUrl::FullyDecoded);
    for (const auto &[name, value] : items)
        map.insert(name, value);
    return map;
}

QVariantMap WsRequestValue::headers() const
{
    return wsHeadersToMap(v.headers());
}

QVariantMap WsRequestValue::cookies() const
{
    QVariantMap map;
    const QList<QNetworkCookie> cookies = v.cookies();
    for (const QNetworkCookie &cookie : cookies)
        map.insert(QString::fromUtf8(cookie.name()), QString::fromUtf8(cookie.value()));
    return map;
}

QString WsRequestValue::header(const QString &name) const
{
    return QString::fromUtf8(v.header(name.toLatin1()));
}

QString WsRequestValue::toString() const
{
    return method() + QLatin1Char(' ') + target();
}

QVariantMap WsResponseValue::headers() const
{
    return wsHeadersToMap(v.headers());
}

QString WsResponseValue::toString() const
{
    return QString::number(v.status());
}
