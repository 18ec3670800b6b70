// SPDX-License-Identifier: MIT
#include "protocol/wsprotocollog.h"

#include "protocol/wsutf16.h"

#include <QtCore/qdebug.h>

const QLoggingCategory wsProtocolCategory("wskit.protocol", QtWarningMsg);

namespace {
// Not of Close, which has a line of its own.
const char *nameOf(WsOpcode opcode)
{
    switch (opcode) {
    case WsOpcode::Continuation:
        return "continuation";
    case WsOpcode::Text:
        return "text";
    case WsOpcode::Binary:
        return "binary";
    case WsOpcode::Ping:
        return "ping";
    default:
        return "pong";
    }
}

void logFrame(quint64 connection, const char *direction, const WsFrameHeader &frame)
{
    if (frame.opcode == WsOpcode::Close)
        return;
    qCDebug(wsProtocolLog).nospace() << "connection " << connection << ' ' << direction << ' '
                                     << nameOf(frame.opcode) << (frame.fin ? ", fin" : "")
                                     << ((frame.rsv & WsFrameHeader::Rsv1) ? ", compressed" : "") << ", "
                                     << frame.length << " bytes";
}

void logClose(quint64 connection, const char *direction, quint16 code, QByteArrayView reason)
{
    if (code == Ws::NoStatus) {
        qCDebug(wsProtocolLog).nospace() << "connection " << connection << ' ' << direction
                                         << " Close without a code";
        return;
    }
    qCDebug(wsProtocolLog).nospace() << "connection " << connection << ' ' << direction << " Close " << code
                                     << ' ' << wsStringFromUtf8(reason);
}
} // namespace

void wsLogReceivedFrame(quint64 connection, WsFrameHeader frame)
{
    logFrame(connection, "received", frame);
}

void wsLogSentFrame(quint64 connection, WsFrameHeader frame)
{
    logFrame(connection, "sent", frame);
}

void wsLogReceivedClose(quint64 connection, quint16 code, QByteArrayView reason)
{
    logClose(connection, "received", code, reason);
}

void wsLogSentClose(quint64 connection, QByteArrayView payload)
{
    if (payload.size() < 2)
        logClose(connection, "sent", Ws::NoStatus, {});
    else
        logClose(connection, "sent", qFromBigEndian<quint16>(payload.data()), payload.sliced(2));
}

void wsLogFailure(quint64 connection, quint16 closeCode, const QString &text)
{
    qCDebug(wsProtocolLog).nospace() << "connection " << connection << " fails with " << closeCode << ": " << text;
}
