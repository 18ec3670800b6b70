// SPDX-License-Identifier: MIT
#include "reconnection.h"

#include <QtCore/QDebug>

using namespace Qt::StringLiterals;

namespace Reconnection {
void Window::stayConnected(const QUrl &url)
{
    //! [reconnect]
    WsReconnect reconnect;
    reconnect.setEnabled(true);
    reconnect.setQueueMessages(true);
    client->setReconnect(reconnect);
    connect(client, &WsClient::opened, this, [this] { client->sendText("subscribe news"); });
    connect(client, &WsClient::reconnecting, this, [this](int attempt, int delayMs) {
        showStatus(tr("Offline. Attempt %1 in %2 s").arg(attempt).arg(delayMs / 1000));
    });
    client->open(url); // for example wss://example.com/news
    //! [reconnect]
}

void useProxy(WsClient &client)
{
    //! [proxy]
    if (!client.setProxy(QUrl(u"http://user:password@proxy.example.com:3128"_s)))
        qCritical() << client.errorString();
    //! [proxy]
}

void renewToken(WsClient &client, const std::function<QByteArray()> &newToken)
{
    //! [token]
    client.setRequestFilter([newToken](WsRequest &request) {
        WsHeaders headers = request.headers();
        headers.append({"Authorization", "Bearer " + newToken()});
        request.setHeaders(headers);
    });
    //! [token]
}

void handleAll(WsClient &client, const std::function<void(const WsMessage &)> &handle)
{
    //! [thread]
    while (client.waitForOpened()) {
        for (const WsMessage &message : client.messages())
            handle(message);
    }
    //! [thread]
}
} // namespace Reconnection
