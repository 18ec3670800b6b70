// SPDX-License-Identifier: MIT
#include "qwebsocket_p.h"

#include <QtCore/qdebug.h>
#include <QtCore/qiodevice.h>
#include <QtCore/qmetaobject.h>
#include <QtNetwork/qauthenticator.h>
#include <QtNetwork/qsslpresharedkeyauthenticator.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

QT_BEGIN_NAMESPACE

namespace {
constexpr quint64 DefaultOutgoingFrameSize = 512 * 1024;
constexpr qsizetype MaxReason = 123; // in bytes of UTF-8, RFC 6455 §5.5
constexpr std::chrono::seconds ConnectTimeout{30}; // of a QTcpSocket

QString fittingReason(const QString &reason)
{
    QByteArray utf8 = reason.toUtf8();
    if (utf8.size() <= MaxReason)
        return reason;
    qsizetype size = MaxReason;
    while (size > 0 && (quint8(utf8.at(size)) & 0xc0) == 0x80) // not within a character
        --size;
    return QString::fromUtf8(utf8.constData(), size);
}

QAbstractSocket::SocketError socketErrorOf(const WsError &error)
{
    switch (error.kind()) {
    case Ws::ErrorKind::Handshake:
        return QAbstractSocket::ConnectionRefusedError;
    case Ws::ErrorKind::Tls:
        return QAbstractSocket::SslHandshakeFailedError;
    case Ws::ErrorKind::Timeout:
        return QAbstractSocket::SocketTimeoutError;
    case Ws::ErrorKind::Network:
        if (error.socketError() == QAbstractSocket::UnknownSocketError)
            return QAbstractSocket::RemoteHostClosedError;
        [[fallthrough]];
    default:
        return error.socketError();
    }
}

bool isOfNetwork(const WsError &error)
{
    switch (error.kind()) {
    case Ws::ErrorKind::Network:
    case Ws::ErrorKind::Tls:
    case Ws::ErrorKind::Proxy:
    case Ws::ErrorKind::Timeout:
        return true;
    default:
        return false;
    }
}
} // namespace

void QWebSocketPrivate::setDefaults(WsOptions &options)
{
    options.setMaxFrameSize(qint64(QWebSocket::maxIncomingFrameSize()));
    options.setMaxMessageSize(qint64(QWebSocket::maxIncomingMessageSize()));
    options.setMaxFragments(std::numeric_limits<int>::max());
    options.setMaxBufferedAmount(std::numeric_limits<qint64>::max());
    options.setFragmentSize(qint64(DefaultOutgoingFrameSize));
    options.setPingInterval(std::chrono::milliseconds(0));
}

QWebSocketPrivate::QWebSocketPrivate(QWebSocket *socket, WsClient *ownClient)
    : q(socket), connection(ownClient), client(ownClient)
{
    changeOptions([](WsOptions &options) {
        setDefaults(options);
        options.setHandshakeTimeout({}); // a server may take its time to answer
        options.setConnectTimeout(ConnectTimeout);
    });
    connectSignals();
    connectTls();
}

// Its options are those of the server, which the program may have changed.
QWebSocketPrivate::QWebSocketPrivate(QWebSocket *socket, WsConnection *accepted)
    : q(socket), connection(accepted), client(nullptr), origin(accepted->request().origin()),
      errorString(QIODevice::tr("Unknown error"))
{
    connection->setParent(q);
    handshakeOptions.setSubprotocols(connection->request().subprotocols());
    maxFrameSize = quint64(connection->options().maxFrameSize());
    maxMessageSize = quint64(connection->options().maxMessageSize());
    if (connection->state() == Ws::Open)
        m_state = QAbstractSocket::ConnectedState;
    m_reportedBytes = connection->statistics().wireBytesSent;
    connectSignals();
}

bool QWebSocketPrivate::isConnected() const
{
    return m_state == QAbstractSocket::ConnectedState && !m_isDropped
           && (m_isEnding || connection->state() == Ws::Open);
}

// --- signals of the connection

