// SPDX-License-Identifier: MIT

// Openings that take more than one request: redirects, logins and the request filter.

#include "net/client/wsclientopening.h"

#include "connectiontesting.h"
#include "heldmemory.h"
#include "loglines.h"

#include <QtNetwork/qauthenticator.h>

#include <stdexcept>

using namespace ConnectionTesting;

namespace {
const QByteArray ToNext = "HTTP/1.1 302 Found\r\nLocation: /next?x\r\nContent-Length: 5\r\n\r\nhello";
const QByteArray Elsewhere = "HTTP/1.1 307 There\r\nLocation: http://other.test:81/b\r\n\r\n";
const QByteArray AskBasic =
    "HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic realm=\"r\"\r\nContent-Length: 2\r\n\r\nno";
const QByteArray AskDigest = "HTTP/1.1 401 Who\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\", "
                             "qop=\"auth\"\r\nContent-Length: 0\r\n\r\n";

// One client that follows up to 3 redirects, and what it told.
class HopSide : public Side
{
public:
    explicit HopSide(const WsOptions &ownOptions = {}) : Side(WsRole::Client, ownOptions)
    {
        client()->setMaxRedirects(3);
        QObject::connect(client(), &WsClient::redirected, log.get(),
                         [this](const QUrl &url) { log->all.append(u"redirected "_s + url.toString()); });
    }

    // Lets every request for a login be answered by \a user and \a password, in this order.
    void answerWith(const QList<WsCredentials> &credentials)
    {
        QObject::connect(client(), &WsClient::authenticationRequired, log.get(),
                         [this, credentials](QAuthenticator *authenticator) {
                             log->all.append(
                                 u"asked %1 '%2'"_s.arg(authenticator->realm(), authenticator->user()));
                             const WsCredentials answer = credentials.value(askedCount++);
                             if (answer.isEmpty())
                                 return;
                             authenticator->setUser(answer.user);
                             authenticator->setPassword(answer.password);
                         });
    }

    // The request that has been sent, with its key as KEY.
    QByteArray request()
    {
        wire->connect();
        last = wire->takeWritten();
        static const QByteArray name = "Sec-WebSocket-Key: ";
        const qsizetype at = last.indexOf(name) + name.size();
        keys.append(last.sliced(at, 24));
        return QByteArray(last).replace(at, 24, "KEY");
    }
    // Answers the next request.
    void answer(const QByteArray &bytes)
    {
        (void)request();
        feed(bytes);
        settle();
    }
    void accept()
    {
        (void)request();
        feed(acceptanceOf(last));
        settle();
    }
    QByteArray header(const char *name)
    {
        const QByteArray bytes = request();
        const qsizetype at = bytes.indexOf(QByteArray("\r\n") + name + ": ");
        const qsizetype from = at + qsizetype(qstrlen(name)) + 4;
        return at < 0 ? "none"_ba : bytes.sliced(from, bytes.indexOf("\r\n", from) - from);
    }

    QByteArray last;
    QByteArrayList keys;
    int askedCount = 0;
};

QByteArray requestFor(const QByteArray &target, const QByteArray &host, const QByteArray &headers = {})
{
    return "GET " + target + " HTTP/1.1\r\nHost: " + host
           + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: KEY\r\n"
             "Sec-WebSocket-Version: 13\r\n"
           + headers + "\r\n";
}

WsOptions withoutCompression()
{
    WsOptions options;
    WsCompression compression;
    compression.setEnabled(false);
    options.setCompression(compression);
    options.setHandshakeTimeout(10s);
    return options;
}

const QString Failed = u"error Handshake, Closed, closed 1006 '' unclean"_s;
} // namespace

class TestWsClientOpeningHops : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void redirectIsFollowed();
    void redirectIsFollowedWhereverItIsSplit();
    void requestIsKnownAsItWasSent();
    void redirectIsReportedByDefault();
    void redirectThatIsNotFollowedFails_data();
    void redirectThatIsNotFollowedFails();
    void secretsStayAtTheirOrigin_data();
    void secretsStayAtTheirOrigin();
    void cookiesAreThoseOfEachHop();
    void errorsOfOneServerAreNotIgnoredAtAnother();
    void errorsOfTheNextServerCanBeIgnoredInASlot();
    void limitsOfHeadsBeginAnew();
    void timeLimitIsThatOfTheWholeOpening();
    void failureOfALaterHopIsThatOfTheOpening();
    void nextOpeningBeginsWithTheUrl();
    void requestThatWasNotTakenWhollyIsDropped();
    void messagesAreStreamedAfterARequestThatWasNotTakenWholly();
    void connectionOfALaterHopIsWaitedFor();
    void laterHopThatFailsEndsTheWait();
    void slotBeforeTheTransportCannotWait_data();
    void slotBeforeTheTransportCannotWait();
    void answerThatIsReadLateLeavesNoHopWithoutALimit();

    void loginIsAskedFor_data();
    void loginIsAskedFor();
    void loginIsAskedForWhereverTheAnswerIsSplit();
    void wrongLoginIsAskedForAgain();
    void loginThatNobodyKnowsIsARefusal();
    void ownAuthorizationIsNotAskedFor();
    void otherSchemesAreNamed();
    void digestIsForTheTargetThatIsSent();
    void timeLimitStandsStillWhileASlotThinks();
    void serverThatDoesNotWaitForTheUserIsAskedAgain();
    void serverThatDoesNotWaitIsARefusalWithoutLogin();
    void openedAgainItAsksNobody();
    void openedAgainItAsksNobodyAtAnyServer();
    void settingsOfALaterOpeningWait();
    void requestFilterSetsTheWayOfTheFirstRequest();

    void slotsMayDoAnything_data();
    void slotsMayDoAnything();

    void filterChangesEachRequest();
    void filterKnowsTheOrigin();
    void filterThatFailsEndsTheOpening_data();
    void filterThatFailsEndsTheOpening();
    void filterThatFailsMayBeTriedForever();
    void openNeverReportsWhatTheFilterDoes();
    void pinsHoldForTheHopsThatFollow_data();
    void pinsHoldForTheHopsThatFollow();

    void hopsLeaveNoMemory();
};

