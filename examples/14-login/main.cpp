// SPDX-License-Identifier: MIT

// login: a page, a login and a WebSocket on one port. Only who has logged in gets a WebSocket.
//
//     login [port]         listens on 127.0.0.1, port 8080 by default
//     login --check        is also a client, and checks who is let in
//
// By cookie: the form of the page is answered with a cookie, which the browser sends along when it opens the
// WebSocket. By ticket: a client that cannot send the cookie gets a ticket, which it
// appends to the URL:
//
//     site=127.0.0.1:8080
//     curl --data 'user=ann&password=correct+horse' --cookie-jar jar $site/login
//     wskit connect "ws://$site/chat?ticket=$(curl --request POST --cookie jar $site/ticket)"
//
// Both are checked before the WebSocket is accepted. There should be TLS in front of this, or else everybody
// on the way can read the password, the cookie and the ticket.

#include "leavebysignal.h"
#include "portargument.h"
#include "selfcheck.h"
#include "site.h"

#include <QtCore/QCoreApplication>

#include <cstdio>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QString argument = application.arguments().value(1, QStringLiteral("8080"));
    if (argument == u"--check")
        return runSelfCheck();
    const std::optional<quint16> port = portOf(argument);
    if (!port) {
        std::fputs("login: a port is a number from 0 to 65535\n", stderr);
        return 1;
    }

    Site site;
    site.accounts().add(QStringLiteral("ann"), QStringLiteral("correct horse"));
    site.accounts().add(QStringLiteral("bob"), QStringLiteral("battery staple"));
    leaveBySignal(&site.server());
    if (!site.server().listen(QHostAddress::LocalHost, *port)) {
        std::fprintf(stderr, "login: cannot listen: %s\n", qPrintable(site.server().errorString()));
        return 1;
    }
    std::printf("page: http://127.0.0.1:%d/\n", site.server().serverPort());
    std::fflush(stdout);
    return application.exec();
}
