// SPDX-License-Identifier: MIT

// live-feed: two servers behind HAProxy share a feed over Redis. This window and pages in browsers write and
// read it. Kill the server that one of them is connected to: nobody loses a line, and nobody sees one twice.
//
//     live-feed [--user NAME] [--theme T]      starts everything, prints the address of the page
//     live-feed --check [--browser PATH]       does it by itself, with a browser and without a display
//
//     feedserver.cpp                the server: a topic with a history, and what follows from that
//     Feed.qml, page.html           its clients: what they remember, and what they say again
//     cluster.cpp, haproxy.cfg      starts and kills the programs
//     selfcheck.cpp                 the check
//
// Needs redis-server (or redis-tools of Debian, where it has another name) and haproxy.

#include "cluster.h"
#include "selfcheck.h"
#include "terminationsignal.h"

#include <QtCore/qcommandlineparser.h>
#include <QtGui/qguiapplication.h>
#include <QtQml/qqmlapplicationengine.h>

#include <algorithm>
#include <cstdio>

namespace {
void addOptions(QCommandLineParser &parser)
{
    parser.setApplicationDescription(QStringLiteral("A feed that outlives each of its servers."));
    parser.addHelpOption();
    parser.addOption({QStringLiteral("user"), QStringLiteral("Your name in the feed (Window)."),
                      QStringLiteral("name"), QStringLiteral("Window")});
    parser.addOption({QStringLiteral("theme"),
                      QStringLiteral("system (as the desktop has it), light or dark."),
                      QStringLiteral("theme"), QStringLiteral("system")});
    parser.addOption({QStringLiteral("check"),
                      QStringLiteral("Write from a window and a browser, kill servers meanwhile, report, and "
                                     "exit with 0 or 1.")});
    parser.addOption({QStringLiteral("browser"), QStringLiteral("The browser of --check: chromium."),
                      QStringLiteral("path"), QStringLiteral("chromium")});
}
} // namespace

int main(int argc, char **argv)
{
    // Neither the help nor the check needs a display.
    const auto needsNoDisplay = [](QByteArrayView argument) {
        return argument == "--check" || argument == "--help" || argument == "-h";
    };
    if (std::any_of(argv, argv + argc, needsNoDisplay) && !qEnvironmentVariableIsSet("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");

    QGuiApplication application(argc, argv);
    QGuiApplication::setApplicationDisplayName(QStringLiteral("Live Feed"));
    QCommandLineParser parser;
    addOptions(parser);
    parser.process(application);

    Cluster cluster;
    if (!cluster.start()) {
        std::fprintf(stderr, "live-feed: %s\n", qPrintable(cluster.problem()));
        return 1;
    }
    std::printf("page: %s\n", qPrintable(cluster.pageUrl().toString()));
    std::fflush(stdout);

    QQmlApplicationEngine engine;
    engine.setInitialProperties({{QStringLiteral("cluster"), QVariant::fromValue(&cluster)},
                                 {QStringLiteral("userName"), parser.value(QStringLiteral("user"))},
                                 {QStringLiteral("theme"), parser.value(QStringLiteral("theme"))}});
    engine.load(QUrl(QStringLiteral("qrc:/qt-project.org/imports/LiveFeed/Main.qml")));
    if (engine.rootObjects().isEmpty())
        return 1;
    if (parser.isSet(QStringLiteral("check")))
        return runSelfCheck(&cluster, engine.rootObjects().constFirst(),
                            parser.value(QStringLiteral("browser")));
    onTerminationSignal(&application, &QCoreApplication::quit);
    return application.exec();
}
