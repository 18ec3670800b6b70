// SPDX-License-Identifier: MIT
#ifndef SOAKLANE_H
#define SOAKLANE_H

#include <WsKit/WsClient>

#include <QtCore/qelapsedtimer.h>
#include <QtCore/qjsonobject.h>
#include <QtCore/qrandom.h>

#include <functional>

namespace Soak {
// What one good client does, as the soak has told it.
struct LanePlan
{
    explicit LanePlan(const QJsonObject &object);

    WsOptions options() const;
    WsReconnect reconnect() const;
    QUrl targetUrl(const QString &query = {}) const;

    QString name;   // of the lane: unique
    QString server; // its name
    QString url;
    QString service; // the path, with which the kind of the lane goes
    QString receiving;
    QString proxy;
    bool isCompressed;
    bool isLarge;
    int companions; // how many lanes share the topic
};

// What has become of a lane's connections and messages.
class LaneAccount
{
public:
    explicit LaneAccount(const LanePlan &plan) : m_plan(plan) { }

    void noteOpened(const WsClient &client);
    void noteAttempt() { m_attempt.start(); }
    void noteFailed(const WsError &error);
    // How it ended. A lane may end a connection by itself. \a confirmed of \a sent messages have come back.
    enum class Wanted { No, Close, Abort };
    void noteEnd(Wanted wanted, quint16 code, bool wasClean, quint32 sent, quint32 confirmed);
    void noteConfirmed(qint64 bytes);
    void fault(const QString &text) const;
    QJsonObject report(); // with the ends since the last one

    qint64 confirmed() const { return m_confirmed; }

private:
    const LanePlan &m_plan;
    QString m_generation;
    QElapsedTimer m_attempt; // since it began
    int m_failures = 0;      // since it was open
    QString m_failure;
    QJsonObject m_ends; // how many of "GENERATION CODE" that the lane did not want, since the last report
    qint64 m_connections = 0;
    qint64 m_failedAttempts = 0;
    qint64 m_slowAttempts = 0;
    qint64 m_confirmed = 0;
    qint64 m_bytes = 0;
    qint64 m_unconfirmed = 0;
    qint64 m_cleanMessages = 0;
    qint64 m_cleanConnections = 0;
};

// One good client. It works until it is asked to rest, and then completes what is under way and closes.
class Lane
{
public:
    explicit Lane(const LanePlan &ownPlan) : plan(ownPlan), account(plan) { }
    virtual ~Lane() = default;
    Q_DISABLE_COPY_MOVE(Lane)

    virtual void work(int round) = 0;
    virtual void rest() = 0;
    virtual bool isResting() const = 0;
    virtual QJsonObject report() { return account.report(); }
    virtual QString activity() const { return plan.name; } // for whoever waits for its rest

    const LanePlan plan;
    LaneAccount account;
};

// One whose client has an event loop, and which is opened again by itself whenever its connection ends.
class ClientLane : public Lane
{
public:
    ClientLane(const LanePlan &ownPlan, quint32 seed);
    void work(int round) override;
    void rest() override;
    bool isResting() const override { return m_isResting; }
    QString activity() const override;

protected:
    // Sends what may be sent now.
    virtual void onOpened() = 0;
    virtual void sendMore() = 0;
    virtual void onClosed() = 0;
    virtual bool isDone() const = 0; // everything sent has come back, and it is enough
    virtual QUrl url() const { return plan.targetUrl(); }
    // From the event loop, so that nothing of the client is on the stack.
    void goOnSoon();
    bool wantsMore() const { return !m_isAsked || account.confirmed() == m_confirmedBefore; }
    int round() const { return m_round; }
    bool mayOpenAnew() const { return !m_isAsked; }
    void endNow(LaneAccount::Wanted wanted);

    WsClient client;
    QRandomGenerator random;
    quint32 sent = 0;      // on this connection
    quint32 confirmed = 0; // of those

private:
    void open();
    void goOn();
    void end(quint16 code, bool wasClean);
    void goOnClosed();

    LaneAccount::Wanted m_wanted = LaneAccount::Wanted::No;
    qint64 m_confirmedBefore = 0;
    int m_round = 0;
    bool m_isAsked = false; // to rest
    bool m_isResting = true;
    bool m_wasOpen = false;
    bool m_isScheduled = false;
};

} // namespace Soak

#endif // SOAKLANE_H
