// SPDX-License-Identifier: MIT
#ifndef BROKERHISTORIES_H
#define BROKERHISTORIES_H

#include "brokerprocesses.h"

// Servers in processes of their own whose topics have a history in a Redis that survives being killed.

namespace RedisTesting {
inline const QStringList KeepingRedis{u"--appendonly"_s, u"yes"_s, u"--appendfsync"_s, u"always"_s};
inline const QStringList KeepingServer{u"--history"_s, u"1000000"_s};

// How many of \a left, which were published at a server that was killed, \a client has not received: those at
// the end, which the server had not passed on.
inline void countLost(const Client &client, const QHash<QString, int> &left, qint64 *lost)
{
    for (auto entry = left.begin(); entry != left.end(); ++entry) {
        const Stream stream = client.streams.value(entry.key());
        QCOMPARE(stream.count, stream.last + 1);
        QVERIFY(stream.count <= entry.value());
        *lost += entry.value() - stream.count;
    }
}

// Checks after finish() that nothing is lost, that nothing has come twice, and that all clients have got the
// same in the same order, which is what Redis has. Only of what was published at a server that was killed,
// the end may lack.
inline void accountKept(const BrokerCluster &cluster, const Redis &redis, const char *title)
{
    const Client &reference = *cluster.sites.front()->clients.front();
    qint64 published = 0;
    qint64 lost = 0;
    for (const auto &site : cluster.sites) {
        QCOMPARE(site->counters().unsent, 0);
        QCOMPARE(site->counters().missed, 0);
        for (const auto &client : site->clients) {
            QCOMPARE(client->faults, QStringList());
            QCOMPARE(client->sequences, reference.sequences);
        }
        QCOMPARE(BrokerCluster::lackOf(reference, site->published), 0);
        countLost(reference, site->left, &lost);
        published += std::accumulate(site->published.begin(), site->published.end(), qint64(0));
        published += std::accumulate(site->left.begin(), site->left.end(), qint64(0));
    }
    qint64 kept = 0;
    for (auto topic = reference.sequences.keyBegin(); topic != reference.sequences.keyEnd(); ++topic)
        kept +=
            redis.ask("XLEN wskit:history:" + topic->toUtf8()).mid(1).split('\r').constFirst().toLongLong();
    QCOMPARE(reference.received, kept);
    QCOMPARE(published - lost, kept); // also from the first one on
    qInfo("%s: %lld published, %lld lost with a killed server, %lld received by each client", title,
          qlonglong(published), qlonglong(lost), qlonglong(kept));
}
} // namespace RedisTesting

#endif // BROKERHISTORIES_H
