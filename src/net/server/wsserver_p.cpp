// SPDX-License-Identifier: MIT
#include "net/server/wsserver_p.h"

#include "protocol/wsorigin.h"

#include <QtCore/qpointer.h>

#include <algorithm>
#include <utility>

WsServerPrivate::WsServerPrivate(WsServer *server)
    : q(server), home(std::make_shared<WsServerHome>(server)), listeners(server)
{
    listeners.setHandlers([this](const WsIncoming &incoming) { accept(incoming); },
                          [this](const WsError &error) { onAcceptError(error); },
                          [home = home] { return home->isServerHere(); }, [this] { endListening(); });
}

WsServerPrivate::~WsServerPrivate() = default;

void WsServerPrivate::run(std::function<void(WsServerPrivate &)> action)
{
    home->callServer([action = std::move(action)](WsServer &server) { action(*of(&server)); });
}

bool WsServerPrivate::misuse(const QString &text)
{
    store(errorString, text);
    return false;
}

void WsServerPrivate::end()
{
    home->setBrokerHub(nullptr);
    listeners.stop();
    dropWaiting();
    home->endAnnouncingOfTaken();
    stopThreads();
    home->forgetServer();
    const std::shared_ptr<const WsServerThreads> threads = home->threads();
    for (const auto &thread : *threads) { // to which somebody has moved a connection
        home->removeThread(thread.get());
        thread->run([thread] { thread->deleteAll(); });
    }
    home->deleteAll();
    home->WsTurnMember::leaveThread();
}

void WsServerPrivate::leaveThread()
{
    home->leaveWithServer();
}

// --- who may come

bool WsServerPrivate::changeLimit(int WsServerLimits::*member, int count)
{
    WsServerLimits changed = limits;
    changed.*member = qMax(0, count);
    if (changed.*member == limits.*member)
        return false;
    store(limits, changed);
    home->admission.setLimits(changed);
    return true;
}

void WsServerPrivate::setAllowedOrigins(const QStringList &origins)
{
    if (!changeSetting(&WsServerSettings::allowedOrigins, origins))
        return;
    const QPointer<WsServer> self(q);
    Q_EMIT q->allowedOriginsChanged();
    QStringList problems;
    for (const QString &entry : origins)
        problems.append(wsCheckOriginEntry(entry));
    if (self)
        reportMisuse(problems);
}

void WsServerPrivate::setAllowedHosts(const QStringList &hosts)
{
    WsHostPolicy policy = settings->hosts;
    if (policy.allowed == hosts)
        return;
    policy.allowed = hosts;
    setSetting(&WsServerSettings::hosts, policy);
    const QPointer<WsServer> self(q);
    Q_EMIT q->allowedHostsChanged();
    QStringList problems;
    for (const QString &entry : hosts)
        problems.append(wsCheckHostEntry(entry));
    if (self)
        reportMisuse(problems);
}

void WsServerPrivate::reportMisuse(const QStringList &problems)
{
    const QPointer<WsServer> self(q);
    for (const QString &problem : problems) {
        if (!self || problem.isEmpty())
            continue;
        misuse(problem);
        Q_EMIT q->errorOccurred(WsError(Ws::ErrorKind::Misuse, problem));
    }
}

// Of a Server header.
void WsServerPrivate::setServerName(const QString &name)
{
    const QByteArray value = name.toUtf8();
    if (const QString problem = value.isEmpty() ? QString() : wsCheckHeader("Server", value);
        !problem.isEmpty()) {
        reportMisuse({problem});
        return;
    }
    if (changeSetting(&WsServerSettings::serverName, value))
        Q_EMIT q->serverNameChanged();
}

// --- threads

// Returns an error text, or an empty string.
QString WsServerPrivate::startThreads()
{
    const bool isInUse = std::any_of(m_threads.begin(), m_threads.end(), [](const auto &thread) {
        return thread->load > 0; // with connections that have been taken
    });
    if (isInUse || int(m_threads.size()) == threadCount)
        return {};
    stopThreads(); // which none of the connections lives in
    for (int number = 1; number <= threadCount; ++number) {
        auto thread = std::make_shared<WsServerThread>(home);
        if (const QString problem = thread->startThread(number); !problem.isEmpty()) {
            stopThreads();
            return problem;
        }
        m_threads.push_back(thread);
        home->addThread(std::move(thread));
    }
    return {};
}

void WsServerPrivate::stopThreads()
{
    for (const auto &thread : std::exchange(m_threads, {})) {
        home->removeThread(thread.get());
        thread->stop();
    }
}

WsServerThread *WsServerPrivate::nextThread() const
{
    const auto hasLess = [](const auto &one, const auto &other) { return one->load < other->load; };
    const auto least = std::min_element(m_threads.begin(), m_threads.end(), hasLess);
    return least == m_threads.end() ? home.get() : least->get();
}
