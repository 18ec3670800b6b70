// SPDX-License-Identifier: MIT
#ifndef HISTORYTESTING_H
#define HISTORYTESTING_H

#include "brokertesting.h"

#include <QtCore/qurlquery.h>

#include <atomic>

namespace HistoryTesting {
using namespace BrokerTesting;

// What subscribers get: the id, or nothing, then the message.
inline WsMessage withId(const QString &, const QString &id, const WsMessage &message)
{
    return WsMessage(message.type(), id.toLatin1() + '|' + message.data());
}

// A server whose clients say in the query from which id on they want a topic: /topic?after=id.
struct HistorySite
{
    explicit HistorySite(WsBroker *broker, int threads = 0)
    {
        server.setThreadCount(threads);
        server.setConnectionHandler([this](WsConnection *connection) {
            const QUrl target = QUrl::fromEncoded(connection->request().target());
            const QString after = QUrlQuery(target).queryItemValue(u"after"_s);
            const QString topic = target.path().mid(1);
            const bool isSubscribed = after.isEmpty() ? server.subscribe(connection, topic)
                                                      : server.subscribe(connection, topic, after);
            if (!isSubscribed)
                connection->close(Ws::PolicyViolation, u"no"_s);
            ++begun;
        });
        server.setReplayHandler([](WsConnection *connection, const QString &topic, const QString &, bool isComplete) {
            connection->sendText(u"replayed %1 %2"_s.arg(topic, isComplete ? u"yes"_s : u"no"_s));
        });
        server.setBroker(broker);
        isListening = server.listen();
    }
    std::atomic<int> begun{0}; // how many connections have subscribed
    WsServer server;
    bool isListening = false;
};

// Remembers the last id, and can go on with it on any server.
class Reader
{
public:
    explicit Reader(const QString &topic, const QString &after = {}) : lastId(after), m_topic(topic)
    {
        QObject::connect(&client, &WsClient::textMessageReceived, &client, [this](const QString &text) {
            const qsizetype mark = text.indexOf(u'|');
            if (mark < 0) {
                reports.append(text);
                return;
            }
            messages.append(text.mid(mark + 1));
            if (mark > 0)
                lastId = text.left(mark);
            else
                ++withoutId;
        });
        client.setOptions(patientOptions());
    }
    bool open(const HistorySite &site)
    {
        QUrl url = site.server.serverUrl();
        url.setPath(u'/' + m_topic);
        if (!lastId.isEmpty())
            url.setQuery(u"after="_s + lastId);
        const int before = site.begun;
        return client.open(url) && waitFor([&] { return client.state() == Ws::Open; })
               && waitFor([&] { return site.begun > before && !site.server.connections().isEmpty(); });
    }
    bool leave()
    {
        client.abort();
        return waitFor([&] { return client.state() == Ws::Closed; });
    }

    WsClient client;
    QString lastId;
    QStringList messages;
    QStringList reports;
    int withoutId = 0;

private:
    const QString m_topic;
};
} // namespace HistoryTesting

#endif // HISTORYTESTING_H
