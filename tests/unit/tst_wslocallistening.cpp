// SPDX-License-Identifier: MIT
#include "net/server/wslocallistening.h"

#include "../patience.h"

#include <QtCore/qdir.h>
#include <QtCore/qfile.h>
#include <QtCore/qtemporarydir.h>
#include <QtNetwork/qlocalserver.h>
#include <QtNetwork/qlocalsocket.h>
#include <QtTest/qtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace {
// A socket file whose server has died.
bool makeStaleFile(const QString &path)
{
    QLocalServer server;
    if (!server.listen(path))
        return false;
    const QString other = path + u".other"_s;
    return ::link(QFile::encodeName(path), QFile::encodeName(other)) == 0
           && (server.close(), QFile::rename(other, path));
}
} // namespace

// What tst_localsockets does not see: how several servers share a path.
class TestWsLocalListening : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_directory = std::make_unique<QTemporaryDir>();
        m_path = m_directory->filePath(u"test.sock"_s);
    }

    void staleFileIsReplacedByOneServer();
    void serverThatIsAboutToListenIsNotReplaced();
    void nothingElseIsLeft();

private:
    QStringList files() const
    {
        return QDir(m_directory->path())
            .entryList(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot);
    }

    std::unique_ptr<QTemporaryDir> m_directory;
    QString m_path;
};

// All of them find that nobody listens.
void TestWsLocalListening::staleFileIsReplacedByOneServer()
{
    constexpr int Rounds = 200;
    constexpr int ServerCount = 4;
    for (int round = 0; round < Rounds; ++round) {
        QVERIFY(makeStaleFile(m_path));
        std::array<WsLocalListening, ServerCount> servers;
        std::atomic<int> readyCount = 0;
        std::vector<std::thread> threads;
        for (WsLocalListening &server : servers) {
            threads.emplace_back([&] {
                ++readyCount;
                while (readyCount < ServerCount)
                    std::this_thread::yield();
                (void)server.start(m_path);
            });
        }
        for (std::thread &thread : threads)
            thread.join();
        const auto listening = std::count_if(servers.begin(), servers.end(),
                                             [](const auto &server) { return server.isListening(); });
        QCOMPARE(int(listening), 1);
        QLocalSocket socket;
        socket.connectToServer(m_path);
        QVERIFY2(socket.waitForConnected(Patient::Patience), qPrintable(socket.errorString()));
    }
    QCOMPARE(files(), QStringList());
}

void TestWsLocalListening::serverThatIsAboutToListenIsNotReplaced()
{
    QVERIFY(makeStaleFile(m_path)); // like that of a server between bind() and listen()
    const QByteArray lock = QFile::encodeName(m_path + u".wskit-lock"_s);
    const int descriptor = ::open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    QVERIFY(descriptor >= 0 && ::flock(descriptor, LOCK_EX) == 0);
    WsLocalListening server;
    QCOMPARE(server.start(m_path),
             u"cannot listen on the local socket %1: another server is about to listen on it"_s.arg(m_path));
    QVERIFY(!server.isListening());
    ::close(descriptor); // it has died: the file of the lock stays
    QCOMPARE(server.start(m_path), QString());
    QCOMPARE(files(), QStringList(u"test.sock"_s));
}

void TestWsLocalListening::nothingElseIsLeft()
{
    WsLocalListening server;
    QCOMPARE(server.start(m_path), QString());
    QCOMPARE(files(), QStringList(u"test.sock"_s));
    WsLocalListening other;
    QVERIFY(other.start(m_path).endsWith(u"another server listens on it"_s));
    QCOMPARE(files(), QStringList(u"test.sock"_s));
    server.stop();
    QCOMPARE(files(), QStringList());
}

#include "../testprogram.h"
WSKIT_TEST(TestWsLocalListening)
#include "tst_wslocallistening.moc"
