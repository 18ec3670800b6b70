// SPDX-License-Identifier: MIT
#include "soakplans.h"

using namespace Soak;

namespace {
struct Row
{
    QString service;
    QString transport;
    QString options; // how the client receives, and what else it does
};

// Each topic is that of two lanes of every server, so that all lanes of it have these many companions.
constexpr int TopicLanes = 2;

const QList<Row> &rows()
{
    static const QList<Row> all{
        {u"echo"_s, u"plain"_s, u"handler small"_s},
        {u"echo"_s, u"tls"_s, u"signal small compressed"_s},
        {u"echo"_s, u"local"_s, u"receive large"_s},
        {u"echo"_s, u"plain"_s, u"handler small proxied"_s},
        {u"echo"_s, u"plain"_s, u"waiting small compressed"_s},
        {u"signals"_s, u"plain"_s, u"signal small compressed"_s},
        {u"signals"_s, u"tls"_s, u"handler large compressed"_s},
        {u"signals"_s, u"local"_s, u"receive small"_s},
        {u"signals"_s, u"tls"_s, u"waiting small"_s},
        {u"pull"_s, u"plain"_s, u"receive large"_s},
        {u"pull"_s, u"tls"_s, u"signal small proxied"_s},
        {u"pull"_s, u"local"_s, u"waiting large compressed"_s},
        {u"stream"_s, u"plain"_s, u"compressed"_s},
        {u"stream"_s, u"tls"_s, u""_s},
        {u"topics/one"_s, u"plain"_s, u"signal compressed"_s},
        {u"topics/one"_s, u"tls"_s, u"signal"_s},
        {u"topics/two"_s, u"local"_s, u"signal compressed"_s},
        {u"topics/two"_s, u"plain"_s, u"signal proxied"_s},
    };
    return all;
}

QJsonObject planFor(const Row &row, const Site &site)
{
    const QStringList options = row.options.split(u' ');
    return {{u"name"_s, QStringList({site.kind.name, row.service, row.transport, row.options})
                            .join(u' ')
                            .replace(u' ', u'_')},
            {u"server"_s, site.kind.name},
            {u"url"_s, site.url(row.transport)},
            {u"service"_s, row.service},
            {u"receiving"_s, options.constFirst()},
            {u"large"_s, options.contains(u"large"_s)},
            {u"compressed"_s, options.contains(u"compressed"_s)},
            {u"proxied"_s, options.contains(u"proxied"_s)},
            {u"companions"_s, TopicLanes * int(siteKinds().size())}};
}
} // namespace

QList<Site::Kind> Soak::siteKinds()
{
    return {{u"calm-epoll"_s, {u"--epoll"_s}, false},
            {u"calm-threads"_s, {u"--epoll"_s, u"--threads"_s, u"2"_s}, false},
            {u"restless-loop"_s, {}, true},
            {u"restless-threads"_s, {u"--threads"_s, u"3"_s}, true}};
}

QList<QJsonObject> Soak::plansFor(const Site &site)
{
    QList<QJsonObject> plans;
    for (const Row &row : rows())
        plans.append(planFor(row, site));
    return plans;
}

QList<QJsonObject> Soak::pythonPlansFor(const Site &site)
{
    return {planFor({u"echo"_s, u"plain"_s, u"python compressed"_s}, site),
            planFor({u"pull"_s, u"tls"_s, u"python"_s}, site)};
}
