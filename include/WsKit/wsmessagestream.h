// SPDX-License-Identifier: MIT
#ifndef WSMESSAGESTREAM_H
#define WSMESSAGESTREAM_H

#include <WsKit/ws.h>

#include <QtCore/qiodevice.h>

#include <memory>

class WsConnection;
struct WsMessageStreamPrivate;

class WSKIT_EXPORT WsMessageStream : public QIODevice
{
    Q_OBJECT
    Q_PROPERTY(Ws::MessageType messageType READ messageType CONSTANT FINAL)
    Q_PROPERTY(bool complete READ isComplete FINAL)

public:
    ~WsMessageStream() override;

    Ws::MessageType messageType() const;
    bool isText() const;
    bool isComplete() const;
    WsConnection *connection() const;

    bool isSequential() const override;
    qint64 bytesAvailable() const override;
    qint64 bytesToWrite() const override;
    bool canReadLine() const override;
    void close() override;
    bool waitForReadyRead(int msecs) override;
    bool waitForBytesWritten(int msecs) override;

protected:
    qint64 readData(char *data, qint64 maxSize) override;
    qint64 writeData(const char *data, qint64 size) override;

private:
    friend class WsConnection;

    WsMessageStream(WsConnection *connection, Ws::MessageType type, OpenMode mode);

    qint64 unread() const;
    void append(const QByteArray &bytes);
    void endReading(bool isComplete);
    void deleteSoon();
    void deleteIfRead();
    qint64 held() const;
    qint64 room() const;
    void endWriting();
    void cutWriting();
    void onWritten();
    void closeNow();
    QByteArray completeCharacters(QByteArrayView bytes);

    std::unique_ptr<WsMessageStreamPrivate> d;
};

#endif // WSMESSAGESTREAM_H
