// SPDX-License-Identifier: MIT
#include "../fuzzer.h"
#include "protocolcheck.h"

WSKIT_FUZZER(protocol, ProtocolCheck::check)
