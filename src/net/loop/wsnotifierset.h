// SPDX-License-Identifier: MIT
#ifndef WSNOTIFIERSET_H
#define WSNOTIFIERSET_H

#include <QtCore/qsocketnotifier.h>
#include <QtCore/qvarlengtharray.h>

#include <sys/epoll.h>

#include <array>
#include <unordered_map>
#include <vector>

class WsWakeUp;

// The socket notifiers of one thread, and the epoll set in which the kernel watches their descriptors.
//
// Only applyChanges() tells the kernel, so that a notifier that is disabled and enabled again costs nothing
// while another one of its descriptor stays. After the last one was removed, the descriptor may be closed,
// and the kernel forgets it by itself. If one is added then, its number may be that of another file: the
// kernel is asked in any case.
//
// If the process has no descriptor left for the kernel's set, wait() hands the kernel the list of all
// descriptors each time, and applyChanges() tries for a set again. A child that fork() makes would share the
// set with its parent and change it for both: there applyChanges() makes a new one.
class WsNotifierSet
{
public:
    // wait() also returns when the descriptor of \a wakeUp becomes readable, and resets it.
    explicit WsNotifierSet(WsWakeUp &wakeUp);
    ~WsNotifierSet();
    Q_DISABLE_COPY_MOVE(WsNotifierSet)

    // Whether the kernel has the set, with a descriptor of the wake-up in it. If not, wait() may not hear of
    // requests.
    bool isValid() const { return m_epoll >= 0 && m_wakeDescriptor >= 0; }

    void add(QSocketNotifier *notifier);
    void remove(QSocketNotifier *notifier);

    // To be called before each wait(), after WsWakeUp::renew().
    void applyChanges();
    // Waits for \a timeout ms at most, -1 for ever, and notes which notifiers are ready. Returns false if a
    // signal handler ran instead.
    bool wait(int timeout);
    // The next of those that wait() noted and that were not removed since, or null if there is none left.
    QSocketNotifier *takeReady();

private:
    struct Registration
    {
        QSocketNotifier *notifier;
        qsizetype readyIndex = -1;
    };

    struct Watch
    {
        QVarLengthArray<Registration, 2> registrations;
        quint32 known = 0;  // the events that the kernel watches for; 0 while it does not have the descriptor
        quint32 serial = 0; // of the kernel's entry
        bool isChanged = false;
        bool isDoubtful = false; // the kernel may not have this file under its number
        bool isAlwaysReady = false;
    };

    void change(int descriptor, Watch &watch);
    void apply(int descriptor);
    void watch(int descriptor, Watch &watch, quint32 events);
    bool control(int operation, int descriptor, Watch &watch, quint32 events);
    void onRefused(int error, int descriptor, Watch &watch, quint32 events);
    void noteInvalid(const Watch &watch);
    void disableInvalid();

    bool waitByEpoll(int timeout);
    bool waitByPoll(int timeout);
    bool takeEvent(const epoll_event &event);
    void takeEvents(int descriptor, quint32 events);
    void markReady(Watch &watch, quint32 events);
    bool isOutdated() const;
    void rebuild();

    WsWakeUp &m_wakeUp;
    int m_wakeDescriptor = -1; // in the kernel's set
    int m_epoll = -1;
    unsigned m_generation = 0; // the process that made the set
    quint32 m_serial = 0;
    std::unordered_map<int, Watch> m_watches;
    std::vector<int> m_changed;
    std::vector<int> m_alwaysReady; // what cannot be watched, such as a file on a disk
    std::vector<QSocketNotifier *> m_invalid;
    std::vector<QSocketNotifier *> m_ready; // null for those that were removed
    size_t m_nextReady = 0;
    // As many as one turn takes: the kernel starts the next with those that it has left out.
    std::array<epoll_event, 256> m_events;
};

#endif // WSNOTIFIERSET_H
