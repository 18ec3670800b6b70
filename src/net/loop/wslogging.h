// SPDX-License-Identifier: MIT
#ifndef WSLOGGING_H
#define WSLOGGING_H

#include "protocol/wsprotocollog.h" // wskit.protocol

#include <QtCore/qloggingcategory.h>

// QT_LOGGING_RULES="wskit.*=true" enables all messages; by default only warnings are logged. Errors are
// reported by signals and return values rather than in the log. A payload is never logged.
Q_DECLARE_LOGGING_CATEGORY(wsHandshakeLog) // wskit.handshake
Q_DECLARE_LOGGING_CATEGORY(wsNetLog)       // wskit.net
Q_DECLARE_LOGGING_CATEGORY(wsAccessLog)    // wskit.access

#endif // WSLOGGING_H
