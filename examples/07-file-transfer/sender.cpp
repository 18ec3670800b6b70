// SPDX-License-Identifier: MIT
#include "sender.h"

#include <WsKit/WsMessageStream>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qdebug.h>

namespace {
constexpr qint64 ChunkSize = 64 * 1024;
// The file is read only while less than this waits to be sent.
constexpr qint64 MaxWaiting = 1024 * 1024;
} // namespace

Sender::Sender(const QString &fileName) : m_file(fileName)
{
    connect(&m_client, &WsClient::opened, this, &Sender::onOpened);
    connect(&m_client, &WsClient::textMessageReceived, this, &Sender::onReceipt);
    connect(&m_client, &WsClient::errorOccurred, this,
            [](const WsError &error) { qCritical().noquote() << "error:" << error.text(); });
    connect(&m_client, &WsClient::closed, this, &Sender::onClosed);
}

bool Sender::start(const QUrl &url)
{
    if (!m_file.open(QIODevice::ReadOnly)) {
        qCritical().noquote() << "cannot read" << m_file.fileName() << m_file.errorString();
        return false;
    }
    if (!m_client.open(url)) {
        qCritical().noquote() << "cannot open" << url.toString() << m_client.errorString();
        return false;
    }
    return true;
}

void Sender::onOpened()
{
    m_progress.start(m_file.size()); // 0 if it is a pipe
    m_stream = m_client.openMessage(Ws::Binary);
    connect(m_stream, &QIODevice::bytesWritten, this, &Sender::sendMore);
    sendMore();
}

void Sender::sendMore()
{
    while (m_stream->bytesToWrite() < MaxWaiting) {
        const QByteArray chunk = m_file.read(ChunkSize); // of a pipe, it waits for that
        if (m_file.error() != QFile::NoError || m_stream->write(chunk) != chunk.size()) {
            m_client.close(Ws::InternalError, QStringLiteral("the file cannot be read"));
            return;
        }
        if (chunk.isEmpty()) { // only then is it at its end, whatever it is
            m_stream->disconnect(this);
            m_stream->close(); // ends the message
            return;
        }
        m_hash.addData(chunk);
        m_sent += chunk.size();
    }
    m_progress.show(m_sent);
}

void Sender::onReceipt(const QString &checksum)
{
    m_progress.finish(m_sent);
    m_isConfirmed = checksum == QString::fromLatin1(m_hash.result().toHex());
    if (!m_isConfirmed)
        qCritical() << "what has arrived is not what was sent";
    m_client.close();
}

void Sender::onClosed(quint16 code, const QString &reason)
{
    if (!m_isConfirmed)
        qCritical() << "not confirmed, closed with" << code << reason;
    QCoreApplication::exit(m_isConfirmed ? 0 : 1);
}
