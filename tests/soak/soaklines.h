// SPDX-License-Identifier: MIT
#ifndef SOAKLINES_H
#define SOAKLINES_H

#include <QtCore/qjsonobject.h>
#include <QtCore/qsocketnotifier.h>

#include <functional>

// How the processes of a soak talk to the one that has started them: one object of JSON a line, by their
// standard input and output.

namespace Soak {
// Prints a line. May be called in any thread.
void say(const QJsonObject &object);

// Something is wrong, and the soak has failed.
void sayFault(const QString &text);

// The commands. The program ends when there are no more of them.
class Commands
{
public:
    explicit Commands(std::function<void(const QJsonObject &command)> handler);

private:
    void read();

    const std::function<void(const QJsonObject &)> m_handler;
    QByteArray m_bytes;
    QSocketNotifier m_notifier;
};
} // namespace Soak

#endif // SOAKLINES_H
