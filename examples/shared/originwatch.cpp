// SPDX-License-Identifier: MIT
#include "originwatch.h"

#include <WsKit/WsClient>

namespace {
bool isTls(const QUrl &url)
{
    return url.scheme() == u"wss" || url.scheme() == u"https";
}

// RFC 6454 §4
bool isSameOrigin(const QUrl &url, const QUrl &other)
{
    const int defaultPort = isTls(url) ? 443 : 80;
    return isTls(url) == isTls(other) && url.host() == other.host()
           && url.port(defaultPort) == other.port(defaultPort);
}
} // namespace

std::shared_ptr<const bool> watchOrigin(WsClient *client)
{
    const auto isElsewhere = std::make_shared<bool>(false);
    const auto begin = std::make_shared<QUrl>();
    QObject::connect(client, &WsClient::stateChanged, client, [client, begin, isElsewhere](Ws::State state) {
        if (state != Ws::Connecting)
            return;
        *begin = client->url();
        *isElsewhere = false;
    });
    QObject::connect(client, &WsClient::redirected, client, [begin, isElsewhere](const QUrl &target) {
        *isElsewhere = *isElsewhere || !isSameOrigin(*begin, target);
    });
    return isElsewhere;
}
