// SPDX-License-Identifier: MIT
#include "net/server/wspreamble.h"

#include "net/loop/wsthreadcontext.h"
#include "net/server/wshellostep.h"
#include "net/server/wsproxystep.h"
#include "net/server/wsserverhome.h"
#include "net/socket/wssendlimit.h"

#include <QtCore/qsocketnotifier.h>
#include <QtNetwork/qabstractsocket.h>

#include <algorithm>
#include <utility>

#ifdef Q_OS_WIN
#include <winsock2.h>
#else
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>
#endif

using namespace std::chrono_literals;
using Result = WsPreambleVerdict::Result;

namespace {
constexpr std::chrono::milliseconds MaxDelay = 64ms;
// How long a client may still take while the server is closing.
constexpr std::chrono::milliseconds LeavingGrace = 1000ms;

#ifdef Q_OS_WIN
using Descriptor = SOCKET;
constexpr int DoNotWait = 0; // it is only asked when it is ready
bool isToWait()
{
    return WSAGetLastError() == WSAEWOULDBLOCK;
}
#else
using Descriptor = int;
constexpr int DoNotWait = MSG_DONTWAIT;
bool isToWait()
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}
#endif

// Returns -1 if there will be no more bytes.
qsizetype receive(qintptr descriptor, char *buffer, qsizetype size, int flags)
{
    const auto received = ::recv(Descriptor(descriptor), buffer, size_t(size), flags | DoNotWait);
    if (received < 0)
        return isToWait() ? 0 : -1;
    return received == 0 ? -1 : qsizetype(received);
}

// While unread bytes hide it.
bool hasPeerEnded(qintptr descriptor)
{
#ifdef Q_OS_LINUX
    pollfd entry = {int(descriptor), POLLRDHUP, 0};
    return ::poll(&entry, 1, 0) > 0 && (entry.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
#else
    Q_UNUSED(descriptor)
    return false; // the time limit will end it
#endif
}

// Makes the system report the descriptor only when it has \a size bytes, or has ended. Returns whether it
// can; Linux cannot with local sockets.
bool setLeastBytes(const WsAcceptedClient &client, qsizetype size)
{
#ifdef Q_OS_LINUX
    const int least = int(size);
    return !client.isLocal
           && ::setsockopt(int(client.descriptor), SOL_SOCKET, SO_RCVLOWAT, &least, sizeof least) == 0;
#else
    Q_UNUSED(client)
    Q_UNUSED(size)
    return false;
#endif
}

} // namespace

std::unique_ptr<WsPreambleStep> wsNextPreambleStep(const WsAcceptedClient &client)
{
    if (client.settings->proxyProtocol && !client.proxyHeader
        && client.settings->proxies.contains(client.address, client.isLocal))
        return std::make_unique<WsProxyStep>(client);
    if (WsHelloStep::isNeeded(client))
        return std::make_unique<WsHelloStep>();
    return nullptr;
}

void wsCutDescriptor(qintptr descriptor)
{
    QAbstractSocket socket(QAbstractSocket::TcpSocket, nullptr);
    socket.setSocketDescriptor(descriptor);
    socket.abort();
}

WsPostponedClient::~WsPostponedClient()
{
    if (m_client.descriptor >= 0)
        wsCutDescriptor(m_client.descriptor);
}

WsAcceptedClient WsPostponedClient::take()
{
    WsAcceptedClient taken = m_client;
    m_client.descriptor = -1;
    return taken;
}

WsPreambles::WsPreambles(WsServerThread &thread) : WsTurnMember(nullptr), m_thread(thread)
{
    arrive();
}

WsPreambles::~WsPreambles()
{
    end(false);
    leaveThread();
}

