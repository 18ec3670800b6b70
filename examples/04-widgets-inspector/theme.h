// SPDX-License-Identifier: MIT
#ifndef THEME_H
#define THEME_H

#include <QtGui/QColor>

// The colours: those of the desktop, or always light or dark ones.
class Theme
{
public:
    enum Choice { System, Light, Dark };
    enum class Role { Sent, Received, Good, Busy, Error, Dimmed, Match, MatchText };

    static void apply(Choice choice);
    static bool isDark();
    static QColor color(Role role); // legible on the palette's base, light or dark
};

#endif // THEME_H
