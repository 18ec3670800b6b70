// SPDX-License-Identifier: MIT

#include "net/server/wssystemdsockets.h"

#include "forking.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qtemporaryfile.h>
#include <QtNetwork/qtcpserver.h>
#include <QtTest/qtest.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace {
constexpr int First = 3;
constexpr int Unused = 1000;

bool isOpen(int descriptor)
{
    return ::fcntl(descriptor, F_GETFD) >= 0;
}

bool isSameSocket(qintptr a, qintptr b)
{
    struct stat first = {};
    struct stat second = {};
    return ::fstat(int(a), &first) == 0 && ::fstat(int(b), &second) == 0 && first.st_ino == second.st_ino;
}

// Whether \a check returns true in a process to which systemd has passed \a descriptors, with these \a names.
template <typename Check>
bool isTrueOfPassed(const QList<qintptr> &descriptors, const QByteArray &names, Check check)
{
    return succeedsInChild([&] {
        for (qsizetype i = 0; i < descriptors.size(); ++i) // none may take the number of one that follows
            (void)::fcntl(int(descriptors[i]), F_DUPFD, Unused + int(i));
        for (int i = 0; i < descriptors.size(); ++i)
            (void)::dup2(Unused + i, First + i);
        qputenv("LISTEN_PID", QByteArray::number(QCoreApplication::applicationPid()));
        qputenv("LISTEN_FDS", QByteArray::number(descriptors.size()));
        qputenv("LISTEN_FDNAMES", names);
        return check();
    });
}

// Two servers, and a file, which nobody can listen on.
struct Sockets
{
    Sockets() { isReady = web.listen() && admin.listen() && file.open(); }
    QList<qintptr> all() const
    {
        return {web.socketDescriptor(), qintptr(file.handle()), admin.socketDescriptor()};
    }

    QTcpServer web;
    QTcpServer admin;
    QTemporaryFile file;
    bool isReady = false;
};
} // namespace

// tst_socketactivation is started by systemd-socket-activate.
class TestWsSystemdSockets : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void wrongEnvironmentIsNamed_data();
    void wrongEnvironmentIsNamed();
    void environmentStaysAsItIs();
    void socketOfTheNameIsCopied();
    void whatCannotListenIsSkippedWithoutAName();
    void whatCannotListenIsNamed_data();
    void whatCannotListenIsNamed();
    void nothingStaysOpenIfOneCannotBeCopied();
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

void TestWsSystemdSockets::socketOfTheNameIsCopied()
{
    const Sockets sockets;
    QVERIFY(sockets.isReady);
    QVERIFY(isTrueOfPassed(sockets.all(), "web:file:admin", [] {
        const WsSystemdSockets taken = wsTakeSystemdSockets(u"admin"_s);
        if (!taken.problem.isEmpty() || taken.descriptors.size() != 1)
            return false;
        const int copy = int(taken.descriptors[0]);
        return copy != First + 2 && isSameSocket(copy, First + 2) && ::fcntl(copy, F_GETFD) == FD_CLOEXEC;
    }));
}

void TestWsSystemdSockets::whatCannotListenIsSkippedWithoutAName()
{
    const Sockets sockets;
    QVERIFY(sockets.isReady);
    QVERIFY(isTrueOfPassed(sockets.all(), "web:file:admin", [] {
        const WsSystemdSockets taken = wsTakeSystemdSockets({});
        return taken.problem.isEmpty() && taken.descriptors.size() == 2
               && isSameSocket(taken.descriptors[0], First) && isSameSocket(taken.descriptors[1], First + 2);
    }));
}

void TestWsSystemdSockets::whatCannotListenIsNamed_data()
{
    QTest::addColumn<bool>("isAlone");
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("problem");
    const QString problem =
        u"a server can only listen on stream sockets that listen: the descriptor %1 is a file"_s;
    QTest::newRow("by its name") << false << u"file"_s << problem.arg(u"4 (\"file\")"_s);
    QTest::newRow("as the only one") << true << QString() << problem.arg(u"3 (\"file\")"_s);
}

void TestWsSystemdSockets::whatCannotListenIsNamed()
{
    QFETCH(const bool, isAlone);
    QFETCH(const QString, name);
    QFETCH(const QString, problem);
    const Sockets sockets;
    QVERIFY(sockets.isReady);
    const QList<qintptr> passed = isAlone ? sockets.all().sliced(1, 1) : sockets.all();
    QVERIFY(isTrueOfPassed(passed, isAlone ? "file" : "web:file:admin", [&] {
        const WsSystemdSockets taken = wsTakeSystemdSockets(name);
        return taken.problem == problem && taken.descriptors.isEmpty();
    }));
}

void TestWsSystemdSockets::nothingStaysOpenIfOneCannotBeCopied()
{
    const Sockets sockets;
    QVERIFY(sockets.isReady);
    QVERIFY(isTrueOfPassed(sockets.all(), "web:file:web", [] {
        constexpr int Free = First + 3;
        (void)::close(Free);
        const rlimit roomForOne = {Free + 1, Free + 1};
        if (::setrlimit(RLIMIT_NOFILE, &roomForOne) != 0)
            return false;
        const WsSystemdSockets taken = wsTakeSystemdSockets(u"web"_s);
        return taken.problem == u"cannot copy the descriptor 5: Too many open files"_s
               && taken.descriptors.isEmpty() && !isOpen(Free) && isOpen(First);
    }));
}

#include "../testprogram.h"
WSKIT_TEST(TestWsSystemdSockets)
#include "tst_wssystemdsockets.moc"
