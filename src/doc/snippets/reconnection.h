// SPDX-License-Identifier: MIT
#ifndef RECONNECTION_H
#define RECONNECTION_H

#include <WsKit/WsClient>

namespace Reconnection {
class Window : public QObject
{
    Q_OBJECT

public:
    void stayConnected(const QUrl &url);

    WsClient *client = new WsClient(this);
    QString status;

private:
    void showStatus(const QString &text) { status = text; }
};

void useProxy(WsClient &client);
void renewToken(WsClient &client, const std::function<QByteArray()> &newToken);
void handleAll(WsClient &client, const std::function<void(const WsMessage &)> &handle);
} // namespace Reconnection

#endif // RECONNECTION_H
