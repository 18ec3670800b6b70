// SPDX-License-Identifier: MIT

// Every system call fails once while the threads of a server have its connections, with TLS.

#include "faultyworld.h"

using namespace FaultTesting;

class TestSystemFaultsTlsThreads : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyCall_data();
    void everyCall() { check(); }
};

void TestSystemFaultsTlsThreads::everyCall_data()
{
    addRows({{"wss, epoll", {Way::Tls, 2, true}}});
}

#include "../../testprogram.h"
WSKIT_TEST(TestSystemFaultsTlsThreads)
#include "tst_systemfaults_tlsthreads.moc"
