// SPDX-License-Identifier: MIT
#ifndef WSEVENTDISPATCHER_H
#define WSEVENTDISPATCHER_H

#include <WsKit/wsglobal.h>

#include <QtCore/qabstracteventdispatcher.h>

#include <memory>

#ifdef Q_OS_LINUX

struct WsEventDispatcherPrivate;

class WSKIT_EXPORT WsEventDispatcher : public QAbstractEventDispatcher
{
    Q_OBJECT

public:
    explicit WsEventDispatcher(QObject *parent = nullptr);
    ~WsEventDispatcher() override;

    bool isValid() const;

    bool processEvents(QEventLoop::ProcessEventsFlags flags) override;

    void registerSocketNotifier(QSocketNotifier *notifier) override;
    void unregisterSocketNotifier(QSocketNotifier *notifier) override;

    using QAbstractEventDispatcher::registerTimer;
    void registerTimer(int timerId, qint64 interval, Qt::TimerType timerType, QObject *object) override;
    using QAbstractEventDispatcher::unregisterTimer;
    bool unregisterTimer(int timerId) override;
    bool unregisterTimers(QObject *object) override;
    QList<TimerInfo> registeredTimers(QObject *object) const override;
    using QAbstractEventDispatcher::remainingTime;
    int remainingTime(int timerId) override;

    void wakeUp() override;
    void interrupt() override;

private:
    std::unique_ptr<WsEventDispatcherPrivate> d;
};

#endif // Q_OS_LINUX

#endif // WSEVENTDISPATCHER_H
