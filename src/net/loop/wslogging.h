// SPDX-License-Identifier: MIT
#ifndef WSLOGGING_H
#define WSLOGGING_H

#include <QtCore/qloggingcategory.h>

// For watching a program at work, by QT_LOGGING_RULES="wskit.*=true"; quiet below warnings otherwise.
// Errors are reported by signals and return values, not here, and a payload never gets in.
Q_DECLARE_LOGGING_CATEGORY(wsHandshakeLog) // wskit.handshake
Q_DECLARE_LOGGING_CATEGORY(wsProtocolLog)  // wskit.protocol
Q_DECLARE_LOGGING_CATEGORY(wsNetLog)       // wskit.net

#endif // WSLOGGING_H
