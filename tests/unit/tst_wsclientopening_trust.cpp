// SPDX-License-Identifier: MIT

// Which calls of ignoreSslErrors() an opening accepts, and for which of its connections they count.

#include "net/client/wsclientopening.h"

#include "../opensslfolder.h"
#include "connectiontesting.h"
#include "loglines.h"

#include <QtNetwork/qauthenticator.h>

using namespace ConnectionTesting;

namespace {
const QByteArray AskBasic =
    "HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic realm=\"r\"\r\nContent-Length: 0\r\n\r\n";
const QByteArray ToNext = "HTTP/1.1 302 Found\r\nLocation: /next\r\n\r\n";
const QByteArray Elsewhere = "HTTP/1.1 307 There\r\nLocation: wss://other.test/\r\n\r\n";

// What is ignored: all errors, those of a list without certificates, or those of a list with them.
enum What { All, Unnamed, Named };

// One client that follows redirects, knows a login, and opens wss://example.com/.
class TrustSide : public Side
{
public:
    explicit TrustSide(bool isPausing = false) : Side(WsRole::Client)
    {
        client()->setMaxRedirects(3);
        client()->setPauseOnSslErrors(isPausing);
        QObject::connect(client(), &WsClient::authenticationRequired, log.get(),
                         [this](QAuthenticator *authenticator) {
                             if (inLogin)
                                 inLogin();
                             authenticator->setUser(u"u"_s);
                             authenticator->setPassword(u"p"_s);
                         });
        QObject::connect(client(), &WsClient::sslErrors, log.get(), [this] {
            ++askedCount;
            if (inSslErrors)
                std::exchange(inSslErrors, {})();
        });
    }

    bool open() { return client()->open(QUrl(u"wss://example.com/"_s)); }
    // The server, whose certificate is good unless failSsl() came before, answers.
    void answer(const QByteArray &bytes)
    {
        wire->connect();
        (void)wire->takeWritten();
        feed(bytes);
        settle();
    }
    void accept()
    {
        wire->connect();
        feed(acceptanceOf(wire->takeWritten()));
        settle();
    }
    // As Qt does after errors that nobody has ignored.
    void failTls()
    {
        wire->fail(WsError(Ws::ErrorKind::Tls, u"the certificate is not trusted"_s, Ws::TlsHandshake));
    }
    bool ignoresAny() const { return wire->ignoresSslErrors || !wire->ignoredSslErrors.isEmpty(); }

    int askedCount = 0;
    std::function<void()> inLogin;
    std::function<void()> inSslErrors; // once
};

using TrustScenario = std::function<void(TrustSide &)>;
} // namespace

Q_DECLARE_METATYPE(TrustScenario)

class TestWsClientOpeningTrust : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void lateAnswerDoesNotOpenTheWayForAPassword();
    void callIsAcceptedAsTheTableSays_data();
    void callIsAcceptedAsTheTableSays();
    void nothingIsIgnoredThatWasToldToATrustedServer_data();
    void nothingIsIgnoredThatWasToldToATrustedServer();
    void trustInOneOriginIsForgottenAtTheNext();
    void errorThatTlsForgetsFails();
    void userIsNotAskedTwiceByAnotherOrigin();
    void trustInACertificateCountsAfterTheRedirectItWasGivenIn();

private:
    QList<QSslError> errorsOf(What what) const
    {
        return {
            QSslError(QSslError::SelfSignedCertificate, what == Named ? m_certificate : QSslCertificate())};
    }
    void ignore(TrustSide &side, What what) const
    {
        what == All ? side.client()->ignoreSslErrors() : side.client()->ignoreSslErrors(errorsOf(what));
    }

    QSslCertificate m_certificate;
};

void TestWsClientOpeningTrust::initTestCase()
{
    OpenSslFolder folder;
    folder.makeCertificate(u"self"_s, {}, false);
    m_certificate = folder.certificate(u"self"_s);
    QVERIFY(!m_certificate.isNull());
}

// A dialog about an earlier opening stays open. Once its answer counted for the connection that follows a
// login, and the password was sent to whoever answered there.
void TestWsClientOpeningTrust::lateAnswerDoesNotOpenTheWayForAPassword()
{
    for (const bool isAfterLogin : {false, true}) {
        TrustSide side;
        QVERIFY(side.open());
        side.wire->failSsl(errorsOf(Unnamed));
        side.failTls();
        const LogLines lines("wskit.net", QtWarningMsg);
        if (!isAfterLogin)
            side.inLogin = [&] { side.client()->ignoreSslErrors(); };
        QVERIFY(side.open());
        side.answer(AskBasic);
        if (isAfterLogin)
            side.client()->ignoreSslErrors();
        QCOMPARE(lines.all().filter(u"ignoreSslErrors() came too late"_s).size(), 1);
        side.wire->failSsl(errorsOf(Unnamed));
        QVERIFY(!side.ignoresAny());
        QCOMPARE(side.askedCount, 2);
    }
}

