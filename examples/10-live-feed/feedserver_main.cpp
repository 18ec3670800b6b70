// SPDX-License-Identifier: MIT

// feedserver: one of the servers of the live feed. It serves the page, and WebSockets at /feed.
//
//     feedserver [--port N] [--name NAME] [--redis URL] [--keep LINES]
//
// SIGTERM lets its clients go, which then connect to another server. live-feed starts two of these behind
// HAProxy; alone it works as well.

#include "feedserver.h"
#include "leavebysignal.h"
#include "portargument.h"

#include <QtCore/QCommandLineParser>
#include <QtCore/QCoreApplication>

#include <cstdio>

namespace {
void addOptions(QCommandLineParser &parser)
{
    parser.setApplicationDescription(QStringLiteral("A server of the live feed."));
    parser.addHelpOption();
    parser.addOption({QStringLiteral("port"),
                      QStringLiteral("The port at 127.0.0.1 (8080); 0 takes a free one."),
                      QStringLiteral("port"), QStringLiteral("8080")});
    parser.addOption({QStringLiteral("name"), QStringLiteral("What the clients are told (a)."),
                      QStringLiteral("name"), QStringLiteral("a")});
    parser.addOption({QStringLiteral("redis"),
                      QStringLiteral("The Redis of all servers: redis://127.0.0.1, or what FEED_REDIS says."),
                      QStringLiteral("URL"),
                      qEnvironmentVariable("FEED_REDIS", QStringLiteral("redis://127.0.0.1"))});
    parser.addOption({QStringLiteral("keep"), QStringLiteral("How many lines of each feed are kept (10000)."),
                      QStringLiteral("lines"), QStringLiteral("10000")});
}
} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    QCommandLineParser parser;
    addOptions(parser);
    parser.process(application);

    const std::optional<quint16> port = portOf(parser.value(QStringLiteral("port")));
    const qint64 keptLines = parser.value(QStringLiteral("keep")).toLongLong();
    if (!port || keptLines < 1) {
        std::fputs("feedserver: --port needs a number from 0 to 65535, --keep one from 1\n", stderr);
        return 1;
    }
    FeedServer feed(parser.value(QStringLiteral("name")), QUrl(parser.value(QStringLiteral("redis"))),
                    keptLines);
    leaveBySignal(&feed.server());
    if (!feed.server().listen(QHostAddress::LocalHost, *port)) {
        std::fprintf(stderr, "feedserver: cannot listen: %s\n", qPrintable(feed.server().errorString()));
        return 1;
    }
    std::printf("page: http://127.0.0.1:%d/\n", feed.server().serverPort());
    std::fflush(stdout);
    return application.exec();
}
