// SPDX-License-Identifier: MIT
#ifndef TRANSLATIONS_H
#define TRANSLATIONS_H

#include <QtCore/qlocale.h>

// The texts of a program in the user's language.
namespace Translations {
// Installs the translations of the program, which are in the resource ":/i18n", of the toolkit and of Qt.
void install(const QString &program);
// Texts are English from here on, for a machine that reads them.
void remove();
// The locale of the texts, for the numbers in them.
QLocale locale();
} // namespace Translations

#endif // TRANSLATIONS_H
