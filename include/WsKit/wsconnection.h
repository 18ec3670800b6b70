// SPDX-License-Identifier: MIT
#ifndef WSCONNECTION_H
#define WSCONNECTION_H

#include <WsKit/ws.h>
#include <WsKit/wserror.h>
#include <WsKit/wsmessage.h>
#include <WsKit/wsmessagerange.h>
#include <WsKit/wsmessagestream.h>
#include <WsKit/wsoptions.h>
#include <WsKit/wspreparedmessage.h>
#include <WsKit/wsrequest.h>
#include <WsKit/wsresponse.h>
#include <WsKit/wsstatistics.h>

#include <QtCore/qbytearraylist.h>
#include <QtCore/qdeadlinetimer.h>
#include <QtCore/qfuture.h>
#include <QtCore/qobject.h>
#include <QtCore/qpromise.h>
#include <QtCore/qurl.h>
#include <QtNetwork/qsslconfiguration.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>

QT_BEGIN_NAMESPACE
class QJsonValue;
QT_END_NAMESPACE

class WsConnectionPrivate;

class WSKIT_EXPORT WsConnection : public QObject
{
    Q_OBJECT
    Q_PROPERTY(Ws::State state READ state NOTIFY stateChanged FINAL)
    Q_PROPERTY(QUrl url READ url NOTIFY urlChanged)
    Q_PROPERTY(QString subprotocol READ subprotocol NOTIFY subprotocolChanged FINAL)
    Q_PROPERTY(QString extensions READ extensions NOTIFY extensionsChanged FINAL)
    Q_PROPERTY(double bufferedAmount READ bufferedAmountNumber NOTIFY bufferedAmountChanged FINAL)
    Q_PROPERTY(bool paused READ paused WRITE setPaused NOTIFY pausedChanged FINAL)
    Q_PROPERTY(Ws::BinaryType binaryType READ binaryType WRITE setBinaryType NOTIFY binaryTypeChanged FINAL)
    Q_PROPERTY(int closeCode READ closeCode NOTIFY stateChanged FINAL)
    Q_PROPERTY(QString closeReason READ closeReason NOTIFY stateChanged FINAL)
    Q_PROPERTY(double id READ idNumber CONSTANT FINAL)
    Q_PROPERTY(bool inBroadcasts READ inBroadcasts WRITE setInBroadcasts NOTIFY inBroadcastsChanged FINAL)
    Q_PROPERTY(WsOptions options READ options WRITE setOptions NOTIFY optionsChanged FINAL)
    Q_PROPERTY(WsRequest request READ request NOTIFY stateChanged FINAL)
    Q_PROPERTY(WsResponse response READ response NOTIFY stateChanged FINAL)
    Q_PROPERTY(QString user READ user NOTIFY stateChanged)
    Q_PROPERTY(bool isEncrypted READ isEncrypted NOTIFY stateChanged FINAL)
    Q_PROPERTY(bool isServerSide READ isServerSide CONSTANT FINAL)

public:
    using MessageHandler = std::function<void(WsConnection &, Ws::MessageType, QByteArrayView)>;

    ~WsConnection() override;

    Ws::State state() const;
    QUrl url() const;
    QString subprotocol() const;
    QString extensions() const;
    qint64 bufferedAmount() const;
    bool paused() const;
    void setPaused(bool paused);
    Ws::BinaryType binaryType() const;
    void setBinaryType(Ws::BinaryType type);
    quint16 closeCode() const;
    QString closeReason() const;
    quint64 id() const;
    bool inBroadcasts() const;
    void setInBroadcasts(bool takesPart);
    WsOptions options() const;
    void setOptions(const WsOptions &options);

    WsRequest request() const;
    WsResponse response() const;
    QString user() const;
    QHostAddress peerAddress() const;
    quint16 peerPort() const;
    QHostAddress localAddress() const;
    quint16 localPort() const;
    bool isEncrypted() const;
    QSslConfiguration sslConfiguration() const;
    bool isServerSide() const;
    Q_INVOKABLE WsStatistics statistics() const;
    Q_INVOKABLE QString errorString() const;

