// SPDX-License-Identifier: MIT
#ifndef WSLISTENINGDESCRIPTOR_H
#define WSLISTENINGDESCRIPTOR_H

#include <QtCore/qstring.h>

// Returns an empty string if \a descriptor is a TCP socket that listens, and otherwise a text that says what it
// is. One that is fit is no longer inherited by other programs.
QString wsCheckListeningDescriptor(qintptr descriptor);

#endif // WSLISTENINGDESCRIPTOR_H
