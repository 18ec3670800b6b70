// SPDX-License-Identifier: MIT
#include "soakservices.h"

#include "soaklines.h"
#include "soakmessage.h"
#include "soakstream.h"

#include <QtCore/qfuture.h>
#include <QtCore/qurlquery.h>

#include <memory>

using namespace Qt::StringLiterals;
using namespace Soak;

namespace {
// One connection. Clients that are not good may send anything, and get it back if it is a message.
class Client
{
public:
    Client(WsConnection *connection, bool isGood)
        : m_connection(connection), m_name(connection->request().path()), m_isGood(isGood)
    {
    }
    bool isGood() const { return m_isGood; }
    quint32 messageCount() const { return m_check.count() + m_streams; }
    void noteStream() { ++m_streams; }
    void answer(Ws::MessageType type, QByteArrayView payload)
    {
        check(payload);
        if (!m_connection->send(type, payload) && m_isGood && m_connection->state() == Ws::Open)
            sayFault(u"%1 cannot be answered: %2"_s.arg(m_name, m_connection->errorString()));
    }
    void check(QByteArrayView payload)
    {
        if (!m_isGood)
            return;
        if (const QString fault = m_check.take(payload); !fault.isEmpty())
            sayFault(u"%1: %2"_s.arg(m_name, fault));
    }

private:
    WsConnection *const m_connection;
    const QString m_name;
    const bool m_isGood;
    MessageCheck m_check;
    quint32 m_streams = 0; // that have come as a whole
};

void answerByPulling(WsConnection *connection, const std::shared_ptr<Client> &client)
{
    connection->receive().then(connection, [=](const std::optional<WsMessage> &message) {
        if (!message)
            return;
        client->answer(message->type(), message->data());
        answerByPulling(connection, client);
    });
}

void answerByStreams(WsConnection *connection, const std::shared_ptr<Client> &client)
{
    connection->setBinaryType(Ws::Stream);
    QObject::connect(connection, &WsConnection::messageStarted, connection,
                     [connection, client](WsMessageStream *in) {
                         QObject::connect(in, &QIODevice::readChannelFinished, in, [in, client] {
                             if (in->isComplete())
                                 client->noteStream();
                         });
                         if (WsMessageStream *const out = connection->openMessage(in->messageType()))
                             new StreamEcho(in, out);
                     });
}

// Subscribes by a message, so that one that comes back can say which of the messages it has got last.
void serveTopic(WsServer *server, WsConnection *connection, const QString &topic,
                const std::shared_ptr<Client> &client)
{
    static constexpr QByteArrayView after = "after ";
    connection->setMessageHandler([=](WsConnection &, Ws::MessageType type, QByteArrayView payload) {
        client->check(payload);
        const QByteArrayView body = payload.sliced(qMin(payload.size(), HeaderSize));
        if (body.startsWith(after))
            server->subscribe(connection, topic, QString::fromLatin1(body.sliced(after.size())));
        else if (client->isGood())
            server->publish(topic, WsMessage(type, payload.toByteArray()));
    });
}
} // namespace

void Soak::serve(WsServer *server, WsConnection *connection, Received *received)
{
    const QUrl target = QUrl::fromEncoded(connection->request().target());
    const QString service = target.path().section(u'/', 1, 1);
    const bool isGood = QUrlQuery(target).hasQueryItem(u"good"_s);
    const auto client = std::make_shared<Client>(connection, isGood);
    QObject::connect(connection, &WsConnection::closed, connection,
                     [=](quint16 code, const QString &, bool wasClean) {
                         if (!isGood || code != Ws::Normal || !wasClean)
                             return;
                         received->messages += client->messageCount();
                         ++received->connections;
                     });
    if (service == u"pull")
        answerByPulling(connection, client);
    else if (service == u"stream")
        answerByStreams(connection, client);
    else if (service == u"topics")
        serveTopic(server, connection, target.path().section(u'/', 2), client);
    else if (service == u"signals")
        QObject::connect(
            connection, &WsConnection::messageReceived, connection,
            [client](const WsMessage &message) { client->answer(message.type(), message.data()); });
    else
        connection->setMessageHandler([client](WsConnection &, Ws::MessageType type, QByteArrayView payload) {
            client->answer(type, payload);
        });
}
