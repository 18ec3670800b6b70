// SPDX-License-Identifier: MIT
#include "theme.h"

#include <QtGui/QPalette>
#include <QtGui/QRgb>
#include <QtWidgets/QApplication>
#include <QtWidgets/QStyle>
#include <QtWidgets/QStyleFactory>

namespace {
struct Colors
{
    QRgb window, base, alternate, button, text, disabled, placeholder, highlight, link, light, mid, dark;
};

constexpr Colors LightColors{0xfff3f4f6, 0xffffffff, 0xfff7f8fa, 0xfff3f4f6, 0xff1c1f24, 0xff9aa0a8,
                             0xff858c96, 0xff2f6fde, 0xff1d5fd0, 0xffffffff, 0xffc3c7cd, 0xffa3a8af};
constexpr Colors DarkColors{0xff33373e, 0xff1f2227, 0xff24282e, 0xff40454e, 0xffe3e6ea, 0xff6d737c,
                            0xff858c96, 0xff3569c4, 0xff7aa9ff, 0xff565c66, 0xff2a2d33, 0xff1a1c20};

QPalette paletteOf(const Colors &colors)
{
    QPalette palette;
    palette.setColor(QPalette::Window, colors.window);
    palette.setColor(QPalette::Base, colors.base);
    palette.setColor(QPalette::AlternateBase, colors.alternate);
    palette.setColor(QPalette::Button, colors.button);
    palette.setColor(QPalette::ToolTipBase, colors.window);
    for (const auto role :
         {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::ToolTipText})
        palette.setColor(role, colors.text);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        palette.setColor(QPalette::Disabled, role, colors.disabled);
    palette.setColor(QPalette::PlaceholderText, colors.placeholder);
    palette.setColor(QPalette::Highlight, colors.highlight);
    palette.setColor(QPalette::HighlightedText, Qt::white);
    palette.setColor(QPalette::BrightText, Qt::white);
    palette.setColor(QPalette::Link, colors.link);
    palette.setColor(QPalette::Light, colors.light);
    palette.setColor(QPalette::Midlight, colors.light);
    palette.setColor(QPalette::Mid, colors.mid);
    palette.setColor(QPalette::Dark, colors.dark);
    palette.setColor(QPalette::Shadow, 0xff000000);
    return palette;
}
} // namespace

void Theme::apply(Choice choice)
{
    static const QString systemStyle = QApplication::style()->objectName();
    QApplication::setStyle(choice == System ? systemStyle : QStringLiteral("fusion"));
    QApplication::setPalette(choice == System  ? QPalette()
                             : choice == Light ? paletteOf(LightColors)
                                               : paletteOf(DarkColors));
}

bool Theme::isDark()
{
    return QApplication::palette().color(QPalette::Base).lightness() < 128;
}

QColor Theme::color(Role role)
{
    const bool dark = isDark();
    switch (role) {
    case Role::Sent:
    case Role::Good:
        return dark ? 0xff5fd38d : 0xff15803d;
    case Role::Received:
        return dark ? 0xff79b0ff : 0xff1d5fd0;
    case Role::Busy:
        return dark ? 0xfff0b85a : 0xffb45309;
    case Role::Error:
        return dark ? 0xffff8a80 : 0xffc02626;
    case Role::Dimmed:
        return dark ? 0xff9aa1ab : 0xff6b7280;
    case Role::Match:
        return 0xfff6d365;
    case Role::MatchText:
        return 0xff1c1f24;
    }
    return {};
}
