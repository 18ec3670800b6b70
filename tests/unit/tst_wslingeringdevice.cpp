// SPDX-License-Identifier: MIT
#include "net/socket/wslingeringdevice.h"

#include "net/socket/wssystemqueue.h"

#include "devicepair.h"
#include "fakeclock.h"

#include "../patience.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qthread.h>
#include <QtCore/qtimer.h>
#include <QtNetwork/qtcpserver.h>
#include <QtNetwork/qtcpsocket.h>
#include <QtTest/qtest.h>

#include <algorithm>

using namespace std::chrono_literals;

namespace {
constexpr qint64 MiB = 1024 * 1024;
constexpr std::chrono::minutes Long{60};

// A device that is closing with something unsent, as a transport hands it on, and the other end.
struct Lingering
{
    explicit Lingering(bool isSocket) : otherDevice(isSocket ? closeSocket() : closeDevice()) { }

    QIODevice *closeSocket()
    {
        auto *const socket = new QTcpSocket;
        device = socket;
        server.listen(QHostAddress::LocalHost);
        socket->connectToHost(QHostAddress::LocalHost, server.serverPort());
        isValid = socket->waitForConnected(Patient::Patience) && server.waitForNewConnection(Patient::Patience);
        QTcpSocket *const other = server.nextPendingConnection();
        other->setReadBufferSize(1);
        other->setSocketOption(QAbstractSocket::ReceiveBufferSizeSocketOption, 64 * 1024); // it stays so small
        socket->write(QByteArray(Size, 'x'));
        socket->disconnectFromHost();
        isValid = isValid && socket->state() == QAbstractSocket::ClosingState;
        return other;
    }
    QIODevice *closeDevice()
    {
        auto *const end = new DeviceEnd;
        device = end;
        DeviceEnd::connectEnds(end, &otherEnd);
        otherEnd.setCapacity(0);
        end->write(QByteArray(Size, 'x'));
        isValid = end->bytesToWrite() > 0;
        return &otherEnd;
    }

    void linger(std::chrono::milliseconds timeout)
    {
        auto counted = std::make_shared<int>(1);
        place = counted;
        wsLinger(device, timeout, std::move(counted));
    }
    // The timer that looks at it, whose time the test makes come.
    QTimer *timer() const { return device ? device->parent()->findChild<QTimer *>() : nullptr; }
    void pass(std::chrono::milliseconds time) const
    {
        FakeClock::pass(time);
        QMetaObject::invokeMethod(timer(), "timeout");
    }
    // What the other end has not taken, as far as anybody here knows.
    qint64 waiting() const
    {
        const auto *const socket = qobject_cast<QTcpSocket *>(device.get());
        return device->bytesToWrite() + (socket ? wsSystemQueueSize(wsDescriptorOf(*socket)) : 0);
    }

    void takeSome(qint64 size)
    {
        if (auto *const socket = qobject_cast<QTcpSocket *>(otherDevice))
            socket->setReadBufferSize(size);
        else
            otherEnd.setCapacity(size);
        received += otherDevice->read(std::min(size, MiB)).size(); // it allocates what it may read
    }
    bool takeAll()
    {
        takeSome(2 * Size);
        return received == Size;
    }

    static constexpr qint64 Size = 32 * MiB;
    FakeClock clock;
    bool isValid = false;
    qint64 received = 0;
    QTcpServer server;
    DeviceEnd otherEnd;
    QPointer<QIODevice> device;
    QIODevice *otherDevice; // made after the rest, with what is above
    std::weak_ptr<void> place;
};

void addDevices()
{
    QTest::addColumn<bool>("isSocket");
    QTest::newRow("socket") << true;
    QTest::newRow("device") << false;
}
} // namespace

class TestWsLingeringDevice : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void isDeletedWhenAllIsSent_data() { addDevices(); }
    void isDeletedWhenAllIsSent();
    void isCutWhenNothingMoves_data() { addDevices(); }
    void isCutWhenNothingMoves();
    void timeoutStartsAnewWhileItMoves_data() { addDevices(); }
    void timeoutStartsAnewWhileItMoves();
    void isCutWhenTooLittleMoves();
    void endOfTheOtherEndEndsIt_data() { addDevices(); }
    void endOfTheOtherEndEndsIt();
    void noTimeoutIsTheDefaultOne();
    void timeThatPassesMeanwhileEndsNoWatch();
    void goesWithItsThread();
};

