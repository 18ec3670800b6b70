// SPDX-License-Identifier: MIT
#include "../fuzzer.h"
#include "streamscheck.h"

WSKIT_FUZZER(streams, StreamsCheck::check, 500)
