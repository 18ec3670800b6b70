// SPDX-License-Identifier: MIT
#include "net/socket/wslocalconnecting.h"

#include "../busylocalserver.h"
#include "connectiontesting.h"

#include <QtTest/qtest.h>

#include <memory>
#include <optional>

using namespace ConnectionTesting;

namespace {
struct Waiting final : WsConnecting::Owner
{
    explicit Waiting(const QString &path) : connecting(std::make_unique<WsLocalConnecting>(this, path)) { }

    void onResolved() override { }
    void onWon(qintptr descriptor) override
    {
        hasWon = ::close(int(descriptor)) == 0;
        connecting.reset();
    }
    void onLost(const WsError &lost) override
    {
        error = lost;
        connecting.reset();
    }

    std::unique_ptr<WsLocalConnecting> connecting;
    bool hasWon = false;
    std::optional<WsError> error;
};
} // namespace

// What tst_localsockets cannot show: when a client looks again whether a server has room.
class TestWsLocalConnecting : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void pausesGrow();
    void serverThatIsGoneMeanwhileIsAnError();
};

void TestWsLocalConnecting::pausesGrow()
{
    const BusyLocalServer busy;
    if (!busy.isFull())
        QSKIP("the system refuses clients instead");
    const FakeClock clock;
    Waiting waiting(busy.path());
    waiting.connecting->start();
    settle();
    for (const std::chrono::milliseconds pause : {10ms, 20ms, 40ms, 80ms, 160ms, 160ms}) {
        QVERIFY(waiting.connecting);
        QVERIFY(waiting.connecting->scheduledCheck() - FakeClock::now() == pause);
        pass(pause);
    }
    busy.takeAll();
    QVERIFY(!waiting.hasWon);
    pass(160ms);
    QVERIFY(waiting.hasWon);
}

void TestWsLocalConnecting::serverThatIsGoneMeanwhileIsAnError()
{
    auto busy = std::make_unique<BusyLocalServer>();
    if (!busy->isFull())
        QSKIP("the system refuses clients instead");
    const FakeClock clock;
    Waiting waiting(busy->path());
    waiting.connecting->start();
    settle();
    QVERIFY(waiting.connecting);
    busy.reset();
    pass(10ms);
    QVERIFY(waiting.error);
    QVERIFY2(waiting.error->text().endsWith(u": there is none"), qPrintable(waiting.error->text()));
}

#include "../testprogram.h"
WSKIT_TEST(TestWsLocalConnecting)
#include "tst_wslocalconnecting.moc"
