// SPDX-License-Identifier: MIT
#ifndef WSMESSAGESTREAM_H
#define WSMESSAGESTREAM_H

#include <WsKit/ws.h>

#include <QtCore/qiodevice.h>

#include <memory>

class WsConnection;
class WsMessageStreamPrivate;

class WSKIT_EXPORT WsMessageStream : public QIODevice
{
    Q_OBJECT
    Q_PROPERTY(Ws::MessageType messageType READ messageType CONSTANT FINAL)
    // Known at the end, which has signals: clazy:excludeall=qproperty-without-notify
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
    friend class WsMessageStreamPrivate;

    WsMessageStream(WsConnection *connection, Ws::MessageType type, OpenMode mode);

    std::unique_ptr<WsMessageStreamPrivate> d;
};

#endif // WSMESSAGESTREAM_H
