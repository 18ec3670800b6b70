// SPDX-License-Identifier: MIT

// The service as systemd starts it: by its socket unit, by its unit file, with its environment. What it does
// for its clients is checked by itself, by --check.

#include "../brokenpipe.h"
#include "../heldport.h"
#include "../patience.h"
#include "../printedcode.h"

#include <WsKit/WsClient>

#include <QtCore/QFile>
#include <QtCore/QProcess>
#include <QtCore/QRegularExpression>
#include <QtCore/QTemporaryDir>
#include <QtTest/QtTest>

#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace {
// A program with its output, both channels.
class Program
{
public:
    Program(const QString &program, const QStringList &arguments, const QStringList &environment = {})
    {
        QProcessEnvironment variables = QProcessEnvironment::systemEnvironment();
        for (const QString &variable : environment)
            variables.insert(variable.section(u'=', 0, 0), variable.section(u'=', 1));
        m_process.setProcessEnvironment(variables);
        m_process.setProcessChannelMode(QProcess::MergedChannels);
        m_process.start(program, arguments);
    }
    ~Program()
    {
        m_process.kill();
        m_process.waitForFinished();
    }
    Q_DISABLE_COPY_MOVE(Program)

    void terminate() { m_process.terminate(); }
    QByteArray output()
    {
        m_output += m_process.readAll();
        return m_output;
    }
    bool says(const QByteArray &text)
    {
        return Patient::waitFor(
                   [&] { return output().contains(text) || m_process.state() == QProcess::NotRunning; })
               && output().contains(text);
    }
    int status()
    {
        const bool hasEnded = Patient::waitFor([this] { return m_process.state() == QProcess::NotRunning; });
        return hasEnded && m_process.exitStatus() == QProcess::NormalExit ? m_process.exitCode() : -1;
    }

private:
    QProcess m_process;
    QByteArray m_output;
};

// What systemd-socket-activate starts for its first client.
QStringList activated(const HeldPort &port, const QStringList &program)
{
    return QStringList{u"--listen="_s + port.address()} + program;
}

QByteArray contentOf(const char *name)
{
    QFile file(QStringLiteral(SERVICE_SOURCES "/") + QLatin1String(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

// What systemd-analyze says of a unit file; nothing if all is well.
QString complaintsAbout(const QString &unit)
{
    Program verify(QStringLiteral(SYSTEMD_ANALYZE), {u"verify"_s, u"--man=no"_s, unit});
    const int status = verify.status();
    const QString output = QString::fromUtf8(verify.output());
    // It also complains about units of this machine.
    const QRegularExpression ours(
        u"^.*\\b%1:.*$"_s.arg(QRegularExpression::escape(QFileInfo(unit).fileName())),
        QRegularExpression::MultilineOption);
    const QString complaint = ours.match(output).captured();
    return complaint.isEmpty() && status != 0 ? output : complaint;
}

QSet<QString> settingsIn(const QByteArray &text)
{
    static const QRegularExpression name(u"SERVICE_[A-Z_]+"_s);
    QSet<QString> names;
    for (auto match = name.globalMatch(QString::fromUtf8(text)); match.hasNext();)
        names.insert(match.next().captured());
    return names;
}
} // namespace

class tst_Service : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_directory.emplace(); }

    void socketUnitStartsTheService();
    void socketUnitStartsTheTool();
    void systemdIsToldHowItGoes();
    void logThatNobodyReadsEndsNothing();
    void unitFilesAreRight();
    void unitsOfTheDocumentationAreRight();
    void unitIsHardened();
    void environmentFileHasEverySetting();
    void environmentFileIsAccepted();
    void wrongSettingsAreQuoted_data();
    void wrongSettingsAreQuoted();

private:
    bool write(const QString &name, const QByteArray &unit) const;
    QString makeUnits() const;

    std::optional<QTemporaryDir> m_directory;
};

void tst_Service::socketUnitStartsTheService()
{
    const HeldPort port;
    Program service(QStringLiteral(SYSTEMD_SOCKET_ACTIVATE),
                    activated(port, {QStringLiteral(SERVICE_PROGRAM)}));
    QVERIFY2(service.says("Listening on"), service.output());
    WsClient client;
    QSignalSpy messages(&client, &WsClient::textMessageReceived);
    QVERIFY(client.open(QUrl(u"ws://%1/rooms/kitchen?name=ann"_s.arg(port.address()))));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    client.sendText(u"tea?"_s);
    WS_TRY_COMPARE(messages.size(), 1);
    QVERIFY2(service.says("listening on ws://" + port.address().toUtf8()), service.output());
    service.terminate();
    WS_TRY_COMPARE(client.state(), Ws::Closed);
    QCOMPARE(client.closeCode(), quint16(Ws::GoingAway));
    QCOMPARE(service.status(), 0);
}

