// SPDX-License-Identifier: MIT
#ifndef SELFCHECK_H
#define SELFCHECK_H

// Tries everything that should work and everything that should not; returns 0 if all of it is so.
int runSelfCheck();

#endif // SELFCHECK_H