void TestWsClientOpeningHops::redirectIsFollowed()
{
    for (const Feeding feeding : {Whole, WholeToBuffers, ByteByByte}) {
        HopSide side(withoutCompression());
        side.prepareWire = [feeding](FakeWire &wire) { wire.isBuffered = feeding == WholeToBuffers; };
        side.isByteByByte = feeding == ByteByByte;
        side.client()->setHeader("X-Own", "a");
        side.start();
        QCOMPARE(side.request(), requestFor("/chat", "example.com", "X-Own: a\r\n"));
        const std::shared_ptr<FakeWire> before = side.wire;
        side.feed(ToNext);
        QVERIFY(before->isCut);
        QVERIFY(before != side.wire);
        QCOMPARE(side.told(), u"Connecting, redirected ws://example.com/next?x"_s);
        QCOMPARE(side.connection->response().status(), 0); // of this hop
        QCOMPARE(side.wire->host, u"example.com"_s);
        QCOMPARE(side.request(), requestFor("/next?x", "example.com", "X-Own: a\r\n"));
        side.feed(Elsewhere);
        QCOMPARE(side.told(), u"redirected ws://other.test:81/b"_s);
        QCOMPARE(side.wire->host, u"other.test"_s);
        QCOMPARE(side.wire->port, 81);
        QCOMPARE(side.request(), requestFor("/b", "other.test:81", "X-Own: a\r\n"));
        side.feed(acceptanceOf(side.last) + fromPeerOf(WsRole::Client, {text("x")}));
        settle();
        QCOMPARE(side.told(), u"Open, opened, text x"_s);
        QCOMPARE(side.connection->response().status(), 101);
        QCOMPARE(side.connection->request().target(), "/b"_ba);
        QCOMPARE(side.client()->url(), QUrl(u"ws://example.com/chat"_s));
        QCOMPARE(QSet<QByteArray>(side.keys.begin(), side.keys.end()).size(), 3);
        QVERIFY(side.connection->close());
        side.receive({closing(1000)});
        settle();
        side.wire->end();
        QCOMPARE(side.told(), u"Closing, Closed, closed 1000 '' clean"_s);
    }
}

void TestWsClientOpeningHops::redirectIsFollowedWhereverItIsSplit()
{
    for (qsizetype split = 0; split <= ToNext.size(); ++split) {
        HopSide side;
        side.start();
        (void)side.request();
        const std::shared_ptr<FakeWire> before = side.wire;
        side.feed(ToNext.first(split));
        before->feed(ToNext.sliced(split)); // to nobody if the head was complete
        side.accept();
        QCOMPARE(side.told(), u"Connecting, redirected ws://example.com/next?x, Open, opened"_s);
        QCOMPARE(side.openingCount, 2);
    }
}

void TestWsClientOpeningHops::requestIsKnownAsItWasSent()
{
    WsOptions options;
    WsCompression compression;
    compression.setEnabled(true);
    options.setCompression(compression);
    HopSide side(options);
    const auto known = [&] {
        const WsRequest request = side.connection->request();
        QByteArray bytes = request.method() + ' ' + request.target() + " HTTP/1.1\r\n";
        const WsHeaders headers = request.headers();
        for (const auto &[name, value] : headers)
            bytes += name + ": " + value + "\r\n";
        return bytes + "\r\n";
    };
    side.client()->setHeader("X-Own", "a");
    side.client()->setSubprotocols({u"chat"_s});
    side.start();
    (void)side.request();
    QVERIFY(side.last.contains("\r\nSec-WebSocket-Extensions: "));
    QCOMPARE(known(), side.last);
    side.feed(ToNext);
    settle();
    (void)side.request();
    QCOMPARE(known(), side.last);
    side.connection->abort();
}

void TestWsClientOpeningHops::redirectIsReportedByDefault()
{
    HopSide side;
    side.client()->setMaxRedirects(0);
    side.start();
    side.answer(ToNext);
    QCOMPARE(side.told(), u"Connecting, "_s + Failed);
    QCOMPARE(side.connection->errorString(), u"the server answered with HTTP status 302"_s);
    QCOMPARE(side.connection->response().body(), "hello"_ba);
}

void TestWsClientOpeningHops::redirectThatIsNotFollowedFails_data()
{
    QTest::addColumn<QByteArrayList>("headers");
    QTest::addColumn<QString>("text");
    const auto row = [](const char *name, const QByteArrayList &headers, const QString &text) {
        QTest::newRow(name) << headers << text;
    };
    row("no Location", {"X: y\r\n"}, u"the redirect has no Location header"_s);
    row("another scheme", {"Location: ftp://a/\r\n"},
        u"the redirect to \"ftp://a/\" is not followed: its scheme is not ws, wss, http or https"_s);
    row("a circle", {"Location: /b\r\n", "Location: /chat\r\n"},
        u"the redirects go round in a circle: \"ws://example.com/chat\" -> \"ws://example.com/b\" -> "
        "\"ws://example.com/chat\""_s);
    row("too many", {"Location: /1\r\n", "Location: /2\r\n", "Location: /3\r\n", "Location: /4\r\n"},
        u"there are more redirects than maxRedirects (3): \"ws://example.com/chat\" -> "
        u"\"ws://example.com/1\" -> "
        "\"ws://example.com/2\" -> \"ws://example.com/3\" -> \"ws://example.com/4\""_s);
    row("out of TLS", {"Location: wss://b/\r\n", "Location: ws://b/c\r\n"},
        u"the redirect to \"ws://b/c\" is not followed: it leads from wss to ws"_s);
}

void TestWsClientOpeningHops::redirectThatIsNotFollowedFails()
{
    QFETCH(const QByteArrayList, headers);
    QFETCH(const QString, text);
    HopSide side;
    side.start();
    for (const QByteArray &header : headers)
        side.answer("HTTP/1.1 308 There\r\n" + header + "\r\n");
    QVERIFY(side.told().endsWith(Failed));
    QCOMPARE(side.log->errors.size(), 1);
    QCOMPARE(side.connection->errorString(), text);
    QCOMPARE(side.log->errors.constFirst().httpStatus(), 308);
    QCOMPARE(side.openingCount, int(headers.size()));
}

void TestWsClientOpeningHops::secretsStayAtTheirOrigin_data()
{
    QTest::addColumn<QByteArrayList>("locations");
    QTest::addColumn<bool>("areSent");
    QTest::newRow("same origin") << QByteArrayList{"/b"} << true;
    QTest::newRow("same origin, in full") << QByteArrayList{"https://example.com:443/b"} << true;
    QTest::newRow("another host") << QByteArrayList{"wss://other.test/"} << false;
    QTest::newRow("another port") << QByteArrayList{"wss://example.com:444/"} << false;
    QTest::newRow("back by way of another")
        << QByteArrayList{"wss://other.test/", "wss://example.com/b"} << false;
}

