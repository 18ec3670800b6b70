// SPDX-License-Identifier: MIT

// Where a server listens.

#include "net/server/wsserver_p.h"

#include "net/server/wslisteningdescriptor.h"
#include "net/server/wssystemdsockets.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace {
// Null if it is none.
QHostAddress addressOf(const QString &host)
{
    if (host == "localhost"_L1)
        return QHostAddress(QHostAddress::LocalHost);
    return host == "*"_L1 ? QHostAddress(QHostAddress::Any) : QHostAddress(host);
}
} // namespace

bool WsServerPrivate::mayListen()
{
    if (!isOwnThread())
        return misuse(u"the server can only listen in its own thread"_s);
    return !home->isClosing || misuse(u"the server is still closing"_s);
}

bool WsServerPrivate::begin(WsListeners::Opened opened, QString problem)
{
    if (problem.isEmpty())
        problem = startThreads();
    if (!problem.isEmpty())
        return misuse(problem);
    listeners.begin(std::move(opened));
    noteWaysIn();
    return true;
}

bool WsServerPrivate::listen(const QList<QHostAddress> &addresses, quint16 wantedPort)
{
    if (!mayListen())
        return false;
    WsListeners::Opened opened;
    const QString problem = listeners.open(addresses, wantedPort, reusePort, &opened);
    return begin(std::move(opened), problem);
}

bool WsServerPrivate::listenLocally(const QString &path)
{
    if (!mayListen())
        return false;
    if (!QHostAddress(path).isNull())
        return misuse(u"%1 is an address, not a path: pass a QHostAddress"_s.arg(path));
    WsListeners::Opened opened;
    const QString problem = listeners.openLocally(path, localPermissions, &opened);
    return begin(std::move(opened), problem);
}

bool WsServerPrivate::listenOn(qintptr descriptor)
{
    if (!mayListen())
        return false;
    QString problem = wsCheckListeningDescriptor(descriptor);
    if (std::any_of(waysIn.begin(), waysIn.end(),
                    [descriptor](const WsWayIn &way) { return way.descriptor == descriptor; }))
        problem = u"the server listens on the descriptor %1 already"_s.arg(descriptor);
    if (problem.isEmpty())
        problem = takeOver({descriptor});
    return problem.isEmpty() || misuse(problem);
}

bool WsServerPrivate::listenFromSystemd(const QString &name)
{
    if (!mayListen())
        return false;
    if (const QString problem = startThreads(); !problem.isEmpty())
        return misuse(problem);
    const WsSystemdSockets sockets = wsTakeSystemdSockets(name);
    const QString problem = sockets.problem.isEmpty() ? takeOver(sockets.descriptors) : sockets.problem;
    return problem.isEmpty() || misuse(problem);
}

// The threads are first: if they cannot be started, the descriptors stay the caller's.
QString WsServerPrivate::takeOver(const QList<qintptr> &descriptors)
{
    QString problem = startThreads();
    WsListeners::Opened opened;
    for (const qintptr descriptor : descriptors) {
        if (problem.isEmpty())
            problem = listeners.takeOver(descriptor, &opened);
    }
    if (!problem.isEmpty())
        return problem;
    listeners.begin(std::move(opened));
    noteWaysIn();
    return {};
}

// A slot may delete the server.
void WsServerPrivate::noteWaysIn()
{
    const QList<WsWayIn> all = listeners.waysIn();
    const auto isAddress = [](const WsWayIn &way) { return !way.address.isNull(); };
    WsHostPolicy policy = settings->hosts;
    if (!all.isEmpty()) { // clients that are left keep the rule under which they came
        policy.isLoopbackOnly = std::any_of(all.begin(), all.end(), isAddress)
                                && std::all_of(all.begin(), all.end(), [](const WsWayIn &way) {
                                       return way.address.isNull() || way.address.isLoopback();
                                   });
    }
    setSetting(&WsServerSettings::hosts, policy);
    store(waysIn, all);
    Q_EMIT q->listeningChanged();
}

void WsServerPrivate::setHosts(const QStringList &names)
{
    if (storeChange(wantedHosts, names))
        Q_EMIT q->hostChanged();
}

void WsServerPrivate::setListening(bool listening)
{
    m_isListeningAgain = listening && home->isClosing;
    if (listening == listeners.isListening() || m_isListeningAgain)
        return;
    if (!listening) {
        close();
        return;
    }
    WsListeners::Opened opened;
    const QString problem = openWanted(&opened);
    if (!begin(std::move(opened), problem)) {
        m_refusal.run(q, [this, error = WsError(Ws::ErrorKind::Network, errorString)] {
            Q_EMIT q->errorOccurred(error);
        });
    }
}

QString WsServerPrivate::openWanted(WsListeners::Opened *opened)
{
    QList<QHostAddress> addresses;
    for (const QString &name : std::as_const(wantedHosts)) {
        addresses.append(addressOf(name));
        if (addresses.last().isNull())
            return u"%1 is not an address"_s.arg(name.isEmpty() ? u"\"\""_s : name);
    }
    if (addresses.isEmpty() && wantedLocalPath.isEmpty())
        return u"there is nothing to listen on: both host and localPath are empty"_s;
    if (!addresses.isEmpty()) {
        if (const QString problem = listeners.open(addresses, port, reusePort, opened); !problem.isEmpty())
            return problem;
    }
    return wantedLocalPath.isEmpty() ? QString()
                                     : listeners.openLocally(wantedLocalPath, localPermissions, opened);
}

// For example, the system has no descriptor left.
void WsServerPrivate::onAcceptError(const WsError &error)
{
    misuse(error.text());
    Q_EMIT q->errorOccurred(error);
}

// Clients that have been accepted go on, also those that wait for room. A slot may delete the server, or move
// it to another thread.
void WsServerPrivate::stopListening(Step then)
{
    const std::shared_ptr<WsServerHome> own = home;
    listeners.acceptLast(); // the system would cut them
    if (!own->isServerHere()) {
        own->callServer([then](WsServer &server) { of(&server)->stopListening(then); });
        return;
    }
    if (listeners.isListening()) {
        listeners.leave();
        noteWaysIn();
    }
    if (then)
        own->callServer([then](WsServer &server) { (of(&server)->*then)(); });
}

// The sockets of a shared port have waited for clients that were on their way. A slot may move the server.
void WsServerPrivate::endListening()
{
    const std::shared_ptr<WsServerHome> own = home;
    listeners.acceptLate();
    if (!own->isServerHere()) {
        own->callServer([](WsServer &server) { of(&server)->endListening(); });
        return;
    }
    listeners.endLeaving();
    finishClosing();
}
