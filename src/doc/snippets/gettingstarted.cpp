// SPDX-License-Identifier: MIT
#include "gettingstarted.h"

#include <QtCore/QCryptographicHash>
#include <QtCore/QDebug>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>

using namespace Qt::StringLiterals;

namespace GettingStarted {
namespace {
// By a hash, because how long two secrets are compared may tell where they differ.
bool isKnown(const QByteArray &authorization)
{
    return QCryptographicHash::hash(authorization, QCryptographicHash::Sha256).toHex()
           == "b91799a83725b35c6588c080f3d90b74ad1da423c48d74db6526493dd5eb9859";
}
} // namespace

void answerRequests(WsServer &server)
{
    //! [requests]
    server.setRequestHandler([](const WsRequest &request) {
        if (request.path() == u"/")
            return WsResponse::html("<!doctype html><title>Chat</title><h1>Chat</h1>");
        if (request.path() != u"/chat")
            return WsResponse::notFound();
        if (!isKnown(request.header("Authorization")))
            return WsResponse::reject(401, "who are you?\n", {{"WWW-Authenticate", "Bearer"}});
        return WsResponse::accept();
    });
    //! [requests]
}

void greet(WsConnection *connection)
{
    //! [sending]
    connection->sendText(u"Grüße"_s);                                 // QString
    connection->sendText("hello");                                    // UTF-8
    connection->sendBinary(QByteArray::fromHex("cafe"));              // bytes
    connection->sendJson(QJsonObject{{u"list"_s, QJsonArray{1, 2}}}); // JSON, as a text message
    //! [sending]
}

void explain(WsConnection *connection)
{
    //! [errors]
    QObject::connect(connection, &WsConnection::errorOccurred, connection, [](const WsError &error) {
        switch (error.kind()) {
        case Ws::ErrorKind::Network: // not found, refused, reset: it may work later
        case Ws::ErrorKind::Timeout:
            qWarning() << "try again later:" << error.text();
            break;
        case Ws::ErrorKind::Handshake: // the server answered, but not with a WebSocket
            qWarning() << "HTTP status" << error.httpStatus() << error.text();
            break;
        default:
            qWarning() << error;
        }
    });
    QObject::connect(connection, &WsConnection::closed, connection,
                     [](quint16 code, const QString &reason, bool wasClean) {
                         qInfo() << "closed with" << code << reason << (wasClean ? "" : "(cut off)");
                     });
    //! [errors]
}
} // namespace GettingStarted

//! [class]
ChatServer::ChatServer(QObject *parent) : QObject(parent)
{
    connect(&m_server, &WsServer::newConnection, this, &ChatServer::onConnection);
}

void ChatServer::onConnection(WsConnection *connection)
{
    connect(connection, &WsConnection::textMessageReceived, this, [this, connection](const QString &text) {
        m_server.broadcast(u"%1: %2"_s.arg(connection->id()).arg(text)); // to all, the sender too
    });
    connect(connection, &WsConnection::closed, this,
            [this, connection] { m_server.broadcast(u"%1 has left"_s.arg(connection->id())); });
}
//! [class]
