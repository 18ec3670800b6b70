// SPDX-License-Identifier: MIT
#ifndef WSBYTESTREAM_P_H
#define WSBYTESTREAM_P_H

#include "net/connection/wsstreamdevice.h"

#include <WsKit/ws.h>
#include <WsKit/wsbytestream.h>

class WsByteStreamPrivate : public WsStreamDevice
{
public:
    explicit WsByteStreamPrivate(WsByteStream *stream) : WsStreamDevice(stream), q(stream) { }

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
    void refuseText(QByteArrayView text);

    void onClosed(quint16 code, const QString &reason);
    // The client will not be opened again after all.
    void onStayingClosed();
    void endWith(const QString &error);
    void end();
    void closeNow();

    WsByteStream *const q;
    bool hasBeenOpen = false;
    bool hasEndedWell = false; // errorString() does not say why
    bool awaitsAttempt = false; // the client is closed, and was to be opened again
    QString lastError;          // of the connection, in this opening

    // Reading
    bool isInMessage = false;
    bool isInText = false;

    // Writing. What was passed to the connection counts as unwritten.
    qint64 notSent() const { return pending.size() + late.size(); }

    QByteArray pending; // written, but not yet in a message
    QByteArray late;    // written in a slot while messages are being sent
    bool isSending = false;
    bool isSendDue = false;
    qint64 messageSize = 64 * 1024;
};

#endif // WSBYTESTREAM_P_H
