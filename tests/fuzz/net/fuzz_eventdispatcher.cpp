// SPDX-License-Identifier: MIT
#include "../fuzzer.h"
#include "dispatchercheck.h"

WSKIT_FUZZER(eventdispatcher, DispatcherCheck::check, 500)
