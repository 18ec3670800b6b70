// SPDX-License-Identifier: MIT

// Sends a file of any size as one message, in bounded memory on both sides, whether the disk, the network or
// the peer is slow.
//
//     file-transfer receive FILE [port]      listens on 127.0.0.1, port 8080 by default
//     file-transfer send FILE [url]          connects to ws://127.0.0.1:8080 by default
//
// What is sent may be a pipe too. Nothing else is done while it is read, so its writer must not pause for
// longer than the receiver waits for the answer to a ping (WsOptions::pongTimeout).

#include "portargument.h"
#include "receiver.h"
#include "sender.h"

#include <QtCore/QCoreApplication>

#include <cstdio>

namespace {
int receive(const QString &fileName, const QString &argument)
{
    const std::optional<quint16> port = argument.isEmpty() ? 8080 : portOf(argument);
    if (!port) {
        std::fputs("a port is a number from 0 to 65535\n", stderr);
        return 1;
    }
    Receiver receiver(fileName);
    return receiver.start(*port) ? QCoreApplication::exec() : 1;
}

int send(const QString &fileName, const QString &url)
{
    Sender sender(fileName);
    const QUrl target(url.isEmpty() ? QStringLiteral("ws://127.0.0.1:8080") : url);
    return sender.start(target) ? QCoreApplication::exec() : 1;
}
} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = application.arguments();
    const QString command = arguments.value(1);
    const QString fileName = arguments.value(2);
    if (command == u"receive" && !fileName.isEmpty())
        return receive(fileName, arguments.value(3));
    if (command == u"send" && !fileName.isEmpty())
        return send(fileName, arguments.value(3));
    std::fputs("Usage: file-transfer receive FILE [port]\n       file-transfer send FILE [url]\n", stderr);
    return 1;
}
