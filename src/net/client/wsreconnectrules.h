// SPDX-License-Identifier: MIT
#ifndef WSRECONNECTRULES_H
#define WSRECONNECTRULES_H

#include <WsKit/wserror.h>

#include <span>

// After which ends a client is opened again, as a table. The first rule that applies decides. The page
// "Reconnection" documents it.
struct WsReconnectRule
{
    // What of an end the rule is about: the status of the HTTP answer, the error of the socket, the kind of
    // the error, or, if there was no error, the close code.
    enum class Subject : quint8 { Status, Socket, Kind, Code };

    Subject subject;
    int from;
    int to; // included
    bool reopens;
};

std::span<const WsReconnectRule> wsReconnectRules();

// Whether a client is opened again after \a error, which has the kind None and the close code of the
// connection if it has ended without an error.
bool wsReopensAfter(const WsError &error);

#endif // WSRECONNECTRULES_H
