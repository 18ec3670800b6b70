// SPDX-License-Identifier: MIT

// Servers on sockets that systemd passes to a service: systemd-socket-activate starts the program
// `activated`.

#include "../heldport.h"
#include "integrationtesting.h"

#include <QtCore/qfile.h>
#include <QtCore/qprocess.h>
#include <QtCore/qtemporarydir.h>
#include <QtNetwork/qudpsocket.h>

using namespace IntegrationTesting;

namespace {
// The first client, or datagram, starts the program.
class Service
{
public:
    ~Service()
    {
        m_process.kill();
        m_process.waitForFinished(Patience);
    }

    // \a arguments are those of systemd-socket-activate, then those of the program after "--".
    bool start(const QStringList &arguments)
    {
        const auto split = arguments.indexOf(u"--"_s);
        const QStringList own = split < 0 ? arguments : arguments.first(split);
        const QStringList names = split < 0 ? QStringList() : arguments.sliced(split + 1);
        m_process.start(QStringLiteral(INTEROP_SOCKET_ACTIVATE),
                        own + QStringList(QStringLiteral(INTEROP_ACTIVATED)) + names);
        const auto socketCount = own.count(u"-l"_s);
        return waitFor([this, socketCount] {
            m_log += m_process.readAllStandardError();
            return m_log.count("Listening on ") == socketCount;
        });
    }
    QStringList lines()
    {
        m_output += m_process.readAllStandardOutput();
        return QString::fromUtf8(m_output).split(u'\n', Qt::SkipEmptyParts);
    }
    qint64 id() const { return m_process.processId(); }
    bool hasEnded() const { return m_process.state() == QProcess::NotRunning; }
    int exitCode() const { return m_process.exitCode(); }

private:
    QProcess m_process;
    QByteArray m_log;
    QByteArray m_output;
};

struct Client
{
    explicit Client(const QUrl &url) : wasStarted(client.open(url))
    {
        QObject::connect(&client, &WsConnection::textMessageReceived, &client,
                         [this](const QString &text) { received = text; });
    }
    QString answerTo(const QString &text)
    {
        received.clear();
        const bool isAnswered = wasStarted && waitFor([this] { return client.state() == Ws::Open; })
                                && client.sendText(text) && waitFor([this] { return !received.isEmpty(); });
        return isAnswered ? received : client.errorString();
    }

    WsClient client;
    QString received;
    bool wasStarted;
};
} // namespace

class TestSocketActivation : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void firstClientStartsTheService_data();
    void firstClientStartsTheService();
    void serversTakeSocketsByName();
    void severalSocketsOfOneName();
    void serverListensAgain();
    void unknownNameIsRefused();
    void datagramSocketIsRefused_data();
    void datagramSocketIsRefused();
    void programEndsCleanly();
};

void TestSocketActivation::firstClientStartsTheService_data()
{
    QTest::addColumn<bool>("isFirstLocal");
    QTest::newRow("by TCP") << false;
    QTest::newRow("by a local socket") << true;
}

void TestSocketActivation::firstClientStartsTheService()
{
    QFETCH(const bool, isFirstLocal);
    const QTemporaryDir folder;
    const QString path = folder.filePath(u"test.sock"_s);
    const HeldPort port;
    Service service;
    QVERIFY(service.start({u"-l"_s, port.address(), u"-l"_s, path}));
    QCOMPARE(service.lines(), QStringList()); // it has not been started yet
    QUrl first(u"ws://"_s + port.address());
    QUrl second(u"ws+unix://"_s + path);
    if (isFirstLocal)
        std::swap(first, second);
    Client starting(first);
    QCOMPARE(starting.answerTo(u"hello"_s), u": hello"_s);
    Client other(second);
    QCOMPARE(other.answerTo(u"hello"_s), u": hello"_s);
    QCOMPARE(service.lines(),
             (QStringList{u" listens on ws://"_s + port.address(), u" listens on ws+unix://"_s + path}));
}

