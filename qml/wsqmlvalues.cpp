// SPDX-License-Identifier: MIT
#include "wsqmlvalues.h"

#include <QtCore/qjsonarray.h>
#include <QtCore/qjsondocument.h>
#include <QtCore/qjsonobject.h>
#include <QtCore/qmetaobject.h>
#include <QtCore/qurl.h>

#include <optional>

/*!
    \qmlvaluetype wsMessage
    \inqmlmodule WsKit
    \brief One message.

    Its properties are \c type (\c Ws.Text or \c Ws.Binary), \c isText, \c text (a string), \c data (an
    \c ArrayBuffer; for text, its UTF-8) and \c size in bytes.

    Each use of \c data creates a new \c ArrayBuffer, so changing it does not change the message.
*/

/*!
    \qmlvaluetype wsError
    \inqmlmodule WsKit
    \brief An error of a connection or a server.

    Its properties are \c kind (\c Ws.ErrorKind.Network and so on), \c text, \c closeCode (the code that was
    sent to the peer, or would have been), \c httpStatus (0 if there was no HTTP answer) and \c socketError.
*/

/*!
    \qmlvaluetype wsRequest
    \inqmlmodule WsKit
    \brief An HTTP request that a server has received, for a WebSocket or for anything else.

    Its properties are \c method, \c target (path and query as sent), \c path, \c query, \c headers and
    \c cookies (objects of names and values; the names of headers in lower case), \c subprotocols,
    \c origin, \c peerAddress, \c peerPort, \c proxyAddress, \c isEncrypted, \c isWebSocketUpgrade,
    \c parameters (an object of the parameters of the path, see \l WsServer::routes) and \c user (what the
    function of WsServer::setCertificateMapper(), which is set in C++, has made of the client's certificate;
    otherwise empty). Of several cookies or values of the query with the same name, the first one counts.
    The body of a plain HTTP request is \c text, decoded from UTF-8, and \c body, an \c ArrayBuffer; see
    WsServer::maxRequestBody.
    \c header(name) returns one header; the case of its name does not matter.
*/

/*!
    \qmlvaluetype wsResponse
    \inqmlmodule WsKit
    \brief The answer to a request. The functions of Ws create one.

    Its properties are \c status, \c headers, \c text, \c body (the text as an \c ArrayBuffer), \c file
    (the path of a file that is the body), \c subprotocol, \c user and \c options. The last two can be set: the name of the user, which
    WsConnection::user then returns, and the options of the connection, in place of those of the server.

    Until \c options is set, it contains the defaults of the library. So if a handler changes a single option,
    as in \c {response.options.maxMessageSize = 65536}, the connection gets the defaults for all others, and
    not what the server has. A handler that returns an object with the properties of the response only replaces
    the options that it names; see WsServer::requestHandler.
*/

/*!
    \qmlvaluetype wsStatistics
    \inqmlmodule WsKit
    \brief The messages and bytes that a connection has sent and received.

    Its properties are \c messagesSent, \c messagesReceived, \c payloadBytesSent, \c payloadBytesReceived,
    \c wireBytesSent, \c wireBytesReceived, \c messagesSkipped (the messages to many that the connection has
    missed because it is slow; see WsServer::messagesSkipped()) and \c roundTripUs: the round-trip time of the
    last ping that was answered, in microseconds, or -1 before the first answer.
*/

/*!
    \qmlvaluetype wsServerStatistics
    \inqmlmodule WsKit
    \brief What a server counts. See WsServerStatistics for each value.

    Its properties are those of the C++ class. \c rejected, \c answered and \c closed are objects of numbers
    by status or close code, \c subscribers is one of numbers by topic:

    \qml
    Text {
        text: "refused with 403: " + (server.statistics().rejected[403] ?? 0)
    }
    \endqml

    \sa WsServer::statistics()
*/

/*!
    \qmlvaluetype wsHistogram
    \inqmlmodule WsKit
    \brief Values counted by size. See WsHistogram.

    Its properties are \c bounds, \c counts, \c sum and \c count. \c quantile(fraction) estimates a quantile,
    and returns \c NaN if there are no values.
*/

