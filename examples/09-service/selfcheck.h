// SPDX-License-Identifier: MIT
#ifndef SELFCHECK_H
#define SELFCHECK_H

// Starts the program, is its client, and checks what it answers and logs from its start to its end. Needs the
// program `openssl`, which makes certificates for it. Returns the exit status.
int runSelfCheck();

#endif // SELFCHECK_H
