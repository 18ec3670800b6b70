// SPDX-License-Identifier: MIT
#include "qwebsocket_p.h"

#include <QtCore/qmetaobject.h>
#include <QtCore/qrandom.h>
#include <QtNetwork/qhostaddress.h>

#include <cstring>
#include <limits>

QT_BEGIN_NAMESPACE

namespace {
// Longer texts are encoded here, because their size is known then; shorter ones, which are mostly ASCII, by
// the connection, which needs no memory for that.
constexpr qsizetype MaxShortText = 256;

bool isAscii(QStringView text)
{
    constexpr quint64 NotAscii = 0xff80ff80ff80ff80;
    const char16_t *c = text.utf16();
    const char16_t *const end = c + text.size();
    quint64 bits = 0;
    for (; end - c >= 4; c += 4) {
        quint64 four;
        std::memcpy(&four, c, sizeof(four));
        bits |= four;
    }
    for (; c != end; ++c)
        bits |= *c;
    return (bits & NotAscii) == 0;
}

quint32 randomMask()
{
    return QRandomGenerator::system()->generate();
}

class RandomMasks final : public QMaskGenerator
{
public:
    bool seed() override { return true; }
    quint32 nextMask() override { return randomMask(); }
};

quint64 shownSize(quint64 own, qint64 inUse)
{
    return qMax<quint64>(own, 1) == quint64(inUse) ? own : quint64(inUse);
}
} // namespace

// QWebSocket is an adapter: on a WsClient, which it creates, or on the connection of a WsServer.
QWebSocket::QWebSocket(WsKitCompatTag, const QString &origin, QWebSocketProtocol::Version version,
                       QObject *parent)
    : QObject(parent), d(new QWebSocketPrivate(this, new WsClient(this)))
{
    d->origin = origin;
    d->version = version;
    if (!origin.isEmpty() && !d->client->setHeader("Origin", origin.toUtf8()))
        d->originProblem = d->client->errorString();
}

QWebSocket::QWebSocket(WsConnection *connection, QObject *parent)
    : QObject(parent), d(new QWebSocketPrivate(this, connection))
{
}

QWebSocket::~QWebSocket()
{
    d->destroy();
}

WsConnection *QWebSocket::connection() const
{
    return d->connection;
}

void QWebSocket::connectNotify(const QMetaMethod &)
{
    if (d)
        d->updateForwarding();
}

// --- opening and closing

void QWebSocket::open(const QUrl &url)
{
    d->open(QNetworkRequest(url), {});
}

void QWebSocket::open(const QNetworkRequest &request)
{
    d->open(request, {});
}

void QWebSocket::open(const QUrl &url, const QWebSocketHandshakeOptions &options)
{
    d->open(QNetworkRequest(url), options);
}

void QWebSocket::open(const QNetworkRequest &request, const QWebSocketHandshakeOptions &options)
{
    d->open(request, options);
}

void QWebSocket::close(QWebSocketProtocol::CloseCode closeCode, const QString &reason)
{
    d->close(quint16(closeCode), reason);
}

void QWebSocket::abort()
{
    d->abort();
}

QWebSocketProtocol::CloseCode QWebSocket::closeCode() const
{
    return QWebSocketProtocol::CloseCode(d->closeCode);
}

QString QWebSocket::closeReason() const
{
    return d->closeReason;
}

QAbstractSocket::SocketState QWebSocket::state() const
{
    return d->state();
}

bool QWebSocket::isValid() const
{
    return d->isConnected();
}

QAbstractSocket::SocketError QWebSocket::error() const
{
    return d->error;
}

QString QWebSocket::errorString() const
{
    return d->errorString;
}

// --- sending

qint64 QWebSocket::sendTextMessage(const QString &message)
{
    if (message.size() <= MaxShortText && isAscii(message))
        return d->connection->sendText(message) ? message.size() : 0;
    const QByteArray utf8 = message.toUtf8();
    return d->connection->sendText(utf8) ? utf8.size() : 0;
}

qint64 QWebSocket::sendBinaryMessage(const QByteArray &data)
{
    return d->connection->sendBinary(data) ? data.size() : 0;
}

void QWebSocket::ping(const QByteArray &payload)
{
    if (d->connection->ping(payload))
        d->sincePing.start();
}

bool QWebSocket::flush()
{
    return d->flush();
}

qint64 QWebSocket::bytesToWrite() const
{
    return d->bytesToWrite();
}

// --- the peer and the request

QHostAddress QWebSocket::localAddress() const
{
    return d->state() == QAbstractSocket::UnconnectedState ? QHostAddress() : d->connection->localAddress();
}

quint16 QWebSocket::localPort() const
{
    return d->state() == QAbstractSocket::UnconnectedState ? 0 : d->connection->localPort();
}

QHostAddress QWebSocket::peerAddress() const
{
    return d->state() == QAbstractSocket::UnconnectedState ? QHostAddress() : d->connection->peerAddress();
}

quint16 QWebSocket::peerPort() const
{
    return d->state() == QAbstractSocket::UnconnectedState ? 0 : d->connection->peerPort();
}

QString QWebSocket::peerName() const
{
    return d->client ? d->request.url().host() : QString();
}

QWebSocketProtocol::Version QWebSocket::version() const
{
    return d->version;
}

QString QWebSocket::resourceName() const
{
    const QUrl url = requestUrl();
    if (!d->client)
        return url.toString(QUrl::FullyEncoded); // so does Qt
    if (url.isEmpty() || !url.isValid())
        return {};
    QString name = url.path(QUrl::FullyEncoded);
    if (name.isEmpty())
        name = QStringLiteral("/");
    if (url.hasQuery())
        name += QLatin1Char('?') + url.query(QUrl::FullyEncoded);
    return name;
}

