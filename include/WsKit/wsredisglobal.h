// SPDX-License-Identifier: MIT
#ifndef WSREDISGLOBAL_H
#define WSREDISGLOBAL_H

#include <WsKit/wsglobal.h>

#if defined(WSKIT_STATIC)
#define WSKIT_REDIS_EXPORT
#elif defined(WSKIT_REDIS_BUILD)
#define WSKIT_REDIS_EXPORT Q_DECL_EXPORT
#else
#define WSKIT_REDIS_EXPORT Q_DECL_IMPORT
#endif

#endif // WSREDISGLOBAL_H
