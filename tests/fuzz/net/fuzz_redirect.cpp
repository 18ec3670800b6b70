// SPDX-License-Identifier: MIT
#include "../fuzzer.h"
#include "redirectcheck.h"

WSKIT_FUZZER(redirect, RedirectCheck::check, 500)
