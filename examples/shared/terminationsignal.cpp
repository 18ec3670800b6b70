// SPDX-License-Identifier: MIT
#include "terminationsignal.h"

#ifdef Q_OS_WIN

#include <qt_windows.h>

namespace {
QObject *signalContext = nullptr;
std::function<void()> signalHandler;

// Windows calls this in a thread of its own.
BOOL WINAPI onConsoleControl(DWORD)
{
    QMetaObject::invokeMethod(
        signalContext, [] { signalHandler(); }, Qt::QueuedConnection);
    return TRUE;
}
} // namespace

void onTerminationSignal(QObject *context, std::function<void()> handler)
{
    signalContext = context;
    signalHandler = std::move(handler);
    SetConsoleCtrlHandler(onConsoleControl, TRUE);
}

#else

#include <QtCore/qsocketnotifier.h>

#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace {
int signalPipe[2] = {-1, -1};

// A signal handler may call only few functions. write() is one of them, and wakes up the event loop.
void onSignal(int)
{
    const char byte = 0;
    [[maybe_unused]] const ssize_t written = ::write(signalPipe[1], &byte, 1);
}
} // namespace

void onTerminationSignal(QObject *context, std::function<void()> handler)
{
    if (::pipe(signalPipe) != 0)
        return;
    for (const int end : signalPipe) {
        ::fcntl(end, F_SETFD, FD_CLOEXEC);
        ::fcntl(end, F_SETFL, O_NONBLOCK);
    }

    auto *notifier = new QSocketNotifier(signalPipe[0], QSocketNotifier::Read, context);
    QObject::connect(notifier, &QSocketNotifier::activated, context, [handler = std::move(handler)] {
        char byte = 0;
        while (::read(signalPipe[0], &byte, 1) == 1)
            handler();
    });

    struct sigaction action = {};
    action.sa_handler = onSignal;
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
}

#endif
