// SPDX-License-Identifier: MIT
#ifndef CLIENTPLAY_RUN_H
#define CLIENTPLAY_RUN_H

#include "clientplay.h"

// What happens in a ClientPlay, and what has to hold.
namespace Fuzzing {

inline const std::array<ClientPlay::Action, 20> ClientPlay::OwnActions{&ClientPlay::open,
                                                                       &ClientPlay::open,
                                                                       &ClientPlay::close,
                                                                       &ClientPlay::abort,
                                                                       &ClientPlay::remove,
                                                                       &ClientPlay::setActive,
                                                                       &ClientPlay::setUrl,
                                                                       &ClientPlay::reconnectNow,
                                                                       &ClientPlay::setReconnect,
                                                                       &ClientPlay::setFilter,
                                                                       &ClientPlay::send,
                                                                       &ClientPlay::send,
                                                                       &ClientPlay::ping,
                                                                       &ClientPlay::receive,
                                                                       &ClientPlay::continueOpening,
                                                                       &ClientPlay::ignoreSslErrors,
                                                                       &ClientPlay::setOpeningOptions,
                                                                       &ClientPlay::waitForOpened,
                                                                       &ClientPlay::spendTime,
                                                                       &ClientPlay::setProxy};

inline const std::array<ClientPlay::Action, 20> ClientPlay::OtherActions{
    &ClientPlay::turn,    &ClientPlay::turn,        &ClientPlay::runSlotLoop, &ClientPlay::connectWire,
    &ClientPlay::accept,  &ClientPlay::accept,      &ClientPlay::answer,      &ClientPlay::answer,
    &ClientPlay::sendRaw, &ClientPlay::sendMessage, &ClientPlay::answerPing,  &ClientPlay::sendClose,
    &ClientPlay::endWire, &ClientPlay::failWire,    &ClientPlay::failSsl,     &ClientPlay::take,
    &ClientPlay::advance, &ClientPlay::advanceFar,  &ClientPlay::goOnline,    &ClientPlay::askForProxyLogin};

inline WsOptions ClientPlay::options()
{
    WsOptions options = withPings();
    options.setMaxBufferedAmount(5000);
    options.setHandshakeTimeout(5s);
    return options;
}

inline ClientPlay::ClientPlay(const QByteArray &input)
    : StepPlay(input), m_flags(m_script.byte()), m_side(WsRole::Client, options())
{
    m_side.log.reset();
    m_side.prepareWire = [this](FakeWire &wire) {
        m_wires.push_back(wire.shared_from_this());
        wire.isEncrypted = m_flags & 8;
        wire.room = m_flags & 16 ? 600 : FakeWire::Unlimited;
    };
    WsClientPrivate::of(m_side.client())->reconnection.random = [] { return 0.0; };
    m_side.client()->setReconnect(settings(m_flags));
    listen();
}

inline ClientPlay::~ClientPlay()
{
    beginFinish();
}

inline QByteArray ClientPlay::run()
{
    step([this] { open(0, 0); });
    while (!m_script.isAtEnd() && m_faults.isEmpty() && client()) {
        step([this] { performNext(); });
        check();
    }
    beginFinish();
    finish();
    return m_faults.first();
}

inline WsReconnect ClientPlay::settings(quint8 a) const
{
    WsReconnect reconnect;
    reconnect.setEnabled(a & 1);
    reconnect.setQueueMessages(a & 2);
    reconnect.setMaxAttempts(a & 4 ? 3 : -1);
    return reconnect;
}

inline void ClientPlay::carryOut(const Step &step)
{
    const size_t action = (step.action & 0x7F) / 2;
    if (needsLoop(step))
        (this->*OtherActions[action % OtherActions.size()])(step.a, step.b);
    else
        (this->*OwnActions[action % OwnActions.size()])(step.a, step.b);
}

inline void ClientPlay::listen()
{
    using Wish = Listener::Wish;
    m_listener.listenTo(m_side.client(), Wish::Messages | Wish::Progress | Wish::Controls);
    listenToClient(*m_side.client());
}

inline void ClientPlay::listenToClient(WsClient &from)
{
    QObject::connect(&from, &WsClient::reconnecting, &m_context, [this](int attempt, int delay) {
        expect(attempt > 0 && delay >= 0, "an attempt that is none");
        expect(m_listener.rules.state() == Ws::Closed, "reconnecting() without being closed");
        onHeard(Heard::Reconnecting);
    });
    QObject::connect(&from, &WsClient::reconnected, &m_context, [this] {
        expect(m_listener.rules.state() == Ws::Open, "reconnected() without being open");
        onHeard(Heard::Reconnected);
    });
    QObject::connect(&from, &WsClient::messagesLost, &m_context, [this](int count) {
        expect(count > 0, "messagesLost() of none");
        m_lostCount += count;
        onHeard(Heard::Lost);
    });
    QObject::connect(&from, &WsClient::redirected, &m_context, [this] {
        expect(m_listener.rules.state() == Ws::Connecting, "redirected() without connecting");
        onHeard(Heard::Redirected);
    });
    QObject::connect(&from, &WsClient::authenticationRequired, &m_context, [this](QAuthenticator *login) {
        if (m_script.byte() & 1) {
            login->setUser(u"user"_s);
            login->setPassword(u"secret"_s);
        }
        onHeard(Heard::Login);
    });
    QObject::connect(&from, &WsClient::proxyAuthenticationRequired, &m_context,
                     [this](const QNetworkProxy &proxy, QAuthenticator *login) {
                         expect(m_listener.rules.state() == Ws::Connecting,
                                "proxyAuthenticationRequired() without connecting");
                         if (m_script.byte() & 1) {
                             login->setUser(u"member"_s);
                             login->setPassword(proxy.hostName());
                         }
                         onHeard(Heard::ProxyLogin);
                     });
    QObject::connect(&from, &WsClient::sslErrors, &m_context, [this] { onHeard(Heard::SslErrors); });
    QObject::connect(&from, &WsClient::openingProgressed, &m_context, [this] { onHeard(Heard::Progressed); });
    QObject::connect(&from, &WsClient::activeChanged, &m_context, [this] { onHeard(Heard::Active); });
}

// --- the application

inline void ClientPlay::open(quint8 a, quint8)
{
    static const std::array Urls{u"ws://example.com/chat"_s, u"ws://user:secret@example.com/"_s,
                                 u"wss://example.org/a?b=c"_s, u"http://example.com/"_s, u"/relative"_s};
    if (client() && m_wires.size() < 30)
        (void)client()->open(QUrl(Urls[a < 128 ? 0 : a % Urls.size()]));
}

inline void ClientPlay::close(quint8, quint8)
{
    if (client())
        (void)client()->close();
}

inline void ClientPlay::abort(quint8, quint8)
{
    m_isRelaxed = true;
    if (client())
        client()->abort();
}

inline void ClientPlay::remove(quint8 a, quint8)
{
    m_isRelaxed = m_isRelaxed || a > 200;
    if (a > 200)
        m_side.remove();
}

inline void ClientPlay::setActive(quint8 a, quint8)
{
    if (client() && m_wires.size() < 30)
        client()->setActive(a & 1);
}

inline void ClientPlay::setUrl(quint8 a, quint8)
{
    if (client() && m_wires.size() < 30)
        client()->setUrl(QUrl(a & 1 ? u"ws://example.com/other"_s : u"ws://example.com/chat"_s));
}

inline void ClientPlay::reconnectNow(quint8, quint8)
{
    if (client() && m_wires.size() < 30)
        (void)client()->reconnectNow();
}

inline void ClientPlay::setReconnect(quint8 a, quint8)
{
    if (client())
        client()->setReconnect(settings(a));
}

inline void ClientPlay::setFilter(quint8 a, quint8)
{
    if (!client())
        return;
    if (a & 2)
        client()->setReconnectFilter(nullptr);
    else
        client()->setReconnectFilter([wanted = a & 1](const WsError &) { return bool(wanted); });
}

inline void ClientPlay::send(quint8 a, quint8)
{
    if (!client())
        return;
    const WsMessage message = WsMessage::binary(numberedPayload(++m_number, 10 + a * 4));
    QList<AcceptedMessage> &list = client()->state() == Ws::Open ? m_accepted : m_kept;
    const qsizetype index = list.size();
    list.append({message, AcceptedMessage::Fate::Perhaps});
    if (!client()->send(message))
        list.removeAt(index);
}

inline void ClientPlay::ping(quint8, quint8)
{
    if (client())
        (void)client()->ping("p");
}

inline void ClientPlay::receive(quint8 a, quint8)
{
    if (!client() || a <= 200)
        return;
    m_hasPulled = true;
    m_listener.take(client()->receive());
}

inline void ClientPlay::continueOpening(quint8, quint8)
{
    if (client())
        (void)client()->continueOpening();
}

inline void ClientPlay::ignoreSslErrors(quint8, quint8)
{
    if (client())
        client()->ignoreSslErrors();
}

inline void ClientPlay::setOpeningOptions(quint8 a, quint8)
{
    if (!client())
        return;
    client()->setPauseOnSslErrors(a & 1);
    client()->setMaxRedirects(a & 2 ? 0 : 3);
    (void)client()->setHeader("X-Number", QByteArray::number(a));
}

inline void ClientPlay::setProxy(quint8 a, quint8)
{
    static const std::array Proxies{
        QNetworkProxy(QNetworkProxy::NoProxy),
        QNetworkProxy(QNetworkProxy::HttpProxy, u"proxy.example"_s, 3128),
        QNetworkProxy(QNetworkProxy::Socks5Proxy, u"socks.example"_s, 1080),
        QNetworkProxy(QNetworkProxy::HttpProxy, u"own.example"_s, 8080, u"owner"_s, u"own.example"_s)};
    if (client())
        client()->setProxy(Proxies[a % Proxies.size()]);
}

inline void ClientPlay::waitForOpened(quint8, quint8)
{
    if (client())
        (void)client()->waitForOpened(QDeadlineTimer(0));
}

inline void ClientPlay::spendTime(quint8 a, quint8)
{
    FakeClock::pass(std::chrono::microseconds(a * 100));
}

// --- the servers and the network

inline void ClientPlay::feed(const QByteArray &bytes, quint8 cut)
{
    if (!isHeard() || !wire()->isConnected)
        return;
    const std::shared_ptr<FakeWire> to = m_wires.back();
    const qsizetype first = cut % (bytes.size() + 1);
    if (first > 0)
        to->feed(bytes.first(first));
    if (to->isKept() && !to->hasPeerEnded && first < bytes.size())
        to->feed(bytes.sliced(first));
}

inline void ClientPlay::connectWire(quint8, quint8)
{
    if (isHeard() && !wire()->isConnected)
        wire()->connect();
}

inline void ClientPlay::accept(quint8 a, quint8 b)
{
    connectWire(a, b);
    if (!isHeard() || !wire()->written.contains("\r\n\r\n"))
        return;
    const QByteArray rest = a & 1 ? fromPeerOf(WsRole::Client, {text("at once")}) : QByteArray();
    feed(acceptanceOf(wire()->written) + rest, b);
}

inline void ClientPlay::answer(quint8 a, quint8 b)
{
    static const std::array<QByteArray, 12> Answers{
        "302 Found\r\nLocation: /elsewhere",
        "307 Temporary Redirect\r\nLocation: ws://other.example/",
        "301 Moved\r\nLocation: https://example.com/secure",
        "308 Moved\r\nLocation: http:///",
        "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"r\"",
        "401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"",
        "401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"m\", stale=true",
        "503 Unavailable\r\nRetry-After: 2",
        "429 Too Many\r\nRetry-After: 100",
        "404 Not Found",
        "500 Error",
        "101 Switching Protocols\r\nUpgrade: other"};
    connectWire(a, b);
    const QByteArray body = a & 16 ? "Content-Length: 3\r\n\r\nabc" : "Content-Length: 0\r\n\r\n";
    feed("HTTP/1.1 " + Answers[a % Answers.size()] + "\r\n" + body, b);
}

inline void ClientPlay::sendRaw(quint8 a, quint8 b)
{
    feed(m_script.bytes(a % 40), b);
}

inline void ClientPlay::sendMessage(quint8 a, quint8 b)
{
    feed(fromPeerOf(WsRole::Client, {text(numberedPayload(++m_number, a))}), b);
}

// The last one.
inline void ClientPlay::answerPing(quint8, quint8 b)
{
    if (!wire())
        return;
    const qsizetype headEnd = wire()->written.indexOf("\r\n\r\n");
    if (headEnd < 0)
        return;
    const ReadByPeer peer(WsRole::Client, wire()->written.sliced(headEnd + 4), false);
    if (!peer.pings.isEmpty())
        feed(fromPeerOf(WsRole::Client, {ProtocolTesting::pong(peer.pings.last())}), b);
}

inline void ClientPlay::sendClose(quint8 a, quint8 b)
{
    static constexpr std::array Codes{1000, 1001, 1011, 1012, 1013, 1008, 4000, 1000};
    feed(fromPeerOf(WsRole::Client, {closing(Codes[a % Codes.size()], "bye")}), b);
}

inline void ClientPlay::endWire(quint8, quint8)
{
    if (isHeard() && wire()->isConnected)
        wire()->end();
}

inline void ClientPlay::failWire(quint8 a, quint8)
{
    static constexpr std::array Kinds{Ws::ErrorKind::Tls, Ws::ErrorKind::Network, Ws::ErrorKind::Proxy};
    if (isHeard())
        wire()->fail(WsError(Kinds[a % Kinds.size()], u"failed"_s));
}

inline void ClientPlay::failSsl(quint8, quint8)
{
    if (!isHeard() || wire()->isConnected)
        return;
    m_isAsking = true;
    wire()->failSsl({QSslError(QSslError::SelfSignedCertificate)});
    m_isAsking = false;
}

inline void ClientPlay::askForProxyLogin(quint8, quint8)
{
    if (!isHeard() || wire()->isConnected || wire()->proxy.type() == QNetworkProxy::NoProxy)
        return;
    QAuthenticator authenticator;
    m_isAsking = true;
    m_wires.back()->askForLogin(&authenticator);
    m_isAsking = false;
}

inline void ClientPlay::take(quint8 a, quint8)
{
    if (wire() && wire()->room != FakeWire::Unlimited)
        wire()->take(sizeFrom(a));
}

inline void ClientPlay::advance(quint8 a, quint8)
{
    static constexpr std::array Times{1ms, 500ms, 999ms, 1000ms, 2000ms, 5000ms, 10000ms, 20001ms};
    FakeClock::advance(Times[a % Times.size()]);
}

inline void ClientPlay::advanceFar(quint8 a, quint8)
{
    if (a & 1)
        FakeWallClock::sleep(1min);
    FakeClock::advance(a & 2 ? 1s : 1min);
}

inline void ClientPlay::goOnline(quint8, quint8)
{
    FakeNetwork::goOnline();
}

// --- what has to hold

inline void ClientPlay::afterTurn()
{
    if (client())
        expect(client()->state() == m_listener.rules.state(), "the state was not reported");
}

inline void ClientPlay::check()
{
    const auto kept =
        std::count_if(m_wires.begin(), m_wires.end(), [](const auto &one) { return one->isKept(); });
    expect(kept <= 1, "several transports at a time");
    if (wire())
        checkProxy(*wire());
    if (!client())
        return;
    expect(client()->bufferedAmount() >= 0, "bufferedAmount is negative");
    expect(client()->bufferedAmount() < 5000 + 30000, "more than maxBufferedAmount waits");
}

// A login is only for the proxy that it was given for.
inline void ClientPlay::checkProxy(const FakeWire &wire)
{
    expect(wire.proxy.user().isEmpty() || wire.proxy.password() == wire.proxy.hostName(),
           "a login goes to another proxy");
}

inline void ClientPlay::letTimePass(std::chrono::milliseconds time)
{
    step([&] {
        FakeClock::advance(time);
        m_isTurnWanted = true;
    });
}

// What is not taken holds the end.
inline void ClientPlay::takeAll()
{
    for (int i = 0; m_hasPulled && client() && m_listener.pendingFutures == 0 && i < 1000; ++i)
        m_listener.take(client()->receive());
}

// Once the application closes it, it ends in time, and nothing is opened any more.
inline void ClientPlay::finish()
{
    if (!m_faults.isEmpty())
        return;
    letTimePass(0ms);
    step([this] { close(0, 0); });
    for (int i = 0; i < 12 && client() && m_listener.rules.isClosedDue(); ++i) {
        step([this] { takeAll(); });
        letTimePass(3s);
        check();
    }
    letTimePass(0ms);
    expect(!client() || !m_listener.rules.isClosedDue(), "it does not end within its time limits");
    const size_t count = m_wires.size();
    for (int i = 0; i < 10 && client(); ++i)
        letTimePass(1min);
    expect(m_wires.size() == count, "a client is opened again after close()");
    expect(!client() || client()->state() == Ws::Closed, "it does not stay closed");
    expect(!client() || !client()->active(), "a client is active that was closed");
    expect(!client() || client()->bufferedAmount() == 0, "a closed client has something to send");
    expect(!client() || client()->reconnectAttempt() == 0, "a closed client reconnects");
    expect(m_listener.pendingFutures == 0, "a future waits for a client that stays closed");
    expect(!wire() || !wire()->isKept(), "a transport is left");
    checkMessages();
}

// Each that was accepted has arrived once and in order, or is counted as lost.
inline void ClientPlay::checkMessages()
{
    QList<WsMessage> arrived;
    for (const auto &one : m_wires) {
        const qsizetype headEnd = one->written.indexOf("\r\n\r\n");
        if (headEnd < 0)
            continue;
        const ReadByPeer peer(WsRole::Client, one->written.sliced(headEnd + 4), false);
        m_faults.add(peer.fault);
        arrived += peer.messages;
    }
    // What a slot of opened() sends comes before what was kept, so each of the two has its own order.
    QList<WsMessage> keptOnes;
    QList<WsMessage> others;
    for (const WsMessage &message : arrived) {
        const bool wasKept = std::any_of(m_kept.begin(), m_kept.end(),
                                         [&](const AcceptedMessage &one) { return one.message == message; });
        (wasKept ? keptOnes : others).append(message);
    }
    m_faults.add(comparedMessages(m_kept, keptOnes, false));
    m_faults.add(comparedMessages(m_accepted, others, false));
    const qsizetype count = m_accepted.size() + m_kept.size();
    if (!m_isRelaxed)
        expect(count - arrived.size() <= m_lostCount, "messages are lost that nobody counts");
    expect(m_lostCount <= count, "more messages are lost than were sent");
}

} // namespace Fuzzing

#endif // CLIENTPLAY_RUN_H
