// SPDX-License-Identifier: MIT
#ifndef WSQMLCONNECTION_H
#define WSQMLCONNECTION_H

#include <WsKit/wsconnection.h>

#include <QtQml/qjsvalue.h>
#include <QtQml/qqml.h>

// The functions that WsConnection has only in QML. The engine adds them to objects that QML creates: clients.
class WsConnectionExtension : public QObject
{
    Q_OBJECT
    QML_ANONYMOUS

public:
    explicit WsConnectionExtension(QObject *connection);

    Q_INVOKABLE bool send(const QJSValue &value);
    Q_INVOKABLE bool broadcast(const QJSValue &value);
    Q_INVOKABLE bool close(const QJSValue &code = {}, const QJSValue &reason = {});
    Q_INVOKABLE void abort();

private:
    WsConnection &m_connection;
};

// The same for the connections of a WsQmlServer, which C++ creates.
class WsQmlConnection : public WsConnection
{
    Q_OBJECT
    QML_ANONYMOUS

public:
    WsQmlConnection();

    using WsConnection::expectScripts;

    using WsConnection::broadcast;
    using WsConnection::send;
    Q_INVOKABLE bool send(const QJSValue &value);
    Q_INVOKABLE bool broadcast(const QJSValue &value);
    Q_INVOKABLE bool close(const QJSValue &code = {}, const QJSValue &reason = {});
};

struct WsConnectionForeign
{
    Q_GADGET
    QML_FOREIGN(WsConnection)
    QML_NAMED_ELEMENT(WsConnection)
    QML_EXTENDED(WsConnectionExtension)
    QML_UNCREATABLE("WsConnection cannot be created; use WsClient or WsServer.newConnection().")
};

struct WsConnectionListForeign
{
    Q_GADGET
    QML_FOREIGN(QList<WsConnection *>)
    QML_ANONYMOUS
    QML_SEQUENTIAL_CONTAINER(WsConnection *)
};

#endif // WSQMLCONNECTION_H