void QWebSocketPrivate::connectSignals()
{
    QObject::connect(connection, &WsConnection::stateChanged, q,
                     [this](Ws::State state) { onStateChanged(state); });
    QObject::connect(connection, &WsConnection::opened, q, [this] { onOpened(); });
    QObject::connect(connection, &WsConnection::errorOccurred, q,
                     [this](const WsError &wsError) { onError(wsError); });
    QObject::connect(connection, &WsConnection::closed, q,
                     [this](quint16 code, const QString &reason) { onClosed(code, reason); });
    QObject::connect(connection, &WsConnection::bytesWritten, q, [this](qint64 bytes) { onWritten(bytes); });
    QObject::connect(connection, &WsConnection::pongReceived, q,
                     [this](const QByteArray &payload, qint64 roundTripUs) { onPong(payload, roundTripUs); });
}

void QWebSocketPrivate::connectTls()
{
    QObject::connect(client, &WsClient::proxyAuthenticationRequired, q,
                     &QWebSocket::proxyAuthenticationRequired);
    QObject::connect(client, &WsClient::authenticationRequired, q,
                     [this](QAuthenticator *authenticator) { onAuthenticationRequired(authenticator); });
    QObject::connect(client, &WsClient::peerVerifyError, q, &QWebSocket::peerVerifyError);
    QObject::connect(client, &WsClient::sslErrors, q,
                     [this](const QList<QSslError> &errors) { onSslErrors(errors); });
    QObject::connect(client, &WsClient::redirected, q, [this] { startTrust(); });
    QObject::connect(client, &WsClient::preSharedKeyAuthenticationRequired, q,
                     &QWebSocket::preSharedKeyAuthenticationRequired);
    QObject::connect(client, &WsClient::openingProgressed, q, [this](Ws::OpeningStep step) {
        if (step == Ws::Encrypted)
            sslConfiguration = client->sslConfiguration();
    });
    QObject::connect(client, &WsClient::alertSent, q, &QWebSocket::alertSent);
    QObject::connect(client, &WsClient::alertReceived, q, &QWebSocket::alertReceived);
    QObject::connect(client, &WsClient::handshakeInterruptedOnError, q,
                     &QWebSocket::handshakeInterruptedOnError);
}

// What has been forwarded once stays so: a receiver that is deleted calls disconnectNotify() with a lock of
// Qt held that isSignalConnected() may want as well.
void QWebSocketPrivate::updateForwarding()
{
    const QMutexLocker locker(&m_forwardingMutex);
    forward(QMetaMethod::fromSignal(&QWebSocket::textMessageReceived), m_text,
            &QWebSocketPrivate::forwardText);
    forward(QMetaMethod::fromSignal(&QWebSocket::binaryMessageReceived), m_binary,
            &QWebSocketPrivate::forwardBinary);
    forward(QMetaMethod::fromSignal(&QWebSocket::textFrameReceived), m_textFrames,
            &QWebSocketPrivate::forwardTextFrames);
    forward(QMetaMethod::fromSignal(&QWebSocket::binaryFrameReceived), m_binaryFrames,
            &QWebSocketPrivate::forwardBinaryFrames);
}

void QWebSocketPrivate::forward(const QMetaMethod &signal, QMetaObject::Connection &link,
                                QMetaObject::Connection (QWebSocketPrivate::*connect)())
{
    if (!link && q->isSignalConnected(signal))
        link = (this->*connect)();
}

QMetaObject::Connection QWebSocketPrivate::forwardText()
{
    return QObject::connect(connection, &WsConnection::textMessageReceived, q, [this](const QString &text) {
        if (m_state == QAbstractSocket::ConnectedState)
            Q_EMIT q->textMessageReceived(text);
    });
}

QMetaObject::Connection QWebSocketPrivate::forwardBinary()
{
    return QObject::connect(connection, &WsConnection::binaryMessageReceived, q,
                            [this](const QByteArray &data) {
                                if (m_state == QAbstractSocket::ConnectedState)
                                    Q_EMIT q->binaryMessageReceived(data);
                            });
}

QMetaObject::Connection QWebSocketPrivate::forwardTextFrames()
{
    return QObject::connect(connection, &WsConnection::textFrameReceived, q,
                            [this](const QString &frame, bool isLast) {
                                if (m_state == QAbstractSocket::ConnectedState)
                                    Q_EMIT q->textFrameReceived(frame, isLast);
                            });
}

QMetaObject::Connection QWebSocketPrivate::forwardBinaryFrames()
{
    return QObject::connect(connection, &WsConnection::binaryFrameReceived, q,
                            [this](const QByteArray &frame, bool isLast) {
                                if (m_state == QAbstractSocket::ConnectedState)
                                    Q_EMIT q->binaryFrameReceived(frame, isLast);
                            });
}

