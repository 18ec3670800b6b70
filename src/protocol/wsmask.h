// SPDX-License-Identifier: MIT
#ifndef WSMASK_H
#define WSMASK_H

#include "protocol/wsframe.h"

// Masks or unmasks \a size bytes (RFC 6455 §5.3) from \a source to \a target, which may be the same. \a
// offset is the position of the first byte in the payload of the frame. Returns whether the result is ASCII.
bool wsMask(char *target, const char *source, qsizetype size, WsMaskingKey key, quint64 offset = 0);

// Returns an unpredictable key from the system's generator. RFC 6455 §5.3 requires a new one for each frame.
// After fork(), the child does not repeat the keys of its parent.
WsMaskingKey wsNewMaskingKey();

#endif // WSMASK_H
