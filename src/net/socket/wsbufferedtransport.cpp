// SPDX-License-Identifier: MIT
#include "net/socket/wsbufferedtransport.h"

#include "net/socket/wssocketwait.h"

#include <QtNetwork/qnetworkproxy.h>
#include <QtNetwork/qsslsocket.h>

WsBufferedTransport::WsBufferedTransport(QAbstractSocket *socket)
    : WsSocketTransport(socket), m_sslSocket(qobject_cast<QSslSocket *>(socket))
{
    socket->setReadBufferSize(MaxPending);
    QObject::connect(socket, &QAbstractSocket::disconnected, socket, [this] { user()->onEnded(); });
    if (!m_sslSocket) {
        QObject::connect(socket, &QAbstractSocket::connected, socket, [this] { user()->onConnected(); });
        return;
    }
    QObject::connect(m_sslSocket, &QSslSocket::encryptedBytesWritten, socket,
                     [this] { user()->onWritten(); });
    QObject::connect(m_sslSocket, &QSslSocket::encrypted, socket, [this] { user()->onConnected(); });
    QObject::connect(m_sslSocket, &QSslSocket::sslErrors, socket,
                     [this](const QList<QSslError> &errors) { user()->onSslErrors(errors); });
}

void WsBufferedTransport::connectTo(const QString &host, quint16 port)
{
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
    if (m_sslSocket)
        m_sslSocket->ignoreSslErrors();
}

void WsBufferedTransport::ignoreSslErrors(const QList<QSslError> &errors)
{
    // Qt takes an empty list for one that was not set; it ignores nothing.
    if (m_sslSocket)
        m_sslSocket->ignoreSslErrors(errors);
}
