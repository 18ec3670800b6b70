// SPDX-License-Identifier: MIT
#include "interopserver.h"

#include "integrationtesting.h"

#include <QtCore/qhash.h>

using namespace IntegrationTesting;

namespace {
void echo(WsConnection *connection)
{
    QObject::connect(connection, &WsConnection::messageReceived, connection,
                     [connection](const WsMessage &message) { connection->send(message); });
}

void setFragmentSize(WsConnection *connection, qint64 bytes)
{
    WsOptions options = connection->options();
    options.setFragmentSize(bytes);
    connection->setOptions(options);
}

void sendFragments(WsConnection *connection)
{
    setFragmentSize(connection, 5); // which cuts no character
    connection->sendText(u"one two thrée 😀"_s);
    setFragmentSize(connection, 3);
    connection->sendBinary("\x00\x01\xFE\xFF"_ba);
}

void sendCharacters(WsConnection *connection)
{
    setFragmentSize(connection, 1);
    connection->sendText(u"é€😀"_s);
}

void sendPieces(WsConnection *connection)
{
    WsMessageStream *stream = connection->openMessage(Ws::Text);
    for (int piece = 0; piece < 16; ++piece) {
        stream->write(u"0123456789aäé\n"_s.repeated(4096).toUtf8());
        connection->ping();
    }
    stream->close();
}

void sendBurst(WsConnection *connection)
{
    for (int number = 0; number < 10000; ++number)
        connection->sendText(QString::number(number));
}

void sendPing(WsConnection *connection)
{
    QObject::connect(connection, &WsConnection::pongReceived, connection,
                     [connection](const QByteArray &payload) { connection->sendText("pong " + payload); });
    connection->ping("server ping");
}

void closeAtOnce(WsConnection *connection)
{
    connection->close(4002, u"server goodbye ü"_s);
}

const QHash<QString, void (*)(WsConnection *)> Paths{
    {u"/echo"_s, echo},         {u"/fragments"_s, sendFragments},   {u"/characters"_s, sendCharacters},
    {u"/pieces"_s, sendPieces}, {u"/burst"_s, sendBurst},           {u"/ping"_s, sendPing},
    {u"/close"_s, closeAtOnce}, {u"/fan"_s, [](WsConnection *) {}}, {u"/report"_s, [](WsConnection *) {}}};
} // namespace

InteropServer::InteropServer()
{
    m_server.setOptions(patientOptions());
    m_server.setSubprotocols({u"chat.v2"_s, u"chat.v1"_s});
    m_server.setRequestHandler([this](const WsRequest &request) {
        m_requests.append(request);
        return answer(request);
    });
    connect(&m_server, &WsServer::newConnection, this, &InteropServer::serve);
    connect(&m_server, &WsServer::connectionRejected, this,
            [this](const WsError &error) { m_rejections.append(error); });
}

void InteropServer::setCompression(const WsCompression &compression)
{
    WsOptions options = m_server.options();
    options.setCompression(compression);
    m_server.setOptions(options);
}

bool InteropServer::listen(bool isEncrypted, const QHostAddress &address)
{
    if (isEncrypted)
        m_server.setSslConfiguration(tlsConfiguration(m_certificate));
    return m_server.listen(address);
}

WsResponse InteropServer::answer(const WsRequest &request) const
{
    if (!m_page.isEmpty() && !request.isWebSocketUpgrade())
        return request.path() == u"/" ? WsResponse::html(m_page) : WsResponse::notFound();
    // An empty choice of subprotocol leaves it to the server's own list.
    return Paths.contains(request.path()) ? WsResponse::accept() : WsResponse::reject(403, "refused");
}

void InteropServer::serve(WsConnection *connection)
{
    const QString path = connection->request().path();
    m_subprotocols.append(connection->subprotocol());
    connect(connection, &WsConnection::closed, this,
            [this, path, connection](quint16 code, const QString &reason, bool wasClean) {
                m_traffic.append({connection->extensions(), connection->statistics()});
                m_endings.append({path, code, reason, wasClean});
                Q_EMIT connectionEnded(path, code, reason);
            });
    Q_EMIT connectionOpened(connection);
    if (path == u"/report")
        connect(connection, &WsConnection::textMessageReceived, this, &InteropServer::reported);
    if (path == u"/fan")
        fan(connection);
    Paths.value(path)(connection);
}

void InteropServer::fan(WsConnection *connection)
{
    connect(connection, &WsConnection::messageReceived, this, [this, connection](const WsMessage &message) {
        if (message.data().startsWith("own")) {
            for (WsConnection *client : m_server.connections())
                client->send(message);
        } else {
            connection->broadcast(message);
            connection->send(WsPreparedMessage(message));
        }
    });
}