/*!
    \qmlvaluetype wsOptions
    \inqmlmodule WsKit
    \brief Limits and timeouts of a connection. See WsOptions for each of them and its default.

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
    \brief How messages are compressed. See WsCompression for each value and its default.

    Its properties are \c enabled, \c threshold, \c level, \c memLevel, \c windowBits, \c peerWindowBits,
    \c contextTakeover and \c peerContextTakeover.

    \qml
    WsClient {
        compression.enabled: true
        compression.threshold: 512
    }
    \endqml

    \c options.compression is the same value. It can be read, but assignments to its properties have no
    effect, because QML (as of Qt 6.4) does not write them back.

    \sa WsClient::compression, WsServer::compression
*/

/*!
    \qmlvaluetype wsReconnect
    \inqmlmodule WsKit
    \brief Whether and when a client is opened again. See WsReconnect for each value and its default.

    Its properties are \c enabled, \c initialDelay, \c maxDelay, \c factor, \c jitter, \c maxAttempts,
    \c stableAfter and \c queueMessages. Times are in milliseconds.

    \qml
    WsClient {
        reconnect.enabled: true
        reconnect.maxDelay: 10000
    }
    \endqml

    \sa WsClient::reconnect, Reconnection
*/

/*!
    \qmlvaluetype wsHostAddress
    \inqmlmodule WsKit
    \brief An IP address. \c toString() returns it as text.
*/
namespace {
// An array of JavaScript, a list<string> and the like. Texts can be converted to lists too.
bool isList(const QVariant &value)
{
    const int type = value.metaType().id();
    return type != QMetaType::QString && type != QMetaType::QByteArray && value.canConvert<QVariantList>();
}

// Nothing if it cannot be converted to text.
std::optional<QByteArray> headerValue(const QVariant &value)
{
    const QJsonValue json = QJsonValue::fromVariant(value);
    if (json.isObject())
        return QJsonDocument(json.toObject()).toJson(QJsonDocument::Compact);
    if (json.isArray())
        return QJsonDocument(json.toArray()).toJson(QJsonDocument::Compact);
    if (value.canConvert<QString>())
        return value.toString().toUtf8();
    return {};
}
} // namespace

WsHeaders wsHeadersFromMap(const QVariantMap &map, QString *problem)
{
    WsHeaders headers;
    for (auto header = map.cbegin(); header != map.cend(); ++header) {
        const QVariantList values = isList(*header) ? header->toList() : QVariantList{*header};
        for (const QVariant &value : values) {
            if (value.isNull())
                continue;
            if (const auto text = headerValue(value))
                headers.append({header.key().toLatin1(), *text});
            else
                *problem = QStringLiteral("the value of the header \"%1\" cannot be sent").arg(header.key());
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
    for (const auto &[name, value] : items) {
        if (!map.contains(name))
            map.insert(name, value);
    }
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
    for (const QNetworkCookie &cookie : cookies) {
        const QString name = QString::fromUtf8(cookie.name());
        if (!map.contains(name)) // RFC 6265 §5.4: the one with the longest path comes first
            map.insert(name, QString::fromUtf8(cookie.value()));
    }
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

// --- statistics

namespace {
template <typename Number>
QVariantList toList(const QList<Number> &numbers)
{
    QVariantList list;
    for (const Number number : numbers)
        list.append(double(number));
    return list;
}

QVariantMap toMap(const QMap<int, qint64> &counts)
{
    QVariantMap map;
    for (auto count = counts.begin(); count != counts.end(); ++count)
        map.insert(QString::number(count.key()), double(count.value()));
    return map;
}
} // namespace

QVariantList WsHistogramValue::bounds() const
{
    return toList(v.bounds);
}

QVariantList WsHistogramValue::counts() const
{
    return toList(v.counts);
}

QVariantMap WsServerStatisticsValue::rejected() const
{
    return toMap(v.rejected);
}

QVariantMap WsServerStatisticsValue::answered() const
{
    return toMap(v.answered);
}

QVariantMap WsServerStatisticsValue::closed() const
{
    return toMap(v.closed);
}

QVariantMap WsServerStatisticsValue::subscribers() const
{
    QVariantMap map;
    for (auto topic = v.subscribers.begin(); topic != v.subscribers.end(); ++topic)
        map.insert(topic.key(), topic.value());
    return map;
}
