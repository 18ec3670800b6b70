// SPDX-License-Identifier: MIT
#include "net/socket/wslingeringdevice.h"

#include "devicepair.h"

#include "../patience.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qthread.h>
#include <QtCore/qtimer.h>
#include <QtNetwork/qtcpserver.h>
#include <QtNetwork/qtcpsocket.h>
#include <QtTest/qtest.h>

using namespace std::chrono_literals;

namespace {
constexpr qint64 MiB = 1024 * 1024;
constexpr std::chrono::hours Long{1};

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
    // The timer that cuts it, whose time the test makes come.
    QTimer *timer() const { return device ? device->parent()->findChild<QTimer *>() : nullptr; }
    void letTimeRunOut() const { QMetaObject::invokeMethod(timer(), "timeout"); }

    void takeSome(qint64 size)
    {
        if (auto *const socket = qobject_cast<QTcpSocket *>(otherDevice))
            socket->setReadBufferSize(size);
        else
            otherEnd.setCapacity(size);
        received += otherDevice->read(size).size();
    }
    void takeAll() { takeSome(2 * Size); }

    static constexpr qint64 Size = 32 * MiB;
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
    void endOfTheOtherEndEndsIt_data() { addDevices(); }
    void endOfTheOtherEndEndsIt();
    void noTimeoutIsTheDefaultOne();
    void goesWithItsThread();
};

void TestWsLingeringDevice::isDeletedWhenAllIsSent()
{
    QFETCH(const bool, isSocket);
    Lingering lingering(isSocket);
    QVERIFY(lingering.isValid);
    lingering.linger(Long);
    QVERIFY(!lingering.place.expired());
    WS_TRY_VERIFY((lingering.takeAll(), lingering.received == Lingering::Size));
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
    lingering.letTimeRunOut();
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
    QTimer *const timer = lingering.timer();
    QVERIFY(timer->isActive());
    QVERIFY(timer->isSingleShot());
    QCOMPARE(timer->intervalAsDuration(), std::chrono::milliseconds(Long));
    timer->stop(); // so that it is seen when it starts
    WS_TRY_VERIFY((lingering.takeSome(MiB), timer->isActive()));
    QVERIFY(!lingering.place.expired());
    QVERIFY(lingering.device->bytesToWrite() > 0);
    QCOMPARE(timer->intervalAsDuration(), std::chrono::milliseconds(Long));
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
    QCOMPARE(lingering.timer()->intervalAsDuration(), 5s);
    lingering.letTimeRunOut();
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