// Before the first opening there is nothing that cannot be flushed.
bool QWebSocketPrivate::flush()
{
    const bool hasWritten = connection->flush();
    m_reportedBytes = connection->statistics().wireBytesSent;
    return hasWritten || (client && m_opening == 0);
}

// The connection writes large messages at once, but bytesWritten() comes from the event loop. Until then a
// program that adds up what is written has to find the bytes here.
qint64 QWebSocketPrivate::bytesToWrite() const
{
    const qint64 waiting = connection->bufferedAmount();
    if (m_state == QAbstractSocket::UnconnectedState)
        return waiting;
    return waiting + qMax<qint64>(connection->statistics().wireBytesSent - m_reportedBytes, 0);
}

void QWebSocketPrivate::onWritten(qint64 bytes)
{
    m_reportedBytes = connection->statistics().wireBytesSent;
    if (m_isStarting || m_state == QAbstractSocket::UnconnectedState)
        return;
    const Guard guard(q);
    Q_EMIT q->bytesWritten(bytes);
    if (guard)
        finishEndIfWritten();
}

void QWebSocketPrivate::onPong(const QByteArray &payload, qint64 roundTripUs)
{
    if (m_state != QAbstractSocket::ConnectedState)
        return;
    const qint64 elapsed = roundTripUs >= 0      ? roundTripUs / 1000
                           : sincePing.isValid() ? sincePing.elapsed()
                                                 : 0;
    Q_EMIT q->pong(quint64(elapsed), payload);
}

// --- opening

void QWebSocketPrivate::open(const QNetworkRequest &newRequest, const QWebSocketHandshakeOptions &newOptions)
{
    if (!client) {
        qWarning("QWebSocket::open: the socket of a server cannot be opened again");
        return;
    }
    request = newRequest;
    handshakeOptions = newOptions;
    error = QAbstractSocket::UnknownSocketError;
    errorString = QIODevice::tr("Unknown error");
    if (!isOpenable(request.url()))
        return;
    ++m_opening;
    m_isStarting = true;
    startTrust();
    m_isEnding = m_isAborted = m_isDropped = m_isErrorOwed = false;
    if (client->state() != Ws::Closed || client->active())
        client->abort();
    setSubprotocols();
    if (setState(QAbstractSocket::ConnectingState))
        start();
}

bool QWebSocketPrivate::isOpenable(const QUrl &url)
{
    if (!url.isValid()) {
        emitError(QAbstractSocket::ConnectionRefusedError, QStringLiteral("Invalid URL."));
        return false;
    }
    const QString scheme = url.scheme();
    const bool isKnown =
        scheme == QLatin1String("ws") || scheme == QLatin1String("wss") || scheme == QLatin1String("ws+unix");
    if (!isKnown)
        emitError(QAbstractSocket::UnsupportedSocketOperationError,
                  QStringLiteral("Unsupported WebSocket scheme: %1").arg(scheme));
    return isKnown;
}

void QWebSocketPrivate::start()
{
    const QUrl url = request.url();
    if (url.host().isEmpty() && url.scheme() != QLatin1String("ws+unix")) {
        failSoon(QAbstractSocket::HostNotFoundError, QStringLiteral("Host not found"));
        return;
    }
    if (!originProblem.isEmpty()) {
        failSoon(QAbstractSocket::ConnectionRefusedError, originProblem);
        return;
    }
    QNetworkRequest sent(url.adjusted(QUrl::RemoveUserInfo)); // see onAuthenticationRequired()
    const QList<QByteArray> names = request.rawHeaderList();
    for (const QByteArray &name : names) {
        const QByteArray lower = name.toLower();
        if (!lower.startsWith("sec-websocket-") && lower != "upgrade" && lower != "connection")
            sent.setRawHeader(name, request.rawHeader(name));
    }
    const Guard guard(q);
    const quint32 opening = m_opening;
    const bool isStarted = client->open(sent);
    if (!isStarted && guard && m_opening == opening)
        failSoon(QAbstractSocket::ConnectionRefusedError, client->errorString());
}

// User name and password of the URL are sent only to a server that asks for them, and before the program is
// asked.
void QWebSocketPrivate::onAuthenticationRequired(QAuthenticator *authenticator)
{
    const QUrl url = request.url();
    if (authenticator->user().isEmpty() && !url.userName().isEmpty()) {
        authenticator->setUser(url.userName());
        authenticator->setPassword(url.password());
        return;
    }
    Q_EMIT q->authenticationRequired(authenticator);
}