void TestWsClientOpeningTrust::callIsAcceptedAsTheTableSays_data()
{
    const TrustScenario opens = [](TrustSide &side) { QVERIFY(side.open()); };
    const auto before = [](const TrustScenario &first, const TrustScenario &then) {
        return TrustScenario([first, then](TrustSide &side) {
            first(side);
            then(side);
        });
    };
    const TrustScenario goesOn = before(opens, [](TrustSide &side) { side.answer(ToNext); });
    const TrustScenario logsIn = before(opens, [](TrustSide &side) { side.answer(AskBasic); });
    const TrustScenario leaves = before(opens, [](TrustSide &side) { side.answer(Elsewhere); });
    const TrustScenario comesBack = before(leaves, [](TrustSide &side) {
        side.answer("HTTP/1.1 307 Back\r\nLocation: wss://example.com/2\r\n\r\n");
    });
    const TrustScenario isDistrusted = before(opens, [](TrustSide &side) {
        side.wire->failSsl({QSslError(QSslError::CertificateExpired)});
        side.failTls();
    });
    const QList<std::pair<const char *, TrustScenario>> hops = {
        {"first hop", opens},
        {"after a redirect", goesOn},
        {"after a login", logsIn},
        {"at another origin", leaves},
        {"back at the origin", comesBack},
        {"first hop, distrusted", before(isDistrusted, opens)},
        {"after a redirect, distrusted", before(isDistrusted, goesOn)},
        {"after a login, distrusted", before(isDistrusted, logsIn)},
        {"at another origin, distrusted", before(isDistrusted, leaves)}};

    QTest::addColumn<TrustScenario>("reach");
    QTest::addColumn<bool>("mayMeanOther");
    for (int i = 0; i < hops.size(); ++i)
        QTest::newRow(hops[i].first) << hops[i].second << (i > 2);
}

// States of a hop, and what is accepted in each.
void TestWsClientOpeningTrust::callIsAcceptedAsTheTableSays()
{
    QFETCH(const TrustScenario, reach);
    QFETCH(const bool, mayMeanOther);
    struct State
    {
        const char *name;
        bool isPausing;
        TrustScenario enter; // is given what the test does in a slot of sslErrors() by inSslErrors
        bool isAccepted[3];  // All, Unnamed, Named
    };
    const QList<QSslError> others = {QSslError(QSslError::CertificateRevoked)};
    const auto asks = [&](TrustSide &side) { side.wire->failSsl(others); };
    const auto asksAndIsTrusted = [&](TrustSide &side) {
        side.inSslErrors = [&] { side.client()->ignoreSslErrors(others); };
        side.wire->failSsl(others);
    };
    const bool is = !mayMeanOther;
    const QList<State> states = {
        {"not asked", false, [](TrustSide &) {}, {is, is, true}},
        {"in a slot", false, {}, {true, true, true}},
        {"in a slot, pausing", true, {}, {true, true, true}},
        {"held", true, asks, {true, true, true}},
        {"denied", false, asks, {false, false, false}},
        {"given by a slot", false, asksAndIsTrusted, {true, true, true}},
        {"given without errors", false, [](TrustSide &side) { side.wire->connect(); }, {}},
        {"established by a slot",
         false,
         [&](TrustSide &side) {
             asksAndIsTrusted(side);
             side.wire->connect();
         },
         {true, true, true}},
    };
    for (const State &state : states) {
        for (const What what : {All, Unnamed, Named}) {
            TrustSide side(state.isPausing);
            reach(side);
            const LogLines lines("wskit.net", QtWarningMsg);
            if (state.enter) {
                state.enter(side);
                ignore(side, what);
            } else {
                side.inSslErrors = [&] { ignore(side, what); };
                side.wire->failSsl(others);
            }
            const QByteArray where = QByteArray(state.name) + ", " + QByteArray::number(what);
            QVERIFY2(lines.all().isEmpty() == state.isAccepted[what], where);
        }
    }
}

void TestWsClientOpeningTrust::nothingIsIgnoredThatWasToldToATrustedServer_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::newRow("login") << AskBasic;
    QTest::newRow("redirect") << ToNext;
    QTest::newRow("redirect to another origin") << Elsewhere;
}

