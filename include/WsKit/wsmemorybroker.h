// SPDX-License-Identifier: MIT
#ifndef WSMEMORYBROKER_H
#define WSMEMORYBROKER_H

#include <WsKit/wsbroker.h>

class WsMemoryBrokerPrivate;

class WSKIT_EXPORT WsMemoryBroker : public WsBroker
{
    Q_OBJECT

public:
    explicit WsMemoryBroker(QObject *parent = nullptr);
    explicit WsMemoryBroker(const QString &name, QObject *parent = nullptr);
    ~WsMemoryBroker() override;

    QString name() const;
    void setConnected(bool connected);

protected:
    bool send(const WsBrokerMessage &message) override;
    void subscribe(const QString &topic) override;
    void unsubscribe(const QString &topic) override;
    bool keepsHistory() const override;
    void readHistory(int number, const QString &topic, const QString &after) override;

private:
    WsBrokerMessage keep(const WsBrokerMessage &message);

    const std::unique_ptr<WsMemoryBrokerPrivate> d;
};

#endif // WSMEMORYBROKER_H
