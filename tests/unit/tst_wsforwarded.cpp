// SPDX-License-Identifier: MIT

// Whom the headers of a trusted proxy name.

#include "protocol/wsforwarded.h"

#include "../testprogram.h"

#include <QtCore/qrandom.h>
#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;

namespace {
// 10.0.0.1 to 10.0.0.9, and fd00::1.
bool isTrusted(QByteArrayView address)
{
    return (address.startsWith("10.0.0.") && address.size() == 8) || address == "fd00::1";
}

// Lines of "Name: value".
WsHeaders headersOf(const QByteArray &lines)
{
    WsHeaders headers;
    for (const QByteArray &line : lines.split('\n')) {
        const qsizetype colon = line.indexOf(": ");
        if (colon > 0)
            headers.append({line.first(colon), line.sliced(colon + 2)});
    }
    return headers;
}

QString told(const WsForwarded &forwarded)
{
    if (!forwarded.problem.isEmpty())
        return forwarded.problem;
    QString text = !forwarded.namesClient        ? u"the proxy"_s
                   : forwarded.address.isEmpty() ? u"unknown"_s
                                                 : QString::fromLatin1(forwarded.address);
    if (forwarded.port > 0)
        text += u" port %1"_s.arg(forwarded.port);
    if (forwarded.isEncrypted)
        text += *forwarded.isEncrypted ? u", TLS"_s : u", plain"_s;
    if (!forwarded.host.isEmpty())
        text += u", to "_s + QString::fromLatin1(forwarded.host);
    return text;
}

QString notUnderstood(const char *header, const char *value)
{
    return u"the header %1 of a trusted proxy cannot be understood: \"%2\""_s.arg(QString::fromLatin1(header),
                                                                                  QString::fromLatin1(value));
}
} // namespace

class TestWsForwarded : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void clientIsNamed_data();
    void clientIsNamed();
    void whatCannotBeUnderstoodIsToldAndNotUsed_data();
    void whatCannotBeUnderstoodIsToldAndNotUsed();
    void twoKindsOfHeadersMustAgree_data();
    void twoKindsOfHeadersMustAgree();
    void changedHeaderNamesNobodyElseThanAnAddress();
};

