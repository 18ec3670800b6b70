// SPDX-License-Identifier: MIT
#include "protocol/wsauthentication.h"

#include "protocol/wshttphead.h"

#include <QtCore/qrandom.h>
#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;

class TestWsAuthentication : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void challengesAreRead_data();
    void challengesAreRead();
    void challengesOfSeveralHeadersAreRead();
    void hostileChallengesStaySmall();
    void anyBytesCanBeRead();
    void strongestChallengeIsTaken_data();
    void strongestChallengeIsTaken();
    void basicIsAnsweredInUtf8();
    void digestIsAnsweredAsTheRfcsShow_data();
    void digestIsAnsweredAsTheRfcsShow();
    void nonceCountRises();
    void sessionKeepsItsFirstClientNonce();
    void textsAreQuoted();
    void otherCharactersThanAsciiAreSentAsTheServerKnowsThem();
    void userIsHiddenIfTheServerWantsThat();
    void nextNonceIsTaken();
    void clientNoncesAreNew();
    void schemesAreNamedInShort();
};

namespace {
// "Digest realm=[a] nonce=[b], Negotiate token68=[abc]"
QString described(const QList<WsChallenge> &challenges)
{
    QStringList all;
    for (const WsChallenge &challenge : challenges) {
        QString text = QString::fromUtf8(challenge.scheme);
        if (!challenge.token68.isEmpty())
            text += u" token68=[%1]"_s.arg(QString::fromUtf8(challenge.token68));
        for (const auto &[name, value] : challenge.parameters)
            text += u" %1=[%2]"_s.arg(QString::fromUtf8(name), QString::fromUtf8(value));
        all.append(text);
    }
    return all.join(u", "_s);
}

QList<WsChallenge> parsed(const QByteArray &value)
{
    return wsParseChallenges({{"www-authenticate", value}});
}

std::optional<WsAuthorization> authorizationOf(const QByteArray &value)
{
    return WsAuthorization::ofStrongest(parsed(value));
}

// A parameter of the header Authorization; it must be written as a challenge is.
QByteArray parameterOf(const QByteArray &authorization, const char *name)
{
    const QList<WsChallenge> read = parsed(authorization);
    return read.size() == 1 ? read.constFirst().parameter(name) : QByteArray();
}
} // namespace

void TestWsAuthentication::challengesAreRead_data()
{
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char *name, const QByteArray &value, const QString &expected) {
        QTest::newRow(name) << value << expected;
    };
    row("nothing", "", u""_s);
    row("only commas", " , ,, ", u""_s);
    row("a scheme alone", "Negotiate", u"Negotiate"_s);
    row("schemes alone", "Negotiate, NTLM", u"Negotiate, NTLM"_s);
    row("a parameter", "Basic realm=\"a\"", u"Basic realm=[a]"_s);
    row("a parameter without quotes", "Basic realm=a", u"Basic realm=[a]"_s);
    row("an empty parameter", "Basic realm=\"\"", u"Basic realm=[]"_s);
    row("white space around everything", " Basic \t realm = \"a\" ,\tcharset = UTF-8 ",
        u"Basic realm=[a] charset=[UTF-8]"_s);
    row("commas that are too many", ", Basic realm=\"a\",, ,charset=UTF-8,",
        u"Basic realm=[a] charset=[UTF-8]"_s);
    row("a comma after the scheme", "Basic , Digest realm=a", u"Basic, Digest realm=[a]"_s);
    row("quotes and a comma in quotes", R"(Basic realm="a\"b\\c, Digest x=y")",
        u"Basic realm=[a\"b\\c, Digest x=y]"_s);
    row("several challenges", "Digest realm=\"a\", nonce=\"b\", Basic realm=\"c\", charset=\"UTF-8\"",
        u"Digest realm=[a] nonce=[b], Basic realm=[c] charset=[UTF-8]"_s);
    row("as RFC 9110 shows it",
        R"(Basic realm="simple", Newauth realm="apps", type=1, title="Login to \"apps\"")",
        u"Basic realm=[simple], Newauth realm=[apps] type=[1] title=[Login to \"apps\"]"_s);
    row("a token", "NTLM TlRMTVNTUAAC+/==", u"NTLM token68=[TlRMTVNTUAAC+/==]"_s);
    row("a token of every kind of character", "Bearer aZ09-._~+/=", u"Bearer token68=[aZ09-._~+/=]"_s);
    row("no token", "Bearer a{b", u"Bearer"_s);
    row("a token between others", "Basic realm=a, Negotiate abc==, Bearer",
        u"Basic realm=[a], Negotiate token68=[abc==], Bearer"_s);
    row("a value with an equals sign", "Digest nonce=abc==, realm=a", u"Digest nonce=[abc==] realm=[a]"_s);
    row("UTF-8", "Basic realm=\"ä\"", u"Basic realm=[ä]"_s);
    row("a parameter that is repeated", "Digest realm=a, realm=b, Basic realm=c", u"Basic realm=[c]"_s);
    row("a parameter that is repeated in another case", "Digest realm=a, REALM=b", u""_s);
    row("a quote that never ends", "Basic realm=\"a\", Digest realm=\"b, nonce=c", u"Basic realm=[a]"_s);
    row("a backslash at the end", "Basic realm=\"a\\", u""_s);
    row("no scheme", "=a", u""_s);
    row("no name", "Basic realm=a, =b", u""_s);
    row("a scheme with a wrong end", "Basic/realm=a", u""_s);
}

