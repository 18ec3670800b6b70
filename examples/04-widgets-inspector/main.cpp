// SPDX-License-Identifier: MIT

// A WebSocket inspector: it opens a connection, shows every message on it, and sends messages.
//
//     inspector [URL]        connects to the URL

#include "mainwindow.h"

#include <QtCore/QLibraryInfo>
#include <QtCore/QLocale>
#include <QtCore/QTranslator>
#include <QtWidgets/QApplication>

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    QApplication::setOrganizationName(QStringLiteral("WsKit"));
    QApplication::setApplicationName(QStringLiteral("Inspector"));
    QApplication::setApplicationDisplayName(QStringLiteral("WebSocket Inspector"));

    QTranslator ours;
    if (ours.load(QLocale(), QStringLiteral("inspector"), QStringLiteral("_"), QStringLiteral(":/i18n")))
        QApplication::installTranslator(&ours);
    QTranslator qts;
    if (qts.load(QLocale(), QStringLiteral("qtbase"), QStringLiteral("_"),
                 QLibraryInfo::path(QLibraryInfo::TranslationsPath)))
        QApplication::installTranslator(&qts);

    MainWindow window;
    window.show();
    if (const QString url = QApplication::arguments().value(1); !url.isEmpty())
        window.openUrl(url);
    return QApplication::exec();
}
