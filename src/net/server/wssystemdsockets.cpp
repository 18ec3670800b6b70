// SPDX-License-Identifier: MIT
#include "net/server/wssystemdsockets.h"

#include "net/server/wslisteningdescriptor.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qstringlist.h>

#ifdef Q_OS_UNIX
#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#endif

using namespace Qt::StringLiterals;

#ifdef Q_OS_UNIX
namespace {
constexpr int FirstDescriptor = 3;
constexpr int MaxCount = 4096;

struct PassedSocket
{
    int descriptor = -1;
    QString name;
};

struct PassedSockets
{
    QList<PassedSocket> all;
    QString problem;
};

QString quoted(const QString &text)
{
    return u'"' + text + u'"';
}

// Whether the variables are meant for this process, and not left over from the one that has started it.
QString processProblem()
{
    const QString pid = qEnvironmentVariable("LISTEN_PID");
    if (pid.isEmpty() && qEnvironmentVariableIsEmpty("LISTEN_FDS"))
        return u"systemd has passed no sockets: LISTEN_FDS is not set, so the process was not started by a "
               "socket unit"_s;
    if (pid == QString::number(QCoreApplication::applicationPid()))
        return {};
    return u"systemd has passed its sockets to another process: LISTEN_PID is %1, and this process is %2"_s
        .arg(quoted(pid), QString::number(QCoreApplication::applicationPid()));
}

PassedSockets passedSockets()
{
    if (const QString problem = processProblem(); !problem.isEmpty())
        return {{}, problem};
    const QString listed = qEnvironmentVariable("LISTEN_FDS");
    bool isNumber = false;
    const int count = listed.toInt(&isNumber);
    if (!isNumber || count < 1 || count > MaxCount)
        return {{}, u"systemd has passed no sockets: LISTEN_FDS is %1"_s.arg(quoted(listed))};
    const QStringList names = qEnvironmentVariable("LISTEN_FDNAMES").split(u':');
    PassedSockets sockets;
    for (int i = 0; i < count; ++i) // without a name for each, systemd's own function calls all of them so
        sockets.all.append({FirstDescriptor + i, names.size() == count ? names[i] : u"unknown"_s});
    return sockets;
}

PassedSockets socketsOfName(const QString &name)
{
    PassedSockets passed = passedSockets();
    if (!passed.problem.isEmpty() || name.isEmpty())
        return passed;
    PassedSockets named;
    QStringList others;
    for (const PassedSocket &each : std::as_const(passed.all)) {
        if (each.name == name)
            named.all.append(each);
        else if (!others.contains(quoted(each.name)))
            others.append(quoted(each.name));
    }
    if (named.all.isEmpty())
        named.problem = u"systemd has passed no socket with the name %1, but %2"_s.arg(quoted(name),
                                                                                       others.join(u", "_s));
    return named;
}

// Returns why it cannot, or an empty string.
QString copyOf(int descriptor, QList<qintptr> *copies)
{
    const int copy = ::fcntl(descriptor, F_DUPFD_CLOEXEC, FirstDescriptor);
    if (copy < 0)
        return u"cannot copy the descriptor %1: %2"_s.arg(
            QString::number(descriptor), QString::fromStdString(std::generic_category().message(errno)));
    copies->append(copy);
    return {};
}
} // namespace

WsSystemdSockets wsTakeSystemdSockets(const QString &name)
{
    const PassedSockets passed = socketsOfName(name);
    WsSystemdSockets taken;
    taken.problem = passed.problem;
    QStringList unfit;
    for (const PassedSocket &each : passed.all) {
        if (const QString kind = wsKindOfDescriptor(each.descriptor); !kind.isEmpty())
            unfit.append(u"the descriptor %1 (%2) is %3"_s.arg(QString::number(each.descriptor),
                                                               quoted(each.name), kind));
        else if (taken.problem.isEmpty())
            taken.problem = copyOf(each.descriptor, &taken.descriptors);
    }
    // Without a name, others may be meant for other parts of the program.
    const bool isUnfit = !unfit.isEmpty() && (!name.isEmpty() || taken.descriptors.isEmpty());
    if (taken.problem.isEmpty() && isUnfit)
        taken.problem = u"a server can only listen on stream sockets that listen: "_s + unfit.join(u", "_s);
    if (!taken.problem.isEmpty()) {
        for (const qintptr descriptor : std::exchange(taken.descriptors, {}))
            ::close(int(descriptor));
    }
    return taken;
}
#else
WsSystemdSockets wsTakeSystemdSockets(const QString &)
{
    return {{}, u"this system has no systemd"_s};
}
#endif
