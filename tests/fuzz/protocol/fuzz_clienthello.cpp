// SPDX-License-Identifier: MIT
#include "../fuzzer.h"
#include "clienthellocheck.h"

WSKIT_FUZZER(clienthello, ClientHelloCheck::check)
