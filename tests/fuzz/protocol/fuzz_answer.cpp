// SPDX-License-Identifier: MIT
#include "../fuzzer.h"
#include "answercheck.h"

WSKIT_FUZZER(answer, AnswerCheck::check)
