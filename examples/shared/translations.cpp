// SPDX-License-Identifier: MIT
#include "translations.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qlibraryinfo.h>
#include <QtCore/qtranslator.h>

namespace {
// As gettext does, asks LC_ALL, LC_MESSAGES and LANG. The locale C wants English, whatever LANGUAGE says.
bool isLocaleC()
{
    for (const char *const name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
        const QByteArray value = qgetenv(name);
        if (!value.isEmpty())
            return value == "C" || value == "POSIX" || value.startsWith("C.");
    }
    return false;
}

// The first of the user's languages that there are texts in.
QLocale textLocale(const QString &program)
{
    const QLocale english(QLocale::English);
    if (isLocaleC())
        return english;
    const QStringList names = QLocale::system().uiLanguages();
    for (const QString &name : names) {
        const QLocale locale(name);
        const QString file = QStringLiteral(":/i18n/%1_%2").arg(program, locale.name());
        if (locale.language() == QLocale::English || QTranslator().load(file))
            return locale;
    }
    return english;
}

void add(const QLocale &locale, const QString &name, const QString &directory)
{
    auto *translator = new QTranslator(QCoreApplication::instance());
    if (translator->load(name + u'_' + locale.name(), directory))
        QCoreApplication::installTranslator(translator);
    else
        delete translator;
}
} // namespace

void Translations::install(const QString &program)
{
    const QLocale locale = textLocale(program);
    if (locale.language() == QLocale::English)
        return;
    // The last one is asked first.
    add(locale, QStringLiteral("qtbase"), QLibraryInfo::path(QLibraryInfo::TranslationsPath));
    add(locale, QStringLiteral("toolkit"), QStringLiteral(":/i18n"));
    add(locale, program, QStringLiteral(":/i18n"));
}

void Translations::remove()
{
    const auto translators = QCoreApplication::instance()->findChildren<QTranslator *>();
    for (QTranslator *translator : translators)
        QCoreApplication::removeTranslator(translator);
}

QLocale Translations::locale()
{
    const auto translators = QCoreApplication::instance()->findChildren<QTranslator *>();
    return translators.isEmpty() ? QLocale(QLocale::English) : QLocale(translators.constLast()->language());
}
