// SPDX-License-Identifier: MIT

// Every system call fails once while the threads of a server have its connections; and memory for zlib.

#include "faultyworld.h"

using namespace FaultTesting;

class TestSystemFaultsThreads : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyCall_data();
    void everyCall() { check(); }
};

void TestSystemFaultsThreads::everyCall_data()
{
    addRows({{"ws", {Way::Plain, 2}}, {"ws, compressed", {Way::Plain, 2, false, false, true}}});
}

#include "../../testprogram.h"
WSKIT_TEST(TestSystemFaultsThreads)
#include "tst_systemfaults_threads.moc"
