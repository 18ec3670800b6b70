// SPDX-License-Identifier: MIT

// webchannel: a QObject that web pages show and control, by Qt WebChannel.
//
//     webchannel [port]        listens on 127.0.0.1, port 8080 by default
//
// Open the page that it prints in several browsers: they stay in step.

#include "leavebysignal.h"
#include "portargument.h"
#include "site.h"

#include <QtCore/qcoreapplication.h>

#include <cstdio>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const std::optional<quint16> port = portOf(application.arguments().value(1, QStringLiteral("8080")));
    if (!port) {
        std::fputs("webchannel: a port is a number from 0 to 65535\n", stderr);
        return 1;
    }

    Site site;
    leaveBySignal(&site.server());
    if (!site.server().listen(QHostAddress::LocalHost, *port)) {
        std::fprintf(stderr, "webchannel: cannot listen: %s\n", qPrintable(site.server().errorString()));
        return 1;
    }
    QUrl page = site.server().serverUrl();
    page.setScheme(QStringLiteral("http"));
    page.setPath(QStringLiteral("/"));
    std::printf("page: %s\n", page.toEncoded().constData());
    std::fflush(stdout);
    return application.exec();
}
