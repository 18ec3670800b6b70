// SPDX-License-Identifier: MIT
#include "../fuzzer.h"
#include "extensionscheck.h"

WSKIT_FUZZER(extensions, ExtensionsCheck::check)
