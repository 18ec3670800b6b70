// SPDX-License-Identifier: MIT
#ifndef WSOPTIONS_H
#define WSOPTIONS_H

#include <WsKit/ws.h>
#include <WsKit/wscompression.h>
#include <WsKit/wsglobal.h>

#include <QtCore/qobjectdefs.h>
#include <QtCore/qshareddata.h>

#include <chrono>

class WsOptionsData;
struct WsClientHeadLimits;

class WSKIT_EXPORT WsOptions
{
    Q_GADGET
#ifdef Q_QDOC // the C++ types are documented; the others are those that QML accepts in grouped properties
    Q_PROPERTY(qint64 maxMessageSize READ maxMessageSize WRITE setMaxMessageSize FINAL)
    Q_PROPERTY(qint64 maxFrameSize READ maxFrameSize WRITE setMaxFrameSize FINAL)
    Q_PROPERTY(
        std::chrono::milliseconds handshakeTimeout READ handshakeTimeout WRITE setHandshakeTimeout FINAL)
    Q_PROPERTY(std::chrono::milliseconds connectTimeout READ connectTimeout WRITE setConnectTimeout FINAL)
    Q_PROPERTY(std::chrono::milliseconds closeTimeout READ closeTimeout WRITE setCloseTimeout FINAL)
    Q_PROPERTY(std::chrono::milliseconds pingInterval READ pingInterval WRITE setPingInterval FINAL)
    Q_PROPERTY(std::chrono::milliseconds pongTimeout READ pongTimeout WRITE setPongTimeout FINAL)
    Q_PROPERTY(qint64 highWaterMark READ highWaterMark WRITE setHighWaterMark FINAL)
    Q_PROPERTY(qint64 maxBufferedAmount READ maxBufferedAmount WRITE setMaxBufferedAmount FINAL)
    Q_PROPERTY(qint64 fragmentSize READ fragmentSize WRITE setFragmentSize FINAL)
    Q_PROPERTY(qint64 readBufferSize READ readBufferSize WRITE setReadBufferSize FINAL)
    Q_PROPERTY(qint64 maxBytesPerSecond READ maxBytesPerSecond WRITE setMaxBytesPerSecond FINAL)
    Q_PROPERTY(
        std::chrono::milliseconds keepAliveTimeout READ keepAliveTimeout WRITE setKeepAliveTimeout FINAL)
#else
    Q_PROPERTY(double maxMessageSize READ maxMessageSizeNumber WRITE setMaxMessageSizeNumber FINAL)
    Q_PROPERTY(double maxFrameSize READ maxFrameSizeNumber WRITE setMaxFrameSizeNumber FINAL)
    Q_PROPERTY(int handshakeTimeout READ handshakeTimeoutMs WRITE setHandshakeTimeoutMs FINAL)
    Q_PROPERTY(int connectTimeout READ connectTimeoutMs WRITE setConnectTimeoutMs FINAL)
    Q_PROPERTY(int closeTimeout READ closeTimeoutMs WRITE setCloseTimeoutMs FINAL)
    Q_PROPERTY(int pingInterval READ pingIntervalMs WRITE setPingIntervalMs FINAL)
    Q_PROPERTY(int pongTimeout READ pongTimeoutMs WRITE setPongTimeoutMs FINAL)
    Q_PROPERTY(double highWaterMark READ highWaterMarkNumber WRITE setHighWaterMarkNumber FINAL)
    Q_PROPERTY(double maxBufferedAmount READ maxBufferedAmountNumber WRITE setMaxBufferedAmountNumber FINAL)
    Q_PROPERTY(double fragmentSize READ fragmentSizeNumber WRITE setFragmentSizeNumber FINAL)
    Q_PROPERTY(double readBufferSize READ readBufferSizeNumber WRITE setReadBufferSizeNumber FINAL)
    Q_PROPERTY(double maxBytesPerSecond READ maxBytesPerSecondNumber WRITE setMaxBytesPerSecondNumber FINAL)
    Q_PROPERTY(int keepAliveTimeout READ keepAliveTimeoutMs WRITE setKeepAliveTimeoutMs FINAL)
#endif
    Q_PROPERTY(int maxFragments READ maxFragments WRITE setMaxFragments FINAL)
    Q_PROPERTY(int maxHandshakeSize READ maxHandshakeSize WRITE setMaxHandshakeSize FINAL)
    Q_PROPERTY(int maxHeaders READ maxHeaders WRITE setMaxHeaders FINAL)
    Q_PROPERTY(bool tcpNoDelay READ tcpNoDelay WRITE setTcpNoDelay FINAL)
    Q_PROPERTY(Ws::SlowSubscriber slowSubscriber READ slowSubscriber WRITE setSlowSubscriber FINAL)
    Q_PROPERTY(int maxMessagesPerSecond READ maxMessagesPerSecond WRITE setMaxMessagesPerSecond FINAL)
    Q_PROPERTY(Ws::RateLimitPolicy rateLimitPolicy READ rateLimitPolicy WRITE setRateLimitPolicy FINAL)
    Q_PROPERTY(WsCompression compression READ compression WRITE setCompression FINAL)

public:
    WsOptions();
    WsOptions(const WsOptions &);
    WsOptions(WsOptions &&) noexcept;
    WsOptions &operator=(const WsOptions &);
    WsOptions &operator=(WsOptions &&) noexcept;
    ~WsOptions();