void tst_Service::socketUnitStartsTheTool()
{
    const HeldPort port;
    Program tool(QStringLiteral(SYSTEMD_SOCKET_ACTIVATE),
                 activated(port, {QStringLiteral(WSKIT_TOOL), u"listen"_s, u"--systemd"_s, u"--echo"_s}));
    QVERIFY2(tool.says("Listening on"), tool.output());
    WsClient client;
    QSignalSpy messages(&client, &WsClient::textMessageReceived);
    QVERIFY(client.open(QUrl(u"ws://"_s + port.address())));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    client.sendText(u"echo"_s);
    WS_TRY_COMPARE(messages.size(), 1);
    tool.terminate();
    QCOMPARE(tool.status(), 0);
}

// The test is systemd: it reads the socket that NOTIFY_SOCKET names.
void tst_Service::systemdIsToldHowItGoes()
{
    const QByteArray path = QFile::encodeName(m_directory->filePath(u"notify"_s));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    QVERIFY(size_t(path.size()) < sizeof address.sun_path);
    std::memcpy(address.sun_path, path.constData(), size_t(path.size()));
    const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const auto closing = qScopeGuard([socket] { ::close(socket); });
    QCOMPARE(::bind(socket, reinterpret_cast<const sockaddr *>(&address), sizeof address), 0);
    QByteArrayList told;
    const auto isTold = [&](const QByteArray &state) {
        return Patient::waitFor([&] {
            char bytes[64];
            const ssize_t size = ::recv(socket, bytes, sizeof bytes, 0);
            if (size > 0)
                told.append(QByteArray(bytes, size));
            return told.contains(state);
        });
    };

    Program service(QStringLiteral(SERVICE_PROGRAM), {},
                    {u"SERVICE_PORT=0"_s, u"NOTIFY_SOCKET="_s + QFile::decodeName(path)});
    QVERIFY2(isTold("READY=1"), service.output());
    QVERIFY(service.says("listening on "));
    static const QRegularExpression place(u"listening on ws(://[^/\"]+)"_s);
    WsClient client;
    QVERIFY(client.open(QUrl(u"ws"_s + place.match(QString::fromUtf8(service.output())).captured(1)
                             + u"/rooms/kitchen?name=ann"_s)));
    WS_TRY_COMPARE(client.state(), Ws::Open);
    service.terminate();
    QVERIFY2(isTold("STOPPING=1"), service.output());
    QCOMPARE(service.status(), 0);
}

void tst_Service::logThatNobodyReadsEndsNothing()
{
    const HeldPort port;
    QProcess service;
    QProcessEnvironment variables = QProcessEnvironment::systemEnvironment();
    variables.insert(u"SERVICE_PORT"_s, QString::number(port.number()));
    service.setProcessEnvironment(variables);
    breakOutput(&service);
    service.start(QStringLiteral(SERVICE_PROGRAM), QStringList());
    WsClient client;
    const QUrl url(u"ws://%1/rooms/kitchen?name=ann"_s.arg(port.address()));
    WS_TRY_VERIFY((client.state() != Ws::Closed || client.open(url)) && client.state() == Ws::Open);
    service.terminate();
    WS_TRY_COMPARE(service.state(), QProcess::NotRunning);
    QCOMPARE(service.exitStatus(), QProcess::NormalExit);
    QCOMPARE(service.exitCode(), 0);
}

bool tst_Service::write(const QString &name, const QByteArray &unit) const
{
    QFile file(m_directory->filePath(name));
    return !unit.isEmpty() && file.open(QIODevice::WriteOnly) && file.write(unit) == unit.size();
}

// The unit files, with the program where this build has it. Returns the path of the service.
QString tst_Service::makeUnits() const
{
    QByteArray service = contentOf("wskit-service.service");
    if (!service.contains("ExecStart=/usr/local/bin/wskit-service\n"))
        return {};
    service.replace("/usr/local/bin/wskit-service", SERVICE_PROGRAM);
    const std::pair<QString, QByteArray> units[] = {
        {u"wskit-service.service"_s, service},
        {u"wskit-service.socket"_s, contentOf("wskit-service.socket")}};
    for (const auto &[name, content] : units) {
        if (!write(name, content))
            return {};
    }
    return m_directory->filePath(u"wskit-service.service"_s);
}

void tst_Service::unitFilesAreRight()
{
    const QString unit = makeUnits();
    QVERIFY(!unit.isEmpty());
    QCOMPARE(complaintsAbout(unit), QString());
    QCOMPARE(complaintsAbout(m_directory->filePath(u"wskit-service.socket"_s)), QString());
}

