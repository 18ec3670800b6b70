// SPDX-License-Identifier: MIT
#ifndef WSCLIENTHEADLIMITS_H
#define WSCLIENTHEADLIMITS_H

#include <WsKit/wsoptions.h>

// What a client accepts of a server's answer: what the application has set, or else larger defaults than
// those of a server.
struct WsClientHeadLimits
{
    explicit WsClientHeadLimits(const WsOptions &options);

    int maxSize;
    int maxHeaders;
};

#endif // WSCLIENTHEADLIMITS_H