void TestWsClientOpeningHops::secretsStayAtTheirOrigin()
{
    QFETCH(const QByteArrayList, locations);
    QFETCH(const bool, areSent);
    for (const bool isFromUrl : {false, true}) {
        HopSide side(withoutCompression());
        const QByteArray authorization =
            isFromUrl ? "Basic " + "user:secret"_ba.toBase64() : "Bearer secret"_ba;
        QByteArray headers = "cookie: secret\r\nProxy-Authorization: secret\r\nX-Own: a\r\n";
        for (const auto &[name, value] :
             QList<std::pair<QByteArray, QByteArray>>{{"Host", "own.test"},
                                                      {"cookie", "secret"},
                                                      {"Proxy-Authorization", "secret"},
                                                      {"X-Own", "a"}})
            QVERIFY(side.client()->setHeader(name, value));
        if (!isFromUrl) {
            side.client()->setHeader("AUTHORIZATION", authorization);
            headers += "AUTHORIZATION: Bearer secret\r\n";
        } else {
            headers += "Authorization: " + authorization + "\r\n";
        }
        side.client()->setPeerVerifyName(u"own.test"_s);
        const QString user = isFromUrl ? u"user:secret@"_s : QString();
        QVERIFY(side.client()->open(QUrl(u"wss://"_s + user + u"example.com/chat"_s)));
        QCOMPARE(side.wire->peerVerifyName, u"own.test"_s);
        QByteArray request = side.request();
        QCOMPARE(request, requestFor("/chat", "own.test", headers));
        for (const QByteArray &location : locations) {
            side.feed("HTTP/1.1 301 There\r\nLocation: " + location + "\r\n\r\n");
            request = side.request();
        }
        const QUrl last = QUrl(u"wss://example.com/chat"_s).resolved(QUrl::fromEncoded(locations.last()));
        const QByteArray host = last.adjusted(QUrl::RemoveUserInfo).authority().toLatin1();
        QCOMPARE(request, areSent ? requestFor("/b", "own.test", headers)
                                  : requestFor(last.path().toLatin1(), host, "X-Own: a\r\n"));
        QCOMPARE(side.wire->peerVerifyName, areSent ? u"own.test"_s : last.host());
    }
}

void TestWsClientOpeningHops::cookiesAreThoseOfEachHop()
{
    QNetworkCookieJar jar;
    const auto set = [&jar](const char *cookie, const QString &url) {
        jar.setCookiesFromUrl(QNetworkCookie::parseCookies(cookie), QUrl(url));
    };
    set("first=1", u"http://example.com/"_s);
    set("other=2", u"http://other.test/"_s);
    set("safe=3; Secure", u"https://other.test/"_s);
    HopSide side;
    side.client()->setCookieJar(&jar);
    side.start();
    QCOMPARE(side.header("Cookie"), "first=1"_ba);
    side.feed("HTTP/1.1 302 There\r\nSet-Cookie: seen=4\r\nLocation: ws://other.test/\r\n\r\n");
    QCOMPARE(side.header("Cookie"), "other=2"_ba);
    side.feed("HTTP/1.1 302 There\r\nLocation: wss://other.test/\r\n\r\n");
    const QByteArray both = side.header("Cookie");
    QVERIFY2(both == "other=2; safe=3" || both == "safe=3; other=2", both);
    side.feed(acceptanceOf(side.last));
    side.connection->abort();
    side.start(); // with what the first hop has set before
    const QByteArray again = side.header("Cookie");
    QVERIFY2(again == "first=1; seen=4" || again == "seen=4; first=1", again);
}

void TestWsClientOpeningHops::errorsOfOneServerAreNotIgnoredAtAnother()
{
    const QList<QSslError> errors = {QSslError(QSslError::SelfSignedCertificate)};
    for (const bool isSameOrigin : {true, false}) {
        HopSide side;
        QObject::connect(
            side.client(), &WsClient::sslErrors, side.client(),
            [&] { side.client()->ignoreSslErrors(errors); }, Qt::SingleShotConnection);
        QVERIFY(side.client()->open(QUrl(u"wss://example.com/"_s)));
        side.wire->failSsl(errors);
        QCOMPARE(side.wire->ignoredSslErrors, errors);
        side.answer(isSameOrigin ? "HTTP/1.1 301 X\r\nLocation: /b\r\n\r\n"_ba
                                 : "HTTP/1.1 301 X\r\nLocation: wss://other.test/\r\n\r\n"_ba);
        const LogLines lines("wskit.net", QtWarningMsg);
        side.client()->ignoreSslErrors(errors); // may be a late answer about the first server
        QCOMPARE(lines.all().size(), 1);
        side.wire->failSsl(errors);
        QCOMPARE(side.wire->ignoredSslErrors.contains(errors.constFirst()), isSameOrigin);
    }
}

// There is no transport then.
void TestWsClientOpeningHops::errorsOfTheNextServerCanBeIgnoredInASlot()
{
    for (const bool isSameOrigin : {true, false}) {
        HopSide side;
        QObject::connect(side.client(), &WsClient::redirected, side.client(), [&] {
            QVERIFY(!side.client()->continueOpening());
            side.client()->setPauseOnSslErrors(true);
            side.client()->ignoreSslErrors();
        });
        QVERIFY(side.client()->open(QUrl(u"wss://example.com/"_s)));
        const LogLines lines("wskit.net", QtWarningMsg);
        side.answer(isSameOrigin ? "HTTP/1.1 301 X\r\nLocation: /b\r\n\r\n"_ba
                                 : "HTTP/1.1 301 X\r\nLocation: wss://other.test/\r\n\r\n"_ba);
        QCOMPARE(lines.all().filter(u"ignoreSslErrors() came too late"_s).size(), isSameOrigin ? 0 : 1);
        QVERIFY(side.wire->pausesOnSslErrors);
        side.wire->failSsl({QSslError(QSslError::SelfSignedCertificate)});
        QCOMPARE(side.wire->ignoresSslErrors, isSameOrigin);
    }
}

void TestWsClientOpeningHops::limitsOfHeadsBeginAnew()
{
    WsOptions options;
    options.setMaxHandshakeSize(2000);
    HopSide side(options);
    side.start();
    const QByteArray interim = QByteArray("HTTP/1.1 100 X\r\nX: 01234567890123456789\r\n\r\n")
                                   .repeated(WsClientOpening::MaxInterimAnswers);
    side.answer(interim + ToNext);
    (void)side.request();
    side.feed(interim + acceptanceOf(side.last));
    settle();
    QCOMPARE(side.connection->state(), Ws::Open);
}

void TestWsClientOpeningHops::timeLimitIsThatOfTheWholeOpening()
{
    HopSide side(withoutCompression());
    side.start();
    pass(9s);
    side.answer(ToNext);
    pass(999ms);
    (void)side.request();
    QCOMPARE(side.connection->state(), Ws::Connecting);
    pass(1ms);
    QVERIFY(side.told().endsWith(u"error Timeout, Closed, closed 1006 '' unclean"_s));
    QCOMPARE(side.connection->errorString(),
             u"handshakeTimeout has passed while waiting for the HTTP answer"_s);
}

