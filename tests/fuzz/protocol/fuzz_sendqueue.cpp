// SPDX-License-Identifier: MIT
#include "../fuzzer.h"
#include "sendqueuecheck.h"

WSKIT_FUZZER(sendqueue, SendQueueCheck::check)
