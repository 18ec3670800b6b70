// SPDX-License-Identifier: MIT

// Routes and request bodies.

#include <WsKit/wsserver.h>

#include "net/server/wsserver_p.h"

/*!
    \property WsServer::maxRequestBody
    \brief how large the body of a plain HTTP request may be, in bytes.
*/
qint64 WsServer::maxRequestBody() const
{
    return d->read(d->settings)->maxRequestBody;
}

void WsServer::setMaxRequestBody(qint64 value)
{
    d->run([value](WsServerPrivate &data) {
        if (data.changeSetting(&WsServerSettings::maxRequestBody, value))
            Q_EMIT data.q->maxRequestBodyChanged();
    });
}

bool WsServer::addRoute(const QString &, RequestHandler)
{
    return false;
}

bool WsServer::addAsyncRoute(const QString &, AsyncRequestHandler)
{
    return false;
}

bool WsServer::removeRoute(const QString &)
{
    return false;
}

QStringList WsServer::routes() const
{
    return {};
}
