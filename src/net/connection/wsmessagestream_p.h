// SPDX-License-Identifier: MIT
#ifndef WSMESSAGESTREAM_P_H
#define WSMESSAGESTREAM_P_H

#include "net/connection/wsbytequeue.h"
#include "protocol/wsutf8.h"

#include <WsKit/wsmessagestream.h>

class WsConnectionPrivate;

class WsMessageStreamPrivate
{
public:
    explicit WsMessageStreamPrivate(WsMessageStream *stream) : q(stream) { }

    static WsMessageStreamPrivate *of(WsMessageStream *stream) { return stream->d.get(); }
    static const WsMessageStreamPrivate *of(const WsMessageStream *stream) { return stream->d.get(); }
    static WsMessageStream *create(WsConnectionPrivate &connection, Ws::MessageType type,
                                   QIODevice::OpenMode mode);

    // Reading
    void append(const QByteArray &bytes);
    // Nothing more comes.
    void endReading(bool isWhole);
    // What counts against highWaterMark.
    qint64 heldUnread() const { return unread.heldBy(*q); }
    void onRead(qint64 size, qint64 wanted);
    bool isReadToEnd() const { return !q->isOpen() || (isEnded && unread.isEmpty()); }
    void deleteSoon();
    void deleteIfRead();

    // Writing
    qint64 held() const;
    qint64 room() const;
    QByteArray completeCharacters(QByteArrayView bytes);
    void onWritten();
    void endWriting();
    void cutWriting();

    void closeNow();

    WsMessageStream *const q;
    WsConnectionPrivate *connection = nullptr; // null once the stream no longer belongs to it
    Ws::MessageType type = Ws::Binary;
    bool isComplete = false;
    bool isClosing = false;

    // Reading
    WsByteQueue unread;
    qint64 arrived = 0;      // since the beginning
    bool isEnded = false;    // nothing more comes
    bool isCheckDue = false; // whether the connection may read again

    // Writing
    quint64 message = 0;
    qint64 unwritten = 0;  // accepted, but the connection still holds as much
    qint64 written = 0;    // the rest, since the beginning
    bool wasShort = false; // not everything was accepted: bytesWritten() is due when there is room
    WsUtf8Validator utf8;
    QByteArray partialCharacter; // waits for its other bytes
};

#endif // WSMESSAGESTREAM_P_H
