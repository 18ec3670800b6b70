// SPDX-License-Identifier: MIT
#include "wsqmlconnection.h"

#include "wsqmlscript.h"

#include <QtQml/qqmlengine.h>

WsConnectionExtension::WsConnectionExtension(QObject *connection)
    : QObject(connection), m_connection(*qobject_cast<WsConnection *>(connection))
{
}

bool WsConnectionExtension::send(const QJSValue &value)
{
    return wsSendValue(m_connection, value);
}

bool WsConnectionExtension::broadcast(const QJSValue &value)
{
    return wsBroadcastValue(m_connection, value);
}

bool WsConnectionExtension::close(const QJSValue &code, const QJSValue &reason)
{
    return wsCloseAsBrowser(m_connection, code, reason);
}

WsQmlConnection::WsQmlConnection()
{
    // Its server owns it, whatever scripts hold of it.
    QQmlEngine::setObjectOwnership(this, QQmlEngine::CppOwnership);
}

bool WsQmlConnection::send(const QJSValue &value)
{
    return wsSendValue(*this, value);
}

bool WsQmlConnection::broadcast(const QJSValue &value)
{
    return wsBroadcastValue(*this, value);
}

bool WsQmlConnection::close(const QJSValue &code, const QJSValue &reason)
{
    return wsCloseAsBrowser(*this, code, reason);
}
