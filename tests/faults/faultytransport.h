// SPDX-License-Identifier: MIT
#ifndef FAULTYTRANSPORT_H
#define FAULTYTRANSPORT_H

#include "../unit/faketransport.h"

#include <QtCore/qlist.h>

#include <memory>
#include <utility>

// What a connection wants of its transport, and what the transport is about to report.
enum class Operation { Connect, Read, Write, Flush, Wait, Shutdown, Connected, Readable, Written, Ended };

// What happens instead.
enum class Fault {
    None,
    Error,  // the connection is lost, and what has arrived with it
    Report, // the same, reported within the call, as TLS does while it writes
    End,    // the peer has ended both directions
    Block,  // there is nothing to read or no room now, and the event loop says soon that it is worth a try; a
            // report is delayed as long
    Short   // one byte is read or written
};

// Which of these operations fails, and all that there were, in their order.
class FaultPlan
{
public:
    FaultPlan() = default;
    FaultPlan(qsizetype number, Fault fault) : m_number(number), m_fault(fault) { }

    Fault next(Operation operation)
    {
        m_operations.append(operation);
        return m_operations.size() - 1 == m_number ? m_fault : Fault::None;
    }
    const QList<Operation> &operations() const { return m_operations; }

    // The faults that make sense for an operation.
    static QList<Fault> faultsOf(Operation operation)
    {
        switch (operation) {
        case Operation::Connect:
        case Operation::Shutdown:
            return {Fault::Error};
        case Operation::Read:
            return {Fault::Error, Fault::End, Fault::Block, Fault::Short};
        case Operation::Write:
            return {Fault::Error, Fault::Report, Fault::Block, Fault::Short};
        case Operation::Flush:
            return {Fault::Block};
        case Operation::Wait:
            return {Fault::Error, Fault::End, Fault::Block};
        case Operation::Connected:
        case Operation::Readable:
        case Operation::Written:
            return {Fault::Error, Fault::End, Fault::Block};
        case Operation::Ended:
            return {Fault::Error, Fault::Block};
        }
        return {};
    }
    // Whether a fault only takes time.
    static bool isHarmless(Fault fault) { return fault == Fault::Block || fault == Fault::Short; }

private:
    QList<Operation> m_operations;
    qsizetype m_number = -1;
    Fault m_fault = Fault::None;
};

// Passes everything on between a connection and its FakeTransport, until its plan has a fault.
class FaultyTransport final : public WsTransport, public WsTransport::User
{
public:
    FaultyTransport(FakeWire &wire, std::unique_ptr<WsTransport> transport, std::shared_ptr<FaultPlan> plan)
        : m_wire(wire.shared_from_this()), m_inner(std::move(transport)), m_plan(std::move(plan))
    {
        m_inner->setUser(this);
        ++s_count;
    }
    ~FaultyTransport() override { --s_count; }

    // Lets all connections of \a wire have one.
    static void install(FakeWire &wire, const std::shared_ptr<FaultPlan> &plan)
    {
        wire.wrap = [&wire, plan](std::unique_ptr<WsTransport> transport) {
            return std::make_unique<FaultyTransport>(wire, std::move(transport), plan);
        };
    }
    // How many exist.
    static int count() { return s_count; }

    void connectTo(const QString &host, quint16 port) override
    {
        m_inner->connectTo(host, port);
        if (m_plan->next(Operation::Connect) == Fault::Error)
            soon([wire = m_wire] { wire->fail(error()); });
    }
    qint64 read(char *buffer, qint64 size) override
    {
        switch (m_plan->next(Operation::Read)) {
        case Fault::Error:
            m_wire->unread.clear();
            m_wire->hasEnded = m_wire->hasPeerEnded = true;
            return -1;
        case Fault::End:
            m_wire->hasEnded = m_wire->hasPeerEnded = true;
            soon([wire = m_wire] { wire->end(); });
            break;
        case Fault::Block:
            soon([wire = m_wire] { wire->feed({}); });
            return 0;
        case Fault::Short:
            size = 1;
            soon([wire = m_wire] { wire->feed({}); });
            break;
        default:
            break;
        }
        return m_inner->read(buffer, size);
    }
    void write(WsOutput &output) override
    {
        switch (m_plan->next(Operation::Write)) {
        case Fault::Error:
            breakLine();
            soon([wire = m_wire] { wire->fail(error()); });
            output.clear();
            return;
        case Fault::Report:
            breakLine();
            output.clear();
            user()->onError(error());
            return;
        case Fault::Block:
            soon([wire = m_wire] { wire->take(0); });
            return;
        case Fault::Short:
            writeShort(output);
            return;
        default:
            m_inner->write(output);
        }
    }
    bool flush() override
    {
        if (m_plan->next(Operation::Flush) != Fault::Block)
            return m_inner->flush();
        soon([wire = m_wire] { wire->take(0); });
        return false;
    }
    void wait(bool reads, int ms) override
    {
        switch (m_plan->next(Operation::Wait)) {
        case Fault::Error:
            m_wire->fail(error());
            return;
        case Fault::End:
            m_wire->end();
            return;
        case Fault::Block:
            return;
        default:
            m_inner->wait(reads, ms);
        }
    }
    bool shutdownWrite() override
    {
        return m_plan->next(Operation::Shutdown) != Fault::Error && m_inner->shutdownWrite();
    }

