// SPDX-License-Identifier: MIT
#include "net/server/wshttpdate.h"

#include "protocol/wshttpanswer.h"

#include <QtCore/qdatetime.h>

#include <utility>

QByteArray WsHttpDate::now()
{
    thread_local std::pair<qint64, QByteArray> latest;
    const qint64 second = s_function ? s_function() : QDateTime::currentSecsSinceEpoch();
    if (latest.first != second || latest.second.isEmpty())
        latest = {second, wsHttpDate(second)};
    return latest.second;
}
