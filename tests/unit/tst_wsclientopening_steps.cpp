// SPDX-License-Identifier: MIT

// The steps that a client's opening reports, and connectTimeout, which counts until one of them.

#include "net/client/wsclientopening.h"

#include "connectiontesting.h"

#include <QtNetwork/qauthenticator.h>

using namespace ConnectionTesting;

namespace {
WsOptions optionsWith(std::chrono::milliseconds connectTimeout,
                      std::chrono::milliseconds handshakeTimeout = 10s)
{
    WsOptions options;
    options.setConnectTimeout(connectTimeout);
    options.setHandshakeTimeout(handshakeTimeout);
    return options;
}

// A client that is opening, on a fake clock.
struct Opening
{
    explicit Opening(const WsOptions &options = {}) : side(WsRole::Client, options)
    {
        QObject::connect(side.client(), &WsClient::openingProgressed, side.client(),
                         [this](Ws::OpeningStep step, qint64 us) {
                             steps.append(u"%1 %2"_s.arg(nameOfValue(step)).arg(us));
                         });
        side.start();
        side.told();
    }

    void step(Ws::OpeningStep step) { side.link().onStep(step); }
    QString takeSteps() { return std::exchange(steps, {}).join(u", "); }
    QString errorText() const { return side.client()->errorString(); }

    FakeClock clock;
    Side side;
    QStringList steps;
};

const QString Waiting = u" has passed while waiting for the TCP connection to example.com:80"_s;
} // namespace

class TestWsClientOpeningSteps : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void stepsHaveTheTimeSinceOpen_data();
    void stepsHaveTheTimeSinceOpen();
    void requestIsReportedOnceItIsWritten();
    void refusalIsAnAnswer();
    void connectTimeoutEndsTheOpening();
    void connectTimeoutDoesNotCountAfterwards_data();
    void connectTimeoutDoesNotCountAfterwards();
    void handshakeTimeoutIsTheSameWithConnectTimeout();
    void longConnectTimeoutHasNoEffect();
    void connectTimeoutWorksWithoutHandshakeTimeout();
    void connectionThatNobodyReportedCounts();
    void userMayTakeTimeInAllCases();
    void limitIsNamedAsItWasSet();
    void nextOpeningHasItsOwnLimit();
};

void TestWsClientOpeningSteps::stepsHaveTheTimeSinceOpen_data()
{
    QTest::addColumn<bool>("isEncrypted");
    QTest::addColumn<QString>("steps");
    QTest::newRow("ws") << false << u"Resolved 1000, Connected 3000, Requested 6000, Answered 10000"_s;
    QTest::newRow("wss")
        << true << u"Resolved 1000, Connected 3000, Encrypted 6000, Requested 6000, Answered 10000"_s;
}

void TestWsClientOpeningSteps::stepsHaveTheTimeSinceOpen()
{
    QFETCH(bool, isEncrypted);
    Opening opening;
    opening.side.wire->isEncrypted = isEncrypted;
    pass(1ms);
    opening.step(Ws::Resolved);
    pass(2ms);
    opening.step(Ws::Connected);
    pass(3ms);
    opening.side.wire->connect();
    pass(4ms);
    opening.side.feed(acceptanceOf(opening.side.wire->takeWritten()));
    QCOMPARE(opening.side.client()->state(), Ws::Open);
    QTEST(opening.takeSteps(), "steps");
}

void TestWsClientOpeningSteps::requestIsReportedOnceItIsWritten()
{
    Opening opening;
    opening.side.wire->room = 10;
    opening.side.wire->connect();
    QCOMPARE(opening.takeSteps(), u""_s);
    opening.side.wire->takeAll();
    QCOMPARE(opening.takeSteps(), u"Requested 0"_s);
}

void TestWsClientOpeningSteps::refusalIsAnAnswer()
{
    Opening opening;
    opening.side.wire->connect();
    opening.side.feed("HTTP/1.1 103 Early Hints\r\n\r\n");
    QCOMPARE(opening.takeSteps(), u"Requested 0"_s);
    opening.side.feed("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno");
    QCOMPARE(opening.takeSteps(), u"Answered 0"_s);
    QCOMPARE(opening.side.client()->response().body(), QByteArray("no"));
    QCOMPARE(opening.side.client()->state(), Ws::Closed);
}

void TestWsClientOpeningSteps::connectTimeoutEndsTheOpening()
{
    Opening opening(optionsWith(5s));
    pass(4999ms);
    QCOMPARE(opening.side.client()->state(), Ws::Connecting);
    pass(1ms);
    QCOMPARE(opening.side.told(), u"error Timeout, Closed, closed 1006 '' unclean"_s);
    QCOMPARE(opening.errorText(), u"connectTimeout (5 s)"_s + Waiting);
}

