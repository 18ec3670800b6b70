// SPDX-License-Identifier: MIT
#include "reloadsignal.h"

#ifdef Q_OS_WIN

void onReloadSignal(QObject *, std::function<void()>) { }

#else

#include <QtCore/qsocketnotifier.h>

#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace {
int reloadPipe[2] = {-1, -1};

// A signal handler may call only few functions. write() is one of them, and wakes up the event loop.
void onSignal(int)
{
    const char byte = 0;
    [[maybe_unused]] const ssize_t written = ::write(reloadPipe[1], &byte, 1);
}
} // namespace

void onReloadSignal(QObject *context, std::function<void()> handler)
{
    if (::pipe(reloadPipe) != 0)
        return;
    for (const int end : reloadPipe) {
        ::fcntl(end, F_SETFD, FD_CLOEXEC);
        ::fcntl(end, F_SETFL, O_NONBLOCK);
    }

    auto *notifier = new QSocketNotifier(reloadPipe[0], QSocketNotifier::Read, context);
    QObject::connect(notifier, &QSocketNotifier::activated, context, [handler = std::move(handler)] {
        char bytes[64]; // of signals that came together, for which the files are read once
        while (::read(reloadPipe[0], bytes, sizeof bytes) > 0)
            continue;
        handler();
    });

    struct sigaction action = {};
    action.sa_handler = onSignal;
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGHUP, &action, nullptr);
}

#endif