    bool sendText(const QString &text);
    bool sendText(QUtf8StringView utf8);
    bool sendText(const QByteArray &utf8);
    bool sendText(const char *utf8);
    bool sendBinary(const QByteArray &data);
    bool sendJson(const QJsonValue &value);
    bool send(const WsMessage &message);
    bool send(const WsPreparedMessage &message);
    bool send(Ws::MessageType type, QByteArrayView payload);
    bool sendFragments(Ws::MessageType type, const QByteArrayList &fragments);
    template <typename Range,
              std::enable_if_t<!std::is_convertible_v<Range &&, const QByteArrayList &>, bool> = true>
    bool sendFragments(Ws::MessageType type, Range &&fragments);
    WsMessageStream *openMessage(Ws::MessageType type);
    bool broadcast(const WsMessage &message);
    bool broadcast(const QString &text);
    bool broadcast(const QByteArray &data);
    bool broadcast(const char *utf8);

    void setMessageHandler(MessageHandler handler);

    QFuture<std::optional<WsMessage>> receive();
    std::optional<WsMessage> waitForMessage(QDeadlineTimer deadline = QDeadlineTimer::Forever);
    WsMessageRange messages();
    bool waitForClosed(QDeadlineTimer deadline = QDeadlineTimer::Forever);
    bool waitForDrained(QDeadlineTimer deadline = QDeadlineTimer::Forever);

public Q_SLOTS:
    bool ping(const QByteArray &payload = {});
    bool pong(const QByteArray &payload = {});
    bool close(quint16 code = Ws::Normal, const QString &reason = {});
    void abort();
    bool flush();

Q_SIGNALS:
    void opened();
    void messageReceived(const WsMessage &message);
    void messageSent(const WsMessage &message);
    void textMessageReceived(const QString &text);
    void binaryMessageReceived(const QByteArray &data);
    void textFrameReceived(const QString &frame, bool isFinal);
    void binaryFrameReceived(const QByteArray &frame, bool isFinal);
    void messageStarted(WsMessageStream *stream);
    void pinged(const QByteArray &payload);
    void pongReceived(const QByteArray &payload, qint64 roundTripUs);
    void bytesWritten(qint64 bytes);
    void drained();
    void errorOccurred(const WsError &error);
    void closed(quint16 code, const QString &reason, bool wasClean);
    void stateChanged(Ws::State state);
    void urlChanged();
    void subprotocolChanged(const QString &subprotocol);
    void extensionsChanged(const QString &extensions);
    void bufferedAmountChanged(qint64 bytes);
    void pausedChanged(bool paused);
    void binaryTypeChanged(Ws::BinaryType type);
    void inBroadcastsChanged(bool takesPart);
    void optionsChanged();

protected:
    // Constructs a server's end of a connection, for WsServer::createConnection().
    WsConnection();
    WsConnection(std::unique_ptr<WsConnectionPrivate> data, QObject *parent);

    bool event(QEvent *event) override;
    void connectNotify(const QMetaMethod &signal) override;
    void disconnectNotify(const QMetaMethod &signal) override;
    // Called after closed() has been emitted, if the object still exists.
    virtual void afterClosed() { }
    static void expectScripts();

    std::unique_ptr<WsConnectionPrivate> d;

private:
    friend class WsConnectionPrivate;

    // The same values in a type that QML and its tools support.
    double bufferedAmountNumber() const { return double(bufferedAmount()); }
    double idNumber() const { return double(id()); }
};

template <typename Range, std::enable_if_t<!std::is_convertible_v<Range &&, const QByteArrayList &>, bool>>
bool WsConnection::sendFragments(Ws::MessageType type, Range &&fragments)
{
    const qint64 limit = options().maxBufferedAmount();
    QByteArrayList list;
    qint64 size = 0;
    for (auto &&fragment : fragments) {
        list.append(fragment);
        size += list.constLast().size();
        if (size > limit)
            break; // the message will be refused, and the range may be endless
    }
    return sendFragments(type, list);
}

#endif // WSCONNECTION_H
