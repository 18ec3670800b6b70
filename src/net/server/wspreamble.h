// SPDX-License-Identifier: MIT
#ifndef WSPREAMBLE_H
#define WSPREAMBLE_H

#include "net/loop/wsturnmember.h"
#include "net/server/wsserversettings.h"

#include <QtCore/qbytearrayview.h>

#include <list>
#include <memory>
#include <vector>

QT_BEGIN_NAMESPACE
class QSocketNotifier;
QT_END_NAMESPACE

class WsServerThread;

// What a step says of the first bytes of a client.
struct WsPreambleVerdict
{
    enum class Result { NeedsBytes, Done, Refused };

    Result result = Result::NeedsBytes;
    qsizetype size = 0; // of a step that is Done: how many bytes it has used up, or 0 if it has only looked
    QString problem;    // why the client is refused
};

// Something that a server has to know of a client before it can create the connection. It is read from the
// descriptor itself, because TLS may follow.
class WsPreambleStep
{
public:
    virtual ~WsPreambleStep() = default;
    // The most bytes that it looks at. It has to decide if it gets as many.
    virtual qsizetype maxSize() const = 0;
    // \a bytes are the first that the client has sent and no step has used up: all of them so far, each time.
    // What the step finds out goes into \a client.
    virtual WsPreambleVerdict look(QByteArrayView bytes, WsAcceptedClient *client) = 0;
    // What it waits for, in the words of an error: "the PROXY header of the trusted proxy 10.0.0.1".
    virtual QString awaited() const = 0;
};

// What is to be known next of \a client; null if nothing is missing.
std::unique_ptr<WsPreambleStep> wsNextPreambleStep(const WsAcceptedClient &client);

// Closes a descriptor that no socket owns yet.
void wsCutDescriptor(qintptr descriptor);

// A client without a connection in a task, which is dropped if the server is deleted before it arrives.
class WsPostponedClient
{
public:
    explicit WsPostponedClient(const WsAcceptedClient &client) : m_client(client) { }
    ~WsPostponedClient();
    Q_DISABLE_COPY_MOVE(WsPostponedClient)

    WsAcceptedClient take();

private:
    WsAcceptedClient m_client;
};

// The clients of one thread that something has to be read of before their connections exist. It takes its
// part of handshakeTimeout, and each counts as a pending handshake, which may have to give way.
//
// The bytes stay in the socket until a step has used them up, so a client can be taken back at any time.
class WsPreambles final : public WsTurnMember
{
public:
    // Its functions are called in \a thread, which outlives it.
    explicit WsPreambles(WsServerThread &thread);
    ~WsPreambles();

    // Passes \a client on to WsServerThread::begin() when everything is known: now, or later.
    void take(const WsAcceptedClient &client);
    // Cuts all. \a reportsThem: the server is told that they have gone.
    void end(bool reportsThem);
    // The server is closing: who has connected before gets an answer, unless it does not ask soon.
    void leave();
    // Gives up all, for another thread.
    std::vector<WsAcceptedClient> release();

    // WsTurnMember
    void onTurnEnd() override { }
    void onNestedTurn() override { }
    void onCheck(WsTime now) override;
    void onArrived() override { }
    void onThreadEnd() override;

private:
    struct Waiting
    {
        WsAcceptedClient client;
        std::unique_ptr<WsPreambleStep> step;
        std::unique_ptr<QSocketNotifier> notifier;
        WsTime deadline = WsTime::max();
        WsTime nextLook = WsTime::max(); // if the system cannot tell when there are more bytes
        std::chrono::milliseconds delay{1};
    };
    using Place = std::list<Waiting>::iterator;

    Place placeOf(qintptr descriptor);
    void watch(Waiting *waiting);
    void look(qintptr descriptor);
    void giveWay(WsAdmission::Number number);
    void refuse(Place place, const QString &reason);
    bool goOn(Place place, QString *problem);
    bool lookAt(Waiting *waiting, WsPreambleVerdict *verdict);
    QString lateText(const Waiting &waiting) const;
    void waitForMore(Waiting *waiting, qsizetype size);
    void schedule(const Waiting &waiting);
    WsAcceptedClient takeOut(Place place);

    WsServerThread &m_thread;
    std::list<Waiting> m_waiting;
    const std::shared_ptr<bool> m_life = std::make_shared<bool>();
};

#endif // WSPREAMBLE_H
