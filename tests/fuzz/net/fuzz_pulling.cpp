// SPDX-License-Identifier: MIT
#include "../fuzzer.h"
#include "pullingcheck.h"

WSKIT_FUZZER(pulling, PullingCheck::check, 500)
