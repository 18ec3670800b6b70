// SPDX-License-Identifier: MIT
#include "net/client/wslogin.h"

#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;
using Step = WsLogin::Step;

class TestWsLogin : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void urlIsSentAtOnceOnlyIfNobodyElseReadsIt_data();
    void urlIsSentAtOnceOnlyIfNobodyElseReadsIt();
    void urlIsNotSentAtOnceBecauseItWasWithoutAProxy();
    void localhostOfAProxyIsAnotherServer();
    void urlAnswersBasicAndDigest_data();
    void urlAnswersBasicAndDigest();
    void urlThatIsRejectedIsNotSentAgain();
    void urlIsNotForOtherOrigins();
    void loginOfTheFirstOriginIsNotSentByWayOfAnother();
    void loginOfTheFirstOriginByWayOfAnotherIsItsOwn();
    void programIsAskedWithoutAnUrl();
    void answerMustChange();
    void answersAreLimited();
    void staleNonceAsksNobody();
    void loginIsKeptForTheNextOpening();
    void nonceOfAnEarlierOpeningIsRenewed();
    void loginIsForgotten_data();
    void loginIsForgotten();
    void loginIsOfOneRealm();
    void loginsOfAllServersAreKept();
    void urlIsNotKeptInsteadOfTheLoginOfAnotherServer();
    void loginThatIsRejectedIsForgottenAlone();
    void fewLoginsAreKept();
    void otherSchemesAreNamed();
};

namespace {
const QUrl There(u"ws://a.test/"_s);
const QUrl Elsewhere(u"ws://b.test/"_s);
const WsCredentials Right = {u"user"_s, u"right"_s};
const WsCredentials Wrong = {u"user"_s, u"wrong"_s};

QList<WsChallenge> challenged(const QByteArray &value)
{
    return wsParseChallenges({{"WWW-Authenticate", value}});
}

const QList<WsChallenge> Basic = challenged("Basic realm=r");

QList<WsChallenge> digest(const QByteArray &nonce, const QByteArray &more = {})
{
    return challenged("Digest realm=r, qop=auth, nonce=" + nonce + more);
}

// The scheme, nonce and nonce count of what is sent: "Digest n 1".
QString sent(WsLogin *login, const QUrl &url = There, bool isAtOrigin = true, bool isProxied = false)
{
    const QByteArray header = login->authorization(url, "/", isAtOrigin, isProxied);
    if (header.isNull())
        return u"nothing"_s;
    const WsChallenge parts = challenged(header).value(0);
    if (parts.parameters.isEmpty())
        return QString::fromUtf8("Basic " + QByteArray::fromBase64(header.sliced(6)));
    return u"Digest %1 %2"_s.arg(QString::fromUtf8(parts.parameter("nonce")))
        .arg(parts.parameter("nc").toInt(nullptr, 16));
}
} // namespace

void TestWsLogin::urlIsSentAtOnceOnlyIfNobodyElseReadsIt_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<bool>("isSent");
    QTest::addColumn<bool>("isSentByProxies");
    QTest::newRow("TLS") << u"wss://user:right@a.test/"_s << true << true;
    QTest::newRow("TLS by its other name") << u"https://user:right@a.test/"_s << true << true;
    QTest::newRow("this machine") << u"ws://user:right@localhost:81/"_s << true << false;
    QTest::newRow("this machine by its address") << u"ws://user:right@127.0.0.1/"_s << true << false;
    QTest::newRow("this machine by its IPv6 address") << u"ws://user:right@[::1]/"_s << true << false;
    QTest::newRow("local socket") << u"ws+unix://user:right@/tmp/socket:/"_s << true << false;
    QTest::newRow("the network") << u"ws://user:right@a.test/"_s << false << false;
    QTest::newRow("an address of the network") << u"http://user:right@192.0.2.1/"_s << false << false;
}

