// SPDX-License-Identifier: MIT
#include "../fuzzer.h"
#include "proxiescheck.h"

WSKIT_FUZZER(proxies, ProxiesCheck::check)
