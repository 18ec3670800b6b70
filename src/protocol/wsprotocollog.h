// SPDX-License-Identifier: MIT
#ifndef WSPROTOCOLLOG_H
#define WSPROTOCOLLOG_H

#include "protocol/wsframe.h"

#include <QtCore/qloggingcategory.h>

// An object, not a function with a static object, so that a frame costs only a comparison and a branch.
Q_DECL_HIDDEN extern const QLoggingCategory wsProtocolCategory;

// wskit.protocol has a line for each frame, for each Close frame with its code and reason, and for each
// broken rule. A payload is never logged.
inline const QLoggingCategory &wsProtocolLog()
{
    return wsProtocolCategory;
}

inline bool wsIsProtocolLogged()
{
    return Q_UNLIKELY(wsProtocolCategory.isDebugEnabled());
}

// \a connection is WsConnection::id. These do not log Close frames. The header is passed as a copy, so that
// the caller can keep its own in registers.
Q_DECL_COLD_FUNCTION void wsLogReceivedFrame(quint64 connection, WsFrameHeader frame);
Q_DECL_COLD_FUNCTION void wsLogSentFrame(quint64 connection, WsFrameHeader frame);
Q_DECL_COLD_FUNCTION void wsLogReceivedClose(quint64 connection, quint16 code, QByteArrayView reason);
// \a payload is that of the frame: the code and the reason, or nothing.
Q_DECL_COLD_FUNCTION void wsLogSentClose(quint64 connection, QByteArrayView payload);
// \a closeCode is the code that the peer is sent, if a Close frame is sent.
void wsLogFailure(quint64 connection, quint16 closeCode, const QString &text);

#endif // WSPROTOCOLLOG_H