    bool isReady() const override { return m_inner->isReady(); }
    bool isConnecting() const override { return m_inner->isConnecting(); }
    QString awaited() const override { return m_inner->awaited(); }
    bool isBuffered() const override { return m_inner->isBuffered(); }
    qint64 pending() const override { return m_inner->pending(); }
    bool isFull() const override { return m_inner->isFull(); }
    void keepSystemQueueShort() override { m_inner->keepSystemQueueShort(); }
    qint64 inFlight() const override { return m_inner->inFlight(); }
    bool hasUnread() const override { return m_inner->hasUnread(); }
    bool isHandshaking() const override { return m_inner->isHandshaking(); }
    bool hasEnded() const override { return m_inner->hasEnded(); }
    bool isBroken() const override { return m_inner->isBroken(); }
    void noteEnd() override { m_inner->noteEnd(); }
    WsEndpoints endpoints() const override { return m_inner->endpoints(); }
    void setNoDelay(bool noDelay) override { m_inner->setNoDelay(noDelay); }
    void setReadBufferSize(qint64 size) override { m_inner->setReadBufferSize(size); }
    bool usesTls() const override { return m_inner->usesTls(); }
    bool isEncrypted() const override { return m_inner->isEncrypted(); }
    QSslConfiguration sslConfiguration() const override { return m_inner->sslConfiguration(); }
    bool hasSslErrors() const override { return m_inner->hasSslErrors(); }
    void ignoreSslErrors() override { m_inner->ignoreSslErrors(); }
    void ignoreSslErrors(const QList<QSslError> &errors) override { m_inner->ignoreSslErrors(errors); }
    void setPeerVerifyName(const QString &name) override { m_inner->setPeerVerifyName(name); }
    void setProxy(const QNetworkProxy &proxy) override { m_inner->setProxy(proxy); }
    void setPauseOnSslErrors(bool pauses) override { m_inner->setPauseOnSslErrors(pauses); }
    void continueAfterSslErrors() override { m_inner->continueAfterSslErrors(); }
    void continueHandshake() override { m_inner->continueHandshake(); }
    WsError lostError() const override { return m_inner->lostError(); }
    const WsError *connectError() const override { return m_inner->connectError(); }
    void cut() override { m_inner->cut(); }
    void finish(std::chrono::milliseconds timeout, const WsPlaceKeeper &keepPlace) override
    {
        m_inner->finish(timeout, keepPlace);
    }
    void watch() override { m_inner->watch(); }
    void setOwner(QObject *owner) override { m_inner->setOwner(owner); }
    void moveToThread(QThread *thread) override { m_inner->moveToThread(thread); }

    void onConnected() override
    {
        if (!meets(Operation::Connected))
            user()->onConnected();
    }
    void onReadable() override
    {
        if (!meets(Operation::Readable))
            user()->onReadable();
    }
    void onWritten() override
    {
        if (!meets(Operation::Written))
            user()->onWritten();
    }
    void onEnded() override
    {
        if (!meets(Operation::Ended))
            user()->onEnded();
    }
    void onError(const WsError &reported) override { user()->onError(reported); }
    void onSslErrors(const QList<QSslError> &errors) override { user()->onSslErrors(errors); }
    void onHandshakeInterrupted(const QSslError &reported) override
    {
        user()->onHandshakeInterrupted(reported);
    }

private:
    static WsError error() { return WsError(Ws::ErrorKind::Network, QStringLiteral("injected")); }

    // From the event loop, when this may no longer exist.
    static void soon(std::function<void()> action)
    {
        QMetaObject::invokeMethod(QCoreApplication::instance(), std::move(action), Qt::QueuedConnection);
    }

    void breakLine()
    {
        m_wire->unread.clear();
        m_wire->hasEnded = m_wire->hasPeerEnded = true;
    }

    void writeShort(WsOutput &output)
    {
        soon([wire = m_wire] { wire->take(0); });
        if (output.isEmpty())
            return;
        WsOutput one;
        one.append(output.piece(0).first(1).toByteArray());
        m_inner->write(one);
        if (one.isEmpty())
            output.consume(1);
    }

    // Whether something else happens than \a report.
    bool meets(Operation report)
    {
        const std::shared_ptr<FakeWire> wire = m_wire; // the rest may be deleted
        switch (m_plan->next(report)) {
        case Fault::Error:
            breakLine();
            user()->onError(error());
            return true;
        case Fault::End:
            wire->hasEnded = wire->hasPeerEnded = true;
            user()->onEnded();
            return true;
        case Fault::Block:
            soon([wire, report] { repeat(*wire, report); });
            return true;
        default:
            return false;
        }
    }

    static void repeat(FakeWire &wire, Operation report)
    {
        if (report == Operation::Connected)
            wire.connect();
        else if (report == Operation::Written)
            wire.take(0);
        else if (report == Operation::Ended && wire.hasEnded)
            wire.end();
        else if (report == Operation::Ended)
            wire.halfEnd();
        else
            wire.feed({});
    }

    static inline int s_count = 0;

    const std::shared_ptr<FakeWire> m_wire;
    const std::unique_ptr<WsTransport> m_inner;
    const std::shared_ptr<FaultPlan> m_plan;
};

#endif // FAULTYTRANSPORT_H
