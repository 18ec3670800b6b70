// SPDX-License-Identifier: MIT
#ifndef WSWEBCHANNELLOG_H
#define WSWEBCHANNELLOG_H

#include <QtCore/qloggingcategory.h>

Q_DECLARE_LOGGING_CATEGORY(wsWebChannelLog) // wskit.webchannel

#endif // WSWEBCHANNELLOG_H
