// SPDX-License-Identifier: MIT
#include "net/loop/wslogging.h"

Q_LOGGING_CATEGORY(wsHandshakeLog, "wskit.handshake", QtWarningMsg)
Q_LOGGING_CATEGORY(wsNetLog, "wskit.net", QtWarningMsg)
Q_LOGGING_CATEGORY(wsAccessLog, "wskit.access", QtWarningMsg)
