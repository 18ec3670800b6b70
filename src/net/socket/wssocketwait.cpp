// SPDX-License-Identifier: MIT
#include "net/socket/wssocketwait.h"

#include "net/loop/wsthreadcontext.h"
#include "net/socket/wssystemqueue.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qcoreevent.h>
#include <QtCore/qthread.h>

#include <algorithm>

#ifdef Q_OS_UNIX
#include <poll.h>
#endif

namespace {
// Qt can only wait for one of the two.
void waitByQt(QAbstractSocket *socket, bool reads, bool writes, int ms)
{
    constexpr int LongestWait = 10;
    if (!reads)
        socket->waitForBytesWritten(ms);
    else
        socket->waitForReadyRead(writes ? std::min(ms, LongestWait) : ms);
}
} // namespace

#ifdef Q_OS_UNIX
// Qt can only wait for one of the two, and waits for more bytes even if some have not been decrypted yet.
void wsWaitForSocket(QAbstractSocket *socket, bool reads, bool writes, int ms)
{
    if (!reads && !writes) { // only for time to pass, and for tasks of other threads
        (void)WsThreadContext::current().wait(-1, 0, ms);
        return;
    }
    QCoreApplication::sendPostedEvents(socket, QEvent::MetaCall); // QSslSocket decrypts in it
    const bool isConnected = socket->state() == QAbstractSocket::ConnectedState;
    if (!isConnected || (reads && socket->bytesAvailable() > 0))
        return;
    const bool isUnbuffered = socket->openMode() & QIODevice::Unbuffered;
    const int descriptor = isUnbuffered ? int(socket->socketDescriptor()) : int(wsDescriptorOf(*socket));
    if (descriptor < 0) { // of a proxy
        waitByQt(socket, reads, writes, ms);
        return;
    }
    const auto events = short((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
    const short found = WsThreadContext::current().wait(descriptor, events, ms);
    if (found == 0)
        return;
    if (writes && (found & (POLLOUT | POLLERR)))
        socket->flush();
    if (reads && !isUnbuffered && (found & ~POLLOUT) && socket->state() == QAbstractSocket::ConnectedState)
        socket->waitForReadyRead(0);
}
#else
void wsWaitForSocket(QAbstractSocket *socket, bool reads, bool writes, int ms)
{
    constexpr int LongestSleep = 10;
    if (!reads && !writes)
        QThread::msleep(static_cast<unsigned long>(std::min(ms, LongestSleep)));
    else
        waitByQt(socket, reads, writes, ms);
}
#endif
