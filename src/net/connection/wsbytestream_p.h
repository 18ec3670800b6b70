// SPDX-License-Identifier: MIT
#ifndef WSBYTESTREAM_P_H
#define WSBYTESTREAM_P_H

#include "net/connection/wsbytequeue.h"

#include <WsKit/ws.h>
#include <WsKit/wsbytestream.h>

class WsConnectionPrivate;

class WsByteStreamPrivate
{
public:
    explicit WsByteStreamPrivate(WsByteStream *stream) : q(stream) { }

    static WsByteStreamPrivate *of(WsByteStream *stream) { return stream->d.get(); }

    // Returns what keeps \a connection from being a stream of bytes, or an empty text.
    QString attach(WsConnection *owner);
    void detach();

    // Called by WsDelivery. What is appended may emit signals, whose slots may delete the stream.
    void startMessage(Ws::MessageType type);
    bool copies(qsizetype size) const { return !isInText && unread.joins(size); }
    void append(const QByteArray &bytes);
    void appendCopy(QByteArrayView bytes);
    void endMessage();
    // What counts against highWaterMark.
    qint64 held() const { return unread.heldBy(*q); }
    // The connection is being deleted.
    void onConnectionDeleted();

    // Queues what has been written, in messages. Slots of the connection may delete the stream.
    void send();

    // Writing
    bool mayWrite() const;
    bool maySend() const;
    qint64 room() const;
    void add(QByteArrayView bytes);
    void sendPending();
    void endSending();
    void sendMessage(const QByteArray &message);
    void sendSoon();
    void onOpened();
    void onWritten();

    // Reading
    bool isTaking() const;
    bool takesBytes(QByteArrayView bytes);
    void reportArrived(qint64 size);
    void refuseText(QByteArrayView text);
    void onRead(qint64 size, qint64 wanted);

    void onClosed(quint16 code, const QString &reason);
    void end();
    void closeNow();

    WsByteStream *const q;
    WsConnectionPrivate *connection = nullptr; // null after its end
    bool hasBeenOpen = false;
    bool isClosing = false;
    bool isEnded = false; // nothing more comes, and nothing can be written
    QString lastError;    // of the connection, in this opening

    // Reading
    WsByteQueue unread;
    qint64 arrived = 0; // since the beginning
    bool isInMessage = false;
    bool isInText = false;
    bool isCheckDue = false; // whether the connection may read again

    // Writing
    qint64 notSent() const { return pending.size() + late.size(); }

    QByteArray pending; // written, but not yet in a message
    QByteArray late;    // written in a slot while messages are being sent
    bool isSending = false;
    qint64 messageSize = 64 * 1024;
    qint64 unwritten = 0;  // passed to the connection, which still holds as much
    qint64 written = 0;    // the rest, since the beginning
    bool wasShort = false; // not everything was accepted: bytesWritten() is due when there is room
    bool isSendDue = false;
};

#endif // WSBYTESTREAM_P_H
