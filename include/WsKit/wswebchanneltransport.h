// SPDX-License-Identifier: MIT
#ifndef WSWEBCHANNELTRANSPORT_H
#define WSWEBCHANNELTRANSPORT_H

#include <WsKit/wsconnection.h>
#include <WsKit/wswebchannelglobal.h>

#include <QtWebChannel/qwebchannelabstracttransport.h>

#include <memory>

class WsWebChannelTransportPrivate;

class WSKIT_WEBCHANNEL_EXPORT WsWebChannelTransport : public QWebChannelAbstractTransport
{
    Q_OBJECT
    Q_PROPERTY(WsConnection *connection READ connection NOTIFY ended FINAL)

public:
    explicit WsWebChannelTransport(WsConnection *connection, QObject *parent = nullptr);
    ~WsWebChannelTransport() override;

    WsConnection *connection() const;
    std::chrono::milliseconds idleTimeout() const;
    void setIdleTimeout(std::chrono::milliseconds timeout);

public Q_SLOTS:
    void sendMessage(const QJsonObject &message) override;

Q_SIGNALS:
    void errorOccurred(const WsError &error);
    void ended();

private:
    std::unique_ptr<WsWebChannelTransportPrivate> d;
};

#endif // WSWEBCHANNELTRANSPORT_H
