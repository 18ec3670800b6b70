// SPDX-License-Identifier: MIT
#include "net/socket/wsbufferedtransport.h"

#include "net/socket/wssocketwait.h"

#include <QtCore/qcoreapplication.h>
#include <QtNetwork/qnetworkproxy.h>
#include <QtNetwork/qsslsocket.h>

#include <utility>

namespace {
// Has \a signal call \a function, with the socket known to be on the stack.
template <typename Socket, typename Signal, typename Function>
void listen(Socket *socket, Signal signal, Function function)
{
    QObject::connect(socket, signal, socket, [socket, function] {
        const WsCallingSocket calling(socket);
        function();
    });
}
} // namespace

WsBufferedTransport::WsBufferedTransport(QAbstractSocket *socket)
    : WsSocketTransport(socket), m_sslSocket(qobject_cast<QSslSocket *>(socket))
{
    socket->setReadBufferSize(MaxPending);
    listen(socket, &QIODevice::readyRead, [this] { user()->onReadable(); });
    listen(socket, &QIODevice::bytesWritten, [this] { user()->onWritten(); });
    listen(socket, &QAbstractSocket::errorOccurred, [this] { onSocketError(); });
    listen(socket, &QAbstractSocket::disconnected, [this] { user()->onEnded(); });
    if (!m_sslSocket) {
        listen(socket, &QAbstractSocket::connected, [this] { user()->onConnected(); });
        return;
    }
    listen(m_sslSocket, &QSslSocket::encryptedBytesWritten, [this] { user()->onWritten(); });
    listen(m_sslSocket, &QSslSocket::encrypted, [this] { user()->onConnected(); });
    QObject::connect(m_sslSocket, &QSslSocket::sslErrors, socket,
                     [this, socket](const QList<QSslError> &errors) {
                         const WsCallingSocket calling(socket);
                         user()->onSslErrors(errors);
                     });
}

void WsBufferedTransport::connectTo(const QString &host, quint16 port)
{
    setDestination(host, port);
    socket()->setProxy(QNetworkProxy::NoProxy);
    if (m_sslSocket)
        m_sslSocket->connectToHostEncrypted(host, port);
    else
        socket()->connectToHost(host, port);
}

void WsBufferedTransport::startServerEncryption(const QSslConfiguration &configuration)
{
    m_sslSocket->setSslConfiguration(configuration);
    m_sslSocket->startServerEncryption();
}

bool WsBufferedTransport::isReady() const
{
    return socket()->state() == QAbstractSocket::ConnectedState
           && (!m_sslSocket || m_sslSocket->mode() == QSslSocket::UnencryptedMode
               || m_sslSocket->isEncrypted());
}

void WsBufferedTransport::write(WsOutput &output)
{
    setPending(pendingInSocket() > 0);
    noteEnd();
    while (!isBroken() && !output.isEmpty() && pending() < MaxPending) {
        if (!handOver(output, MaxPending))
            break;
        if (output.isEmpty() || pending() >= MaxPending)
            socket()->flush();
    }
    if (isBroken())
        output.clear();
}

qint64 WsBufferedTransport::pendingInSocket() const
{
    return socket()->bytesToWrite() + (m_sslSocket ? m_sslSocket->encryptedBytesToWrite() : 0);
}

void WsBufferedTransport::wait(bool reads, int ms)
{
    if (std::exchange(m_isResuming, false)) {
        QCoreApplication::sendPostedEvents(m_sslSocket, QEvent::MetaCall); // which resume() has left
        return;
    }
    if (waitForState(ms))
        return;
    if (isReady())
        wsWaitForSocket(socket(), reads, pending() > 0, ms);
    else
        m_sslSocket->waitForEncrypted(ms);
}

bool WsBufferedTransport::isEncrypted() const
{
    return m_sslSocket && m_sslSocket->isEncrypted();
}

QSslConfiguration WsBufferedTransport::sslConfiguration() const
{
    return m_sslSocket ? m_sslSocket->sslConfiguration() : QSslConfiguration();
}

void WsBufferedTransport::ignoreSslErrors()
{
    if (!m_sslSocket)
        return;
    m_sslSocket->ignoreSslErrors(QList<QSslError>()); // a list goes before all
    m_sslSocket->ignoreSslErrors();
}

void WsBufferedTransport::ignoreSslErrors(const QList<QSslError> &errors)
{
    // Qt takes an empty list for one that was not set; it ignores nothing.
    if (m_sslSocket)
        m_sslSocket->ignoreSslErrors(errors);
}

void WsBufferedTransport::setPeerVerifyName(const QString &name)
{
    if (m_sslSocket)
        m_sslSocket->setPeerVerifyName(name);
}

void WsBufferedTransport::setPauseOnSslErrors(bool pauses)
{
    socket()->setPauseMode(pauses ? QAbstractSocket::PauseOnSslErrors : QAbstractSocket::PauseNever);
}

void WsBufferedTransport::continueAfterSslErrors()
{
    m_isResuming = true;
    socket()->resume();
}