void TestWsLogin::urlIsSentAtOnceOnlyIfNobodyElseReadsIt()
{
    QFETCH(const QString, url);
    QFETCH(const bool, isSent);
    WsLogin login;
    login.start(QUrl(url));
    QCOMPARE(sent(&login, QUrl(url)), isSent ? u"Basic user:right"_s : u"nothing"_s);
    QCOMPARE(sent(&login, QUrl(url)), isSent ? u"Basic user:right"_s : u"nothing"_s); // another hop
    QFETCH(const bool, isSentByProxies);
    WsLogin proxied;
    proxied.start(QUrl(url));
    QCOMPARE(sent(&proxied, QUrl(url), true, true), isSentByProxies ? u"Basic user:right"_s : u"nothing"_s);
}

void TestWsLogin::urlIsNotSentAtOnceBecauseItWasWithoutAProxy()
{
    const QUrl url(u"ws://user:right@localhost:81/"_s);
    WsLogin login;
    login.start(url);
    QCOMPARE(sent(&login, url), u"Basic user:right"_s);
    login.onAnswer({});
    login.start(url);
    QCOMPARE(sent(&login, url, true, true), u"nothing"_s);
    QCOMPARE(login.onChallenges(Basic, url, true), Step::Retry);
    QCOMPARE(sent(&login, url, true, true), u"Basic user:right"_s); // the server has asked
}

void TestWsLogin::localhostOfAProxyIsAnotherServer()
{
    const QUrl url(u"ws://localhost:81/"_s);
    WsLogin login;
    login.start(url);
    QCOMPARE(sent(&login, url), u"nothing"_s);
    QCOMPARE(login.onChallenges(Basic, url, true), Step::Ask);
    QVERIFY(login.answer(Right));
    QCOMPARE(sent(&login, url), u"Basic user:right"_s);
    login.onAnswer({});
    login.start(url);
    QCOMPARE(sent(&login, url, true, true), u"nothing"_s);
    QCOMPARE(login.onChallenges(Basic, url, true), Step::Ask);
    QVERIFY(login.answer(Wrong));
    QCOMPARE(sent(&login, url, true, true), u"Basic user:wrong"_s);
    QCOMPARE(sent(&login, url, true, false), u"Basic user:right"_s);
}

void TestWsLogin::urlAnswersBasicAndDigest_data()
{
    QTest::addColumn<QUrl>("url");
    QTest::addColumn<bool>("isDigest");
    for (const char *const url : {"ws://user:right@a.test/", "wss://user:right@a.test/"}) {
        QTest::addRow("%s, Basic", url) << QUrl(QString::fromLatin1(url)) << false;
        QTest::addRow("%s, Digest", url) << QUrl(QString::fromLatin1(url)) << true;
    }
}

void TestWsLogin::urlAnswersBasicAndDigest()
{
    QFETCH(const QUrl, url);
    QFETCH(const bool, isDigest);
    WsLogin login;
    login.start(url);
    const bool wasSent = sent(&login, url) != u"nothing"_s;
    const Step step = login.onChallenges(isDigest ? digest("n") : Basic, url, true);
    QCOMPARE(step, wasSent && !isDigest ? Step::Ask : Step::Retry); // Basic was wrong already
    if (step == Step::Ask)
        return;
    QCOMPARE(sent(&login, url), isDigest ? u"Digest n 1"_s : u"Basic user:right"_s);
    QCOMPARE(login.onChallenges(isDigest ? digest("o") : Basic, url, true), Step::Ask);
}

void TestWsLogin::urlThatIsRejectedIsNotSentAgain()
{
    const QUrl url(u"wss://user:wrong@a.test/"_s);
    WsLogin login;
    login.start(url);
    (void)sent(&login, url);
    QCOMPARE(login.onChallenges(Basic, url, true), Step::Ask);
    QCOMPARE(login.credentials(), Wrong);
    QVERIFY(!login.answer(Wrong));
    QCOMPARE(login.problem(), u"; it rejects the user name or the password for the realm \"r\""_s);
    QCOMPARE(sent(&login, url), u"nothing"_s);
}

