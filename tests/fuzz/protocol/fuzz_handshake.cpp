// SPDX-License-Identifier: MIT
#include "../fuzzer.h"
#include "handshakecheck.h"

WSKIT_FUZZER(handshake, HandshakeCheck::check)
