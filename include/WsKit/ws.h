// SPDX-License-Identifier: MIT
#ifndef WS_H
#define WS_H

#include <WsKit/wsglobal.h>

#include <QtCore/qmetatype.h>
#include <QtCore/qobjectdefs.h>

namespace Ws {
Q_NAMESPACE_EXPORT(WSKIT_EXPORT)

// Each is as wide as an int, because QML reads every enumeration as one.
enum State : int { Connecting = 0, Open = 1, Closing = 2, Closed = 3 };
Q_ENUM_NS(State)

enum MessageType : int { Text, Binary };
Q_ENUM_NS(MessageType)

enum BinaryType : int { ByteArray, Stream };
Q_ENUM_NS(BinaryType)

enum SlowSubscriber : int { SkipMessage, CloseConnection, DropOldest };
Q_ENUM_NS(SlowSubscriber)

enum RateLimitPolicy : int { SlowDown, Disconnect };
Q_ENUM_NS(RateLimitPolicy)

enum OpeningStep : int { Resolved, Connected, Encrypted, Requested, Answered };
Q_ENUM_NS(OpeningStep)

enum CloseCode : quint16 {
    Normal = 1000,
    GoingAway = 1001,
    ProtocolError = 1002,
    UnsupportedData = 1003,
    NoStatus = 1005,
    Abnormal = 1006,
    InvalidPayload = 1007,
    PolicyViolation = 1008,
    MessageTooBig = 1009,
    MandatoryExtension = 1010,
    InternalError = 1011,
    ServiceRestart = 1012,
    TryAgainLater = 1013,
    BadGateway = 1014,
    TlsHandshake = 1015
};
Q_ENUM_NS(CloseCode)

enum class ErrorKind : int {
    None,
    Network,
    Tls,
    Proxy,
    Handshake,
    Protocol,
    TooLarge,
    Timeout,
    Overflow,
    Misuse,
    Handler
};
Q_ENUM_NS(ErrorKind)
} // namespace Ws

#endif // WS_H