void TestWsLogin::urlIsNotForOtherOrigins()
{
    WsLogin login;
    login.start(QUrl(u"wss://user:right@a.test/"_s));
    const QUrl other(u"wss://b.test/"_s);
    QCOMPARE(sent(&login, other, false), u"nothing"_s);
    QCOMPARE(login.onChallenges(Basic, other, false), Step::Ask);
    QVERIFY(login.credentials().isEmpty());
    // Kept for that one, and not for the first if the other has led there.
    QVERIFY(login.answer(Right));
    QCOMPARE(sent(&login, other, false), u"Basic user:right"_s);
    QCOMPARE(sent(&login, QUrl(u"wss://a.test/"_s), false), u"nothing"_s);
}

void TestWsLogin::loginOfTheFirstOriginIsNotSentByWayOfAnother()
{
    WsLogin login;
    login.start(There);
    (void)login.onChallenges(Basic, There, true);
    QVERIFY(login.answer(Right));
    QCOMPARE(sent(&login, There, false), u"nothing"_s);
    QCOMPARE(sent(&login, There, true), u"Basic user:right"_s);
}

// a.test leads to b.test, which leads back to another URL of a.test.
void TestWsLogin::loginOfTheFirstOriginByWayOfAnotherIsItsOwn()
{
    WsLogin login;
    login.start(There);
    QCOMPARE(login.onChallenges(Basic, There, true), Step::Ask);
    QVERIFY(login.answer(Right));
    QCOMPARE(sent(&login, There, true), u"Basic user:right"_s);
    QCOMPARE(sent(&login, There, false), u"nothing"_s);
    QCOMPARE(login.onChallenges(Basic, There, false), Step::Ask);
    QVERIFY(login.credentials().isEmpty());
    QVERIFY(login.answer(Wrong));
    QCOMPARE(sent(&login, There, false), u"Basic user:wrong"_s);
    login.start(There);
    QCOMPARE(sent(&login, There, true), u"Basic user:right"_s);
    QCOMPARE(sent(&login, There, false), u"Basic user:wrong"_s);
    QCOMPARE(login.onChallenges(Basic, There, false), Step::Ask);
    QVERIFY(!login.answer({}));
    login.start(There);
    QCOMPARE(sent(&login, There, true), u"Basic user:right"_s);
    QCOMPARE(sent(&login, There, false), u"nothing"_s);
}

void TestWsLogin::programIsAskedWithoutAnUrl()
{
    WsLogin login;
    login.start(There);
    QCOMPARE(sent(&login), u"nothing"_s);
    QCOMPARE(login.onChallenges(digest("n"), There, true), Step::Ask);
    QCOMPARE(login.realm(), u"r"_s);
    QVERIFY(login.answer(Right));
    QCOMPARE(sent(&login), u"Digest n 1"_s);
    QCOMPARE(sent(&login, Elsewhere, false), u"nothing"_s);
}

void TestWsLogin::answerMustChange()
{
    WsLogin login;
    login.start(There);
    QCOMPARE(login.onChallenges(Basic, There, true), Step::Ask);
    QVERIFY(!login.answer({}));
    QCOMPARE(login.problem(), u"; it asks for a user name and a password for the realm \"r\""_s);
    login.start(There);
    QCOMPARE(login.onChallenges(Basic, There, true), Step::Ask);
    QVERIFY(login.answer(Wrong));
    QCOMPARE(sent(&login), u"Basic user:wrong"_s);
    QCOMPARE(login.onChallenges(Basic, There, true), Step::Ask);
    QCOMPARE(login.credentials(), Wrong);
    QVERIFY(login.answer(Right));
    QCOMPARE(sent(&login), u"Basic user:right"_s);
    QCOMPARE(login.onChallenges(Basic, There, true), Step::Ask);
    QVERIFY(!login.answer({}));
}

