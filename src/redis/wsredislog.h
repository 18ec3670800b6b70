// SPDX-License-Identifier: MIT
#ifndef WSREDISLOG_H
#define WSREDISLOG_H

#include <QtCore/qloggingcategory.h>

Q_DECLARE_LOGGING_CATEGORY(wsRedisLog) // wskit.redis

#endif // WSREDISLOG_H
