// SPDX-License-Identifier: MIT

// A file of any size as one message, in little memory at either end, whatever is slow: disk, network or peer.
//
//     file-transfer receive FILE [port]      waits for one, on 127.0.0.1, port 8080 where none is given
//     file-transfer send FILE [url]          ws://127.0.0.1:8080 where none is given

#include "receiver.h"
#include "sender.h"

#include <QtCore/QCoreApplication>

#include <cstdio>

namespace {
int receive(const QString &fileName, const QString &port)
{
    Receiver receiver(fileName);
    return receiver.start(port.isEmpty() ? 8080 : port.toUShort()) ? QCoreApplication::exec() : 1;
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
