// SPDX-License-Identifier: MIT
#ifndef WSKIT_COMPAT_QWEBSOCKETS_GLOBAL_H
#define WSKIT_COMPAT_QWEBSOCKETS_GLOBAL_H

// What links Qt6::WebSockets is compiled with QT_WEBSOCKETS_LIB; the other name is a guard of its headers.
#if defined(QT_WEBSOCKETS_LIB) || defined(QWEBSOCKETSGLOBAL_H)
#error "WsKit::Compat has the classes of Qt WebSockets under the same names: link WsKit::Compat instead of Qt6::WebSockets, not both"
#endif

#include <QtCore/qglobal.h>

#if defined(WSKIT_STATIC)
#define WSKIT_COMPAT_EXPORT
#elif defined(WSKIT_COMPAT_BUILD)
#define WSKIT_COMPAT_EXPORT Q_DECL_EXPORT
#else
#define WSKIT_COMPAT_EXPORT Q_DECL_IMPORT
#endif

#endif // WSKIT_COMPAT_QWEBSOCKETS_GLOBAL_H