// As the page prints them, with a program that exists. It says how the service names its sockets, too.
void tst_Service::unitsOfTheDocumentationAreRight()
{
    const PrintedCode page(QStringLiteral(DEPLOYING_PAGE));
    const QString names[] = {u"chat.service"_s, u"chat.socket"_s, u"chat-admin.socket"_s};
    for (const QString &name : names) {
        QByteArray unit = page.beginningWith("# /etc/systemd/system/" + name.toUtf8());
        if (name == u"chat.service") {
            QVERIFY(unit.contains("[Service]\nExecStart=/usr/bin/chat-server\n"));
            unit.replace("/usr/bin/chat-server", SERVICE_PROGRAM);
        }
        QVERIFY2(write(name, unit), qPrintable(name));
    }
    for (const QString &name : names)
        QCOMPARE(complaintsAbout(m_directory->filePath(name)), QString());

    QByteArray service = page.beginningWith("# /etc/systemd/system/chat.service");
    service.replace("/usr/bin/chat-server", SERVICE_PROGRAM);
    QVERIFY(write(u"chat.service"_s,
                  service.replace("[Service]\n", "[Service]\nSockets=chat.socket chat-admin.socket\n")));
    QCOMPARE(complaintsAbout(m_directory->filePath(u"chat.service"_s)), QString());
    QVERIFY(write(u"chat.service"_s, service.replace("Restart=", "Restarts=")));
    QVERIFY(complaintsAbout(m_directory->filePath(u"chat.service"_s)).contains(u"Restarts"_s));
}

// 10 is no protection at all; below 2 systemd calls it "OK".
void tst_Service::unitIsHardened()
{
    const QString unit = makeUnits();
    QVERIFY(!unit.isEmpty());
    Program security(QStringLiteral(SYSTEMD_ANALYZE),
                     {u"security"_s, u"--offline=true"_s, u"--threshold=20"_s, u"--no-pager"_s, unit});
    QVERIFY2(security.status() == 0, security.output());
    QVERIFY2(security.output().contains("Overall exposure level"), security.output());
}

// --- settings

void tst_Service::environmentFileHasEverySetting()
{
    Program help(QStringLiteral(SERVICE_PROGRAM), {u"--help"_s});
    QCOMPARE(help.status(), 0);
    const QSet<QString> settings = settingsIn(help.output());
    QVERIFY(settings.size() > 10);
    QCOMPARE(settingsIn(contentOf("wskit-service.env")), settings);
}

// Its values that are commented out are right as well.
void tst_Service::environmentFileIsAccepted()
{
    QStringList environment;
    static const QRegularExpression line(u"^#(SERVICE_[A-Z_]+=.*)$"_s, QRegularExpression::MultilineOption);
    for (auto match = line.globalMatch(QString::fromUtf8(contentOf("wskit-service.env"))); match.hasNext();)
        environment.append(match.next().captured(1));
    QVERIFY(environment.size() > 10);
    Program service(QStringLiteral(SERVICE_PROGRAM), {u"--test"_s}, environment);
    QCOMPARE(service.status(), 0);
    QCOMPARE(service.output(), QByteArray());
}

void tst_Service::wrongSettingsAreQuoted_data()
{
    QTest::addColumn<QString>("setting");
    QTest::addColumn<QByteArray>("text");
    const auto row = [](const char *name, const QString &setting, const QByteArray &text) {
        QTest::newRow(name) << setting << text;
    };
    row("address", u"SERVICE_ADDRESS=127.0.0.1,here"_s, R"(IP addresses, not \"127.0.0.1,here\")");
    row("port", u"SERVICE_PORT=70000"_s, R"(a number from 0 to 65535, not \"70000\")");
    row("switch", u"SERVICE_PROXY_PROTOCOL=yes"_s, R"(0 or 1, not \"yes\")");
    row("subnet", u"SERVICE_METRICS_FROM=10.0.0.0/40"_s, R"(not \"10.0.0.0/40\")");
    row("proxies", u"SERVICE_TRUSTED_PROXIES=nginx"_s, R"(not \"nginx\")");
    row("empty", u"SERVICE_PORT="_s, R"(not \"\")");
    row("half of TLS", u"SERVICE_KEY=/x"_s, "SERVICE_CERTIFICATE and SERVICE_KEY go together");
    row("no proxies", u"SERVICE_PROXY_PROTOCOL=1"_s, "needs SERVICE_TRUSTED_PROXIES");
    row("unknown", u"SERVICE_PROT=80"_s, "SERVICE_PROT is not a setting");
}

void tst_Service::wrongSettingsAreQuoted()
{
    QFETCH(const QString, setting);
    QFETCH(const QByteArray, text);
    Program service(QStringLiteral(SERVICE_PROGRAM), {}, {setting});
    QCOMPARE(service.status(), 78);
    QVERIFY2(service.output().contains(text), service.output());
}

QTEST_GUILESS_MAIN(tst_Service)
#include "tst_service.moc"
