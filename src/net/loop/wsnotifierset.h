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
// Only applyChanges() calls the kernel, so disabling a notifier and enabling it again costs nothing while its
// descriptor has another one. After the last notifier was removed, the descriptor may be closed, and the
// kernel then forgets it. If a notifier is added after that, the number may belong to another file, so the
// kernel is called in any case.
//
// If the process has no descriptor left for the epoll set, each wait() passes the list of all descriptors to
// the kernel, and applyChanges() tries again to create the set. After fork() a child would share the set with
// its parent and change it for both, so applyChanges() creates a new one there.
class WsNotifierSet
{
public:
    // wait() also returns when the descriptor of \a wakeUp becomes readable, and resets it.
    explicit WsNotifierSet(WsWakeUp &wakeUp);
    ~WsNotifierSet();
    Q_DISABLE_COPY_MOVE(WsNotifierSet)

    // Whether the epoll set exists and contains the descriptor of the wake-up. If not, wait() may miss
    // requests.
    bool isValid() const { return m_epoll >= 0 && m_wakeDescriptor >= 0; }
    // After applyChanges(): whether the kernel has accepted all changes. If not, applyChanges() tries again.
    bool isUpToDate() const { return m_changed.empty(); }

    void add(QSocketNotifier *notifier);
    void remove(QSocketNotifier *notifier);

    // Must be called before each wait(), after WsWakeUp::renew().
    void applyChanges();
    // Waits for at most \a timeout ms, -1 meaning no limit, and records which notifiers are ready. Returns
    // false if a signal handler interrupted it.
    bool wait(int timeout);
    // Returns the next notifier that wait() recorded and that has not been removed since, or null if there is
    // none.
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
        quint32 serial = 0; // identifies the kernel's entry
        bool isChanged = false;
        bool isDoubtful = false; // the kernel may have another file under this number
        bool isAlwaysReady = false;
    };

    void change(int descriptor, Watch &watch);
    void apply(int descriptor);
    void watch(int descriptor, Watch &watch, quint32 events);
    bool control(int operation, int descriptor, Watch &watch, quint32 events);
    void onRefused(int error, int descriptor, Watch &watch, quint32 events);
    void noteInvalid(int descriptor, const Watch &watch);
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
    unsigned m_generation = 0; // identifies the process that created the set
    quint32 m_serial = 0;
    std::unordered_map<int, Watch> m_watches;
    std::vector<int> m_changed;
    std::vector<int> m_alwaysReady; // descriptors that cannot be watched, such as a file on a disk
    std::vector<QSocketNotifier *> m_invalid;
    std::vector<QSocketNotifier *> m_ready; // null for those that were removed
    size_t m_nextReady = 0;
    // The most events of one turn. The kernel begins the next turn with those that are left.
    std::array<epoll_event, 256> m_events;
};

#endif // WSNOTIFIERSET_H
