// SPDX-License-Identifier: MIT
#ifndef WSROUTES_H
#define WSROUTES_H

#include "protocol/wsroutepattern.h"

#include <WsKit/wsserver.h>

#include <memory>
#include <vector>

// What a server does with the requests for some paths.
struct WsRoute
{
    WsRoutePattern pattern;
    WsServer::RequestHandler handler; // one of the two
    WsServer::AsyncRequestHandler asyncHandler;
};

struct WsRouteMatch
{
    std::shared_ptr<const WsRoute> route; // null: there is none
    QVariantMap parameters;
};

// The routes of a server, the most specific first. Copies share the routes.
class WsRoutes
{
public:
    bool isEmpty() const { return m_routes.empty(); }
    QStringList patterns() const;
    bool contains(const WsRoutePattern &pattern) const;
    // Replaces the one with an equal pattern.
    void add(WsRoute route);
    void remove(const WsRoutePattern &pattern);
    WsRouteMatch find(const QByteArray &target) const;

private:
    using Routes = std::vector<std::shared_ptr<const WsRoute>>;
    static Routes::const_iterator lowerBound(const Routes &routes, const WsRoutePattern &pattern);

    Routes m_routes;
    qsizetype m_longest = 0; // how many segments a pattern has
};

#endif // WSROUTES_H
