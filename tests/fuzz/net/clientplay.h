// SPDX-License-Identifier: MIT
#ifndef CLIENTPLAY_H
#define CLIENTPLAY_H

#include "../../unit/reconnectiontesting.h"
#include "../sentmessages.h"
#include "stepplay.h"

#include <QtNetwork/qauthenticator.h>

#include <array>

// A client that opens, is redirected, logs in, reconnects and keeps messages meanwhile, and whose servers,
// network and application do what a script says, also in slots.
namespace Fuzzing {
using namespace ReconnectionTesting;

class ClientPlay : private StepPlay
{
public:
    explicit ClientPlay(const QByteArray &input);
    ~ClientPlay();

    QByteArray run();

private:
    using Action = void (ClientPlay::*)(quint8, quint8);

    static const std::array<Action, 20> OwnActions;
    static const std::array<Action, 20> OtherActions;

    static WsOptions options();
    WsClient *client() const { return m_side.connection ? m_side.client() : nullptr; }
    FakeWire *wire() const { return m_wires.empty() ? nullptr : m_wires.back().get(); }
    // Nothing comes from a TLS socket while slots answer in the middle of its handshake.
    bool isHeard() const { return wire() && wire()->isKept() && !wire()->hasPeerEnded && !m_isAsking; }

    bool needsLoop(const Step &step) const override { return step.action & 1; }
    void carryOut(const Step &step) override;
    void afterTurn() override;
    void listen();
    void listenToClient(WsClient &from);
    WsReconnect settings(quint8 a) const;
    void check();
    void finish();
    void letTimePass(std::chrono::milliseconds time);
    void takeAll();
    void checkMessages();
    void checkProxy(const FakeWire &wire);

    // What the application does
    void open(quint8 a, quint8 b);
    void close(quint8 a, quint8 b);
    void abort(quint8 a, quint8 b);
    void remove(quint8 a, quint8 b);
    void setActive(quint8 a, quint8 b);
    void setUrl(quint8 a, quint8 b);
    void reconnectNow(quint8 a, quint8 b);
    void setReconnect(quint8 a, quint8 b);
    void setFilter(quint8 a, quint8 b);
    void send(quint8 a, quint8 b);
    void ping(quint8 a, quint8 b);
    void receive(quint8 a, quint8 b);
    void continueOpening(quint8 a, quint8 b);
    void ignoreSslErrors(quint8 a, quint8 b);
    void setOpeningOptions(quint8 a, quint8 b);
    void setProxy(quint8 a, quint8 b);
    void waitForOpened(quint8 a, quint8 b);
    void spendTime(quint8 a, quint8 b);

    // What the servers and the network do
    void feed(const QByteArray &bytes, quint8 cut);
    void connectWire(quint8 a, quint8 b);
    void accept(quint8 a, quint8 b);
    void answer(quint8 a, quint8 b);
    void sendRaw(quint8 a, quint8 b);
    void sendMessage(quint8 a, quint8 b);
    void answerPing(quint8 a, quint8 b);
    void sendClose(quint8 a, quint8 b);
    void endWire(quint8 a, quint8 b);
    void failWire(quint8 a, quint8 b);
    void failSsl(quint8 a, quint8 b);
    void askForProxyLogin(quint8 a, quint8 b);
    void take(quint8 a, quint8 b);
    void advance(quint8 a, quint8 b);
    void advanceFar(quint8 a, quint8 b);
    void goOnline(quint8 a, quint8 b);
    void turn(quint8 a, quint8 b) { turnLoop(a, b); }
    void runSlotLoop(quint8 a, quint8 b) { runLoop(a, b); }

    const quint8 m_flags;
    FakeWallClock m_wallClock;
    FakeNetwork m_network;
    std::vector<std::shared_ptr<FakeWire>> m_wires;
    QObject m_context;
    Side m_side;
    QList<AcceptedMessage> m_accepted;
    QList<AcceptedMessage> m_kept; // until it is open
    qint64 m_lostCount = 0;
    int m_number = 0;
    bool m_hasPulled = false;
    bool m_isAsking = false;  // what slots say to errors of TLS, or to a proxy
    bool m_isRelaxed = false; // the application does not want to know what is lost
};

} // namespace Fuzzing

#endif // CLIENTPLAY_H
