// SPDX-License-Identifier: MIT
#ifndef WSCLIENTHEADLIMITS_H
#define WSCLIENTHEADLIMITS_H

#include <WsKit/wsoptions.h>

// The limits on the head of an answer: those that the application has set, or else defaults that are larger
// than those of a server.
struct WsClientHeadLimits
{
    explicit WsClientHeadLimits(const WsOptions &options);

    int maxSize;
    int maxHeaders;
};

#endif // WSCLIENTHEADLIMITS_H
