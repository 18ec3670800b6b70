// SPDX-License-Identifier: MIT
#include "../fuzzer.h"
#include "timerlistcheck.h"

WSKIT_FUZZER(timerlist, TimerListCheck::check)
