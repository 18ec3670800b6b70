// SPDX-License-Identifier: MIT

#include "net/server/wssystemdsockets.h"

#include <QtCore/qcoreapplication.h>
#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;

// What is wrong with the environment. tst_socketactivation is started by systemd-socket-activate.
class TestWsSystemdSockets : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void wrongEnvironmentIsNamed_data();
    void wrongEnvironmentIsNamed();
    void environmentStaysAsItIs();
    void cleanup()
    {
        for (const char *name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
            qunsetenv(name);
    }
};

void TestWsSystemdSockets::wrongEnvironmentIsNamed_data()
{
    QTest::addColumn<QByteArray>("pid");
    QTest::addColumn<QByteArray>("count");
    QTest::addColumn<QByteArray>("names");
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("problem");
    const QByteArray own = QByteArray::number(QCoreApplication::applicationPid());
    QTest::newRow("not started by systemd")
        << QByteArray() << QByteArray() << QByteArray() << QString()
        << u"systemd has passed no sockets: LISTEN_FDS is not set, so the process was not started by a socket unit"_s;
    QTest::newRow("another process")
        << "1"_ba
        << "1"_ba << QByteArray() << QString()
        << u"systemd has passed its sockets to another process: LISTEN_PID is \"1\", and this process is %1"_s
               .arg(QString::fromLatin1(own));
    QTest::newRow("no process")
        << "x"_ba
        << "1"_ba << QByteArray() << QString()
        << u"systemd has passed its sockets to another process: LISTEN_PID is \"x\", and this "
           "process is %1"_s.arg(QString::fromLatin1(own));
    for (const char *count : {"0", "-1", "", "two", "99999999999", "1000000000"})
        QTest::addRow("count: %s", count)
            << own << QByteArray(count) << QByteArray() << QString()
            << u"systemd has passed no sockets: LISTEN_FDS is \"%1\""_s.arg(QLatin1String(count));
    QTest::newRow("other names")
        << own << "3"_ba
        << "web:admin:web"_ba << u"metrics"_s
        << u"systemd has passed no socket with the name \"metrics\", but \"web\", \"admin\""_s;
    QTest::newRow("no names") << own << "2"_ba << QByteArray() << u"web"_s
                              << u"systemd has passed no socket with the name \"web\", but \"unknown\""_s;
    QTest::newRow("fewer names") << own << "2"_ba
                                 << "web"_ba << u"web"_s
                                 << u"systemd has passed no socket with the name \"web\", but \"unknown\""_s;
}

void TestWsSystemdSockets::wrongEnvironmentIsNamed()
{
    QFETCH(const QByteArray, pid);
    QFETCH(const QByteArray, count);
    QFETCH(const QByteArray, names);
    QFETCH(const QString, name);
    QFETCH(const QString, problem);
    if (!pid.isEmpty()) {
        qputenv("LISTEN_PID", pid);
        qputenv("LISTEN_FDS", count);
    }
    if (!names.isEmpty())
        qputenv("LISTEN_FDNAMES", names);
    const WsSystemdSockets sockets = wsTakeSystemdSockets(name);
    QCOMPARE(sockets.problem, problem);
    QVERIFY(sockets.descriptors.isEmpty());
}

void TestWsSystemdSockets::environmentStaysAsItIs()
{
    const QByteArray own = QByteArray::number(QCoreApplication::applicationPid());
    qputenv("LISTEN_PID", own);
    qputenv("LISTEN_FDS", "1");
    qputenv("LISTEN_FDNAMES", "web");
    QVERIFY(!wsTakeSystemdSockets(u"other"_s).problem.isEmpty());
    QCOMPARE(qgetenv("LISTEN_PID"), own);
    QCOMPARE(qgetenv("LISTEN_FDS"), "1");
    QCOMPARE(qgetenv("LISTEN_FDNAMES"), "web");
}

#include "../testprogram.h"
WSKIT_TEST(TestWsSystemdSockets)
#include "tst_wssystemdsockets.moc"
