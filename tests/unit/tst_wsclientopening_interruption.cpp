// SPDX-License-Identifier: MIT

// A TLS handshake that stands still in the middle of the verification: the time limits, and which answers
// count.

#include "net/client/wsclientopening.h"

#include "connectiontesting.h"
#include "loglines.h"

using namespace ConnectionTesting;

namespace {
// Not a variable: Qt loads its TLS with the first error, which needs an application.
QSslError untrusted()
{
    return QSslError(QSslError::SelfSignedCertificate);
}

// A client whose TLS is interrupted, with the slot that a test wants.
class InterruptedSide : public Side
{
public:
    explicit InterruptedSide(const WsOptions &ownOptions = {}) : Side(WsRole::Client, ownOptions)
    {
        QObject::connect(client(), &WsClient::handshakeInterruptedOnError, client(), [this] {
            ++interruptionCount;
            if (inSlot)
                inSlot();
        });
        start();
    }

    // As Qt does when no slot has continued.
    void failTls()
    {
        wire->fail(WsError(Ws::ErrorKind::Tls, u"the handshake has failed"_s, Ws::TlsHandshake));
    }

    std::function<void()> inSlot;
    int interruptionCount = 0;
};

WsOptions optionsWith(std::chrono::milliseconds timeout)
{
    WsOptions options;
    options.setHandshakeTimeout(timeout);
    return options;
}
} // namespace

class TestWsClientOpeningInterruption : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void handshakeIsContinuedInTheSlotOnly();
    void secondCallInTheSlotChangesNothing();
    void errorOfTheCertificateIsReported();
    void timeLimitStandsStillInTheSlot();
    void openingCannotBeContinuedInTheSlot();
    void earlierErrorsAreNotThoseOfTheNextInterruption();
    void errorsMayBeIgnoredInTheSlot_data();
    void errorsMayBeIgnoredInTheSlot();
    void errorsCannotBeIgnoredBetweenTheQuestions();
    void errorsCannotBeIgnoredAfterTheEnd();
};

void TestWsClientOpeningInterruption::handshakeIsContinuedInTheSlotOnly()
{
    InterruptedSide side;
    LogLines lines("wskit.net");
    QVERIFY(!side.client()->continueInterruptedHandshake());
    side.inSlot = [&] { QVERIFY(side.client()->continueInterruptedHandshake()); };
    side.wire->interrupt(untrusted());
    QCOMPARE(side.interruptionCount, 1);
    QCOMPARE(side.wire->handshakeCount, 1);
    QVERIFY(!side.client()->continueInterruptedHandshake());
    QCOMPARE(side.wire->handshakeCount, 1);
    QCOMPARE(lines.all().filter(u"continueInterruptedHandshake() has no effect"_s).size(), 2);
    side.wire->connect();
    QCOMPARE(side.client()->state(), Ws::Connecting);
}

void TestWsClientOpeningInterruption::secondCallInTheSlotChangesNothing()
{
    InterruptedSide side;
    side.inSlot = [&] {
        QVERIFY(side.client()->continueInterruptedHandshake());
        QVERIFY(side.client()->continueInterruptedHandshake()); // of another slot
    };
    side.wire->interrupt(untrusted());
    QVERIFY(side.wire->handshakeCount >= 1);
}

void TestWsClientOpeningInterruption::errorOfTheCertificateIsReported()
{
    InterruptedSide side;
    side.wire->interrupt(untrusted());
    QCOMPARE(side.wire->handshakeCount, 0);
    side.failTls();
    QCOMPARE(side.told(), u"Connecting, error Tls, Closed, closed 1015 '' unclean"_s);
    QCOMPARE(side.connection->errorString(), untrusted().errorString());
}

void TestWsClientOpeningInterruption::timeLimitStandsStillInTheSlot()
{
    InterruptedSide side(optionsWith(5s));
    side.inSlot = [&] {
        pass(1h);
        QVERIFY(side.client()->continueInterruptedHandshake());
    };
    pass(4s);
    side.wire->interrupt(untrusted());
    pass(999ms);
    QCOMPARE(side.client()->state(), Ws::Connecting);
    pass(2ms);
    QCOMPARE(side.told(), u"Connecting, error Timeout, Closed, closed 1006 '' unclean"_s);
}

void TestWsClientOpeningInterruption::openingCannotBeContinuedInTheSlot()
{
    InterruptedSide side;
    side.client()->setPauseOnSslErrors(true);
    LogLines lines("wskit.net");
    side.inSlot = [&] { QVERIFY(!side.client()->continueOpening()); };
    side.wire->interrupt(untrusted());
    QCOMPARE(lines.all().filter(u"continueOpening() has no effect"_s).size(), 1);
    QCOMPARE(side.wire->handshakeCount, 0);
    QCOMPARE(side.wire->continueCount, 0);
}

void TestWsClientOpeningInterruption::earlierErrorsAreNotThoseOfTheNextInterruption()
{
    InterruptedSide side;
    side.inSlot = [&] {
        if (side.interruptionCount == 1)
            QVERIFY(side.client()->continueInterruptedHandshake());
    };
    const QSslError second(QSslError::CertificateExpired);
    side.wire->interrupt(untrusted());
    side.wire->interrupt(second);
    QCOMPARE(side.wire->handshakeCount, 1);
    side.failTls();
    QCOMPARE(side.connection->errorString(), second.errorString());
}

void TestWsClientOpeningInterruption::errorsMayBeIgnoredInTheSlot_data()
{
    QTest::addColumn<bool>("areAll");
    QTest::newRow("all") << true;
    QTest::newRow("a list") << false;
}

void TestWsClientOpeningInterruption::errorsMayBeIgnoredInTheSlot()
{
    QFETCH(const bool, areAll);
    InterruptedSide side;
    side.inSlot = [&] {
        areAll ? side.client()->ignoreSslErrors() : side.client()->ignoreSslErrors({untrusted()});
        QVERIFY(side.client()->continueInterruptedHandshake());
    };
    side.wire->interrupt(untrusted());
    side.wire->failSsl({untrusted()});
    QCOMPARE(side.wire->ignoresSslErrors, areAll);
    QCOMPARE(side.wire->ignoredSslErrors.isEmpty(), areAll);
    side.wire->connect();
    side.feed(acceptanceOf(side.wire->takeWritten()));
    QCOMPARE(side.client()->state(), Ws::Open);
}

// It might be the answer about an earlier server.
void TestWsClientOpeningInterruption::errorsCannotBeIgnoredBetweenTheQuestions()
{
    InterruptedSide side;
    LogLines lines("wskit.net");
    side.inSlot = [&] { QVERIFY(side.client()->continueInterruptedHandshake()); };
    side.wire->interrupt(untrusted());
    side.client()->ignoreSslErrors();
    QCOMPARE(lines.all().filter(u"ignoreSslErrors() came too late"_s).size(), 1);
    QVERIFY(!side.wire->ignoresSslErrors);
}

void TestWsClientOpeningInterruption::errorsCannotBeIgnoredAfterTheEnd()
{
    InterruptedSide side;
    LogLines lines("wskit.net");
    side.wire->interrupt(untrusted());
    side.failTls();
    side.client()->ignoreSslErrors();
    QCOMPARE(lines.all().filter(u"ignoreSslErrors() came too late"_s).size(), 1);
    side.start();
    side.wire->failSsl({untrusted()});
    QVERIFY(!side.wire->ignoresSslErrors);
}

#include "tst_wsclientopening_interruption.moc"

#include "../testprogram.h"

WSKIT_TEST(TestWsClientOpeningInterruption)