void TestWsForwarded::clientIsNamed_data()
{
    QTest::addColumn<QByteArray>("headers");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char *name, const char *headers, const char *expected) {
        QTest::newRow(name) << QByteArray(headers) << QString::fromLatin1(expected);
    };
    row("nothing", "Host: a", "the proxy");
    row("Forwarded", "Forwarded: for=203.0.113.7", "203.0.113.7");
    row("all of it", "forwarded: For=203.0.113.7;Proto=HTTPS;Host=chat.example.com:8443;by=10.0.0.1",
        "203.0.113.7, TLS, to chat.example.com:8443");
    row("plain", "Forwarded: for=203.0.113.7;proto=http", "203.0.113.7, plain");
    row("ws", "Forwarded: for=203.0.113.7;proto=ws", "203.0.113.7, plain");
    row("wss", "Forwarded: for=203.0.113.7;proto=wss", "203.0.113.7, TLS");
    row("quoted", "Forwarded: for=\"203.0.113.7:4711\";proto=\"ht\\tps\"", "203.0.113.7 port 4711, TLS");
    row("IPv6", "Forwarded: for=\"[2001:DB8:0::7]\"", "2001:db8::7");
    row("IPv6 with a port", "Forwarded: for=\"[2001:db8::7]:47011\"", "2001:db8::7 port 47011");
    row("without the quotes", "Forwarded: for=[2001:db8::7]:47011", "2001:db8::7 port 47011");
    row("hidden port", "Forwarded: for=\"203.0.113.7:_gazonk\"", "203.0.113.7");
    row("unknown", "Forwarded: for=unknown;proto=https", "unknown, TLS");
    row("hidden", "Forwarded: for=_SEVKISEK", "unknown");
    row("hidden, with a port", "Forwarded: for=\"_hidden:80\"", "unknown port 80");
    row("protocol alone", "Forwarded: proto=https", "the proxy, TLS");
    row("spaces", "Forwarded: for=203.0.113.7 ; proto=https , for=10.0.0.2", "203.0.113.7, TLS");
    row("empty parts", "Forwarded: ,;for=203.0.113.7;;,", "203.0.113.7");
    row("other parameters", "Forwarded: for=203.0.113.7;secret=\"a,b;c=d\"", "203.0.113.7");
    row("last of several", "Forwarded: for=192.0.2.1, for=203.0.113.7", "203.0.113.7");
    row("last of several lines", "Forwarded: for=192.0.2.1\nForwarded: for=203.0.113.7", "203.0.113.7");
    row("behind a trusted one",
        "Forwarded: for=192.0.2.1, for=203.0.113.7;proto=https;host=a, for=10.0.0.2;proto=http;host=b",
        "203.0.113.7, TLS, to a");
    row("behind two trusted ones", "Forwarded: for=203.0.113.7\nForwarded: for=\"[fd00::1]\", for=10.0.0.2",
        "203.0.113.7");
    row("all trusted", "Forwarded: for=10.0.0.3;proto=https, for=10.0.0.2", "10.0.0.3, TLS");
    row("trusted one that does not say", "Forwarded: for=203.0.113.7, proto=https, for=10.0.0.2",
        "unknown, TLS");
    row("nonsense of the client", "Forwarded: for=\"\nForwarded: for=203.0.113.7", "203.0.113.7");
    row("nonsense of the client in the line", "Forwarded: for=nonsense;proto=x, for=203.0.113.7",
        "203.0.113.7");

    row("X-Forwarded-For", "X-Forwarded-For: 203.0.113.7", "203.0.113.7");
    row("X with a port", "x-forwarded-for: 203.0.113.7:4711", "203.0.113.7 port 4711");
    row("X IPv6", "X-Forwarded-For: 2001:DB8::7", "2001:db8::7");
    row("X IPv6 with a port", "X-Forwarded-For: [2001:db8::7]:47011", "2001:db8::7 port 47011");
    row("X mapped", "X-Forwarded-For: ::ffff:203.0.113.7", "::ffff:cb00:7107");
    row("X unknown", "X-Forwarded-For: unknown", "unknown");
    row("X empty", "X-Forwarded-For: ", "the proxy");
    row("X all", "X-Forwarded-For: 203.0.113.7\nX-Forwarded-Proto: https\nX-Forwarded-Host: chat.example.com",
        "203.0.113.7, TLS, to chat.example.com");
    row("X last", "X-Forwarded-For: 192.0.2.1, 203.0.113.7", "203.0.113.7");
    row("X last line", "X-Forwarded-For: 192.0.2.1\nX-Forwarded-For: 203.0.113.7", "203.0.113.7");
    row("X behind trusted ones", "X-Forwarded-For: 192.0.2.1, 203.0.113.7, fd00::1, 10.0.0.2", "203.0.113.7");
    row("X all trusted", "X-Forwarded-For: 10.0.0.3, 10.0.0.2", "10.0.0.3");
    row("X nonsense of the client", "X-Forwarded-For: nonsense, 203.0.113.7", "203.0.113.7");
    row("X protocol alone", "X-Forwarded-Proto: https", "the proxy, TLS");
    row("X protocol of each", "X-Forwarded-For: 203.0.113.7, 10.0.0.2\nX-Forwarded-Proto: https, http",
        "203.0.113.7, TLS");
    row("X protocol of the first one alone",
        "X-Forwarded-For: 203.0.113.7, 10.0.0.2\nX-Forwarded-Proto: https", "203.0.113.7, TLS");
    row("X protocol that the client has added",
        "X-Forwarded-For: 203.0.113.7\nX-Forwarded-Proto: https, http", "203.0.113.7, plain");
    row("X host of each", "X-Forwarded-For: 203.0.113.7, 10.0.0.2\nX-Forwarded-Host: evil, a, b",
        "203.0.113.7, to a");
}

void TestWsForwarded::clientIsNamed()
{
    QFETCH(const QByteArray, headers);
    QTEST(told(wsReadForwarded(headersOf(headers), isTrusted)), "expected");
}

void TestWsForwarded::whatCannotBeUnderstoodIsToldAndNotUsed_data()
{
    QTest::addColumn<QByteArray>("headers");
    QTest::addColumn<QString>("problem");
    const auto row = [](const char *header, const char *value, const char *part = nullptr) {
        QTest::addRow("%s: %s", header, value)
            << QByteArray(header) + ": " + value << notUnderstood(header, part ? part : value);
    };
    row("Forwarded", "for");
    row("Forwarded", "for=");
    row("Forwarded", "=a");
    row("Forwarded", "for=203.0.113.7 proto=https");
    row("Forwarded", "for=203.0.113.7;for=203.0.113.8");
    row("Forwarded", "for=203.0.113.7;proto=http;proto=https");
    row("Forwarded", "for =203.0.113.7");
    row("Forwarded", "for=203.0.113", "203.0.113");
    row("Forwarded", "for=203.0.113.7:65536", "203.0.113.7:65536");
    row("Forwarded", "for=203.0.113.7:", "203.0.113.7:");
    row("Forwarded", "for=localhost", "localhost");
    row("Forwarded", "for=_", "_");
    row("Forwarded", "for=\"[fe80::1%eth0]\"", "[fe80::1%eth0]");
    row("Forwarded", "for=\"[203.0.113.7]\"", "[203.0.113.7]");
    row("Forwarded", "for=203.0.113.7;proto=gopher", "gopher");
    row("Forwarded", "for=203.0.113.7;host=\"a b\"", "a b");
    row("X-Forwarded-For", "nonsense");
    row("X-Forwarded-For", "203.0.113.7, nonsense", "nonsense");
    row("X-Forwarded-For", "nonsense, 10.0.0.2", "nonsense");
    row("X-Forwarded-For", "203.0.113.7 203.0.113.8");
    row("X-Forwarded-For", "10");
    row("X-Forwarded-Proto", "gopher");
    row("X-Forwarded-Host", "a/b");
    // A string that the client has begun includes what the proxy has appended.
    QTest::newRow("open string")
        << "Forwarded: for=\"x, for=203.0.113.7"_ba
        << u"the header Forwarded of a trusted proxy cannot be understood: \"for=\"x, for=203.0.113.7\""_s;
    QTest::newRow("open string that ends with a backslash")
        << "Forwarded: for=\"203.0.113.7\\"_ba
        << u"the header Forwarded of a trusted proxy cannot be understood: \"for=\"203.0.113.7\\\""_s;
}

