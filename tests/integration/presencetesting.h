// SPDX-License-Identifier: MIT
#ifndef PRESENCETESTING_H
#define PRESENCETESTING_H

#include "brokertesting.h"

#include <WsKit/WsBroker>

#include <atomic>
#include <memory>
#include <vector>

namespace BrokerTesting {
// A server as in a process of its own. Its connections subscribe to the topic that their path names, as the
// member that their query names, and all that it reports of members is recorded.
struct House
{
    explicit House(WsBroker *broker, int threads = 0)
    {
        server.setThreadCount(threads);
        server.setPresenceName([](const WsConnection *connection) {
            return connection->request().query().toString(QUrl::FullyDecoded);
        });
        server.setConnectionHandler([this](WsConnection *connection) {
            server.subscribe(connection, connection->request().path().mid(1));
            ++subscribed;
        });
        const auto note = [this](QChar sign) {
            return [this, sign](const QString &topic, const QString &member) {
                events.append(sign + (topic == u"room"_s ? member : topic + u':' + member));
            };
        };
        QObject::connect(&server, &WsServer::memberJoined, &server, note(u'+'));
        QObject::connect(&server, &WsServer::memberLeft, &server, note(u'-'));
        server.setBroker(broker);
        isListening = server.listen();
    }
    // Returns once the connection has subscribed.
    WsClient *enter(const QString &name, const QString &topic = u"room"_s)
    {
        clients.push_back(std::make_unique<WsClient>());
        WsClient *const client = clients.back().get();
        client->setOptions(patientOptions());
        QUrl url = server.serverUrl();
        url.setPath(u'/' + topic);
        url.setQuery(name);
        const int before = subscribed;
        (void)client->open(url);
        (void)waitFor([&] { return client->state() == Ws::Open && subscribed > before; });
        return client;
    }
    QStringList members(const QString &topic = u"room"_s) const { return server.members(topic); }
    // Whether the events of the topic, one after the other, lead to what the server knows.
    bool areEventsRight() const
    {
        QStringList told;
        for (const QString &event : events) {
            const QString member = event.mid(1);
            if (told.contains(member) == event.startsWith(u'+'))
                return false;
            if (event.startsWith(u'+'))
                told.append(member);
            else
                told.removeOne(member);
        }
        told.sort();
        return told == members();
    }

    std::vector<std::unique_ptr<WsClient>> clients;
    QStringList events;
    std::atomic<int> subscribed{0};
    WsServer server;
    bool isListening = false;
};
} // namespace BrokerTesting

#endif // PRESENCETESTING_H