void TestWsAuthentication::challengesAreRead()
{
    QFETCH(const QByteArray, value);
    QFETCH(const QString, expected);
    QCOMPARE(described(parsed(value)), expected);
}

void TestWsAuthentication::challengesOfSeveralHeadersAreRead()
{
    const WsHeaders headers = {{"WWW-Authenticate", "Basic realm=a, Digest realm=\"x"},
                               {"Proxy-Authenticate", "Basic realm=b"},
                               {"www-authenticate", "Bearer"}};
    QCOMPARE(described(wsParseChallenges(headers)), u"Basic realm=[a], Bearer"_s);
}

void TestWsAuthentication::hostileChallengesStaySmall()
{
    QCOMPARE(parsed(QByteArray("A,").repeated(100'000)).size(), 32);
    QCOMPARE(wsParseChallenges(WsHeaders(1000, {"WWW-Authenticate", "A"})).size(), 32);
    QByteArray many = "Digest ";
    for (int i = 0; i < 10'000; ++i)
        many += "p" + QByteArray::number(i) + "=v,";
    const QList<WsChallenge> read = parsed(many + " Basic realm=a");
    QCOMPARE(read.size(), 2);
    QCOMPARE(read.at(0).parameters.size(), 32);
    QCOMPARE(parsed("Basic realm=\"" + QByteArray("\\a").repeated(100'000) + '"').at(0).parameter("realm"),
             QByteArray(100'000, 'a'));
}

// What is read must be what can be sent, whatever the bytes.
void TestWsAuthentication::anyBytesCanBeRead()
{
    static constexpr char Alphabet[] = "aD\"\\,= \t;/\xC3\x01";
    const QByteArray whole = "Digest realm=\"a\\\"b\", nonce=c, qop=\"auth,auth-int\", Basic realm=d";
    QRandomGenerator random(20261128);
    for (int round = 0; round < 20'000; ++round) {
        QByteArray value = whole;
        for (int i = 0; i < 4; ++i)
            value[random.bounded(value.size())] = Alphabet[random.bounded(int(sizeof Alphabet - 1))];
        value.truncate(random.bounded(value.size() + 1));
        for (const WsChallenge &challenge : parsed(value)) {
            QVERIFY(wsIsToken(challenge.scheme));
            for (const auto &[name, text] : challenge.parameters)
                QVERIFY(wsIsToken(name) && !text.isNull());
        }
    }
}

void TestWsAuthentication::strongestChallengeIsTaken_data()
{
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QString>("realm"); // of the one that is taken
    const auto row = [](const char *name, const QByteArray &value, const QString &realm) {
        QTest::newRow(name) << value << realm;
    };
    const QByteArray basic = "Basic realm=b";
    const QByteArray md5 = "Digest realm=m, nonce=n, qop=\"auth\"";
    const QByteArray sha = "Digest realm=s, nonce=n, qop=\"auth-int, auth\", algorithm=SHA-256";
    row("Basic alone", basic, u"b"_s);
    row("MD5 before Basic", basic + ", " + md5, u"m"_s);
    row("SHA-256 before MD5", sha + ", " + md5 + ", " + basic, u"s"_s);
    row("the first of two", "Digest realm=m, nonce=n, " + basic + ", Digest realm=o, nonce=n", u"m"_s);
    row("the case does not matter", "bASIC realm=b, dIGEST realm=d, nonce=n, algorithm=sha-256-SESS", u"d"_s);
    row("an unknown algorithm", basic + ", Digest realm=d, nonce=n, algorithm=SHA-512-256", u"b"_s);
    row("an unknown quality", basic + ", Digest realm=d, nonce=n, qop=auth-int", u"b"_s);
    row("an empty quality", basic + ", Digest realm=d, nonce=n, qop=\"\"", u"b"_s);
    row("without a nonce", basic + ", Digest realm=d", u"b"_s);
    row("with an empty nonce", basic + ", Digest realm=d, nonce=\"\"", u"b"_s);
    row("without a realm", basic + ", Digest nonce=n", u"b"_s);
    row("others alone", "Bearer realm=x, Negotiate, NTLM abc==", u"none"_s);
}

void TestWsAuthentication::strongestChallengeIsTaken()
{
    QFETCH(const QByteArray, value);
    QFETCH(const QString, realm);
    const std::optional<WsAuthorization> taken = authorizationOf(value);
    QCOMPARE(taken ? QString::fromUtf8(taken->realm()) : u"none"_s, realm);
}

// RFC 7617 §2 and §2.1
void TestWsAuthentication::basicIsAnsweredInUtf8()
{
    WsAuthorization authorization;
    QCOMPARE(authorization.header({u"Aladdin"_s, u"open sesame"_s}, "/"),
             "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="_ba);
    QCOMPARE(authorization.header({u"test"_s, u"123£"_s}, "/"), "Basic dGVzdDoxMjPCow=="_ba);
    QVERIFY(!authorization.isDigest() && !authorization.isStale());
    QVERIFY(!authorizationOf("Basic realm=a, stale=true")->isStale()); // which only Digest knows
}

void TestWsAuthentication::digestIsAnsweredAsTheRfcsShow_data()
{
    QTest::addColumn<QByteArray>("challenge");
    QTest::addColumn<QString>("password");
    QTest::addColumn<QByteArray>("clientNonce");
    QTest::addColumn<QByteArray>("expected");

    const QByteArray old =
        "Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", "
        "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"";
    const QByteArray oldAnswer =
        "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", uri=\"/dir/index.html\", "
        "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", ";
    const QByteArray oldEnd = ", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"";
    QTest::newRow("RFC 2617 §3.5") << old + ", qop=\"auth,auth-int\"" << u"Circle Of Life"_s << "0a4f113b"_ba
                                   << oldAnswer
                                          + "nc=00000001, cnonce=\"0a4f113b\", qop=auth, "
                                            "response=\"6629fae49393a05397450978507c4ef1\""
                                          + oldEnd;
    QTest::newRow("without qop, as in RFC 2069")
        << old << u"Circle Of Life"_s << "0a4f113b"_ba
        << oldAnswer + "response=\"670fd8c2df070c60b045671b8b24ff02\"" + oldEnd;

    QTest::newRow("session without qop, RFC 2617 §3.2.2.2") // computed with Python's hashlib
        << old + ", algorithm=MD5-sess" << u"Circle Of Life"_s << "0a4f113b"_ba
        << "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", uri=\"/dir/index.html\", "
           "algorithm=MD5-sess, nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", cnonce=\"0a4f113b\", "
           "response=\"4726bc10c33fa6cb357eb27807b1cce8\""
               + oldEnd;

    const QByteArray nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
    const QByteArray opaque = "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS";
    const QByteArray clientNonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
    const auto newRow = [&](const char *name, const QByteArray &algorithm, const QByteArray &response) {
        QTest::newRow(name) << "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm="
                                   + algorithm + ", nonce=\"" + nonce + "\", opaque=\"" + opaque + '"'
                            << u"Circle of Life"_s << clientNonce
                            << "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", "
                               "uri=\"/dir/index.html\", algorithm="
                                   + algorithm + ", nonce=\"" + nonce + "\", nc=00000001, cnonce=\""
                                   + clientNonce + "\", qop=auth, response=\"" + response + "\", opaque=\""
                                   + opaque + '"';
    };
    newRow("RFC 7616 §3.9.1, MD5", "MD5", "8ca523f5e9506fed4657c9700eebdbec");
    newRow("RFC 7616 §3.9.1, SHA-256", "SHA-256",
           "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
    // Computed with Python's hashlib.
    newRow("MD5-sess", "MD5-sess", "e783283f46242139c486a698fec7211d");
    newRow("SHA-256-sess", "SHA-256-sess",
           "2fd51b3a77ad75bad6afad6003e818d767133c46d9e2749e7f5232ae1ea3efd7");
}

void TestWsAuthentication::digestIsAnsweredAsTheRfcsShow()
{
    QFETCH(const QByteArray, challenge);
    QFETCH(const QString, password);
    QFETCH(const QByteArray, clientNonce);
    QFETCH(const QByteArray, expected);
    std::optional<WsAuthorization> authorization = authorizationOf(challenge);
    QVERIFY(authorization);
    QCOMPARE(authorization->header({u"Mufasa"_s, password}, "/dir/index.html", clientNonce), expected);
}

void TestWsAuthentication::nonceCountRises()
{
    std::optional<WsAuthorization> authorization = authorizationOf("Digest realm=a, nonce=b, qop=auth");
    QByteArrayList responses;
    for (const QByteArray &count : {"00000001"_ba, "00000002"_ba, "00000003"_ba}) {
        const QByteArray header = authorization->header({u"u"_s, u"p"_s}, "/", "c");
        QCOMPARE(parameterOf(header, "nc"), count);
        QVERIFY(!responses.contains(parameterOf(header, "response")));
        responses.append(parameterOf(header, "response"));
    }
}

// RFC 7616 §3.4.2
void TestWsAuthentication::sessionKeepsItsFirstClientNonce()
{
    for (const bool isSession : {true, false}) {
        std::optional<WsAuthorization> authorization = authorizationOf(
            "Digest realm=a, nonce=b, qop=auth, algorithm=MD5"_ba + (isSession ? "-sess" : ""));
        (void)authorization->header({u"u"_s, u"p"_s}, "/", "first");
        const QByteArray header = authorization->header({u"u"_s, u"p"_s}, "/", "second");
        QCOMPARE(parameterOf(header, "cnonce"), isSession ? "first"_ba : "second"_ba);
    }
}

void TestWsAuthentication::textsAreQuoted()
{
    std::optional<WsAuthorization> authorization =
        authorizationOf(R"(Digest realm="a\"b\\c", nonce="n\"", opaque="o\\")");
    const QByteArray header = authorization->header({u"u\"v\\w"_s, u"p"_s}, "/?a=\"");
    QVERIFY(header.contains(R"(username="u\"v\\w", realm="a\"b\\c", uri="/?a=\"", nonce="n\"",)"));
    QVERIFY(header.endsWith(R"(opaque="o\\")"));
}

void TestWsAuthentication::otherCharactersThanAsciiAreSentAsTheServerKnowsThem()
{
    const QByteArray challenge = "Digest realm=a, nonce=b";
    std::optional<WsAuthorization> authorization = authorizationOf(challenge);
    QVERIFY(authorization->header({u"Jäsøn"_s, {}}, "/").startsWith("Digest username=\"Jäsøn\", "));
    authorization = authorizationOf(challenge + ", charset=UTF-8");
    QVERIFY(authorization->header({u"Jäsøn"_s, {}}, "/")
                .startsWith("Digest username*=UTF-8''J%C3%A4s%C3%B8n, ")); // RFC 7616 §3.4
    QVERIFY(authorization->header({u"Jason"_s, {}}, "/").startsWith("Digest username=\"Jason\", "));
    QVERIFY(authorization->header({u"J\u007f\t"_s, {}}, "/").startsWith("Digest username*=UTF-8''J%7F%09, "));
}

void TestWsAuthentication::userIsHiddenIfTheServerWantsThat()
{
    std::optional<WsAuthorization> authorization =
        authorizationOf("Digest realm=\"api@example.org\", nonce=b, algorithm=SHA-256, userhash=true");
    const QByteArray header = authorization->header({u"Jäsøn Doe"_s, {}}, "/");
    QCOMPARE(parameterOf(header, "username"),
             "5a1a8a47df5c298551b9b42ba9b05835174a5bd7d511ff7fe9191d8e946fc4e7"_ba);
    QCOMPARE(parameterOf(header, "userhash"), "true"_ba);
}

void TestWsAuthentication::nextNonceIsTaken()
{
    const auto sent = [](WsAuthorization *authorization) {
        const QByteArray header = authorization->header({u"u"_s, u"p"_s}, "/");
        return parameterOf(header, "nonce") + ' ' + parameterOf(header, "nc").last(1);
    };
    std::optional<WsAuthorization> authorization = authorizationOf("Digest realm=a, NONCE=b, qop=auth");
    QCOMPARE(sent(&*authorization), "b 1"_ba);
    authorization->takeNextNonce(
        {{"authentication-info", "qop=auth, rspauth=\"x\", nextnonce=\"c,d\", nc=1"}});
    QCOMPARE(parameterOf(authorization->header({u"u"_s, {}}, "/"), "nonce"), "c,d"_ba);
    QCOMPARE(sent(&*authorization), "c,d 2"_ba);
    for (const QByteArray &info : {""_ba, "nextnonce=\"\""_ba, "nextnonce=\"e"_ba, "=, nextnonce=e"_ba})
        authorization->takeNextNonce({{"Authentication-Info", info}});
    authorization->takeNextNonce({{"Authorization-Info", "nextnonce=e"}});
    QCOMPARE(sent(&*authorization), "c,d 3"_ba);
    WsAuthorization basic;
    basic.takeNextNonce({{"Authentication-Info", "nextnonce=e"}});
    QCOMPARE(basic.header({u"u"_s, u"p"_s}, "/"), "Basic dTpw"_ba);
}

void TestWsAuthentication::clientNoncesAreNew()
{
    const QByteArray one = WsAuthorization::newClientNonce();
    QCOMPARE(one.size(), 32);
    QVERIFY(one != WsAuthorization::newClientNonce());
}

void TestWsAuthentication::schemesAreNamedInShort()
{
    QCOMPARE(wsQuotedSchemes(parsed("Bearer realm=x, Negotiate, Bearer realm=y")),
             u"\"Bearer\", \"Negotiate\""_s);
    QByteArray many;
    for (int i = 0; i < 20; ++i)
        many += "S" + QByteArray::number(i) + QByteArray(1000, 'x') + ',';
    QVERIFY(wsQuotedSchemes(parsed(many)).size() < 1000);
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsAuthentication)

#include "tst_wsauthentication.moc"
