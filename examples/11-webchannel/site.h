// SPDX-License-Identifier: MIT
#ifndef SITE_H
#define SITE_H

#include "greenhouse.h"

#include <WsKit/WsServer>
#include <WsKit/WsWebChannelServer>

#include <QtWebChannel/qwebchannel.h>

// The page, its script and the web channel, all on one port.
class Site : public QObject
{
    Q_OBJECT

public:
    explicit Site(QObject *parent = nullptr);

    WsServer &server() { return m_server; }

private:
    WsResponse answer(const WsRequest &request) const;

    Greenhouse m_greenhouse;
    QWebChannel m_channel;
    WsServer m_server;
    WsWebChannelServer m_channels{&m_server, &m_channel};
    QByteArray m_page;
    QByteArray m_pageScript;
    QByteArray m_channelScript;
};

#endif // SITE_H