void TestWsClientOpeningHops::failureOfALaterHopIsThatOfTheOpening()
{
    HopSide side;
    side.start();
    side.answer(ToNext);
    (void)side.told();
    side.wire->reset();
    QCOMPARE(side.told(), u"error Network, Closed, closed 1006 '' unclean"_s);
    QCOMPARE(side.connection->response().status(), 0);
    side.start();
    side.answer(ToNext);
    side.answer("HTTP/1.1 403 No\r\nContent-Length: 4\r\n\r\nbody");
    QVERIFY(side.told().endsWith(Failed));
    QCOMPARE(side.log->errors.constLast().httpStatus(), 403);
    QCOMPARE(side.connection->response().body(), "body"_ba);
    side.start();
    side.answer(ToNext);
    side.answer("SSH-2.0\r\n\r\n");
    QCOMPARE(side.log->errors.constLast().httpStatus(), 0);
}

void TestWsClientOpeningHops::nextOpeningBeginsWithTheUrl()
{
    HopSide side(withoutCompression());
    side.client()->setHeader("Authorization", "secret");
    side.start();
    side.answer(Elsewhere);
    side.accept();
    side.connection->abort();
    QVERIFY(side.client()->open());
    QCOMPARE(side.request(), requestFor("/chat", "example.com", "Authorization: secret\r\n"));
}

// What was left of it once went to the next server, or made the closing handshake seem incomplete.
void TestWsClientOpeningHops::requestThatWasNotTakenWhollyIsDropped()
{
    HopSide side(withoutCompression());
    side.prepareWire = [&](FakeWire &wire) { wire.room = side.openingCount == 1 ? 10 : FakeWire::Unlimited; };
    side.start();
    side.wire->connect();
    side.feed(ToNext);
    QCOMPARE(side.request(), requestFor("/next?x", "example.com"));
    side.feed(acceptanceOf(side.last));
    QVERIFY(side.connection->close());
    side.receive({closing(1000)});
    settle();
    side.wire->end();
    QVERIFY(side.told().endsWith(u"closed 1000 '' clean"_s));
}

// The engine is a new one then, which once knew nothing of it.
void TestWsClientOpeningHops::messagesAreStreamedAfterARequestThatWasNotTakenWholly()
{
    HopSide side(withoutCompression());
    side.prepareWire = [&](FakeWire &wire) { wire.room = side.openingCount == 1 ? 10 : FakeWire::Unlimited; };
    side.start();
    side.connection->setBinaryType(Ws::Stream);
    int streams = 0;
    connect(side.connection, &WsConnection::messageStarted, this, [&streams] { ++streams; });
    side.wire->connect();
    side.feed(ToNext);
    QCOMPARE(side.request(), requestFor("/next?x", "example.com"));
    side.feed(acceptanceOf(side.last));
    side.receive({text("x")});
    QCOMPARE(streams, 1);
}

// Without an event loop, on a machine so slow that one read uses up the time for work in a turn. A wait of
// 0 ms would end the attempt to connect.
void TestWsClientOpeningHops::connectionOfALaterHopIsWaitedFor()
{
    HopSide side;
    QList<int> waits;
    side.prepareWire = [&](FakeWire &wire) {
        wire.onWait = [&] {
            if (side.openingCount == 2)
                waits.append(side.wire->waitMs);
            if (!side.wire->isConnected)
                side.wire->connect();
            else {
                FakeClock::setStep(5ms);
                side.wire->unread = side.openingCount == 1 ? ToNext : acceptanceOf(side.wire->written);
            }
        };
    };
    side.start();
    QVERIFY(side.client()->waitForOpened());
    QCOMPARE(waits.size(), 2);
    QCOMPARE_GT(waits.constFirst(), 0);
}

void TestWsClientOpeningHops::laterHopThatFailsEndsTheWait()
{
    HopSide side;
    side.prepareWire = [&](FakeWire &wire) {
        wire.onWait = [&] {
            if (!side.wire->isConnected)
                side.wire->connect();
            else
                side.wire->unread = ToNext;
        };
    };
    int count = 0;
    side.client()->setRequestFilter([&](WsRequest &) {
        if (++count == 2)
            throw std::runtime_error("no further");
    });
    side.start();
    QVERIFY(!side.client()->waitForOpened());
    QCOMPARE(count, 2);
    QCOMPARE(side.client()->state(), Ws::Closed);
    QVERIFY(side.client()->errorString().contains(u"no further"_s));
}

void TestWsClientOpeningHops::slotBeforeTheTransportCannotWait_data()
{
    QTest::addColumn<bool>("isFilter");
    QTest::newRow("slot of stateChanged()") << false;
    QTest::newRow("request filter") << true;
}

// It has to return before the client connects.
void TestWsClientOpeningHops::slotBeforeTheTransportCannotWait()
{
    QFETCH(const bool, isFilter);
    HopSide side;
    WsClient *const client = side.client();
    int count = 0;
    const auto wait = [&] {
        const QRegularExpression warning(u"a slot of the connection cannot wait for it"_s);
        QTest::ignoreMessage(QtWarningMsg, warning);
        QVERIFY(!client->waitForOpened(QDeadlineTimer(200ms)));
        QTest::ignoreMessage(QtWarningMsg, warning);
        QVERIFY(!client->waitForClosed(QDeadlineTimer(200ms)));
        ++count;
    };
    if (isFilter)
        client->setRequestFilter([&](WsRequest &) { wait(); });
    else
        connect(client, &WsConnection::stateChanged, this, [&](Ws::State state) {
            if (state == Ws::Connecting)
                wait();
        });
    side.start();
    QCOMPARE(count, 1);
    side.wire->connect();
    side.wire->feed(acceptanceOf(side.wire->takeWritten()));
    settle();
    QCOMPARE(client->state(), Ws::Open);
}

// It has come in time, but the thread was busy until the limit passed.
void TestWsClientOpeningHops::answerThatIsReadLateLeavesNoHopWithoutALimit()
{
    for (const QByteArray &answer : {ToNext, AskBasic}) {
        HopSide side;
        connect(side.client(), &WsClient::authenticationRequired, this, [](QAuthenticator *login) {
            login->setUser(u"u"_s);
            login->setPassword(u"p"_s);
        });
        WsOptions options = side.client()->options();
        options.setConnectTimeout(1s);
        side.client()->setOptions(options);
        side.start();
        (void)side.request();
        FakeClock::setStep(5ms); // each look at the clock uses up the time for work
        side.wire->feed(answer.first(10));
        side.wire->feed(answer.sliced(10));
        QVERIFY(side.link().isPumpDue());
        FakeClock::setStep(0ms);
        FakeClock::advance(options.handshakeTimeout());
        settle();
        QCOMPARE(side.openingCount, 2);
        pass(1h);
        QCOMPARE(side.client()->state(), Ws::Closed);
        QCOMPARE(side.log->errors.constLast().kind(), Ws::ErrorKind::Timeout);
    }
}

