// SPDX-License-Identifier: MIT
#ifndef PATIENCE_H
#define PATIENCE_H

#include <QtCore/qcoreapplication.h>
#include <QtCore/qcoreevent.h>
#include <QtCore/qdeadlinetimer.h>
#include <QtCore/qeventloop.h>
#include <QtCore/qtimer.h>
#include <QtTest/qtest.h>

// How all tests wait: for a condition, and long enough for a machine that has thirty other things to do.

// As QTRY_VERIFY and QTRY_COMPARE, but without their sleeping between two looks at it.
#define WS_TRY_VERIFY(expression) \
    do { \
        (void)Patient::waitFor([&] { return bool(expression); }); \
        QVERIFY(expression); \
    } while (false)
#define WS_TRY_COMPARE(expression, expected) \
    do { \
        (void)Patient::waitFor([&] { return (expression) == (expected); }); \
        QCOMPARE(expression, expected); \
    } while (false)

namespace Patient {
// In milliseconds. Loaded machines and sanitizers are slow; where all is well nothing waits that long.
constexpr int Patience = 60000;

// Runs the event loop until \a condition holds; looks at it whenever something has happened.
template <typename Condition>
bool waitFor(Condition condition, int timeout = Patience)
{
    QDeadlineTimer deadline(timeout);
    QTimer heartbeat;
    heartbeat.start(10);
    while (!condition()) {
        if (deadline.hasExpired())
            return false;
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    }
    return true;
}

// The same for what takes many steps: gives up only if \a progress has returned the same value all the time. How long
// it takes in all is for ctest to limit.
template <typename Condition, typename Progress>
bool waitWhileItMoves(Condition condition, Progress progress)
{
    while (!condition()) {
        const auto before = progress();
        if (!waitFor([&] { return condition() || progress() != before; }))
            return false;
    }
    return true;
}
} // namespace Patient

#endif // PATIENCE_H
