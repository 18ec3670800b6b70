// SPDX-License-Identifier: MIT

// The small classes: QWebSocketCorsAuthenticator, QWebSocketHandshakeOptions, QMaskGenerator and
// QWebSocketProtocol.

#include "compattesting.h"

#include <QtTest/qtest.h>
#include <QtWebSockets/QMaskGenerator>
#include <QtWebSockets/QWebSocketCorsAuthenticator>
#include <QtWebSockets/QWebSocketHandshakeOptions>
#include <QtWebSockets/QWebSocketProtocol>

#include <utility>

using namespace CompatTesting;

namespace {
class Masks : public QMaskGenerator
{
public:
    explicit Masks(QObject *parent = nullptr) : QMaskGenerator(parent) { }

    bool seed() override { return true; }
    quint32 nextMask() override { return ++count; }

    quint32 count = 0;
};
} // namespace

class TestValues : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void authenticatorAllowsItsOrigin();
    void authenticatorsAreCopied();
    void authenticatorsAreMoved();
    void authenticatorsAreSwapped();
    void optionsAreEmptyAtFirst();
    void optionsHaveSubprotocols();
    void optionsWithoutDuplicatesOrOrder();
    void optionsAreCopied();
    void optionsAreMoved();
    void optionsAreSwapped();
    void optionsAreCompared();
    void maskGeneratorIsAnObject();
    void socketKeepsAMaskGenerator();
    void closeCodesAreThoseOfTheProtocol_data();
    void closeCodesAreThoseOfTheProtocol();
    void versionsAreThoseOfTheDrafts();
};

void TestValues::authenticatorAllowsItsOrigin()
{
    QWebSocketCorsAuthenticator authenticator(u"http://example.com"_s);
    QCOMPARE(authenticator.origin(), u"http://example.com"_s);
    QVERIFY(authenticator.allowed());
    authenticator.setAllowed(false);
    QVERIFY(!authenticator.allowed());
    authenticator.setAllowed(true);
    QVERIFY(authenticator.allowed());
    QCOMPARE(authenticator.origin(), u"http://example.com"_s);
}

void TestValues::authenticatorsAreCopied()
{
    QWebSocketCorsAuthenticator authenticator(u"a"_s);
    authenticator.setAllowed(false);
    QWebSocketCorsAuthenticator copy(authenticator);
    QCOMPARE(copy.origin(), u"a"_s);
    QVERIFY(!copy.allowed());
    copy.setAllowed(true);
    QVERIFY(!authenticator.allowed());
    QWebSocketCorsAuthenticator other(u"b"_s);
    other = authenticator;
    QCOMPARE(other.origin(), u"a"_s);
    QVERIFY(!other.allowed());
    authenticator.setAllowed(true);
    QVERIFY(!other.allowed());
    const QWebSocketCorsAuthenticator &same = other;
    other = same;
    QCOMPARE(other.origin(), u"a"_s);
}

void TestValues::authenticatorsAreMoved()
{
    QWebSocketCorsAuthenticator authenticator(u"a"_s);
    authenticator.setAllowed(false);
    QWebSocketCorsAuthenticator moved(std::move(authenticator));
    QCOMPARE(moved.origin(), u"a"_s);
    QVERIFY(!moved.allowed());
    QWebSocketCorsAuthenticator other(u"b"_s);
    other = std::move(moved);
    QCOMPARE(other.origin(), u"a"_s);
    QVERIFY(!other.allowed());
}

void TestValues::authenticatorsAreSwapped()
{
    QWebSocketCorsAuthenticator first(u"a"_s);
    QWebSocketCorsAuthenticator second(u"b"_s);
    second.setAllowed(false);
    first.swap(second);
    QCOMPARE(first.origin(), u"b"_s);
    QVERIFY(!first.allowed());
    QCOMPARE(second.origin(), u"a"_s);
    QVERIFY(second.allowed());
}

void TestValues::optionsAreEmptyAtFirst()
{
    const QWebSocketHandshakeOptions options;
    QCOMPARE(options.subprotocols(), QStringList());
}

void TestValues::optionsHaveSubprotocols()
{
    QWebSocketHandshakeOptions options;
    options.setSubprotocols({u"one"_s, u"two"_s});
    QCOMPARE(options.subprotocols(), QStringList({u"one"_s, u"two"_s}));
    options.setSubprotocols({});
    QCOMPARE(options.subprotocols(), QStringList());
}

void TestValues::optionsWithoutDuplicatesOrOrder()
{
    QWebSocketHandshakeOptions options;
    const QStringList any = {u"two"_s, u"one"_s, u"two"_s, QString(), u"not a token"_s};
    options.setSubprotocols(any);
    QCOMPARE(options.subprotocols(), any);
}

