// SPDX-License-Identifier: MIT
#include "receiver.h"

#include "leavebysignal.h"

#include <WsKit/WsMessageStream>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qdebug.h>

Receiver::Receiver(const QString &fileName) : m_file(fileName)
{
    m_server.setMaxConnections(1);
    connect(&m_server, &WsServer::newConnection, this, &Receiver::onNewConnection);
    leaveBySignal(&m_server);
}

bool Receiver::start(quint16 port)
{
    if (!m_file.open(QIODevice::WriteOnly)) {
        qCritical().noquote() << "cannot write" << m_file.fileName() << m_file.errorString();
        return false;
    }
    if (!m_server.listen(QHostAddress::LocalHost, port)) {
        qCritical().noquote() << "cannot listen:" << m_server.errorString();
        return false;
    }
    qInfo().noquote() << "listening on" << m_server.serverUrl().toString();
    return true;
}

void Receiver::onNewConnection(WsConnection *connection)
{
    m_connection = connection;
    connection->setBinaryType(Ws::Stream);
    connect(connection, &WsConnection::messageStarted, this, &Receiver::onMessageStarted);
    connect(connection, &WsConnection::errorOccurred, this,
            [](const WsError &error) { qCritical().noquote() << "error:" << error.text(); });
    connect(connection, &WsConnection::closed, this, [this] { QCoreApplication::exit(m_isStored ? 0 : 1); });
}

void Receiver::onMessageStarted(WsMessageStream *stream)
{
    if (m_isStored) {
        stream->close(); // only one file is received
        return;
    }
    m_progress.start();
    connect(stream, &QIODevice::readyRead, this, [this, stream] { store(stream); });
    connect(stream, &QIODevice::readChannelFinished, this, [this, stream] { finish(stream); });
}

// While this function runs, nothing is read from the network, and TCP slows the sender down.
void Receiver::store(WsMessageStream *stream)
{
    const QByteArray bytes = stream->readAll();
    m_hash.addData(bytes);
    if (m_file.write(bytes) != bytes.size())
        fail(stream);
    m_progress.show(m_file.pos());
}

void Receiver::finish(WsMessageStream *stream)
{
    m_progress.finish(m_file.pos());
    if (!stream->isComplete())
        return; // closed() follows
    m_isStored = m_file.commit();
    if (m_isStored)
        m_connection->sendText(m_hash.result().toHex());
    else
        fail(stream);
}

void Receiver::fail(WsMessageStream *stream)
{
    qCritical().noquote() << "cannot write" << m_file.fileName() << m_file.errorString();
    stream->close(); // the rest of the message is dropped
    m_connection->close(Ws::InternalError, QStringLiteral("the file cannot be written"));
}
