// SPDX-License-Identifier: MIT
#ifndef WSKIT_COMPAT_QWEBSOCKETS_GLOBAL_H
#define WSKIT_COMPAT_QWEBSOCKETS_GLOBAL_H

// What links Qt6::WebSockets is compiled with QT_WEBSOCKETS_LIB; the other name is a guard of its headers.
#if defined(QT_WEBSOCKETS_LIB) || defined(QWEBSOCKETSGLOBAL_H)
#error "link WsKit::Compat or Qt6::WebSockets, not both: their classes have the same names"
#endif

#include <QtCore/qglobal.h>

#if defined(WSKIT_STATIC)
#define WSKIT_COMPAT_EXPORT
#elif defined(WSKIT_COMPAT_BUILD)
#define WSKIT_COMPAT_EXPORT Q_DECL_EXPORT
#else
#define WSKIT_COMPAT_EXPORT Q_DECL_IMPORT
#endif

// The constructors that the libraries export have it as an argument, and those of Qt do not: a program that
// was compiled with the headers of the one cannot be linked to the other.
struct WsKitCompatTag
{
};

#endif // WSKIT_COMPAT_QWEBSOCKETS_GLOBAL_H