void QWebSocketPrivate::setSubprotocols()
{
    QStringList wanted = handshakeOptions.subprotocols();
    const QByteArray inHeader = request.rawHeader("Sec-WebSocket-Protocol");
    if (!inHeader.isEmpty())
        wanted += QString::fromLatin1(inHeader).split(QLatin1Char(','));
    QStringList offered;
    for (const QString &name : std::as_const(wanted)) {
        const QString trimmed = name.trimmed();
        const bool isToken = std::all_of(trimmed.cbegin(), trimmed.cend(), [](QChar c) {
            return c > u' ' && c < u'\x7f' && !QStringView(u"()<>@,;:\\\"/[]?={}").contains(c);
        });
        if (!isToken)
            qWarning() << "Ignoring invalid WebSocket subprotocol name" << name;
        else if (!trimmed.isEmpty() && !offered.contains(trimmed))
            offered.append(trimmed);
    }
    client->setSubprotocols(offered);
}

// As the failure of a lookup, which is reported from the event loop.
void QWebSocketPrivate::failSoon(QAbstractSocket::SocketError code, const QString &text)
{
    const auto fail = [this, code, text, opening = m_opening] {
        if (m_opening != opening || m_state != QAbstractSocket::ConnectingState)
            return;
        error = code;
        errorString = text;
        m_isErrorOwed = true;
        finishOpening();
    };
    QMetaObject::invokeMethod(q, fail, Qt::QueuedConnection);
}

void QWebSocketPrivate::onStateChanged(Ws::State state)
{
    if (state == Ws::Connecting) {
        if (!std::exchange(m_isStarting, false)) { // another attempt
            ++m_opening;
            startTrust();
            m_isEnding = m_isAborted = m_isDropped = m_isErrorOwed = false;
        }
        setState(QAbstractSocket::ConnectingState);
        return;
    }
    // The peer's Close has arrived if there is a reason, even if it is empty.
    const bool isPeerClosing = state == Ws::Closing && !m_isStarting && !m_isEnding && !m_isDropped
                               && m_state == QAbstractSocket::ConnectedState
                               && !connection->closeReason().isNull();
    if (isPeerClosing && startEnd(connection->closeCode(), connection->closeReason()))
        finishEndIfWritten();
}

void QWebSocketPrivate::onOpened()
{
    m_isDistrusted = false;
    if (!m_isStarting && setState(QAbstractSocket::ConnectedState) && client)
        Q_EMIT q->connected(); // on a server, newConnection() says so
}

// --- errors

void QWebSocketPrivate::onError(const WsError &wsError)
{
    if (m_isStarting || m_state == QAbstractSocket::UnconnectedState)
        return;
    if (m_state == QAbstractSocket::ConnectingState) {
        onOpeningError(wsError);
    } else if (isOfNetwork(wsError)) {
        m_isDropped = true;
        emitError(socketErrorOf(wsError), wsError.text());
    } else if (!m_isEnding && startEnd(wsError.closeCode(), wsError.text())) {
        finishEndIfWritten();
    }
}

void QWebSocketPrivate::onOpeningError(const WsError &wsError)
{
    error = socketErrorOf(wsError);
    errorString = wsError.text();
    const bool comesFirst = wsError.kind() == Ws::ErrorKind::Handshake
                            || error == QAbstractSocket::SslHandshakeFailedError
                            || error == QAbstractSocket::RemoteHostClosedError;
    m_isErrorOwed = !comesFirst;
    if (comesFirst)
        emitError(error, errorString);
}

// --- ends

void QWebSocketPrivate::close(quint16 code, const QString &reason)
{
    if (m_state == QAbstractSocket::UnconnectedState && client && client->active())
        client->close(); // it waits for another attempt, or is about to
    if (m_isEnding || m_state == QAbstractSocket::UnconnectedState
        || m_state == QAbstractSocket::ClosingState)
        return;
    const bool isOpening = m_state == QAbstractSocket::ConnectingState;
    const quint32 opening = m_opening;
    m_isEnding = true;
    closeCode = code;
    closeReason = fittingReason(reason);
    const Guard guard(q);
    Q_EMIT q->aboutToClose();
    if (!guard || m_opening != opening || m_state == QAbstractSocket::UnconnectedState)
        return;
    if (isOpening && m_isStarting) { // nothing has been started
        finishOpening();
        return;
    }
    if (!connection->close(code, closeReason) && connection->state() == Ws::Open)
        connection->close(Ws::NoStatus); // such a code may not be sent
    if (guard)
        connection->flush();
    if (guard && m_opening == opening && m_state == QAbstractSocket::ConnectedState
        && setState(QAbstractSocket::ClosingState))
        finishEndIfWritten();
}

