// SPDX-License-Identifier: MIT

// Every system call fails once, with TLS.

#include "faultyworld.h"

using namespace FaultTesting;

class TestSystemFaultsTls : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyCall_data();
    void everyCall() { check(); }
};

void TestSystemFaultsTls::everyCall_data()
{
    addRows({{"wss", {Way::Tls}}});
}

#include "../../testprogram.h"
WSKIT_TEST(TestSystemFaultsTls)
#include "tst_systemfaults_tls.moc"