QUrl QWebSocket::requestUrl() const
{
    return request().url();
}

QNetworkRequest QWebSocket::request() const
{
    if (d->client)
        return d->request;
    QNetworkRequest request(d->connection->url());
    const WsHeaders headers = d->connection->request().headers();
    for (const auto &[name, value] : headers)
        request.setRawHeader(name, value);
    return request;
}

QWebSocketHandshakeOptions QWebSocket::handshakeOptions() const
{
    return d->handshakeOptions;
}

QString QWebSocket::origin() const
{
    return d->origin;
}

QString QWebSocket::subprotocol() const
{
    return d->connection->subprotocol();
}

// --- TLS and proxies

QAbstractSocket::PauseModes QWebSocket::pauseMode() const
{
    return d->pauseMode;
}

void QWebSocket::setPauseMode(QAbstractSocket::PauseModes pauseMode)
{
    d->pauseMode = pauseMode;
    if (d->client)
        d->client->setPauseOnSslErrors(pauseMode.testFlag(QAbstractSocket::PauseOnSslErrors));
}

void QWebSocket::resume()
{
    if (d->client && d->state() == QAbstractSocket::ConnectingState)
        d->client->continueOpening();
}

QNetworkProxy QWebSocket::proxy() const
{
    return d->client ? d->client->proxy() : QNetworkProxy(QNetworkProxy::DefaultProxy);
}

void QWebSocket::setProxy(const QNetworkProxy &networkProxy)
{
    if (d->client)
        d->client->setProxy(networkProxy);
}

void QWebSocket::ignoreSslErrors(const QList<QSslError> &errors)
{
    d->ignoreSslErrors(errors);
}

void QWebSocket::ignoreSslErrors()
{
    d->ignoreSslErrors();
}

void QWebSocket::continueInterruptedHandshake()
{
    if (d->client)
        d->client->continueInterruptedHandshake();
}

void QWebSocket::setSslConfiguration(const QSslConfiguration &sslConfiguration)
{
    d->sslConfiguration = sslConfiguration;
    if (d->client)
        d->client->setSslConfiguration(sslConfiguration);
}

QSslConfiguration QWebSocket::sslConfiguration() const
{
    return d->client ? d->sslConfiguration : d->connection->sslConfiguration();
}

// --- masks and sizes

void QWebSocket::setMaskGenerator(const QMaskGenerator *maskGenerator)
{
    d->maskGenerator = maskGenerator;
    if (!d->client)
        return; // servers do not mask
    if (!maskGenerator) {
        d->client->setMaskGenerator({});
        return;
    }
    d->client->setMaskGenerator([generator = QPointer(maskGenerator)] {
        // The function is not const, although Qt takes a pointer to a const object.
        return generator ? const_cast<QMaskGenerator *>(generator.get())->nextMask() : randomMask();
    });
}

const QMaskGenerator *QWebSocket::maskGenerator() const
{
    if (d->maskGenerator)
        return d->maskGenerator;
    if (!d->ownMaskGenerator)
        d->ownMaskGenerator = std::make_unique<RandomMasks>();
    return d->ownMaskGenerator.get();
}

qint64 QWebSocket::readBufferSize() const
{
    return d->readBufferSize;
}

void QWebSocket::setReadBufferSize(qint64 size)
{
    d->readBufferSize = size;
    d->changeOptions([size](WsOptions &options) {
        options.setReadBufferSize(size > 0 ? size : WsOptions().readBufferSize()); // 0 is no limit
    });
}

void QWebSocket::setMaxAllowedIncomingFrameSize(quint64 maxAllowedIncomingFrameSize)
{
    if (maxAllowedIncomingFrameSize > maxIncomingFrameSize())
        return;
    d->maxFrameSize = maxAllowedIncomingFrameSize;
    d->changeOptions([&](WsOptions &options) { options.setMaxFrameSize(qint64(d->maxFrameSize)); });
}

quint64 QWebSocket::maxAllowedIncomingFrameSize() const
{
    return shownSize(d->maxFrameSize, d->connection->options().maxFrameSize());
}

void QWebSocket::setMaxAllowedIncomingMessageSize(quint64 maxAllowedIncomingMessageSize)
{
    if (maxAllowedIncomingMessageSize > maxIncomingMessageSize())
        return;
    d->maxMessageSize = maxAllowedIncomingMessageSize;
    d->changeOptions([&](WsOptions &options) { options.setMaxMessageSize(qint64(d->maxMessageSize)); });
}

quint64 QWebSocket::maxAllowedIncomingMessageSize() const
{
    return shownSize(d->maxMessageSize, d->connection->options().maxMessageSize());
}

quint64 QWebSocket::maxIncomingMessageSize()
{
    return std::numeric_limits<int>::max() - 1;
}

quint64 QWebSocket::maxIncomingFrameSize()
{
    return std::numeric_limits<int>::max() - 1;
}

void QWebSocket::setOutgoingFrameSize(quint64 outgoingFrameSize)
{
    if (outgoingFrameSize > maxOutgoingFrameSize())
        return;
    d->changeOptions([&](WsOptions &options) { options.setFragmentSize(qint64(outgoingFrameSize)); });
}

quint64 QWebSocket::outgoingFrameSize() const
{
    return quint64(d->connection->options().fragmentSize());
}

quint64 QWebSocket::maxOutgoingFrameSize()
{
    return std::numeric_limits<int>::max() - 1;
}

QT_END_NAMESPACE
