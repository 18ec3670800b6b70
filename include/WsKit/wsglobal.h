// SPDX-License-Identifier: MIT
#ifndef WSGLOBAL_H
#define WSGLOBAL_H

#include <QtCore/qglobal.h>

#if defined(WSKIT_STATIC)
#  define WSKIT_EXPORT
#elif defined(WSKIT_BUILD)
#  define WSKIT_EXPORT Q_DECL_EXPORT
#else
#  define WSKIT_EXPORT Q_DECL_IMPORT
#endif

#endif // WSGLOBAL_H
