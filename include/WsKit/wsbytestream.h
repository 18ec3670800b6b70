// SPDX-License-Identifier: MIT
#ifndef WSBYTESTREAM_H
#define WSBYTESTREAM_H

#include <WsKit/wsglobal.h>

#include <QtCore/qiodevice.h>

#include <memory>

class WsByteStreamPrivate;
class WsConnection;

class WSKIT_EXPORT WsByteStream : public QIODevice
{
    Q_OBJECT
    // Only the application sets it: clazy:excludeall=qproperty-without-notify
    Q_PROPERTY(qint64 messageSize READ messageSize WRITE setMessageSize FINAL)

public:
    explicit WsByteStream(WsConnection *connection, QObject *parent = nullptr);
    ~WsByteStream() override;

    WsConnection *connection() const;
    qint64 messageSize() const;
    void setMessageSize(qint64 size);
    bool flush();

    bool isSequential() const override;
    qint64 bytesAvailable() const override;
    qint64 bytesToWrite() const override;
    bool canReadLine() const override;
    void close() override;
    bool waitForReadyRead(int msecs) override;
    bool waitForBytesWritten(int msecs) override;

Q_SIGNALS:
    void disconnected();

protected:
    qint64 readData(char *data, qint64 maxSize) override;
    qint64 readLineData(char *data, qint64 maxSize) override;
    qint64 writeData(const char *data, qint64 size) override;

private:
    friend class WsByteStreamPrivate;

    std::unique_ptr<WsByteStreamPrivate> d;
};

#endif // WSBYTESTREAM_H
