// SPDX-License-Identifier: MIT
#ifndef TOOLKITTEXTS_H
#define TOOLKITTEXTS_H

#include <QtCore/qcoreapplication.h>

// Toolkit::tr() is for the texts of this directory that are in the user's language. toolkit_de.ts contains
// their translation.
struct Toolkit
{
    Q_DECLARE_TR_FUNCTIONS(toolkit)
};

#endif // TOOLKITTEXTS_H
