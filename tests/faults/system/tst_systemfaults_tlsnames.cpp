// SPDX-License-Identifier: MIT

// Every system call fails once, with TLS whose certificate depends on the name, and a client that waits.

#include "faultyworld.h"

using namespace FaultTesting;

class TestSystemFaultsTlsNames : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyCall_data();
    void everyCall() { check(); }
};

void TestSystemFaultsTlsNames::everyCall_data()
{
    addRows({{"wss by name, epoll, waiting client", {Way::NamedTls, 0, true, true}}});
}

#include "../../testprogram.h"
WSKIT_TEST(TestSystemFaultsTlsNames)
#include "tst_systemfaults_tlsnames.moc"
