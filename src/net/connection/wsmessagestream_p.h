// SPDX-License-Identifier: MIT
#ifndef WSMESSAGESTREAM_P_H
#define WSMESSAGESTREAM_P_H

#include "net/connection/wsstreamdevice.h"
#include "protocol/wsutf8.h"

#include <WsKit/wsmessagestream.h>

class WsMessageStreamPrivate : public WsStreamDevice
{
public:
    explicit WsMessageStreamPrivate(WsMessageStream *stream) : WsStreamDevice(stream), q(stream) { }

    static WsMessageStreamPrivate *of(WsMessageStream *stream) { return stream->d.get(); }
    static const WsMessageStreamPrivate *of(const WsMessageStream *stream) { return stream->d.get(); }
    static WsMessageStream *create(WsConnectionPrivate &connection, Ws::MessageType type,
                                   QIODevice::OpenMode mode);

    // Reading
    void append(const QByteArray &bytes);
    // Nothing more comes.
    void endReading(bool isWhole);
    void onRead(qint64 size, qint64 wanted);
    bool isReadToEnd() const { return !q->isOpen() || (isEnded && unread.isEmpty()); }
    void deleteSoon();
    void deleteIfRead();
    // Whether nobody has any more use for it.
    bool isFinished() const { return !q->isOpen() || (isEnded && !hasUnread()); }
    bool hasUnread() const { return q->bytesAvailable() > 0 || q->isTransactionStarted(); }

    // Writing
    qint64 held() const;
    qint64 room() const;
    QByteArray completeCharacters(QByteArrayView bytes);
    void onWritten();
    void endWriting();
    void cutWriting();

    void closeNow();
    // The connection is deleted, and the stream is not, because it has got another parent.
    void onConnectionDeleted();

    WsMessageStream *const q;
    Ws::MessageType type = Ws::Binary;
    bool isComplete = false;

    // Writing
    quint64 message = 0;
    qint64 writtenSize = 0;
    WsUtf8Validator utf8;
    QByteArray partialCharacter; // waits for its other bytes
};

#endif // WSMESSAGESTREAM_P_H
