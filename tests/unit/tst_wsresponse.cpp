// SPDX-License-Identifier: MIT
#include "heldmemory.h"

#include <WsKit/WsResponse>

#include <QtTest/QtTest>

using namespace Qt::StringLiterals;

class tst_WsResponse : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void isNoAnswerByDefault();
    void isMadeOfStatusBodyAndHeaders();
    void acceptHasStatus101();
    void acceptTakesSubprotocolAndHeaders();
    void htmlIsOkWithItsContentType();
    void textIsOkWithItsContentType();
    void notFoundIs404WithAShortText();
    void rejectHasItsStatusAndHeaders();
    void rejectDeclaresItsBodyAsText();
    void rejectKeepsTheContentTypeOfTheCaller();
    void onlyStatus101IsAccept();
    void setterChangesItsProperty();
    void headerIsFoundWhateverItsCase();
    void propertiesAreReadableByName();
    void optionsAreThoseThatWereSet();
    void acceptingNeedsNoMemoryPerConnection();
    void changedAcceptanceChangesNoOther();
};

void tst_WsResponse::isNoAnswerByDefault()
{
    const WsResponse response;
    QCOMPARE(response.status(), 0);
    QVERIFY(response.headers().isEmpty());
    QVERIFY(response.body().isEmpty());
    QVERIFY(response.subprotocol().isEmpty());
    QVERIFY(!response.isAccept());
}

void tst_WsResponse::isMadeOfStatusBodyAndHeaders()
{
    const WsResponse response(418, "teapot", {{"X", "y"}});
    QCOMPARE(response.status(), 418);
    QCOMPARE(response.body(), "teapot"_ba);
    QCOMPARE(response.headers(), (WsHeaders{{"X", "y"}}));
}

void tst_WsResponse::acceptHasStatus101()
{
    const WsResponse response = WsResponse::accept();
    QCOMPARE(response.status(), 101);
    QVERIFY(response.isAccept());
    QVERIFY(response.headers().isEmpty());
    QVERIFY(response.body().isEmpty());
    QVERIFY(response.subprotocol().isEmpty());
}

void tst_WsResponse::acceptTakesSubprotocolAndHeaders()
{
    const WsResponse response = WsResponse::accept(u"chat"_s, {{"Set-Cookie", "a=b"}});
    QVERIFY(response.isAccept());
    QCOMPARE(response.subprotocol(), u"chat"_s);
    QCOMPARE(response.headers(), (WsHeaders{{"Set-Cookie", "a=b"}}));
}

void tst_WsResponse::htmlIsOkWithItsContentType()
{
    const WsResponse response = WsResponse::html("<p>");
    QCOMPARE(response.status(), 200);
    QCOMPARE(response.body(), "<p>"_ba);
    QCOMPARE(response.headers(), (WsHeaders{{"Content-Type", "text/html; charset=utf-8"}}));
}

void tst_WsResponse::textIsOkWithItsContentType()
{
    const WsResponse response = WsResponse::text("a");
    QCOMPARE(response.status(), 200);
    QCOMPARE(response.body(), "a"_ba);
    QCOMPARE(response.headers(), (WsHeaders{{"Content-Type", "text/plain; charset=utf-8"}}));
}

void tst_WsResponse::notFoundIs404WithAShortText()
{
    const WsResponse response = WsResponse::notFound();
    QCOMPARE(response.status(), 404);
    QCOMPARE(response.body(), "Not Found\n"_ba);
    QCOMPARE(response.header("Content-Type"), "text/plain; charset=utf-8"_ba);
}

void tst_WsResponse::rejectHasItsStatusAndHeaders()
{
    const WsResponse response = WsResponse::reject(401, {}, {{"WWW-Authenticate", "Basic"}});
    QCOMPARE(response.status(), 401);
    QVERIFY(!response.isAccept());
    QVERIFY(response.body().isEmpty());
    QCOMPARE(response.headers(), (WsHeaders{{"WWW-Authenticate", "Basic"}}));
}

void tst_WsResponse::rejectDeclaresItsBodyAsText()
{
    const WsResponse response = WsResponse::reject(403, "<b>no</b>", {{"X", "y"}});
    QCOMPARE(response.body(), "<b>no</b>"_ba);
    QCOMPARE(response.headers(), (WsHeaders{{"Content-Type", "text/plain; charset=utf-8"}, {"X", "y"}}));
}

void tst_WsResponse::rejectKeepsTheContentTypeOfTheCaller()
{
    const WsHeaders headers = {{"content-type", "application/json"}};
    QCOMPARE(WsResponse::reject(403, "{}", headers).headers(), headers);
}

void tst_WsResponse::onlyStatus101IsAccept()
{
    QVERIFY(WsResponse(101).isAccept());
    QVERIFY(!WsResponse(100).isAccept());
    QVERIFY(!WsResponse(200).isAccept());
}

void tst_WsResponse::setterChangesItsProperty()
{
    WsResponse response;
    response.setStatus(101);
    response.setHeaders({{"X", "y"}});
    response.setBody("body");
    response.setSubprotocol(u"chat"_s);
    QCOMPARE(response.status(), 101);
    QCOMPARE(response.headers(), (WsHeaders{{"X", "y"}}));
    QCOMPARE(response.body(), "body"_ba);
    QCOMPARE(response.subprotocol(), u"chat"_s);
}

void tst_WsResponse::headerIsFoundWhateverItsCase()
{
    const WsResponse response(200, {}, {{"X-A", "first"}, {"x-a", "second"}, {"X-B", ""}});
    QCOMPARE(response.header("x-A"), "first"_ba);
    QVERIFY(!response.header("X-B").isNull());
    QVERIFY(response.header("X-C").isNull());
}

void tst_WsResponse::propertiesAreReadableByName()
{
    const WsResponse response = WsResponse::accept(u"chat"_s);
    const QMetaObject &meta = WsResponse::staticMetaObject;
    const auto read = [&](const char *name) {
        return meta.property(meta.indexOfProperty(name)).readOnGadget(&response);
    };
    QCOMPARE(read("status").toInt(), 101);
    QCOMPARE(read("subprotocol").toString(), u"chat"_s);
    QCOMPARE(read("body").toByteArray(), QByteArray());
    QCOMPARE(read("headers").value<WsHeaders>(), WsHeaders());
}

void tst_WsResponse::optionsAreThoseThatWereSet()
{
    WsResponse response = WsResponse::accept();
    QVERIFY(!response.options());
    WsOptions options;
    options.setMaxMessageSize(7);
    response.setOptions(options);
    QCOMPARE(response.options()->maxMessageSize(), 7);
    QVERIFY(!WsResponse::accept().options());
}

// Each connection of a server keeps the response that has accepted it.
void tst_WsResponse::acceptingNeedsNoMemoryPerConnection()
{
    if (!HeldMemory::IsAvailable)
        QSKIP("the allocator does not tell");
    QList<WsResponse> responses;
    responses.reserve(1000);
    responses.append(WsResponse::accept());
    const HeldMemory held;
    while (responses.size() < 1000)
        responses.append(WsResponse::accept());
    QCOMPARE(held.growth(), 0);
}

void tst_WsResponse::changedAcceptanceChangesNoOther()
{
    WsResponse changed = WsResponse::accept();
    changed.setUser(u"ann"_s);
    changed.setStatus(404);
    QCOMPARE(WsResponse::accept().user(), QString());
    QCOMPARE(WsResponse::accept().status(), 101);
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(tst_WsResponse)

#include "tst_wsresponse.moc"