void TestWsForwarded::whatCannotBeUnderstoodIsToldAndNotUsed()
{
    QFETCH(const QByteArray, headers);
    const WsForwarded forwarded = wsReadForwarded(headersOf(headers), isTrusted);
    QTEST(forwarded.problem, "problem");
}

void TestWsForwarded::twoKindsOfHeadersMustAgree_data()
{
    QTest::addColumn<QByteArray>("headers");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char *name, const char *headers, const QString &expected) {
        QTest::newRow(name) << QByteArray(headers) << expected;
    };
    const auto differs = [](const char *what) {
        return u"the headers Forwarded and X-Forwarded-%1 of a trusted proxy contradict each other: the "
               u"proxy must "
               "remove the one that it does not set itself"_s.arg(QString::fromLatin1(what));
    };
    row("the same",
        "Forwarded: for=203.0.113.7;proto=https\nX-Forwarded-For: 203.0.113.7\nX-Forwarded-Proto: https",
        u"203.0.113.7, TLS"_s);
    row("the same, written differently", "Forwarded: for=\"[2001:db8:0::7]\"\nX-Forwarded-For: 2001:DB8::7",
        u"2001:db8::7"_s);
    row("other client", "Forwarded: for=192.0.2.66\nX-Forwarded-For: 203.0.113.7", differs("For"));
    row("client hidden in one", "Forwarded: for=unknown\nX-Forwarded-For: 203.0.113.7", differs("For"));
    row("other protocol",
        "Forwarded: for=203.0.113.7;proto=https\nX-Forwarded-For: 203.0.113.7\nX-Forwarded-Proto: http",
        differs("Proto"));
    row("other host", "Forwarded: for=203.0.113.7;host=a\nX-Forwarded-Host: b", differs("Host"));
    row("the same host", "Forwarded: for=203.0.113.7;host=a.example\nX-Forwarded-Host: A.Example",
        u"203.0.113.7, to a.example"_s);
    row("what only one has", "Forwarded: proto=https\nX-Forwarded-For: 203.0.113.7\nX-Forwarded-Host: a",
        u"203.0.113.7, TLS, to a"_s);
}

void TestWsForwarded::twoKindsOfHeadersMustAgree()
{
    QFETCH(const QByteArray, headers);
    QTEST(told(wsReadForwarded(headersOf(headers), isTrusted)), "expected");
}

void TestWsForwarded::changedHeaderNamesNobodyElseThanAnAddress()
{
    QRandomGenerator random(7239);
    const QByteArray whole =
        "for=192.0.2.1;proto=http, For=\"[2001:db8::7]:47011\";proto=https;host=a;by=_b, for=10.0.0.2";
    const QByteArray alphabet = "\"\\,;=[]:. fo1_%\t";
    for (int round = 0; round < 20000; ++round) {
        QByteArray value = whole;
        for (int changes = random.bounded(1, 5); changes > 0; --changes)
            value[random.bounded(int(value.size()))] = alphabet[random.bounded(int(alphabet.size()))];
        for (const char *name : {"Forwarded", "X-Forwarded-For"}) {
            const WsForwarded forwarded = wsReadForwarded({{name, value}}, isTrusted);
            const bool isUsable = forwarded.problem.isEmpty();
            QVERIFY(!isUsable || forwarded.namesClient || forwarded.address.isEmpty());
            for (const char c : forwarded.address)
                QVERIFY(QByteArrayView("0123456789abcdef.:").contains(c));
        }
    }
}

WSKIT_APPLESS_TEST(TestWsForwarded)
#include "tst_wsforwarded.moc"
