// SPDX-License-Identifier: MIT
#include "net/loop/wsunnestedreport.h"

#include "../patience.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qcoreevent.h>
#include <QtCore/qpointer.h>
#include <QtTest/qtest.h>

#include <stdexcept>

namespace {
// Whose reports come from the event loop as calls.
class Object : public QObject
{
public:
    bool event(QEvent *event) override
    {
        if (event->type() == QEvent::MetaCall)
            ++calls;
        return QObject::event(event);
    }

    WsUnnestedReport reports;
    QStringList told;
    int calls = 0;
};

void runTurns()
{
    for (int turn = 0; turn < 100; ++turn)
        QCoreApplication::processEvents();
}
} // namespace

class TestWsUnnestedReport : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void nextOneComesOnceTheSlotHasReturned();
    void waitingOnesKeepTheirOrder();
    void loopOfASlotHasNothingToDo();
    void slotMayThrow();
    void slotMayDeleteTheObject();
};

void TestWsUnnestedReport::nextOneComesOnceTheSlotHasReturned()
{
    Object object;
    object.reports.run(&object, [&object] {
        object.reports.run(&object, [&object] { object.told.append(QStringLiteral("second")); });
        object.told.append(QStringLiteral("first"));
    });
    QCOMPARE(object.told.join(u' '), QStringLiteral("first"));
    WS_TRY_COMPARE(object.told.join(u' '), QStringLiteral("first second"));
}

void TestWsUnnestedReport::waitingOnesKeepTheirOrder()
{
    Object object;
    const auto tell = [&object](const QString &text) {
        object.reports.run(&object, [&object, text] { object.told.append(text); });
    };
    object.reports.run(&object, [&tell] {
        tell(QStringLiteral("first"));
        tell(QStringLiteral("second"));
    });
    tell(QStringLiteral("third")); // while the others wait for the event loop
    WS_TRY_COMPARE(object.told.size(), 3);
    QCOMPARE(object.told.join(u' '), QStringLiteral("first second third"));
}

void TestWsUnnestedReport::loopOfASlotHasNothingToDo()
{
    Object object;
    object.reports.run(&object, [&object] {
        object.reports.run(&object, [&object] { object.told.append(QStringLiteral("second")); });
        runTurns();
        object.told.append(QStringLiteral("first"));
    });
    QCOMPARE(object.calls, 0);
    QCOMPARE(object.told.join(u' '), QStringLiteral("first"));
    WS_TRY_COMPARE(object.told.join(u' '), QStringLiteral("first second"));
    QCOMPARE(object.calls, 1);
}

void TestWsUnnestedReport::slotMayThrow()
{
    Object object;
    const auto throwing = [&object] {
        object.reports.run(&object, [&object] { object.told.append(QStringLiteral("waiting")); });
        throw std::runtime_error("no");
    };
    QVERIFY_THROWS_EXCEPTION(std::runtime_error, object.reports.run(&object, throwing));
    WS_TRY_COMPARE(object.told.join(u' '), QStringLiteral("waiting"));
    object.reports.run(&object, [&object] { object.told.append(QStringLiteral("next")); });
    QCOMPARE(object.told.join(u' '), QStringLiteral("waiting next"));
}

void TestWsUnnestedReport::slotMayDeleteTheObject()
{
    QPointer<Object> object = new Object;
    bool isReported = false;
    object->reports.run(object, [&object, &isReported] {
        object->reports.run(object, [&isReported] { isReported = true; });
        delete object;
    });
    runTurns();
    QVERIFY(!object);
    QVERIFY(!isReported);
}

#include "../testprogram.h"
WSKIT_TEST(TestWsUnnestedReport)
#include "tst_wsunnestedreport.moc"