// --- login

void TestWsClientOpeningHops::loginIsAskedFor_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<QByteArray>("begin");
    QTest::newRow("Basic") << AskBasic << "Basic dTpw"_ba;
    QTest::newRow("Digest") << AskDigest
                            << "Digest username=\"u\", realm=\"r\", uri=\"/chat\", nonce=\"n\", "
                               "nc=00000001, cnonce=\""_ba;
}

void TestWsClientOpeningHops::loginIsAskedFor()
{
    QFETCH(const QByteArray, answer);
    QFETCH(const QByteArray, begin);
    HopSide side(withoutCompression());
    side.answerWith({{u"u"_s, u"p"_s}});
    side.start();
    QCOMPARE(side.request(), requestFor("/chat", "example.com"));
    const std::shared_ptr<FakeWire> before = side.wire;
    side.feed(answer);
    QVERIFY(before->isCut);
    QVERIFY(
        side.request().startsWith(requestFor("/chat", "example.com").chopped(2) + "Authorization: " + begin));
    QVERIFY(side.connection->request().header("Authorization").startsWith(begin));
    side.feed(acceptanceOf(side.last));
    settle();
    QCOMPARE(side.told(), u"Connecting, asked r '', Open, opened"_s);
}

void TestWsClientOpeningHops::loginIsAskedForWhereverTheAnswerIsSplit()
{
    for (qsizetype split = 0; split <= AskBasic.size(); ++split) {
        HopSide side;
        side.answerWith({{u"u"_s, u"p"_s}});
        side.start();
        (void)side.request();
        const std::shared_ptr<FakeWire> before = side.wire;
        side.feed(AskBasic.first(split));
        before->feed(AskBasic.sliced(split));
        side.accept();
        QCOMPARE(side.told(), u"Connecting, asked r '', Open, opened"_s);
        QCOMPARE(side.openingCount, 2);
    }
}

void TestWsClientOpeningHops::wrongLoginIsAskedForAgain()
{
    HopSide side;
    side.answerWith({{u"a"_s, u"1"_s}, {u"b"_s, u"2"_s}, {u"c"_s, u"3"_s}});
    side.start();
    side.answer(AskBasic);
    side.answer(AskBasic);
    QCOMPARE(side.header("Authorization"), "Basic " + "b:2"_ba.toBase64());
    side.feed(AskBasic);
    side.answer(AskBasic); // and nothing more is known
    settle();
    QCOMPARE(side.told(), u"Connecting, asked r '', asked r 'a', asked r 'b', asked r 'c', "_s + Failed);
    QCOMPARE(side.log->errors.constFirst().httpStatus(), 401);
    QCOMPARE(
        side.connection->errorString(),
        u"the server answered with HTTP status 401; it rejects the user name or the password for the realm "
        "\"r\""_s);
    QCOMPARE(side.connection->response().body(), "no"_ba);
}

void TestWsClientOpeningHops::loginThatNobodyKnowsIsARefusal()
{
    for (const bool isAsked : {true, false}) {
        HopSide side;
        if (isAsked)
            side.answerWith({});
        side.start();
        side.answer(AskBasic);
        QCOMPARE(side.told(), (isAsked ? u"Connecting, asked r '', "_s : u"Connecting, "_s) + Failed);
        QCOMPARE(side.log->errors.constFirst().httpStatus(), 401);
        QCOMPARE(
            side.connection->errorString(),
            u"the server answered with HTTP status 401; it asks for a user name and a password for the realm "
            "\"r\""_s);
        QCOMPARE(side.connection->response().body(), "no"_ba);
        QCOMPARE(side.openingCount, 1);
    }
}

void TestWsClientOpeningHops::ownAuthorizationIsNotAskedFor()
{
    HopSide side;
    side.answerWith({{u"u"_s, u"p"_s}});
    side.client()->setHeader("authorization", "Bearer x");
    side.start();
    side.answer(AskBasic);
    QCOMPARE(side.told(), u"Connecting, "_s + Failed);
    QCOMPARE(side.connection->errorString(), u"the server answered with HTTP status 401"_s);
    side.client()->setHeader("authorization", {});
    side.client()->setRequestFilter([](WsRequest &request) {
        request.setHeaders(request.headers() + WsHeaders{{"Authorization", "Bearer y"}});
    });
    side.start();
    side.answer(AskBasic);
    QCOMPARE(side.told(), u"Connecting, "_s + Failed);
}

void TestWsClientOpeningHops::otherSchemesAreNamed()
{
    HopSide side;
    side.answerWith({{u"u"_s, u"p"_s}});
    side.start();
    side.answer("HTTP/1.1 401 Who\r\nWWW-Authenticate: Bearer realm=x\r\nWWW-Authenticate: NTLM\r\n"
                "Content-Length: 0\r\n\r\n");
    QCOMPARE(side.told(), u"Connecting, "_s + Failed);
    QCOMPARE(side.connection->errorString(), u"the server answered with HTTP status 401; it offers only "
                                             u"\"Bearer\", \"NTLM\", none of which is Basic "
                                             "or a known form of Digest"_s);
}

void TestWsClientOpeningHops::digestIsForTheTargetThatIsSent()
{
    HopSide side;
    side.answerWith({{u"u"_s, u"p"_s}});
    int count = 0;
    side.client()->setRequestFilter(
        [&](WsRequest &request) { request.setTarget("/chat?ticket=" + QByteArray::number(++count)); });
    side.start();
    side.answer(AskDigest);
    const QByteArray request = side.request();
    QVERIFY(request.startsWith("GET /chat?ticket=2 HTTP/1.1\r\n"));
    QVERIFY(request.contains("uri=\"/chat?ticket=2\""));
}

void TestWsClientOpeningHops::timeLimitStandsStillWhileASlotThinks()
{
    for (const bool isKnown : {true, false}) {
        HopSide side(withoutCompression());
        QObject::connect(side.client(), &WsClient::authenticationRequired, side.client(),
                         [&](QAuthenticator *authenticator) {
                             pass(1h);
                             if (isKnown)
                                 authenticator->setUser(u"u"_s);
                         });
        side.start();
        pass(9s);
        side.answer("HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic\r\nContent-Length: 9\r\n\r\n");
        pass(999ms);
        QCOMPARE(side.told(), u"Connecting"_s);
        pass(1ms);
        QCOMPARE(side.told(), (isKnown ? u"error Timeout"_s : u"error Handshake"_s)
                                  + u", Closed, closed 1006 '' unclean"_s);
    }
}