void TestSocketActivation::serversTakeSocketsByName()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(u"test.sock"_s);
    const HeldPort port;
    Service service;
    QVERIFY(service.start(
        {u"-l"_s, port.address(), u"-l"_s, path, u"--fdname=web:admin"_s, u"--"_s, u"admin"_s, u"web"_s}));
    Client web(QUrl(u"ws://"_s + port.address()));
    QCOMPARE(web.answerTo(u"hello"_s), u"web: hello"_s);
    Client admin(QUrl(u"ws+unix://"_s + path));
    QCOMPARE(admin.answerTo(u"hello"_s), u"admin: hello"_s);
    QCOMPARE(service.lines(), (QStringList{u"admin listens on ws+unix://"_s + path,
                                           u"web listens on ws://"_s + port.address()}));
}

void TestSocketActivation::severalSocketsOfOneName()
{
    const HeldPort port;
    const HeldPort otherPort;
    Service service;
    QVERIFY(service.start(
        {u"-l"_s, port.address(), u"-l"_s, otherPort.address(), u"--fdname=web:web"_s, u"--"_s, u"web"_s}));
    Client first(QUrl(u"ws://"_s + port.address()));
    Client second(QUrl(u"ws://"_s + otherPort.address()));
    QCOMPARE(first.answerTo(u"hello"_s), u"web: hello"_s);
    QCOMPARE(second.answerTo(u"hello"_s), u"web: hello"_s);
}

// As systemd's, the socket stays open.
void TestSocketActivation::serverListensAgain()
{
    const HeldPort port;
    Service service;
    QVERIFY(service.start({u"-l"_s, port.address()}));
    const QUrl url(u"ws://"_s + port.address());
    Client first(url);
    QCOMPARE(first.answerTo(u"again"_s), u": again"_s);
    Client second(url);
    QCOMPARE(second.answerTo(u"hello"_s), u": hello"_s);
    QCOMPARE(service.lines(), QStringList(2, u" listens on "_s + url.toString()));
}

void TestSocketActivation::unknownNameIsRefused()
{
    const HeldPort port;
    const HeldPort otherPort;
    Service service;
    QVERIFY(service.start({u"-l"_s, port.address(), u"-l"_s, otherPort.address(), u"--fdname=web:admin"_s,
                           u"--"_s, u"metrics"_s}));
    Client client(QUrl(u"ws://"_s + port.address()));
    WS_TRY_VERIFY(service.hasEnded());
    QCOMPARE(service.lines(),
             QStringList(u"refused: systemd has passed no socket with the name \"metrics\", but "
                         "\"web\", \"admin\""_s));
}

void TestSocketActivation::datagramSocketIsRefused_data()
{
    QTest::addColumn<QStringList>("names");
    QTest::newRow("all") << QStringList();
    QTest::newRow("by name") << QStringList(u"dns"_s);
}

void TestSocketActivation::datagramSocketIsRefused()
{
    QFETCH(const QStringList, names);
    const HeldPort port(SOCK_DGRAM);
    Service service;
    QVERIFY(service.start(QStringList{u"-d"_s, u"-l"_s, port.address(), u"--fdname=dns"_s, u"--"_s} + names));
    QUdpSocket udp;
    QCOMPARE(udp.writeDatagram("x", QHostAddress::LocalHost, port.number()), 1);
    WS_TRY_VERIFY(service.hasEnded());
    QCOMPARE(service.lines(),
             QStringList(u"refused: a server can only listen on stream sockets that listen: the "
                         "descriptor 3 (\"dns\") is a UDP socket"_s));
}

void TestSocketActivation::programEndsCleanly()
{
    const HeldPort port;
    Service service;
    QVERIFY(service.start({u"-l"_s, port.address()}));
    Client client(QUrl(u"ws://"_s + port.address()));
    QCOMPARE(client.answerTo(u"hello"_s), u": hello"_s);
    QVERIFY(client.client.sendText("end"));
    WS_TRY_COMPARE(client.client.state(), Ws::Closed);
    QCOMPARE(client.client.closeCode(), quint16(Ws::GoingAway));
    WS_TRY_VERIFY(service.hasEnded());
    QCOMPARE(service.exitCode(), 0);
}

QTEST_GUILESS_MAIN(TestSocketActivation)
#include "tst_socketactivation.moc"
