// SPDX-License-Identifier: MIT
#include "../fuzzer.h"
#include "urlcheck.h"

WSKIT_FUZZER(url, UrlCheck::check)
