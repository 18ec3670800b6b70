// SPDX-License-Identifier: MIT
#ifndef WSRECONNECTRULES_H
#define WSRECONNECTRULES_H

#include <WsKit/wserror.h>

#include <span>

// After which ends a client is opened again, as a table. The first rule that applies decides. The page
// "Reconnection" documents it.
struct WsReconnectRule
{
    enum class Reopens : quint8 { Never, IfItWasOpen, Always };
    // What of an end the rule is about: the status of the HTTP answer, the error of the socket, the kind of
    // the error, or, if there was no error, the close code.
    enum class Subject : quint8 { Status, Socket, Kind, Code };

    Subject subject;
    int from;
    int to; // included
    Reopens reopens;
};

std::span<const WsReconnectRule> wsReconnectRules();

// Whether a client is opened again after \a error, which has the kind None and the close code of the
// connection if it has ended without an error. \a wasOpen: it was open since the application has opened it.
bool wsReopensAfter(const WsError &error, bool wasOpen);

#endif // WSRECONNECTRULES_H
