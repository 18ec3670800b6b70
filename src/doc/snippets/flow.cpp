// SPDX-License-Identifier: MIT
#include "flow.h"

#include <WsKit/WsByteStream>
#include <WsKit/WsMessageStream>

#include <QtCore/QDebug>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Flow {
//! [produce]
Producer::Producer(WsConnection *connection, int last) : m_connection(connection), m_last(last)
{
    connect(connection, &WsConnection::drained, this, &Producer::sendMore);
    sendMore();
}

void Producer::sendMore()
{
    const qint64 mark = m_connection->options().highWaterMark();
    while (m_next <= m_last && m_connection->bufferedAmount() <= mark) {
        if (!m_connection->sendText(QByteArray::number(m_next)))
            return; // the connection has closed
        ++m_next;
    }
}
//! [produce]

//! [publish prices]
void publishPrice(WsServer *server, const QString &symbol, double price)
{
    const QString update = u"{\"symbol\":\"%1\",\"price\":%2}"_s.arg(symbol).arg(price);
    server->publish(u"prices"_s, update, symbol); // the symbol is the key
}
//! [publish prices]

void watchSlowClients(WsServer *server)
{
    //! [skip handler]
    // Called in the thread of the connection, at most once a second for each topic.
    server->setSkipHandler([](WsConnection *connection, const QString &topic, qint64 count) {
        qInfo() << connection->peerAddress() << "has missed" << count << "messages of" << topic;
    });
    //! [skip handler]
}

//! [consume]
Consumer::Consumer(WsConnection *connection) : m_connection(connection)
{
    connect(connection, &WsConnection::textMessageReceived, this, &Consumer::onMessage);
}

void Consumer::onMessage(const QString &text)
{
    m_connection->setPaused(true); // no further message until the work is done
    work(text);
}

void Consumer::onDone()
{
    m_connection->setPaused(false);
}
//! [consume]

//! [receive]
void handleNext(WsConnection *connection, const std::function<void(const WsMessage &)> &handle)
{
    connection->receive().then(connection, [connection, handle](const std::optional<WsMessage> &message) {
        if (!message)
            return; // the connection has closed
        handle(*message);
        handleNext(connection, handle);
    });
}
//! [receive]

//! [send file]
void sendFile(WsConnection *connection, QIODevice *file)
{
    WsMessageStream *stream = connection->openMessage(Ws::Binary);
    if (!stream)
        return;
    const auto sendMore = [stream, file] {
        while (!file->atEnd() && stream->bytesToWrite() < 1024 * 1024) {
            const qint64 taken = stream->write(file->peek(64 * 1024));
            if (taken <= 0)
                return; // until bytesWritten(), when there is room again
            file->skip(taken);
        }
        if (file->atEnd())
            stream->close(); // ends the message
    };
    QObject::connect(stream, &QIODevice::bytesWritten, stream, sendMore);
    sendMore();
}
//! [send file]

//! [receive file]
void receiveFiles(WsConnection *connection, QIODevice *file, const std::function<void(bool)> &done)
{
    connection->setBinaryType(Ws::Stream);
    QObject::connect(connection, &WsConnection::messageStarted, file, [file, done](WsMessageStream *stream) {
        QObject::connect(stream, &QIODevice::readyRead, file,
                         [file, stream] { file->write(stream->readAll()); });
        QObject::connect(stream, &QIODevice::readChannelFinished, file,
                         [stream, done] { done(stream->isComplete()); }); // false: it was cut off
    });
}
//! [receive file]

void echoBytes(WsServer *server)
{
    //! [byte stream]
    QObject::connect(server, &WsServer::newConnection, server, [](WsConnection *connection) {
        auto *stream = new WsByteStream(connection, connection);
        QObject::connect(stream, &QIODevice::readyRead, stream,
                         [stream] { stream->write(stream->readAll()); });
    });
    //! [byte stream]
}

//! [thread]
// Called in a thread without an event loop.
bool askInAThread(const QUrl &url, QString *answer)
{
    WsClient client;
    if (!client.open(url) || !client.waitForOpened(5s) || !client.sendText("question")) {
        qWarning() << client.errorString();
        return false;
    }
    if (const auto message = client.waitForMessage(5s))
        *answer = message->text();
    client.close();
    return client.waitForClosed(5s);
}
//! [thread]
} // namespace Flow
