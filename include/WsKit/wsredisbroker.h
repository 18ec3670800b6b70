// SPDX-License-Identifier: MIT
#ifndef WSREDISBROKER_H
#define WSREDISBROKER_H

#include <WsKit/wsbroker.h>
#include <WsKit/wsredisglobal.h>

#include <QtCore/qurl.h>

#include <chrono>
#include <memory>

QT_BEGIN_NAMESPACE
class QSslConfiguration;
QT_END_NAMESPACE

class WsRedisBrokerPrivate;

class WSKIT_REDIS_EXPORT WsRedisBroker : public WsBroker
{
    Q_OBJECT
    Q_PROPERTY(QUrl url READ url WRITE setUrl NOTIFY urlChanged FINAL)
    Q_PROPERTY(QString prefix READ prefix WRITE setPrefix NOTIFY prefixChanged FINAL)

public:
    explicit WsRedisBroker(QObject *parent = nullptr);
    ~WsRedisBroker() override;

    QUrl url() const;
    void setUrl(const QUrl &url);
    QString prefix() const;
    void setPrefix(const QString &prefix);
    void setReconnectDelay(std::chrono::milliseconds first, std::chrono::milliseconds longest);
    std::chrono::milliseconds checkInterval() const;
    void setCheckInterval(std::chrono::milliseconds interval);
    QSslConfiguration sslConfiguration() const;
    void setSslConfiguration(const QSslConfiguration &configuration);

Q_SIGNALS:
    void urlChanged();
    void prefixChanged();

protected:
    bool send(const WsBrokerMessage &message) override;
    void subscribe(const QString &topic) override;
    void unsubscribe(const QString &topic) override;
    bool keepsHistory() const override;
    void readHistory(int number, const QString &topic, const QString &after) override;

private:
    friend class WsRedisBrokerPrivate;
    const std::unique_ptr<WsRedisBrokerPrivate> d;
};

#endif // WSREDISBROKER_H
