// SPDX-License-Identifier: MIT
#ifndef WSQMLFOREIGN_H
#define WSQMLFOREIGN_H

#include <WsKit/wsclient.h>
#include <WsKit/wsserver.h>

#include <QtQml/qqml.h>

// Classes of the library that QML uses unchanged, or as base classes of its own types.

struct WsClientForeign
{
    Q_GADGET
    QML_FOREIGN(WsClient)
    QML_ANONYMOUS
};

struct WsServerForeign
{
    Q_GADGET
    QML_FOREIGN(WsServer)
    QML_ANONYMOUS
};

struct WsCompressionForeign
{
    Q_GADGET
    QML_FOREIGN(WsCompression)
    QML_VALUE_TYPE(wsCompression)
};

struct WsReconnectForeign
{
    Q_GADGET
    QML_FOREIGN(WsReconnect)
    QML_VALUE_TYPE(wsReconnect)
};

struct WsOptionsForeign
{
    Q_GADGET
    QML_FOREIGN(WsOptions)
    QML_VALUE_TYPE(wsOptions)
};

#endif // WSQMLFOREIGN_H
