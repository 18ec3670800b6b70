// SPDX-License-Identifier: MIT
#ifndef WSQMLFOREIGN_H
#define WSQMLFOREIGN_H

#include <WsKit/wsclient.h>
#include <WsKit/wsserver.h>

#include <QtQml/qqml.h>

// Classes of the library that QML uses unchanged, or as base classes of its own types.

// From Qt 6.5 on a JavaScript object can be assigned to a value type: options: ({maxMessageSize: 1024})
#ifdef QML_STRUCTURED_VALUE
#define WSKIT_QML_STRUCTURED_VALUE QML_STRUCTURED_VALUE
#else
#define WSKIT_QML_STRUCTURED_VALUE
#endif

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
    WSKIT_QML_STRUCTURED_VALUE
};

struct WsReconnectForeign
{
    Q_GADGET
    QML_FOREIGN(WsReconnect)
    QML_VALUE_TYPE(wsReconnect)
    WSKIT_QML_STRUCTURED_VALUE
};

struct WsOptionsForeign
{
    Q_GADGET
    QML_FOREIGN(WsOptions)
    QML_VALUE_TYPE(wsOptions)
    WSKIT_QML_STRUCTURED_VALUE
};

#endif // WSQMLFOREIGN_H
