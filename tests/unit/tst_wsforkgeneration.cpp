// SPDX-License-Identifier: MIT
#include "protocol/wsforkgeneration.h"

#include <QtTest/qtest.h>

#ifdef Q_OS_UNIX
#include "forking.h"
#endif

#include <thread>

class TestWsForkGeneration : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void isOneNumberInAllThreads();
    void isAnotherNumberInAChild();
    void isYetAnotherNumberInAGrandchild();
};

void TestWsForkGeneration::isOneNumberInAllThreads()
{
    unsigned there = wsForkGeneration() + 1;
    std::thread([&] { there = wsForkGeneration(); }).join();
    QCOMPARE(there, wsForkGeneration());
}

void TestWsForkGeneration::isAnotherNumberInAChild()
{
#ifdef Q_OS_UNIX
    const unsigned own = wsForkGeneration();
    QVERIFY(succeedsInChild([own] { return wsForkGeneration() != own; }));
    QCOMPARE(wsForkGeneration(), own);
#else
    QSKIP("there is no fork() here");
#endif
}

void TestWsForkGeneration::isYetAnotherNumberInAGrandchild()
{
#ifdef Q_OS_UNIX
    const unsigned own = wsForkGeneration();
    QVERIFY(succeedsInChild([own] {
        const unsigned ofChild = wsForkGeneration();
        return succeedsInChild([=] { return wsForkGeneration() != own && wsForkGeneration() != ofChild; });
    }));
#else
    QSKIP("there is no fork() here");
#endif
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsForkGeneration)
#include "tst_wsforkgeneration.moc"
