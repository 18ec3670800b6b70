// SPDX-License-Identifier: MIT
#ifndef WSBROKER_H
#define WSBROKER_H

#include <WsKit/wsbrokermessage.h>
#include <WsKit/wserror.h>
#include <WsKit/wsmessage.h>

#include <QtCore/qobject.h>
#include <QtCore/qstringlist.h>

#include <chrono>
#include <functional>
#include <memory>

class WsBrokerHub;

class WSKIT_EXPORT WsBroker : public QObject
{
    Q_OBJECT
    Q_PROPERTY(Ws::State state READ state NOTIFY stateChanged FINAL)
    Q_PROPERTY(bool queueMessages READ queueMessages WRITE setQueueMessages NOTIFY queueMessagesChanged FINAL)

public:
    using HistoryEnvelope = std::function<WsMessage(const QString &topic, const QString &id, const WsMessage &message)>;

    ~WsBroker() override;

    Ws::State state() const;
    bool isConnected() const { return state() == Ws::Open; }
    QStringList topics() const;

    bool publish(const QString &topic, const WsMessage &message);
    bool publish(const QString &topic, const WsMessage &message, const QString &key);

    bool queueMessages() const;
    void setQueueMessages(bool queue);
    qint64 maxBufferedAmount() const;
    void setMaxBufferedAmount(qint64 bytes);
    qint64 maxMessageSize() const;
    void setMaxMessageSize(qint64 bytes);

    void setHistory(const QString &topics, qint64 maxMessages,
                    std::chrono::seconds timeToLive = std::chrono::hours(24));
    bool hasHistory(const QString &topic) const;
    void setHistoryEnvelope(HistoryEnvelope envelope);

    void setPresence(const QString &topics, std::chrono::milliseconds timeToLive = std::chrono::seconds(30));
    void watchMembers(const QString &topic);
    void unwatchMembers(const QString &topic);

    qint64 messagesUnsent() const;
    qint64 messagesMissed() const;

Q_SIGNALS:
    void stateChanged();
    void connected();
    void disconnected();
    void errorOccurred(const WsError &error);
    void queueMessagesChanged();

protected:
    explicit WsBroker(QObject *parent = nullptr);

    // What a broker of one kind implements, and how it reports.
    virtual bool send(const WsBrokerMessage &message) = 0;
    virtual void subscribe(const QString &topic) = 0;
    virtual void unsubscribe(const QString &topic) = 0;
    void setState(Ws::State state);
    void deliver(const WsBrokerMessage &message);
    void countUnsent(qint64 messages);
    void endPresence();

    // The same for a broker that keeps a history.
    virtual bool keepsHistory() const;
    virtual void readHistory(int number, const QString &topic, const QString &after);
    void deliverHistory(int number, const QList<WsBrokerMessage> &messages, bool isLast, bool isComplete);
    void confirmSubscription(const QString &topic);
    void refuse(const WsBrokerMessage &message);
    qint64 historyLength(const QString &topic) const;
    std::chrono::seconds historyTimeToLive(const QString &topic) const;

    bool event(QEvent *event) override;

private:
    friend class WsBrokerHub;
    const std::shared_ptr<WsBrokerHub> d;
};

#endif // WSBROKER_H
