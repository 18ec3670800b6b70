// SPDX-License-Identifier: MIT
#ifndef WSQMLWEBCHANNELSERVER_H
#define WSQMLWEBCHANNELSERVER_H

#include <WsKit/wswebchannelserver.h>

#include <QtQml/qqml.h>

// The C++ class, which QML uses unchanged.
struct WsWebChannelServerForeign
{
    Q_GADGET
    QML_FOREIGN(WsWebChannelServer)
    QML_NAMED_ELEMENT(WsWebChannelServer)
};

// The base class of WebChannel, which QtWebChannel's own description of itself leaves out.
struct WsWebChannelForeign
{
    Q_GADGET
    QML_FOREIGN(QWebChannel)
    QML_ANONYMOUS
};

#endif // WSQMLWEBCHANNELSERVER_H