void TestValues::optionsAreCopied()
{
    QWebSocketHandshakeOptions options;
    options.setSubprotocols({u"one"_s});
    const QWebSocketHandshakeOptions copy(options);
    options.setSubprotocols({u"two"_s});
    QCOMPARE(copy.subprotocols(), QStringList(u"one"_s));
    options = copy;
    QCOMPARE(options.subprotocols(), QStringList(u"one"_s));
    QWebSocketHandshakeOptions assigned;
    assigned = copy;
    assigned.setSubprotocols({});
    QCOMPARE(copy.subprotocols(), QStringList(u"one"_s));
}

void TestValues::optionsAreMoved()
{
    QWebSocketHandshakeOptions options;
    options.setSubprotocols({u"one"_s});
    QWebSocketHandshakeOptions moved(std::move(options));
    QCOMPARE(moved.subprotocols(), QStringList(u"one"_s));
    QWebSocketHandshakeOptions assigned;
    assigned = std::move(moved);
    QCOMPARE(assigned.subprotocols(), QStringList(u"one"_s));
    options = assigned; // what was moved from can be assigned to
    QCOMPARE(options.subprotocols(), QStringList(u"one"_s));
}

void TestValues::optionsAreSwapped()
{
    QWebSocketHandshakeOptions first;
    first.setSubprotocols({u"one"_s});
    QWebSocketHandshakeOptions second;
    first.swap(second);
    QCOMPARE(first.subprotocols(), QStringList());
    QCOMPARE(second.subprotocols(), QStringList(u"one"_s));
}

void TestValues::optionsAreCompared()
{
    QWebSocketHandshakeOptions first;
    QWebSocketHandshakeOptions second;
    QVERIFY(first == second);
    QVERIFY(!(first != second));
    first.setSubprotocols({u"one"_s});
    QVERIFY(first != second);
    QVERIFY(!(first == second));
    second.setSubprotocols({u"one"_s});
    QVERIFY(first == second);
}

void TestValues::maskGeneratorIsAnObject()
{
    QObject parent;
    auto *const masks = new Masks(&parent);
    QCOMPARE(masks->parent(), &parent);
    QMaskGenerator &base = *masks;
    QVERIFY(base.seed());
    QCOMPARE(base.nextMask(), 1U);
    QCOMPARE(base.nextMask(), 2U);
}

void TestValues::socketKeepsAMaskGenerator()
{
    Masks masks;
    QWebSocket socket;
    QVERIFY(socket.maskGenerator());
    socket.setMaskGenerator(&masks);
    QCOMPARE(socket.maskGenerator(), &masks);
    socket.setMaskGenerator(nullptr);
    QVERIFY(socket.maskGenerator());
    QCOMPARE_NE(socket.maskGenerator(), &masks);
}

void TestValues::closeCodesAreThoseOfTheProtocol_data()
{
    QTest::addColumn<int>("code");
    QTest::addColumn<int>("expected");
    const auto row = [](const char *name, QWebSocketProtocol::CloseCode code, int expected) {
        QTest::newRow(name) << int(code) << expected;
    };
    row("Normal", QWebSocketProtocol::CloseCodeNormal, 1000);
    row("GoingAway", QWebSocketProtocol::CloseCodeGoingAway, 1001);
    row("ProtocolError", QWebSocketProtocol::CloseCodeProtocolError, 1002);
    row("DatatypeNotSupported", QWebSocketProtocol::CloseCodeDatatypeNotSupported, 1003);
    row("Reserved1004", QWebSocketProtocol::CloseCodeReserved1004, 1004);
    row("MissingStatusCode", QWebSocketProtocol::CloseCodeMissingStatusCode, 1005);
    row("AbnormalDisconnection", QWebSocketProtocol::CloseCodeAbnormalDisconnection, 1006);
    row("WrongDatatype", QWebSocketProtocol::CloseCodeWrongDatatype, 1007);
    row("PolicyViolated", QWebSocketProtocol::CloseCodePolicyViolated, 1008);
    row("TooMuchData", QWebSocketProtocol::CloseCodeTooMuchData, 1009);
    row("MissingExtension", QWebSocketProtocol::CloseCodeMissingExtension, 1010);
    row("BadOperation", QWebSocketProtocol::CloseCodeBadOperation, 1011);
    row("TlsHandshakeFailed", QWebSocketProtocol::CloseCodeTlsHandshakeFailed, 1015);
}

void TestValues::closeCodesAreThoseOfTheProtocol()
{
    QFETCH(const int, code);
    QTEST(code, "expected");
}

void TestValues::versionsAreThoseOfTheDrafts()
{
    using namespace QWebSocketProtocol;
    QCOMPARE(
        (QList<int>{VersionUnknown, Version0, Version4, Version5, Version6, Version7, Version8, Version13}),
        (QList<int>{-1, 0, 4, 5, 6, 7, 8, 13}));
    QCOMPARE(VersionLatest, Version13);
}

QTEST_GUILESS_MAIN(TestValues)
#include "tst_qwebsocketvalues.moc"
