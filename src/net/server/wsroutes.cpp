// SPDX-License-Identifier: MIT
#include "net/server/wsroutes.h"

#include <algorithm>
#include <utility>

WsRoutes::Routes::const_iterator WsRoutes::lowerBound(const Routes &routes, const WsRoutePattern &pattern)
{
    return std::lower_bound(
        routes.begin(), routes.end(), pattern,
        [](const auto &route, const WsRoutePattern &wanted) { return route->pattern < wanted; });
}

QStringList WsRoutes::patterns() const
{
    QStringList texts;
    for (const auto &route : m_routes)
        texts.append(route->pattern.text());
    return texts;
}

bool WsRoutes::contains(const WsRoutePattern &pattern) const
{
    const auto place = lowerBound(m_routes, pattern);
    return place != m_routes.end() && (*place)->pattern == pattern;
}

void WsRoutes::add(WsRoute route)
{
    remove(route.pattern);
    m_longest = std::max(m_longest, route.pattern.segmentCount());
    const auto place = lowerBound(m_routes, route.pattern);
    m_routes.insert(place, std::make_shared<const WsRoute>(std::move(route)));
}

void WsRoutes::remove(const WsRoutePattern &pattern)
{
    if (contains(pattern))
        m_routes.erase(lowerBound(m_routes, pattern));
}

WsRouteMatch WsRoutes::find(const QByteArray &target) const
{
    if (isEmpty())
        return {};
    const WsRoutePath path(wsTargetPath(target).toByteArray(), m_longest);
    for (const auto &route : m_routes) {
        if (auto parameters = route->pattern.match(path))
            return {route, *std::move(parameters)};
    }
    return {};
}
