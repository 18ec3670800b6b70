// SPDX-License-Identifier: MIT
#include "../fuzzer.h"
#include "choppingcheck.h"

WSKIT_FUZZER(chopping, ChoppingCheck::check, 500)
