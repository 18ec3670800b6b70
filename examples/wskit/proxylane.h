// SPDX-License-Identifier: MIT
#ifndef PROXYLANE_H
#define PROXYLANE_H

#include <WsKit/WsConnection>

#include <QtCore/qpointer.h>
#include <QtCore/qrandom.h>
#include <QtCore/qregularexpression.h>
#include <QtCore/qtimer.h>

#include <chrono>
#include <deque>
#include <optional>

// What a proxy does with the messages of one direction.
struct ProxyRules
{
    std::chrono::milliseconds delay{0};
    std::chrono::milliseconds jitter{0};     // at most so much is added to the delay
    double dropShare = 0;                    // of 1
    double perSecond = 0;                    // 0 for no limit
    std::optional<QRegularExpression> block; // texts that it matches are dropped
};

// Decides for one message after the other whether and when it goes on; they stay in order.
class ProxySchedule
{
public:
    using Clock = std::chrono::steady_clock;

    ProxySchedule(const ProxyRules &rules, quint32 seed) : m_rules(rules), m_random(seed) { }

    // Nothing if the message is dropped.
    std::optional<Clock::time_point> admit(const WsMessage &message, Clock::time_point now);

private:
    ProxyRules m_rules;
    QRandomGenerator m_random;
    std::optional<Clock::time_point> m_last; // when the last message goes on
};

// One direction of a session: takes messages from one connection and sends them to another one. It pauses the
// source while too much waits, here or at the target.
class ProxyLane : public QObject
{
    Q_OBJECT

public:
    enum class Fate { Passed, Dropped };

    ProxyLane(WsConnection *source, WsConnection *target, const ProxyRules &rules);

    // Sends what waits in time, then closes the target, as the source was closed. Nothing more is taken.
    void finish(quint16 code, const QString &reason, bool wasClean);

Q_SIGNALS:
    void messageCame(const WsMessage &message, ProxyLane::Fate fate);
    void failed(const QString &text);

private:
    struct Waiting
    {
        WsMessage message;
        ProxySchedule::Clock::time_point due;
    };
    struct Ending
    {
        quint16 code;
        QString reason;
        bool wasClean;
    };

    void onMessage(const WsMessage &message);
    void sendDue();
    void updatePause();
    void closeTarget();

    QPointer<WsConnection> m_source;
    QPointer<WsConnection> m_target;
    ProxySchedule m_schedule;
    std::deque<Waiting> m_waiting;
    qint64 m_waitingBytes = 0;
    std::optional<Ending> m_ending;
    bool m_isFinishing = false;
    QTimer m_timer;
};

#endif // PROXYLANE_H
