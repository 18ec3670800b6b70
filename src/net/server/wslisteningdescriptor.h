// SPDX-License-Identifier: MIT
#ifndef WSLISTENINGDESCRIPTOR_H
#define WSLISTENINGDESCRIPTOR_H

#include <QtCore/qstring.h>

// Returns an empty string if \a descriptor is a TCP socket or a local stream socket that listens, and
// otherwise what it is. One that is fit is no longer inherited by other programs.
QString wsKindOfDescriptor(qintptr descriptor);
// The same, as an error text.
QString wsCheckListeningDescriptor(qintptr descriptor);
bool wsIsLocalSocket(qintptr descriptor);

#endif // WSLISTENINGDESCRIPTOR_H