// Servers end idle connections sooner than a user has found the password.
void TestWsClientOpeningHops::serverThatDoesNotWaitForTheUserIsAskedAgain()
{
    for (const auto &leave : QList<std::function<void(FakeWire &)>>{
             [](FakeWire &wire) { wire.end(); }, [](FakeWire &wire) { wire.halfEnd(); },
             [](FakeWire &wire) { wire.reset(); }, [](FakeWire &wire) { wire.feed("more"); }}) {
        HopSide side;
        QObject::connect(side.client(), &WsClient::authenticationRequired, side.client(),
                         [&](QAuthenticator *authenticator) {
                             leave(*side.wire);
                             settle();
                             authenticator->setUser(u"u"_s);
                         });
        side.start();
        side.answer(AskBasic);
        side.accept();
        QCOMPARE(side.told(), u"Connecting, Open, opened"_s);
    }
}

void TestWsClientOpeningHops::serverThatDoesNotWaitIsARefusalWithoutLogin()
{
    const QByteArray head = "HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic\r\nContent-Length: 9\r\n\r\nno";
    for (const auto &leave : QList<std::function<void(FakeWire &)>>{[](FakeWire &wire) { wire.end(); },
                                                                    [](FakeWire &wire) { wire.reset(); }}) {
        HopSide side;
        QObject::connect(side.client(), &WsClient::authenticationRequired, side.client(), [&] {
            leave(*side.wire);
            settle();
        });
        side.start();
        side.answer(head);
        QCOMPARE(side.told(), u"Connecting, "_s + Failed);
        QCOMPARE(side.log->errors.constFirst().httpStatus(), 401);
        QCOMPARE(side.connection->response().body(), "no"_ba);
    }
}

void TestWsClientOpeningHops::openedAgainItAsksNobodyAtAnyServer()
{
    HopSide side;
    side.answerWith({{u"u"_s, u"p"_s}, {u"other"_s, u"p"_s}});
    side.start();
    side.answer(AskBasic);
    side.answer(Elsewhere);
    side.answer(AskBasic);
    side.accept();
    QCOMPARE(side.told(),
             u"Connecting, asked r '', redirected ws://other.test:81/b, asked r '', Open, opened"_s);
    for (int i = 0; i < 2; ++i) {
        side.connection->abort();
        side.start();
        QCOMPARE(side.header("Authorization"), "Basic " + "u:p"_ba.toBase64());
        side.feed(Elsewhere);
        settle();
        QCOMPARE(side.header("Authorization"), "Basic " + "other:p"_ba.toBase64());
        side.feed(acceptanceOf(side.last));
        QCOMPARE(side.connection->state(), Ws::Open);
    }
    QCOMPARE(side.askedCount, 2);
}

// They may be for another server.
void TestWsClientOpeningHops::settingsOfALaterOpeningWait()
{
    const QNetworkProxy proxy(QNetworkProxy::HttpProxy, u"proxy.test"_s, 3128);
    HopSide side;
    side.client()->setProxy(QNetworkProxy::NoProxy);
    side.client()->setPeerVerifyName(u"own.test"_s);
    QObject::connect(side.client(), &WsClient::authenticationRequired, side.client(),
                     [&](QAuthenticator *authenticator) {
                         side.client()->setProxy(proxy);
                         side.client()->setPeerVerifyName(u"later.test"_s);
                         authenticator->setUser(u"u"_s);
                     });
    side.start();
    side.answer(AskBasic);
    QCOMPARE(side.openingCount, 2);
    QCOMPARE(side.wire->proxy, QNetworkProxy(QNetworkProxy::NoProxy));
    QCOMPARE(side.wire->peerVerifyName, u"own.test"_s);
    side.accept();
    side.connection->abort();
    side.start();
    QCOMPARE(side.wire->proxy, proxy);
    QCOMPARE(side.wire->peerVerifyName, u"later.test"_s);
}

// For example the certificate that belongs to the token. What follows from that request goes the same way.
void TestWsClientOpeningHops::requestFilterSetsTheWayOfTheFirstRequest()
{
    const QNetworkProxy proxy(QNetworkProxy::HttpProxy, u"proxy.test"_s, 3128);
    HopSide side;
    side.client()->setProxy(QNetworkProxy::NoProxy);
    side.client()->setRequestFilter([&, count = 0](WsRequest &) mutable {
        side.client()->setPeerVerifyName(u"%1.test"_s.arg(++count));
        side.client()->setProxy(proxy);
    });
    side.answerWith({{u"u"_s, u"p"_s}});
    side.start();
    QCOMPARE(side.wire->proxy, proxy);
    QCOMPARE(side.wire->peerVerifyName, u"1.test"_s);
    side.answer(AskBasic);
    QCOMPARE(side.openingCount, 2);
    QCOMPARE(side.wire->peerVerifyName, u"1.test"_s);
}

void TestWsClientOpeningHops::openedAgainItAsksNobody()
{
    HopSide side;
    side.answerWith({{u"u"_s, u"p"_s}});
    side.start();
    side.answer(AskDigest);
    side.accept();
    for (const char *const count : {"nc=00000002", "nc=00000003"}) {
        side.connection->abort();
        side.start();
        QVERIFY(side.request().contains(count));
        side.feed(acceptanceOf(side.last));
        QCOMPARE(side.connection->state(), Ws::Open);
    }
    QCOMPARE(side.askedCount, 1);
    side.connection->abort();
    side.start();
    (void)side.request();
    side.feed(acceptanceOf(side.last, "Authentication-Info: nextnonce=next\r\n"));
    side.connection->abort();
    side.start();
    const QByteArray request = side.request();
    QVERIFY(request.contains("nonce=\"next\"") && request.contains("nc=00000001"));
    side.connection->abort();
    QVERIFY(side.client()->open(QUrl(u"ws://other.test/"_s)));
    QCOMPARE(side.header("Authorization"), "none"_ba);
    side.connection->abort();
    side.start();
    QCOMPARE(side.header("Authorization"), "none"_ba);
}

// --- slots

void TestWsClientOpeningHops::slotsMayDoAnything_data()
{
    QTest::addColumn<QString>("action");
    QTest::addColumn<QString>("told");
    const QString ended = u"Closed, closed 1006 '' unclean"_s;
    QTest::newRow("close") << u"close"_s << ended;
    QTest::newRow("abort") << u"abort"_s << ended;
    QTest::newRow("delete") << u"delete"_s << u""_s;
    QTest::newRow("open again") << u"reopen"_s << ended + u", Connecting"_s;
    QTest::newRow("another URL") << u"url"_s << ended + u", Connecting"_s;
    QTest::newRow("not active") << u"inactive"_s << ended;
    QTest::newRow("time passes") << u"time"_s << u"error Timeout, "_s + ended;
}

