// SPDX-License-Identifier: MIT
#ifndef WSWEBCHANNELSERVER_H
#define WSWEBCHANNELSERVER_H

#include <WsKit/wsserver.h>
#include <WsKit/wswebchannelglobal.h>

#include <QtWebChannel/qwebchannel.h>

#include <memory>

class WsWebChannelServerPrivate;

class WSKIT_WEBCHANNEL_EXPORT WsWebChannelServer : public QObject
{
    Q_OBJECT
    Q_PROPERTY(WsServer *server READ server WRITE setServer NOTIFY serverChanged FINAL)
    Q_PROPERTY(QWebChannel *channel READ channel WRITE setChannel NOTIFY channelChanged FINAL)
    Q_PROPERTY(QString path READ path WRITE setPath NOTIFY pathChanged FINAL)
    Q_PROPERTY(int idleTimeout READ idleTimeoutMs WRITE setIdleTimeoutMs NOTIFY idleTimeoutChanged FINAL)
    Q_PROPERTY(int clientCount READ clientCount NOTIFY clientCountChanged FINAL)

public:
    explicit WsWebChannelServer(QObject *parent = nullptr);
    WsWebChannelServer(WsServer *server, QWebChannel *channel, QObject *parent = nullptr);
    ~WsWebChannelServer() override;

    WsServer *server() const;
    void setServer(WsServer *server);
    QWebChannel *channel() const;
    void setChannel(QWebChannel *channel);
    QString path() const;
    void setPath(const QString &path);
    std::chrono::milliseconds idleTimeout() const;
    void setIdleTimeout(std::chrono::milliseconds timeout);
    int clientCount() const;
    Q_INVOKABLE QList<WsConnection *> clients() const;

Q_SIGNALS:
    void clientConnected(WsConnection *connection);
    void clientDisconnected(WsConnection *connection);
    void errorOccurred(const WsError &error, WsConnection *connection);
    void serverChanged();
    void channelChanged();
    void pathChanged();
    void idleTimeoutChanged();
    void clientCountChanged();

private:
    // In the unit of QML.
    int idleTimeoutMs() const;
    void setIdleTimeoutMs(int ms) { setIdleTimeout(std::chrono::milliseconds(ms)); }

    std::unique_ptr<WsWebChannelServerPrivate> d;
};

#endif // WSWEBCHANNELSERVER_H
