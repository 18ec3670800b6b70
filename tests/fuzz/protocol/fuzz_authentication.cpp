// SPDX-License-Identifier: MIT
#include "../fuzzer.h"
#include "authenticationcheck.h"

WSKIT_FUZZER(authentication, AuthenticationCheck::check)
