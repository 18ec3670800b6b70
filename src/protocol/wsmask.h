// SPDX-License-Identifier: MIT
#ifndef WSMASK_H
#define WSMASK_H

#include "protocol/wsframe.h"

// Masks or unmasks \a size bytes (RFC 6455 §5.3) from \a source to \a target, which may be the same.
// \a offset is the position of the first of them in the frame's payload. Returns whether the result is ASCII.
bool wsMask(char *target, const char *source, qsizetype size, WsMaskingKey key, quint64 offset = 0);

// RFC 6455 §5.3: unpredictable, from the system's generator, a new one for each frame. A child that fork()
// makes does not repeat those of its parent.
WsMaskingKey wsNewMaskingKey();

#endif // WSMASK_H
