// SPDX-License-Identifier: MIT
#ifndef SELFCHECK_H
#define SELFCHECK_H

#include <QtCore/QtGlobal>

// Is a client of both servers at that port; returns 0 if all of them answer as they should.
int runSelfCheck(quint16 port);

#endif // SELFCHECK_H