void TestWsClientOpeningHops::slotsMayDoAnything()
{
    QFETCH(const QString, action);
    QFETCH(const QString, told);
    for (const QString &signal : {u"redirected"_s, u"asked"_s, u"filter"_s}) {
        if (action == u"time" && signal == u"asked")
            continue; // it stands still
        HopSide side(withoutCompression());
        QPointer<WsClient> client = side.client();
        int count = 0;
        const auto act = [&] {
            if (count++ > 0)
                return;
            if (action == u"close")
                client->close();
            else if (action == u"abort")
                client->abort();
            else if (action == u"delete")
                side.remove();
            else if (action == u"reopen") {
                client->abort();
                QVERIFY(client->open());
            } else if (action == u"url")
                client->setUrl(QUrl(u"ws://third.test/"_s));
            else if (action == u"inactive")
                client->setActive(false);
            else
                pass(10s);
        };
        side.start();
        const QByteArray before = side.told().toLatin1();
        QObject context;
        QObject::connect(side.client(), &WsClient::redirected, &context, act);
        QObject::connect(side.client(), &WsClient::authenticationRequired, &context,
                         [&](QAuthenticator *authenticator) {
                             act();
                             authenticator->setUser(u"u"_s); // still exists
                         });
        if (signal == u"filter")
            side.client()->setRequestFilter([&](WsRequest &request) {
                act();
                request.setTarget("/changed");
            });
        const int openings = side.openingCount;
        side.answer(signal == u"asked" ? AskBasic : ToNext);
        settle();
        QStringList all = side.log->all;
        all.removeIf([](const QString &line) { return line.startsWith(u"redirected"); });
        QCOMPARE(all.join(u", "_s), told);
        const bool isOpening = action == u"reopen" || action == u"url";
        QCOMPARE(side.openingCount, openings + (isOpening ? 1 : 0));
        if (!isOpening)
            continue;
        side.accept();
        QCOMPARE(side.connection->state(), Ws::Open);
    }
}

// --- the request filter

void TestWsClientOpeningHops::filterChangesEachRequest()
{
    HopSide side(withoutCompression());
    int count = 0;
    side.client()->setHeader("X-Own", "a");
    side.client()->setRequestFilter([&](WsRequest &request) {
        WsHeaders headers = request.headers();
        headers.append({"Authorization", "Bearer " + QByteArray::number(++count)});
        request.setHeaders(headers);
        request.setTarget(request.target() + "?n=" + QByteArray::number(count));
    });
    side.start();
    QCOMPARE(side.request(),
             requestFor("/chat?n=1", "example.com", "X-Own: a\r\nAuthorization: Bearer 1\r\n"));
    QCOMPARE(side.connection->request().target(), "/chat?n=1"_ba);
    side.feed("HTTP/1.1 302 Found\r\nLocation: /b\r\n\r\n");
    QCOMPARE(side.request(), requestFor("/b?n=2", "example.com", "X-Own: a\r\nAuthorization: Bearer 2\r\n"));
    side.feed(Elsewhere); // only what the filter does for this hop
    QCOMPARE(side.request(),
             requestFor("/b?n=3", "other.test:81", "X-Own: a\r\nAuthorization: Bearer 3\r\n"));
    side.feed(acceptanceOf(side.last));
    side.connection->abort();
    side.start();
    QCOMPARE(side.request(),
             requestFor("/chat?n=4", "example.com", "X-Own: a\r\nAuthorization: Bearer 4\r\n"));
    side.connection->abort();
    side.client()->setRequestFilter({});
    side.start();
    QCOMPARE(side.request(), requestFor("/chat", "example.com", "X-Own: a\r\n"));
}

void TestWsClientOpeningHops::filterKnowsTheOrigin()
{
    HopSide side;
    QStringList seen;
    side.client()->setRequestFilter([&](WsRequest &request) {
        seen.append(QString::fromLatin1(request.method() + ' ' + request.target() + ' '
                                        + request.header("Host")
                                        + (request.isEncrypted() ? " encrypted" : "")));
    });
    side.start();
    side.answer("HTTP/1.1 302 Found\r\nLocation: wss://other.test:81/b\r\n\r\n");
    QCOMPARE(seen, QStringList({u"GET /chat example.com"_s, u"GET /b other.test:81 encrypted"_s}));
    QVERIFY(side.connection->request().isEncrypted());
    QCOMPARE(side.connection->request().header("Host"), "other.test:81"_ba);
}

void TestWsClientOpeningHops::filterThatFailsEndsTheOpening_data()
{
    using Filter = std::function<void(WsRequest &)>;
    QTest::addColumn<Filter>("filter");
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("text");
    const auto row = [](const char *name, const char *kind, const QString &text, const Filter &filter) {
        QTest::newRow(name) << filter << QString::fromLatin1(kind) << text;
    };
    const QString sent = u"the request cannot be sent: "_s;
    row("throws", "Handler", u"no token"_s, [](WsRequest &) { throw std::runtime_error("no token"); });
    row("method", "Misuse", u"the request filter changed the method to \"POST\""_s,
        [](WsRequest &request) { request.setMethod("POST"); });
    row("header of the handshake", "Misuse",
        sent + u"header \"sec-websocket-key\" belongs to the handshake and cannot be set"_s,
        [](WsRequest &request) {
            request.setHeaders({{"Host", "a"}, {"sec-websocket-key", "secret"}});
        });
    row("two hosts", "Misuse", sent + u"header \"Host\" belongs to the handshake and cannot be set"_s,
        [](WsRequest &request) {
            request.setHeaders({{"Host", "a"}, {"Host", "b"}});
        });
    row("wrong host", "Misuse", sent + u"host is not of the form host[:port]: \"a b\""_s,
        [](WsRequest &request) {
            request.setHeaders({{"Host", "a b"}});
        });
    row("space in the target", "Misuse",
        sent + u"request target contains a character that is not visible ASCII: \"/\""_s,
        [](WsRequest &request) { request.setTarget("/?t=secret secret"); });
    row("another target", "Misuse", sent + u"request target does not begin with a slash: \"http://b/\""_s,
        [](WsRequest &request) { request.setTarget("http://b/"); });
}

