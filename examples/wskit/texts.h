// SPDX-License-Identifier: MIT
#ifndef TEXTS_H
#define TEXTS_H

#include <QtCore/qcoreapplication.h>

// Tool::tr() is for the texts of the tool that are in the user's language: all but what a machine reads, such
// as JSON, records and what is sent to a peer.
struct Tool
{
    Q_DECLARE_TR_FUNCTIONS(wskit)
};

#endif // TEXTS_H
