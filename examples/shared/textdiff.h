// SPDX-License-Identifier: MIT
#ifndef TEXTDIFF_H
#define TEXTDIFF_H

#include <QtCore/qbytearray.h>
#include <QtCore/qlist.h>
#include <QtCore/qstring.h>

struct DiffLine
{
    enum class Kind { Same, Removed, Added };

    Kind kind = Kind::Same;
    QString text;

    bool operator==(const DiffLine &) const = default;
};

// The differences between the lines of two texts: as few as possible, or, for texts that differ in more than
// a thousand lines, everything between the first and the last difference.
QList<DiffLine> diffLines(const QString &before, const QString &after);

// As diffLines(), for two messages: JSON texts are compared in an indented form with sorted members, so that
// neither blanks nor the order of members are differences. What is no UTF-8 is compared as a hex dump.
QList<DiffLine> diffMessages(const QByteArray &before, const QByteArray &after);

// Whether both are JSON that is the same in the form in which it is compared.
bool isSameJson(const QByteArray &before, const QByteArray &after);

// The unified format, without the lines with the names. Empty if there is no difference.
QString unifiedDiff(const QList<DiffLine> &lines, qsizetype context = 3);

#endif // TEXTDIFF_H