void TestWsClientOpeningSteps::connectTimeoutDoesNotCountAfterwards_data()
{
    using Event = std::function<void(Opening &)>;
    QTest::addColumn<Event>("event");
    QTest::newRow("TCP") << Event([](Opening &opening) { opening.step(Ws::Connected); });
    QTest::newRow("all") << Event([](Opening &opening) { opening.side.wire->connect(); });
}

void TestWsClientOpeningSteps::connectTimeoutDoesNotCountAfterwards()
{
    QFETCH(const std::function<void(Opening &)>, event);
    Opening opening(optionsWith(5s));
    pass(4s);
    event(opening);
    pass(5999ms);
    QCOMPARE(opening.side.client()->state(), Ws::Connecting);
    pass(1ms); // handshakeTimeout is 10 s, for everything
    QCOMPARE(opening.side.client()->state(), Ws::Closed);
    QVERIFY2(opening.errorText().startsWith(u"handshakeTimeout has"_s), qPrintable(opening.errorText()));
}

void TestWsClientOpeningSteps::handshakeTimeoutIsTheSameWithConnectTimeout()
{
    Opening opening(optionsWith(5s));
    opening.step(Ws::Resolved); // not enough
    pass(5s);
    QCOMPARE(opening.errorText(), u"connectTimeout (5 s)"_s + Waiting);
}

void TestWsClientOpeningSteps::longConnectTimeoutHasNoEffect()
{
    for (const std::chrono::milliseconds timeout : {10000ms, std::chrono::milliseconds::max()}) {
        Opening opening(optionsWith(timeout));
        pass(10s);
        QCOMPARE(opening.errorText(), u"handshakeTimeout"_s + Waiting);
    }
}

void TestWsClientOpeningSteps::connectTimeoutWorksWithoutHandshakeTimeout()
{
    Opening opening(optionsWith(5s, 0s));
    pass(5s);
    QCOMPARE(opening.errorText(), u"connectTimeout (5 s)"_s + Waiting);

    Opening other(optionsWith(5s, 0s));
    other.step(Ws::Connected);
    pass(1h);
    QCOMPARE(other.side.client()->state(), Ws::Connecting);
}

// While a connection moves to another thread, what its transport says is lost.
void TestWsClientOpeningSteps::connectionThatNobodyReportedCounts()
{
    Opening opening(optionsWith(5s));
    opening.side.wire->isConnected = true;
    pass(5s);
    QCOMPARE(opening.side.client()->state(), Ws::Connecting);
    pass(5s);
    QVERIFY2(opening.errorText().startsWith(u"handshakeTimeout has"_s), qPrintable(opening.errorText()));
}

void TestWsClientOpeningSteps::userMayTakeTimeInAllCases()
{
    Opening opening(optionsWith(5s));
    opening.side.client()->setPauseOnSslErrors(true);
    pass(4s);
    opening.side.wire->failSsl({QSslError(QSslError::SelfSignedCertificate)});
    pass(1h);
    QCOMPARE(opening.side.client()->state(), Ws::Connecting);
    QVERIFY(opening.side.client()->continueOpening());
    pass(5999ms);
    QCOMPARE(opening.side.client()->state(), Ws::Connecting);
    pass(1ms);
    QCOMPARE(opening.side.client()->state(), Ws::Closed);
}

// Not what the user has left of it.
void TestWsClientOpeningSteps::limitIsNamedAsItWasSet()
{
    Opening opening(optionsWith(5s));
    QObject::connect(opening.side.client(), &WsClient::proxyAuthenticationRequired, opening.side.client(),
                     [](const QNetworkProxy &, QAuthenticator *authenticator) {
                         pass(1h);
                         authenticator->setUser(u"user"_s);
                     });
    pass(2s);
    QAuthenticator authenticator;
    opening.side.wire->askForLogin(&authenticator);
    pass(2999ms);
    QCOMPARE(opening.side.client()->state(), Ws::Connecting);
    pass(1ms);
    QCOMPARE(opening.errorText(), u"connectTimeout (5 s)"_s + Waiting);
}

void TestWsClientOpeningSteps::nextOpeningHasItsOwnLimit()
{
    Opening opening(optionsWith(5s));
    opening.step(Ws::Connected);
    opening.side.client()->abort();
    opening.side.told();
    opening.takeSteps();
    pass(3s);
    opening.side.start();
    opening.step(Ws::Resolved);
    QCOMPARE(opening.takeSteps(), u"Resolved 0"_s);
    pass(4999ms);
    QCOMPARE(opening.side.client()->state(), Ws::Connecting);
    pass(1ms);
    QCOMPARE(opening.side.client()->state(), Ws::Closed);
}

#include "../testprogram.h"
WSKIT_TEST(TestWsClientOpeningSteps)
#include "tst_wsclientopening_steps.moc"
