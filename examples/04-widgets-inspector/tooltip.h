// SPDX-License-Identifier: MIT
#ifndef TOOLTIP_H
#define TOOLTIP_H

#include <QtCore/QString>

// A tool tip that shows the text of a stranger as it is. What looks like HTML would otherwise be laid out as
// HTML, with the files that it names.
QString plainToolTip(const QString &text);

#endif // TOOLTIP_H
