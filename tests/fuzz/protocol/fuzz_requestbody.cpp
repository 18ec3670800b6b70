// SPDX-License-Identifier: MIT
#include "../fuzzer.h"
#include "requestbodycheck.h"

WSKIT_FUZZER(requestbody, RequestBodyCheck::check)