    qint64 maxMessageSize() const;
    void setMaxMessageSize(qint64 bytes);
    qint64 maxFrameSize() const;
    void setMaxFrameSize(qint64 bytes);
    int maxFragments() const;
    void setMaxFragments(int count);
    int maxHandshakeSize() const;
    void setMaxHandshakeSize(int bytes);
    int maxHeaders() const;
    void setMaxHeaders(int count);
    std::chrono::milliseconds handshakeTimeout() const;
    void setHandshakeTimeout(std::chrono::milliseconds timeout);
    std::chrono::milliseconds connectTimeout() const;
    void setConnectTimeout(std::chrono::milliseconds timeout);
    std::chrono::milliseconds closeTimeout() const;
    void setCloseTimeout(std::chrono::milliseconds timeout);
    std::chrono::milliseconds pingInterval() const;
    void setPingInterval(std::chrono::milliseconds interval);
    std::chrono::milliseconds pongTimeout() const;
    void setPongTimeout(std::chrono::milliseconds timeout);
    qint64 highWaterMark() const;
    void setHighWaterMark(qint64 bytes);
    qint64 maxBufferedAmount() const;
    void setMaxBufferedAmount(qint64 bytes);
    qint64 fragmentSize() const;
    void setFragmentSize(qint64 bytes);
    qint64 readBufferSize() const;
    void setReadBufferSize(qint64 bytes);
    int maxMessagesPerSecond() const;
    void setMaxMessagesPerSecond(int count);
    qint64 maxBytesPerSecond() const;
    void setMaxBytesPerSecond(qint64 bytes);
    Ws::RateLimitPolicy rateLimitPolicy() const;
    void setRateLimitPolicy(Ws::RateLimitPolicy policy);
    std::chrono::milliseconds keepAliveTimeout() const;
    void setKeepAliveTimeout(std::chrono::milliseconds timeout);
    bool tcpNoDelay() const;
    void setTcpNoDelay(bool enabled);
    Ws::SlowSubscriber slowSubscriber() const;
    void setSlowSubscriber(Ws::SlowSubscriber policy);
    WsCompression compression() const;
    void setCompression(const WsCompression &compression);

    bool operator==(const WsOptions &other) const;
    bool operator!=(const WsOptions &other) const { return !(*this == other); }

private:
    friend struct WsClientHeadLimits;

    // The same values in the types that QML's grouped properties accept.
    double maxMessageSizeNumber() const;
    void setMaxMessageSizeNumber(double bytes);
    double maxFrameSizeNumber() const;
    void setMaxFrameSizeNumber(double bytes);
    int handshakeTimeoutMs() const;
    void setHandshakeTimeoutMs(int ms);
    int connectTimeoutMs() const;
    void setConnectTimeoutMs(int ms);
    int closeTimeoutMs() const;
    void setCloseTimeoutMs(int ms);
    int pingIntervalMs() const;
    void setPingIntervalMs(int ms);
    int pongTimeoutMs() const;
    void setPongTimeoutMs(int ms);
    double highWaterMarkNumber() const;
    void setHighWaterMarkNumber(double bytes);
    double maxBufferedAmountNumber() const;
    void setMaxBufferedAmountNumber(double bytes);
    double fragmentSizeNumber() const;
    void setFragmentSizeNumber(double bytes);
    double readBufferSizeNumber() const;
    void setReadBufferSizeNumber(double bytes);
    double maxBytesPerSecondNumber() const;
    void setMaxBytesPerSecondNumber(double bytes);
    int keepAliveTimeoutMs() const;
    void setKeepAliveTimeoutMs(int ms);

    QSharedDataPointer<WsOptionsData> d;
};
Q_DECLARE_TYPEINFO(WsOptions, Q_RELOCATABLE_TYPE);

#endif // WSOPTIONS_H
