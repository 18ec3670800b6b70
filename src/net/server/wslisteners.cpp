// SPDX-License-Identifier: MIT
#include "net/server/wslisteners.h"

#include <QtCore/qpointer.h>

#include <algorithm>
#include <iterator>
#include <utility>

using namespace Qt::StringLiterals;

namespace {
// For how long the last packets of a client that has begun to connect may be on their way. It is shorter than
// the second after which a client that was ignored tries again.
constexpr std::chrono::milliseconds LeavingTime{300};

QString textOf(const QHostAddress &address, quint16 port)
{
    const QString text = address.toString();
    const bool isIpv6 = text.contains(u':');
    return (isIpv6 ? u"[%1]:%2"_s : u"%1:%2"_s).arg(text, QString::number(port));
}

QString checkAddresses(const QList<QHostAddress> &addresses)
{
    if (addresses.isEmpty())
        return u"there is no address to listen on"_s;
    for (qsizetype i = 0; i < addresses.size(); ++i) {
        if (addresses[i].isNull())
            return u"cannot listen on an address that is null"_s;
        if (addresses.indexOf(addresses[i]) < i)
            return u"cannot listen on %1 twice"_s.arg(addresses[i].toString());
    }
    return {};
}
} // namespace

WsListeners::WsListeners(QObject *server) : QObject(server), m_leaveTimer(this)
{
    m_leaveTimer.setSingleShot(true);
    connect(&m_leaveTimer, &QTimer::timeout, this, &WsListeners::onLeavingTimeout);
}

WsListeners::~WsListeners() = default;

void WsListeners::setHandlers(WsListener::Acceptor acceptor, WsListener::ErrorHandler errorHandler,
                              WsListener::Presence isHere, std::function<void()> onLeft)
{
    m_acceptor = std::move(acceptor);
    m_errorHandler = std::move(errorHandler);
    m_isHere = std::move(isHere);
    m_onLeft = std::move(onLeft);
}

std::unique_ptr<WsListener> WsListeners::create()
{
    auto listener = std::make_unique<WsListener>(this);
    listener->setHandlers(
        m_acceptor, [this, created = listener.get()](const WsError &error) { onError(created, error); },
        m_isHere);
    return listener;
}

// --- beginning

QString WsListeners::open(const QList<QHostAddress> &addresses, quint16 port, bool isPortShared,
                          Opened *opened)
{
    QString problem = checkAddresses(addresses);
    if (!problem.isEmpty())
        return problem;
    if (!isPortShared)
        endLeaving(); // on the same port perhaps
    // A free port of one address may be taken at another.
    constexpr int MaxAttempts = 20;
    const bool isAnyPort = port == 0 && addresses.size() > 1;
    for (int attempt = 0; attempt < (isAnyPort ? MaxAttempts : 1); ++attempt) {
        Opened all;
        problem = tryToOpen(addresses, port, isPortShared, &all);
        if (problem.isEmpty()) {
            std::move(all.begin(), all.end(), std::back_inserter(*opened));
            return {};
        }
        if (all.empty())
            return problem; // already the first one
    }
    return problem;
}

QString WsListeners::tryToOpen(const QList<QHostAddress> &addresses, quint16 port, bool isPortShared,
                               Opened *opened)
{
    for (const QHostAddress &address : addresses) {
        std::unique_ptr<WsListener> listener = create();
        const QString problem = listener->open(address, port, isPortShared);
        if (!problem.isEmpty())
            return u"cannot listen on %1: %2"_s.arg(textOf(address, port), problem);
        port = listener->serverPort();
        opened->push_back(std::move(listener));
    }
    return {};
}

QString WsListeners::openLocally(const QString &path, QFileDevice::Permissions permissions, Opened *opened)
{
    std::unique_ptr<WsListener> listener = create();
    const QString problem = listener->openLocally(path, permissions);
    if (problem.isEmpty())
        opened->push_back(std::move(listener));
    return problem;
}

QString WsListeners::takeOver(qintptr descriptor, Opened *opened)
{
    std::unique_ptr<WsListener> listener = create();
    const QString problem = listener->takeOver(descriptor);
    if (problem.isEmpty())
        opened->push_back(std::move(listener));
    return problem;
}

void WsListeners::begin(Opened opened)
{
    for (std::unique_ptr<WsListener> &listener : opened) {
        listener->begin(); // first: a local socket can only be stopped once it has its notifier
        listener->setStops(m_stops);
        m_all.push_back(std::move(listener));
    }
}

// --- while it listens

QList<WsWayIn> WsListeners::waysIn() const
{
    QList<WsWayIn> all;
    for (const std::unique_ptr<WsListener> &each : m_all) {
        if (each->isLocal())
            all.append({QHostAddress(), 0, each->localPath(), each->descriptor()});
        else
            all.append({each->serverAddress(), each->serverPort(), QString(), each->descriptor()});
    }
    return all;
}

void WsListeners::setStopped(WsListener::Stop reason, bool isStopped)
{
    m_stops = isStopped ? quint8(m_stops | quint8(reason)) : quint8(m_stops & ~quint8(reason));
    for (const std::unique_ptr<WsListener> &listener : m_all)
        listener->setStops(m_stops);
}

void WsListeners::retry()
{
    for (const std::unique_ptr<WsListener> &listener : m_all)
        listener->retry();
}

// What the process lacks is reported by the first one that notices.
void WsListeners::onError(const WsListener *listener, const WsError &error)
{
    const bool isReported = error.socketError() == QAbstractSocket::SocketResourceError
                            && std::any_of(m_all.begin(), m_all.end(), [listener](const auto &other) {
                                   return other.get() != listener && other->isStoppedByError();
                               });
    if (!isReported)
        m_errorHandler(error);
}

// --- ending

bool WsListeners::isHeldBack() const
{
    return m_stops & (quint8(WsListener::Stop::Paused) | quint8(WsListener::Stop::PendingFull));
}

void WsListeners::acceptLast()
{
    if (!isHeldBack())
        acceptAll(m_all);
}

void WsListeners::acceptAll(const Opened &listeners) const
{
    const WsListener::Presence isHere = m_isHere;
    std::vector<QPointer<WsListener>> all;
    for (const std::unique_ptr<WsListener> &listener : listeners)
        all.emplace_back(listener.get());
    for (const QPointer<WsListener> &listener : all) { // whose handler may delete all of them
        if (isHere() && listener)
            listener->acceptLast();
    }
}

void WsListeners::stop()
{
    retire(std::exchange(m_all, {}));
    endLeaving();
}

void WsListeners::leave()
{
    Opened stopping;
    for (std::unique_ptr<WsListener> &listener : std::exchange(m_all, {}))
        (!isHeldBack() && listener->turnAway() ? m_leaving : stopping).push_back(std::move(listener));
    retire(std::move(stopping));
    if (isLeaving())
        m_leaveTimer.start(LeavingTime);
}

void WsListeners::onLeavingTimeout()
{
    const std::function<void()> report = m_onLeft; // which may delete this
    report();
}

void WsListeners::endLeaving()
{
    m_leaveTimer.stop();
    retire(std::exchange(m_leaving, {}));
}

// One of them may be the caller.
void WsListeners::retire(Opened listeners)
{
    for (std::unique_ptr<WsListener> &listener : listeners) {
        listener->stop();
        listener.release()->deleteLater();
    }
}