void TestWsClientOpeningHops::filterThatFailsEndsTheOpening()
{
    QFETCH(const std::function<void(WsRequest &)>, filter);
    QFETCH(const QString, kind);
    QFETCH(const QString, text);
    for (const bool isFirst : {true, false}) {
        HopSide side;
        if (isFirst)
            side.client()->setRequestFilter(filter);
        side.start();
        QCOMPARE(side.told(), u"Connecting"_s); // closed() does not come from within open()
        if (!isFirst) {
            side.client()->setRequestFilter(filter);
            side.answer(ToNext);
        }
        settle();
        QVERIFY(side.told().endsWith(u"error %1, Closed, closed 1006 '' unclean"_s.arg(kind)));
        QCOMPARE(side.connection->errorString(), text);
        QCOMPARE(side.openingCount, isFirst ? 0 : 1);
    }
}

void TestWsClientOpeningHops::filterThatFailsMayBeTriedForever()
{
    HopSide side;
    int count = 0;
    side.client()->setRequestFilter([&](WsRequest &) {
        if (++count < 100)
            throw std::runtime_error("not yet");
    });
    QObject::connect(side.client(), &WsClient::closed, side.client(),
                     [&] { QVERIFY(side.client()->open()); });
    side.start();
    for (int i = 0; i < 100; ++i)
        settle();
    side.accept();
    QCOMPARE(count, 100);
    QCOMPARE(side.connection->state(), Ws::Open);
    QObject::disconnect(side.client(), &WsClient::closed, side.client(), nullptr);
}

// Not even while the link still delivers what the connection before has received.
void TestWsClientOpeningHops::openNeverReportsWhatTheFilterDoes()
{
    HopSide side;
    QVERIFY(side.open());
    side.client()->setRequestFilter([](WsRequest &) { throw std::runtime_error("no token"); });
    QStringList during;
    QObject::connect(side.client(), &WsClient::textMessageReceived, side.log.get(), [&] {
        side.connection->abort();
        (void)side.told();
        side.start();
        during.append(side.told());
    });
    side.receive({text("a")});
    QCOMPARE(during, QStringList{u"Connecting"_s});
    settle();
    QCOMPARE(side.told(), u"error Handler, Closed, closed 1006 '' unclean"_s);
}

void TestWsClientOpeningHops::pinsHoldForTheHopsThatFollow_data()
{
    using Scenario = std::function<void(HopSide &)>;
    QTest::addColumn<Scenario>("open");
    QTest::addColumn<QString>("text");
    const QString pin = QString::fromLatin1(QByteArray(32, 'x').toBase64());
    const QString noTls =
        u"the URL \"%1\" cannot be opened: pinnedCertificates is set, and only wss has certificates"_s;
    const auto setPins = [pin](HopSide &side) { QVERIFY(side.client()->setPinnedCertificates({pin})); };

    QTest::newRow("set in a slot of redirected()") << Scenario([setPins](HopSide &side) {
        QObject::connect(side.client(), &WsClient::redirected, side.log.get(), [&] { setPins(side); });
        side.start();
        side.answer(Elsewhere);
    }) << noTls.arg(u"ws://other.test:81/b"_s);
    QTest::newRow("set while the first server thinks") << Scenario([setPins](HopSide &side) {
        side.start();
        side.wire->connect();
        setPins(side);
        side.answer(ToNext);
    }) << noTls.arg(u"ws://example.com/next"_s);
    QTest::newRow("set in a slot that logs in") << Scenario([setPins](HopSide &side) {
        QObject::connect(side.client(), &WsClient::authenticationRequired, side.log.get(),
                         [&] { setPins(side); });
        side.answerWith({{u"user"_s, u"secret"_s}});
        side.start();
        side.answer(AskBasic);
    }) << noTls.arg(u"ws://example.com/chat"_s);
    QTest::newRow("set by the filter") << Scenario([setPins](HopSide &side) {
        side.start();
        side.client()->setRequestFilter([&](WsRequest &) { setPins(side); });
        side.answer(ToNext);
    }) << noTls.arg(u"ws://example.com/next"_s);
    QTest::newRow("set in a slot of stateChanged()") << Scenario([setPins](HopSide &side) {
        QObject::connect(side.client(), &WsClient::stateChanged, side.log.get(), [&] { setPins(side); });
        side.start();
        QCOMPARE(side.told(), u"Connecting"_s); // closed() does not come from within open()
        settle();
    }) << noTls.arg(u"ws://example.com/chat"_s);
    QTest::newRow("malformed") << Scenario([](HopSide &side) {
        QObject::connect(side.client(), &WsClient::redirected, side.log.get(),
                         [&] { side.client()->setProperty("pinnedCertificates", QStringList{u"x"_s}); });
        QVERIFY(side.client()->open(QUrl(u"wss://example.com/"_s)));
        side.answer(ToNext);
    })
                               << u"the URL \"wss://example.com/next\" cannot be opened: pinnedCertificates: "
                                  u"\"x\" is not the base64 of "
                                  u"a SHA-256 digest, with or without \"sha256/\""_s;
}

// open() would not have begun it.
void TestWsClientOpeningHops::pinsHoldForTheHopsThatFollow()
{
    QFETCH(const std::function<void(HopSide &)>, open);
    QFETCH(const QString, text);
    HopSide side;
    open(side);
    const QString told = side.told();
    QVERIFY2(told.endsWith(u"error Tls, Closed, closed 1015 '' unclean"_s), qPrintable(told));
    QCOMPARE(side.connection->errorString(), text);
    QVERIFY(side.openingCount <= 1);
}

void TestWsClientOpeningHops::hopsLeaveNoMemory()
{
    if (!HeldMemory::IsAvailable)
        QSKIP("nothing measures what malloc() has given out");
    for (const QByteArray &answer : {ToNext, AskBasic, AskDigest}) {
        HopSide side;
        side.log.reset();
        QObject::connect(side.client(), &WsClient::authenticationRequired, side.client(),
                         [](QAuthenticator *authenticator) { authenticator->setUser(u"u"_s); });
        const auto openOnce = [&] {
            // Another origin each time, so that nothing is known.
            QVERIFY(side.client()->open(QUrl(u"ws://%1.test/chat"_s.arg(side.openingCount % 10))));
            (void)side.request();
            side.feed(answer);
            (void)side.request();
            side.feed(acceptanceOf(side.last));
            QCOMPARE(side.connection->state(), Ws::Open);
            side.connection->abort();
            side.keys.clear();
            settle();
        };
        for (int i = 0; i < 100; ++i)
            openOnce();
        const HeldMemory memory;
        const int before = side.openingCount;
        for (int i = 0; i < 1000; ++i)
            openOnce();
        QCOMPARE(side.openingCount - before, 2000);
        QVERIFY2(memory.growth() < 20'000, QByteArray::number(memory.growth()));
    }
}

#include "../testprogram.h"
WSKIT_TEST(TestWsClientOpeningHops)
#include "tst_wsclientopening_hops.moc"