void WsPreambles::take(const WsAcceptedClient &client)
{
    m_waiting.emplace_front();
    const Place place = m_waiting.begin();
    place->client = client;
    place->step = wsNextPreambleStep(client);
    const auto timeout = client.settings->options.handshakeTimeout();
    if (timeout > 0ms)
        place->deadline = wsTimeAfter(client.acceptedAt, timeout);
    if (m_thread.home().isClosing)
        place->deadline = std::min(place->deadline, WsClock::now() + LeavingGrace);
    const WsAdmission::Number number = client.number;
    const bool mayStay = m_thread.home().admission.setGiveWay(
        number, [this, number] { (void)post([this, number] { giveWay(number); }); });
    if (!mayStay) {
        refuse(place, WsAdmission::giveWayText());
        return;
    }
#ifdef Q_OS_WIN
    if (client.isLocal) {
        refuse(place, QStringLiteral("%1 cannot be read from a named pipe").arg(place->step->awaited()));
        return;
    }
#endif
    watch(&*place);
    schedule(*place);
#ifndef Q_OS_WIN
    look(client.descriptor);
#endif
}

void WsPreambles::watch(Waiting *waiting)
{
    const qintptr descriptor = waiting->client.descriptor;
    waiting->notifier = std::make_unique<QSocketNotifier>(descriptor, QSocketNotifier::Read);
    QSocketNotifier *const notifier = waiting->notifier.get();
    QObject::connect(notifier, &QSocketNotifier::activated, notifier, [this, descriptor, notifier] {
        const WsSocketCall call(notifier);
        look(descriptor);
    });
}

void WsPreambles::schedule(const Waiting &waiting)
{
    if (const WsTime time = std::min(waiting.deadline, waiting.nextLook); time != WsTime::max())
        context()->scheduleCheck(this, time);
}

// Its last call may delete this object.
void WsPreambles::look(qintptr descriptor)
{
    const Place place = placeOf(descriptor);
    if (place == m_waiting.end())
        return;
    QString problem;
    if (!goOn(place, &problem)) {
        if (!problem.isEmpty())
            refuse(place, problem);
        return;
    }
    WsAcceptedClient client = takeOut(place);
    const WsAdmission::Number number =
        m_thread.home().admission.identify(client.number, client.countedAddress());
    if (number == 0) {
        wsCutDescriptor(descriptor);
        m_thread.refuse(client, WsAdmission::giveWayText());
        return;
    }
    client.number = number;
    m_thread.begin(client);
}

WsPreambles::Place WsPreambles::placeOf(qintptr descriptor)
{
    return std::find_if(m_waiting.begin(), m_waiting.end(), [descriptor](const Waiting &waiting) {
        return waiting.client.descriptor == descriptor;
    });
}

// Goes from step to step. Returns whether all are done; if not, there may be a \a problem.
bool WsPreambles::goOn(Place place, QString *problem)
{
    while (place->step) {
        WsPreambleVerdict verdict;
        const bool hasEnded = !lookAt(&*place, &verdict);
        if (verdict.result == Result::Refused) {
            *problem = verdict.problem;
            return false;
        }
        if (verdict.result == Result::NeedsBytes) {
            if (hasEnded)
                *problem =
                    QStringLiteral("the connection ended before %1 had arrived").arg(place->step->awaited());
            return false;
        }
        place->step = wsNextPreambleStep(place->client);
    }
    return true;
}

// Returns false if there will be no more bytes.
bool WsPreambles::lookAt(Waiting *waiting, WsPreambleVerdict *verdict)
{
    const qintptr descriptor = waiting->client.descriptor;
    QByteArray buffer = context()->takeReadBuffer();
    const qsizetype wanted = std::min(buffer.size(), waiting->step->maxSize());
    const qsizetype size = receive(descriptor, buffer.data(), wanted, MSG_PEEK);
    if (size > 0)
        *verdict = waiting->step->look(QByteArrayView(buffer).first(size), &waiting->client);
    bool hasEnded = size < 0;
    if (verdict->result == Result::Done && verdict->size > 0)
        (void)receive(descriptor, buffer.data(), verdict->size, 0);
    context()->giveReadBuffer(std::move(buffer));
    if (verdict->result == Result::NeedsBytes && size > 0) {
        hasEnded = hasPeerEnded(descriptor);
        waitForMore(waiting, size + 1);
    } else if (verdict->result == Result::Done) {
        waitForMore(waiting, 1);
    }
    return !hasEnded;
}

