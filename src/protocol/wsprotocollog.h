// SPDX-License-Identifier: MIT
#ifndef WSPROTOCOLLOG_H
#define WSPROTOCOLLOG_H

#include "protocol/wsframe.h"

#include <QtCore/qloggingcategory.h>

// An object, not a function with a static one: it is asked for each frame, in a comparison and a branch.
Q_DECL_HIDDEN extern const QLoggingCategory wsProtocolCategory;

// wskit.protocol: a line for each frame, for each Close with its code and reason, and for each rule that is
// broken. A payload is never logged.
inline const QLoggingCategory &wsProtocolLog()
{
    return wsProtocolCategory;
}

inline bool wsIsProtocolLogged()
{
    return Q_UNLIKELY(wsProtocolCategory.isDebugEnabled());
}

// \a connection is WsConnection::id. Of a Close frame nothing is logged here: see wsLogClose().
// A copy of the header, so that the caller can keep its own in registers.
Q_DECL_COLD_FUNCTION void wsLogReceivedFrame(quint64 connection, WsFrameHeader frame);
Q_DECL_COLD_FUNCTION void wsLogSentFrame(quint64 connection, WsFrameHeader frame);
Q_DECL_COLD_FUNCTION void wsLogReceivedClose(quint64 connection, quint16 code, QByteArrayView reason);
// \a payload is that of the frame: the code and the reason, or nothing.
Q_DECL_COLD_FUNCTION void wsLogSentClose(quint64 connection, QByteArrayView payload);
// \a closeCode is what the peer is told, if it is told anything.
void wsLogFailure(quint64 connection, quint16 closeCode, const QString &text);

#endif // WSPROTOCOLLOG_H
