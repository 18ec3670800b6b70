// SPDX-License-Identifier: MIT
#include "site.h"

#include <QtCore/qdebug.h>
#include <QtCore/qfile.h>

namespace {
QByteArray readFile(const QString &name)
{
    QFile file(name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

WsResponse script(const QByteArray &body)
{
    WsResponse response = WsResponse::text(body);
    response.setHeaders(
        {{"Content-Type", "text/javascript; charset=utf-8"}, {"X-Content-Type-Options", "nosniff"}});
    return response;
}
} // namespace

//! [site]
Site::Site(QObject *parent)
    : QObject(parent), m_page(readFile(QStringLiteral(":/page.html"))),
      m_pageScript(readFile(QStringLiteral(":/page.js"))),
      m_channelScript(readFile(QStringLiteral(":/qtwebchannel/qwebchannel.js"))) // part of Qt WebChannel
{
    m_channel.registerObject(QStringLiteral("greenhouse"), &m_greenhouse);

    WsOptions options;
    options.setMaxMessageSize(64 * 1024); // pages only send small messages
    options.setMaxBufferedAmount(4 * 1024 * 1024);
    m_server.setOptions(options);
    m_server.setRequestHandler([this](const WsRequest &request) { return answer(request); });
    m_channels.setPath(QStringLiteral("/channel"));

    connect(&m_channels, &WsWebChannelServer::clientCountChanged, this,
            [this] { m_greenhouse.setVisitors(m_channels.clientCount()); });
    connect(&m_channels, &WsWebChannelServer::errorOccurred, this,
            [](const WsError &error, WsConnection *client) {
                qWarning().noquote() << "client" << client->id() << "was closed:" << error.text();
            });
}

WsResponse Site::answer(const WsRequest &request) const
{
    if (request.path() == u"/channel") // here a program that is not for everybody checks who asks
        return request.isWebSocketUpgrade() ? WsResponse::accept() : WsResponse::reject(426);
    if (request.path() == u"/")
        return WsResponse::html(m_page);
    if (request.path() == u"/qwebchannel.js")
        return script(m_channelScript);
    if (request.path() == u"/page.js")
        return script(m_pageScript);
    return WsResponse::notFound();
}
//! [site]