void QWebSocketPrivate::abort()
{
    if (m_state == QAbstractSocket::UnconnectedState) {
        if (client && client->active())
            client->abort();
        return;
    }
    const quint32 opening = m_opening;
    m_isEnding = m_isAborted = true;
    const Guard guard(q);
    Q_EMIT q->aboutToClose();
    if (!guard || m_opening != opening || m_state == QAbstractSocket::UnconnectedState)
        return;
    connection->abort();
    if (guard && m_opening == opening && m_state != QAbstractSocket::UnconnectedState)
        finishEnd(); // in a slot that reports an end
}

void QWebSocketPrivate::destroy()
{
    if (m_state == QAbstractSocket::ConnectedState) {
        close(QWebSocketProtocol::CloseCodeGoingAway, QStringLiteral("Connection closed"));
        if (m_state == QAbstractSocket::ClosingState)
            finishEnd();
    }
    QObject::disconnect(connection, nullptr, q, nullptr);
    connection->flush(); // an answer to the peer's Close
    delete connection;
}

void QWebSocketPrivate::onClosed(quint16 code, const QString &reason)
{
    if (m_isStarting)
        return;
    switch (m_state) {
    case QAbstractSocket::ConnectingState:
        finishOpening();
        break;
    case QAbstractSocket::ConnectedState:
        if (m_isDropped || m_isEnding || startEnd(code, reason))
            finishEnd();
        break;
    case QAbstractSocket::ClosingState:
        finishEnd();
        break;
    default:
        break;
    }
}

bool QWebSocketPrivate::setState(QAbstractSocket::SocketState state)
{
    if (m_state == state)
        return true;
    m_state = state;
    const Guard guard(q);
    const quint32 opening = m_opening;
    Q_EMIT q->stateChanged(state);
    return guard && m_opening == opening && m_state == state;
}

bool QWebSocketPrivate::emitError(QAbstractSocket::SocketError code, const QString &text)
{
    error = code;
    errorString = text;
    const Guard guard(q);
    const quint32 opening = m_opening;
    Q_EMIT q->errorOccurred(code);
#if QT_DEPRECATED_SINCE(6, 5)
    if (guard)
        Q_EMIT q->error(code);
#endif
    return guard && m_opening == opening;
}

bool QWebSocketPrivate::startEnd(quint16 code, const QString &reason)
{
    m_isEnding = true;
    closeCode = code == Ws::NoStatus ? quint16(Ws::Normal) : code;
    closeReason = reason;
    const Guard guard(q);
    const quint32 opening = m_opening;
    Q_EMIT q->aboutToClose();
    return guard && m_opening == opening && m_state == QAbstractSocket::ConnectedState
           && setState(QAbstractSocket::ClosingState);
}

// A Close frame of this side has been queued.
void QWebSocketPrivate::finishEndIfWritten()
{
    if (m_state == QAbstractSocket::ClosingState && connection->bufferedAmount() == 0)
        finishEnd();
}

void QWebSocketPrivate::finishEnd()
{
    const bool skipsClosing = m_isAborted || m_state != QAbstractSocket::ConnectedState;
    if (!skipsClosing && !setState(QAbstractSocket::ClosingState))
        return;
    if (!setState(QAbstractSocket::UnconnectedState))
        return;
    const Guard guard(q);
    const quint32 opening = m_opening;
    Q_EMIT q->disconnected();
    if (guard && m_opening == opening)
        Q_EMIT q->readChannelFinished();
}

// The opening has failed, or this side has ended it.
void QWebSocketPrivate::finishOpening()
{
    if (!setState(QAbstractSocket::UnconnectedState))
        return;
    const bool isErrorOwed = std::exchange(m_isErrorOwed, false);
    const Guard guard(q);
    const quint32 opening = m_opening;
    Q_EMIT q->disconnected();
    if (!guard || m_opening != opening)
        return;
    if (isErrorOwed)
        emitError(error, errorString);
    else
        Q_EMIT q->readChannelFinished();
}

QT_END_NAMESPACE