// Until there are \a size bytes. The notifier would go on reporting those that are there already.
void WsPreambles::waitForMore(Waiting *waiting, qsizetype size)
{
    const bool isToldWhen = setLeastBytes(waiting->client, size) || size <= 1;
    waiting->notifier->setEnabled(isToldWhen);
    waiting->nextLook = isToldWhen ? WsTime::max() : WsClock::now() + waiting->delay;
    waiting->delay = std::min(waiting->delay * 2, MaxDelay);
    schedule(*waiting);
}

void WsPreambles::onCheck(WsTime now)
{
    const std::weak_ptr<bool> life = m_life; // a slot may delete the server
    std::vector<qintptr> due;
    for (const Waiting &waiting : m_waiting) {
        if (std::min(waiting.deadline, waiting.nextLook) <= now)
            due.push_back(waiting.client.descriptor);
        else
            schedule(waiting);
    }
    for (const qintptr descriptor : due) {
        if (life.expired())
            return;
        const Place place = placeOf(descriptor);
        if (place == m_waiting.end())
            continue;
        if (place->deadline <= now)
            refuse(place, lateText(*place));
        else
            look(descriptor);
    }
}

// What it has sent may not have been read yet.
void WsPreambles::giveWay(WsAdmission::Number number)
{
    const auto found = std::find_if(m_waiting.begin(), m_waiting.end(), [number](const Waiting &waiting) {
        return waiting.client.number == number;
    });
    if (found == m_waiting.end())
        return;
    const qintptr descriptor = found->client.descriptor;
    const std::weak_ptr<bool> life = m_life;
    look(descriptor);
    if (life.expired())
        return;
    if (const Place place = placeOf(descriptor); place != m_waiting.end())
        refuse(place, WsAdmission::giveWayText());
}

// May delete this object.
void WsPreambles::refuse(Place place, const QString &reason)
{
    const WsAcceptedClient client = takeOut(place);
    wsCutDescriptor(client.descriptor);
    m_thread.refuse(client, reason);
}

WsAcceptedClient WsPreambles::takeOut(Place place)
{
    WsAcceptedClient client = place->client;
    if (place->notifier) {
        place->notifier->setEnabled(false);
        (void)setLeastBytes(client, 1);
        if (WsThreadContext *const loop = context())
            loop->retire(place->notifier.release());
        // At the end of the thread, no function of the notifier is on the stack, and it goes with the place.
    }
    m_waiting.erase(place);
    return client;
}

std::vector<WsAcceptedClient> WsPreambles::release()
{
    std::vector<WsAcceptedClient> clients;
    while (!m_waiting.empty()) {
        clients.push_back(takeOut(m_waiting.begin()));
        // This object may be gone when somebody has to give way.
        (void)m_thread.home().admission.setGiveWay(clients.back().number, {},
                                                   WsAdmission::PatienceBeforeBegin);
    }
    return clients;
}

void WsPreambles::leave()
{
    const WsTime latest = WsClock::now() + LeavingGrace;
    for (Waiting &waiting : m_waiting) {
        waiting.deadline = std::min(waiting.deadline, latest);
        schedule(waiting);
    }
}

QString WsPreambles::lateText(const Waiting &waiting) const
{
    return m_thread.home().isClosing
               ? QStringLiteral("the server is shutting down")
               : QStringLiteral("%1 did not arrive within handshakeTimeout").arg(waiting.step->awaited());
}

void WsPreambles::end(bool reportsThem)
{
    const std::vector<WsAcceptedClient> clients = release();
    for (const WsAcceptedClient &client : clients) {
        wsCutDescriptor(client.descriptor);
        m_thread.cut(client, reportsThem);
    }
}

void WsPreambles::onThreadEnd()
{
    end(true);
}
