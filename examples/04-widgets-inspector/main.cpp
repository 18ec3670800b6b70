// SPDX-License-Identifier: MIT

// A WebSocket inspector: it opens a connection, shows every message on it, and sends messages.
//
//     inspector [URL]            connects to the URL
//     inspector session.jsonl    shows a session that was recorded

#include "mainwindow.h"
#include "translations.h"
#include "windowicon.h"

#include <QtCore/QCommandLineParser>
#include <QtCore/QFileInfo>
#include <QtWidgets/QApplication>

#include <algorithm>

namespace {
struct Texts
{
    Q_DECLARE_TR_FUNCTIONS(Main)
};

// Help needs no display.
bool asksForText(int argc, char **argv)
{
    return std::any_of(argv + 1, argv + argc, [](const char *argument) {
        const QByteArrayView text(argument);
        return text == "--help" || text == "--help-all" || text == "-h" || text == "--version"
               || text == "-v";
    });
}

void setNames()
{
    QCoreApplication::setOrganizationName(QStringLiteral("WsKit"));
    QCoreApplication::setApplicationName(QStringLiteral("Inspector"));
    QCoreApplication::setApplicationVersion(QStringLiteral(INSPECTOR_VERSION));
}

// Returns what is to be opened.
QString parse(const QCoreApplication &application)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        Texts::tr("Opens a WebSocket connection, shows every message, and sends messages."));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addPositionalArgument(QStringLiteral("URL"),
                                 Texts::tr("Connects to this URL; of a file, shows the session in it."),
                                 QStringLiteral("[URL]"));
    parser.process(application);
    return parser.positionalArguments().value(0);
}
} // namespace

int main(int argc, char **argv)
{
    setNames();
    if (asksForText(argc, argv)) {
        QCoreApplication application(argc, argv);
        Translations::install(QStringLiteral("inspector"));
        parse(application);
        return 0;
    }
    QApplication application(argc, argv);
    Translations::install(QStringLiteral("inspector"));
    QApplication::setApplicationDisplayName(Texts::tr("WebSocket Inspector"));
    QApplication::setDesktopFileName(QStringLiteral("wskit-inspector"));
    QApplication::setWindowIcon(windowIcon());
    const QString argument = parse(application);

    MainWindow window;
    window.show();
    if (QFileInfo(argument).isFile())
        window.openSession(argument);
    else if (!argument.isEmpty())
        window.openUrl(argument);
    return QApplication::exec();
}
