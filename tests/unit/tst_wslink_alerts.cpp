// SPDX-License-Identifier: MIT
#include "connectiontesting.h"

#include <QtNetwork/qsslpresharedkeyauthenticator.h>

using namespace ConnectionTesting;

// With TLS, Qt may read during a write, and so find an alert.
class TestWsLinkAlerts : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void alertDuringAWriteIsReportedAfterIt_data();
    void alertDuringAWriteIsReportedAfterIt();
    void alertOfAnEarlierOpeningIsDropped();
    void keyIsAskedForDuringAnOpeningOnly();
};

namespace {
// An alert in the next write.
void alertWhileWriting(Side &side, bool *isWriting)
{
    side.wire->onWrite = [&side, isWriting] {
        *isWriting = true;
        side.link().onAlert({false, QSsl::AlertLevel::Warning, QSsl::AlertType::CloseNotify, u"close notify"_s});
        *isWriting = false;
    };
}
} // namespace

void TestWsLinkAlerts::alertDuringAWriteIsReportedAfterIt_data()
{
    QTest::addColumn<QString>("action");
    QTest::newRow("to a slot that does nothing") << QString();
    QTest::newRow("to a slot that aborts") << u"abort"_s;
    QTest::newRow("to a slot that deletes the client") << u"delete"_s;
    QTest::newRow("to a slot that opens it again") << u"open"_s;
}

void TestWsLinkAlerts::alertDuringAWriteIsReportedAfterIt()
{
    QFETCH(const QString, action);
    Side side(WsRole::Client);
    QVERIFY(side.open());
    bool isWriting = false;
    int count = 0;
    connect(side.client(), &WsClient::alertReceived, this, [&] {
        QVERIFY(!isWriting);
        ++count;
        if (action == u"abort" || action == u"open")
            side.client()->abort();
        if (action == u"open")
            side.start();
        if (action == u"delete")
            side.remove();
    });
    alertWhileWriting(side, &isWriting);
    side.client()->sendText(u"text"_s);
    settle();
    QCOMPARE(count, 1);
    QCOMPARE(side.connection.isNull(), action == u"delete");
    QCOMPARE(side.openingCount, action == u"open" ? 2 : 1);
}

void TestWsLinkAlerts::alertOfAnEarlierOpeningIsDropped()
{
    Side side(WsRole::Client);
    QVERIFY(side.open());
    bool isWriting = false;
    int count = 0;
    connect(side.client(), &WsClient::alertReceived, this, [&] { ++count; });
    alertWhileWriting(side, &isWriting);
    side.client()->ping(); // is written at once
    side.link().flush();
    side.client()->abort();
    side.start();
    settle();
    QCOMPARE(side.openingCount, 2);
    QCOMPARE(count, 0);
}

// A server could ask an open connection again.
void TestWsLinkAlerts::keyIsAskedForDuringAnOpeningOnly()
{
    Side side(WsRole::Client);
    int count = 0;
    connect(side.client(), &WsClient::preSharedKeyAuthenticationRequired, this, [&] { ++count; });
    side.start();
    side.link().onPreSharedKey(nullptr);
    QCOMPARE(count, 1);
    side.client()->abort();
    QVERIFY(side.open());
    side.link().onPreSharedKey(nullptr);
    QCOMPARE(count, 1);
}

#include "tst_wslink_alerts.moc"

#include "../testprogram.h"

WSKIT_TEST(TestWsLinkAlerts)
