// SPDX-License-Identifier: MIT

// Messages of which only the latest matters.

#include <WsKit/wsserver.h>

#include "net/server/wsserver_p.h"

int WsServer::publish(const QString &topic, const WsPreparedMessage &message, const QString &key,
                      const WsConnection *except)
{
    Q_UNUSED(key)
    return publish(topic, message, except);
}

int WsServer::publish(const QString &topic, const WsMessage &message, const QString &key,
                      const WsConnection *except)
{
    Q_UNUSED(key)
    return publish(topic, message, except);
}

int WsServer::publish(const QString &topic, const QString &text, const QString &key,
                      const WsConnection *except)
{
    Q_UNUSED(key)
    return publish(topic, text, except);
}

int WsServer::publish(const QString &topic, const QByteArray &data, const QString &key,
                      const WsConnection *except)
{
    Q_UNUSED(key)
    return publish(topic, data, except);
}

int WsServer::publish(const QString &topic, const char *utf8, const QString &key, const WsConnection *except)
{
    Q_UNUSED(key)
    return publish(topic, utf8, except);
}

void WsServer::setSkipHandler(SkipHandler handler)
{
    d->run([handler = std::move(handler)](WsServerPrivate &data) {
        data.setSetting(&WsServerSettings::skipHandler, handler);
    });
}
