// SPDX-License-Identifier: MIT

// Every system call fails once, with event loops on epoll.

#include "faultyworld.h"

using namespace FaultTesting;

class TestSystemFaultsEpoll : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyCall_data();
    void everyCall() { check(); }
};

void TestSystemFaultsEpoll::everyCall_data()
{
    addRows({{"ws", {Way::Plain, 0, true}}, {"local socket", {Way::Local, 0, true}}});
}

#include "../../testprogram.h"
WSKIT_TEST(TestSystemFaultsEpoll)
#include "tst_systemfaults_epoll.moc"