void TestWsLogin::answersAreLimited()
{
    WsLogin login;
    login.start(There);
    for (int i = 0; i < WsLogin::MaxAnswers; ++i) {
        QCOMPARE(login.onChallenges(Basic, There, true), Step::Ask);
        QVERIFY(login.answer({QString::number(i), {}}));
        (void)sent(&login);
    }
    QCOMPARE(login.onChallenges(Basic, There, true), Step::GiveUp);
    QCOMPARE(login.problem(), u"; it has rejected 5 answers"_s);
    // Nor does a server that finds every nonce stale keep the client busy forever.
    login.start(There);
    QCOMPARE(login.onChallenges(digest("n"), There, true), Step::Ask);
    QVERIFY(login.answer(Right));
    int count = 0;
    do
        (void)sent(&login);
    while (++count < 100 && login.onChallenges(digest("n", ", stale=true"), There, true) == Step::Retry);
    QCOMPARE(count, WsLogin::MaxAnswers);
}

void TestWsLogin::staleNonceAsksNobody()
{
    WsLogin login;
    login.start(There);
    (void)login.onChallenges(digest("n"), There, true);
    QVERIFY(login.answer(Right));
    QCOMPARE(sent(&login), u"Digest n 1"_s);
    QCOMPARE(login.onChallenges(digest("o", ", stale=TRUE"), There, true), Step::Retry);
    QCOMPARE(sent(&login), u"Digest o 1"_s);
    QCOMPARE(login.onChallenges(digest("p", ", stale=false"), There, true), Step::Ask);
}

void TestWsLogin::loginIsKeptForTheNextOpening()
{
    WsLogin login;
    login.start(There);
    (void)login.onChallenges(digest("n"), There, true);
    QVERIFY(login.answer(Right));
    for (int count = 1; count <= 3; ++count) {
        QCOMPARE(sent(&login), u"Digest n %1"_s.arg(count));
        login.start(There);
    }
}

// A server that has been started anew does not know it, and may not call it stale.
void TestWsLogin::nonceOfAnEarlierOpeningIsRenewed()
{
    WsLogin login;
    login.start(There);
    (void)login.onChallenges(digest("n"), There, true);
    QVERIFY(login.answer(Right));
    (void)sent(&login);
    login.start(There);
    QCOMPARE(sent(&login), u"Digest n 2"_s);
    QCOMPARE(login.onChallenges(digest("o"), There, true), Step::Retry);
    QCOMPARE(sent(&login), u"Digest o 1"_s);
    QCOMPARE(login.onChallenges(digest("p"), There, true), Step::Ask);
}

void TestWsLogin::loginIsForgotten_data()
{
    using Change = std::function<void(WsLogin *)>;
    QTest::addColumn<Change>("change");
    const auto row = [](const char *name, const Change &change) { QTest::newRow(name) << change; };
    row("another origin", [](WsLogin *login) { login->start(Elsewhere); });
    row("another user", [](WsLogin *login) { login->start(QUrl(u"ws://other@a.test/"_s)); });
    row("rejected", [](WsLogin *login) {
        (void)sent(login);
        (void)login->onChallenges(Basic, There, true);
        (void)login->answer(Right);
    });
    row("rejected, and closed in the slot", [](WsLogin *login) {
        (void)sent(login);
        (void)login->onChallenges(Basic, There, true);
    });
    row("other schemes alone", [](WsLogin *login) {
        (void)sent(login);
        (void)login->onChallenges(challenged("Bearer"), There, true);
    });
}

void TestWsLogin::loginIsForgotten()
{
    QFETCH(const std::function<void(WsLogin *)>, change);
    WsLogin login;
    login.start(There);
    (void)login.onChallenges(Basic, There, true);
    QVERIFY(login.answer(Right));
    login.start(There);
    QCOMPARE(sent(&login), u"Basic user:right"_s);
    change(&login);
    login.start(There);
    QCOMPARE(sent(&login), u"nothing"_s);
}