// TLS of the first hop is established, with or without errors that the user has accepted.
void TestWsClientOpeningTrust::nothingIsIgnoredThatWasToldToATrustedServer()
{
    QFETCH(const QByteArray, answer);
    const QList<QSslError> accepted = {QSslError(QSslError::CertificateExpired)};
    for (const bool hasErrors : {false, true}) {
        for (const What what : {All, Unnamed, Named}) {
            TrustSide side;
            QVERIFY(side.open());
            if (hasErrors) {
                side.inSslErrors = [&] { side.client()->ignoreSslErrors(accepted); };
                side.wire->failSsl(accepted);
            }
            side.wire->connect();
            ignore(side, what);
            side.answer(answer);
            side.wire->failSsl(errorsOf(what) + accepted);
            QVERIFY(!side.wire->ignoresSslErrors);
            const bool isRemembered = hasErrors && answer != Elsewhere;
            QCOMPARE(side.wire->ignoredSslErrors, isRemembered ? accepted : QList<QSslError>());
        }
    }
}

void TestWsClientOpeningTrust::trustInOneOriginIsForgottenAtTheNext()
{
    const QByteArray back = "HTTP/1.1 307 Back\r\nLocation: wss://example.com/2\r\n\r\n";
    for (const QByteArray &last :
         {QByteArray("HTTP/1.1 307 X\r\nLocation: wss://third.test/\r\n\r\n"), back}) {
        TrustSide side;
        QVERIFY(side.open());
        for (const QByteArray &answer : {Elsewhere, last}) {
            side.inSslErrors = [&] { side.client()->ignoreSslErrors(); };
            side.wire->failSsl(errorsOf(Unnamed));
            QVERIFY(side.wire->ignoresSslErrors);
            side.answer(answer);
        }
        side.wire->failSsl(errorsOf(Unnamed));
        QVERIFY(!side.ignoresAny());
        QCOMPARE(side.askedCount, 3);
    }
}

// A slot may have let it go on with the handshake.
void TestWsClientOpeningTrust::errorThatTlsForgetsFails()
{
    TrustSide side;
    QVERIFY(side.open());
    const QSslError error(QSslError::SelfSignedCertificate);
    side.link().onPeerVerifyError(error);
    side.wire->connect();
    QCOMPARE(side.wire->written, QByteArray());
    QCOMPARE(side.client()->state(), Ws::Closed);
    QCOMPARE(side.log->errors.constLast().kind(), Ws::ErrorKind::Tls);
    QCOMPARE(side.client()->errorString(), error.errorString());
    side.client()->ignoreSslErrors();
    QVERIFY(side.open());
    side.link().onPeerVerifyError(error);
    side.wire->failSsl({error});
    side.accept();
    QCOMPARE(side.client()->state(), Ws::Open);
}

// Once the user's trust was forgotten when the other server asked for a login, or redirected within itself.
void TestWsClientOpeningTrust::userIsNotAskedTwiceByAnotherOrigin()
{
    for (const QByteArray &answer :
         {AskBasic, QByteArray("HTTP/1.1 302 Found\r\nLocation: /further\r\n\r\n")}) {
        for (const bool isPausing : {true, false}) {
            TrustSide side(isPausing);
            QVERIFY(side.open());
            side.answer(Elsewhere);
            if (!isPausing)
                side.inSslErrors = [&] { side.client()->ignoreSslErrors(errorsOf(Named)); };
            side.wire->failSsl(errorsOf(Named));
            if (isPausing) {
                side.client()->ignoreSslErrors(errorsOf(Named));
                QVERIFY(side.client()->continueOpening());
            }
            side.answer(answer);
            side.wire->failSsl(errorsOf(Named));
            QCOMPARE(side.wire->ignoredSslErrors, errorsOf(Named));
            QVERIFY(!side.wire->pausesOnSslErrors);
            side.accept();
            QCOMPARE(side.connection->state(), Ws::Open);
        }
    }
}

void TestWsClientOpeningTrust::trustInACertificateCountsAfterTheRedirectItWasGivenIn()
{
    TrustSide side;
    QObject::connect(side.client(), &WsClient::redirected, side.client(),
                     [&] { side.client()->ignoreSslErrors(errorsOf(Named)); });
    QVERIFY(side.open());
    const LogLines lines("wskit.net", QtWarningMsg);
    side.answer(Elsewhere);
    QCOMPARE(lines.all(), QStringList());
    side.wire->failSsl(errorsOf(Named));
    QCOMPARE(side.wire->ignoredSslErrors, errorsOf(Named));
}

#include "tst_wsclientopening_trust.moc"

#include "../testprogram.h"
WSKIT_TEST(TestWsClientOpeningTrust)