void TestWsLingeringDevice::isDeletedWhenAllIsSent()
{
    QFETCH(const bool, isSocket);
    Lingering lingering(isSocket);
    QVERIFY(lingering.isValid);
    lingering.linger(Long);
    QVERIFY(!lingering.place.expired());
    QVERIFY(Patient::waitWhileItMoves([&] { return lingering.takeAll(); },
                                      [&] { return lingering.received; }));
    WS_TRY_VERIFY(!lingering.device);
    QVERIFY(lingering.place.expired());
}

void TestWsLingeringDevice::isCutWhenNothingMoves()
{
    QFETCH(const bool, isSocket);
    Lingering lingering(isSocket);
    QVERIFY(lingering.isValid);
    lingering.linger(Long);
    QCoreApplication::processEvents();
    QVERIFY(!lingering.place.expired());
    // The systems' buffers take a part at first.
    for (int i = 0; i < 20 && !lingering.place.expired(); ++i)
        lingering.pass(Long / 4);
    QVERIFY(lingering.place.expired());
    QVERIFY(!lingering.device->isOpen());
    WS_TRY_VERIFY(!lingering.device);
}

void TestWsLingeringDevice::timeoutStartsAnewWhileItMoves()
{
    QFETCH(const bool, isSocket);
    Lingering lingering(isSocket);
    QVERIFY(lingering.isValid);
    lingering.linger(Long);
    for (int i = 0; i < 6; ++i) {
        const qint64 before = lingering.waiting();
        WS_TRY_VERIFY((lingering.takeSome(MiB), lingering.waiting() <= before - MiB));
        lingering.pass(Long / 4);
        QVERIFY(!lingering.place.expired());
    }
    QVERIFY(lingering.waiting() > 0);
}

void TestWsLingeringDevice::isCutWhenTooLittleMoves()
{
    Lingering lingering(false);
    QVERIFY(lingering.isValid);
    lingering.linger(10s);
    int looks = 0;
    for (; !lingering.place.expired() && looks < 100; ++looks) {
        lingering.takeSome(1);
        QCoreApplication::processEvents();
        lingering.pass(2500ms);
    }
    QCOMPARE(looks, 4); // a byte each time is progress, but does not buy a second
    QVERIFY(lingering.received > 0);
}

void TestWsLingeringDevice::endOfTheOtherEndEndsIt()
{
    QFETCH(const bool, isSocket);
    Lingering lingering(isSocket);
    QVERIFY(lingering.isValid);
    lingering.linger(Long);
    if (auto *const socket = qobject_cast<QTcpSocket *>(lingering.otherDevice))
        socket->abort();
    else
        lingering.otherDevice->close();
    WS_TRY_VERIFY(!lingering.device);
    QVERIFY(lingering.place.expired());
}

void TestWsLingeringDevice::noTimeoutIsTheDefaultOne()
{
    Lingering lingering(false);
    lingering.linger(0ms);
    for (int i = 1; i < 4; ++i) {
        lingering.pass(2500ms);
        QVERIFY(!lingering.place.expired());
    }
    lingering.pass(2500ms);
    QVERIFY(lingering.place.expired());
}

// The timer may be early by less than the time until the thread goes on.
void TestWsLingeringDevice::timeThatPassesMeanwhileEndsNoWatch()
{
    Lingering lingering(false);
    lingering.linger(4s); // and is looked at every second
    FakeClock::setStep(2ms);
    lingering.pass(1s - 3ms);
    QVERIFY(!lingering.place.expired());
    QCOMPARE_GE(lingering.timer()->remainingTime(), 0);
}

void TestWsLingeringDevice::goesWithItsThread()
{
    QPointer<DeviceEnd> device;
    std::weak_ptr<int> place;
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        device = new DeviceEnd;
        auto counted = std::make_shared<int>(1);
        place = counted;
        wsLinger(device, 1ms, std::move(counted)); // and no event loop ever runs
    }));
    thread->start();
    QVERIFY(thread->wait());
    QVERIFY(!device);
    QVERIFY(place.expired());
}

#include "../testprogram.h"
WSKIT_TEST(TestWsLingeringDevice)
#include "tst_wslingeringdevice.moc"
