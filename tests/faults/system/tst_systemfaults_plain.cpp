// SPDX-License-Identifier: MIT

// Every system call fails once, without TLS and with Qt's event loop.

#include "faultyworld.h"

using namespace FaultTesting;

class TestSystemFaultsPlain : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyCall_data();
    void everyCall() { check(); }
};

void TestSystemFaultsPlain::everyCall_data()
{
    addRows({{"ws", {Way::Plain}}, {"ws, waiting client", {Way::Plain, 0, false, true}}});
}

#include "../../testprogram.h"
WSKIT_TEST(TestSystemFaultsPlain)
#include "tst_systemfaults_plain.moc"
