// SPDX-License-Identifier: MIT
#include "../fuzzer.h"
#include "targetcheck.h"

WSKIT_FUZZER(target, TargetCheck::check)
