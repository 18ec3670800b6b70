// SPDX-License-Identifier: MIT
#include "../fuzzer.h"
#include "originscheck.h"

WSKIT_FUZZER(origins, OriginsCheck::check)