void TestWsLogin::loginIsOfOneRealm()
{
    WsLogin login;
    login.start(There);
    (void)login.onChallenges(digest("n"), There, true);
    QVERIFY(login.answer(Right));
    (void)sent(&login);
    login.start(There);
    (void)sent(&login);
    QCOMPARE(login.onChallenges(challenged("Digest realm=other, nonce=n"), There, true), Step::Ask);
    QCOMPARE(login.realm(), u"other"_s);
    QVERIFY(login.credentials().isEmpty());
}

void TestWsLogin::loginsOfAllServersAreKept()
{
    WsLogin login;
    login.start(There);
    QCOMPARE(login.onChallenges(digest("n"), There, true), Step::Ask);
    QVERIFY(login.answer(Right));
    QCOMPARE(login.onChallenges(Basic, Elsewhere, false), Step::Ask);
    QVERIFY(login.credentials().isEmpty());
    QVERIFY(login.answer(Wrong));
    for (int count = 1; count <= 3; ++count) {
        login.start(There);
        QCOMPARE(sent(&login), u"Digest n %1"_s.arg(count));
        QCOMPARE(sent(&login, Elsewhere, false), u"Basic user:wrong"_s);
    }
}

void TestWsLogin::urlIsNotKeptInsteadOfTheLoginOfAnotherServer()
{
    const QUrl url(u"wss://user:right@a.test/"_s);
    WsLogin login;
    for (int i = 0; i < 3; ++i) {
        login.start(url);
        QCOMPARE(sent(&login, url), u"Basic user:right"_s);
        if (i == 0) {
            QCOMPARE(sent(&login, Elsewhere, false), u"nothing"_s);
            QCOMPARE(login.onChallenges(Basic, Elsewhere, false), Step::Ask);
            QVERIFY(login.answer(Wrong));
        }
        QCOMPARE(sent(&login, Elsewhere, false), u"Basic user:wrong"_s);
    }
}

void TestWsLogin::loginThatIsRejectedIsForgottenAlone()
{
    WsLogin login;
    login.start(There);
    (void)login.onChallenges(Basic, There, true);
    QVERIFY(login.answer(Right));
    (void)login.onChallenges(Basic, Elsewhere, false);
    QVERIFY(login.answer(Wrong));
    QCOMPARE(sent(&login, Elsewhere, false), u"Basic user:wrong"_s);
    QCOMPARE(login.onChallenges(Basic, Elsewhere, false), Step::Ask); // and the slot closes the client
    login.start(There);
    QCOMPARE(sent(&login), u"Basic user:right"_s);
    QCOMPARE(sent(&login, Elsewhere, false), u"nothing"_s);
    login.start(Elsewhere); // all of them
    login.start(There);
    QCOMPARE(sent(&login), u"nothing"_s);
}

void TestWsLogin::fewLoginsAreKept()
{
    const auto server = [](int number) { return QUrl(u"ws://%1.test/"_s.arg(number)); };
    WsLogin login;
    login.start(There);
    (void)login.onChallenges(Basic, There, true);
    QVERIFY(login.answer(Right));
    for (int i = 0; i < WsLogin::MaxKept; ++i) {
        login.start(There);
        QCOMPARE(sent(&login), u"Basic user:right"_s); // which is used last
        (void)login.onChallenges(Basic, server(i), false);
        QVERIFY(login.answer(Wrong));
    }
    QCOMPARE(sent(&login), u"Basic user:right"_s);
    QCOMPARE(sent(&login, server(0), false), u"nothing"_s);
    QCOMPARE(sent(&login, server(1), false), u"Basic user:wrong"_s);
}

void TestWsLogin::otherSchemesAreNamed()
{
    WsLogin login;
    login.start(There);
    QCOMPARE(login.onChallenges(challenged("Bearer realm=x, Negotiate"), There, true), Step::GiveUp);
    QCOMPARE(
        login.problem(),
        u"; it offers only \"Bearer\", \"Negotiate\", none of which is Basic or a known form of Digest"_s);
    QCOMPARE(login.onChallenges({}, There, true), Step::GiveUp);
    QCOMPARE(login.problem(), QString());
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsLogin)

#include "tst_wslogin.moc"
