// SPDX-License-Identifier: MIT
#include "selfcheck.h"

#include <WsKit/WsClient>

#include <QtCore/QCoreApplication>
#include <QtCore/QFile>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QProcess>
#include <QtCore/QTemporaryDir>
#include <QtNetwork/QSslCertificate>
#include <QtNetwork/QSslSocket>

#include <cstdio>
#include <functional>
#include <memory>

#ifdef Q_OS_UNIX
#include <csignal>
#endif

namespace {
constexpr int Patience = 30000; // in milliseconds

// The program, as a child with an environment of its own, and what it has logged.
class Child
{
public:
    explicit Child(const QMap<QString, QString> &settings);
    ~Child();

    // The message of the next line that contains `text`; a null string if none comes.
    QString lineWith(const QString &text);
    bool isLogGood() const { return m_isLogGood; } // every line so far was a JSON object with a time
    void sendSignal(int number) const;
    int exitStatus();

private:
    QString nextLine();

    QProcess m_process;
    bool m_isLogGood = true;
};

Child::Child(const QMap<QString, QString> &settings)
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const QString &name : environment.keys()) {
        if (name.startsWith(u"SERVICE_") || name.startsWith(u"LISTEN_"))
            environment.remove(name);
    }
    for (auto setting = settings.begin(); setting != settings.end(); ++setting)
        environment.insert(setting.key(), setting.value());
    m_process.setProcessEnvironment(environment);
    m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    m_process.start(QCoreApplication::applicationFilePath(), QStringList());
    m_process.waitForStarted(Patience);
}

Child::~Child()
{
    m_process.kill();
    m_process.waitForFinished();
}

QString Child::nextLine()
{
    while (!m_process.canReadLine()) {
        if (!m_process.waitForReadyRead(Patience))
            return {};
    }
    const QByteArray line = m_process.readLine();
    const QJsonObject object = QJsonDocument::fromJson(line).object();
    m_isLogGood = m_isLogGood && object.contains(u"time") && object.contains(u"category");
    return QString::fromUtf8(line);
}

QString Child::lineWith(const QString &text)
{
    for (QString line = nextLine(); !line.isNull(); line = nextLine()) {
        if (line.contains(text))
            return QJsonDocument::fromJson(line.toUtf8()).object().value(u"message").toString(line);
    }
    return {};
}

void Child::sendSignal(int number) const
{
#ifdef Q_OS_UNIX
    ::kill(pid_t(m_process.processId()), number);
#else
    Q_UNUSED(number);
#endif
}

int Child::exitStatus()
{
    if (m_process.state() != QProcess::NotRunning && !m_process.waitForFinished(Patience))
        return -1;
    return m_process.exitStatus() == QProcess::NormalExit ? m_process.exitCode() : -1;
}

// Its steps follow each other; each relies on those before it.
class Checker
{
public:
    bool run();

private:
    bool makeCertificate(const QString &name);
    bool start();
    void checkSettings();
    void checkHttp();
    void checkRooms();
    void checkReload();
    void checkDrain();

    std::unique_ptr<QSslSocket> connectToService() const;
    QByteArray get(const QByteArray &path, const QByteArray &headers = {}) const;
    QString certificateName() const;
    std::unique_ptr<WsClient> join(const QString &path);
    bool hears(WsClient &client, const QByteArray &text);
    QString file(const QString &name) const { return m_files.filePath(name); }
    void expect(bool isSo, const char *text);

    QTemporaryDir m_files;
    std::unique_ptr<Child> m_child;
    std::unique_ptr<WsClient> m_ann;
    std::unique_ptr<WsClient> m_bob;
    quint16 m_port = 0;
    bool m_isGood = true;
};

void Checker::expect(bool isSo, const char *text)
{
    std::printf("%s: %s\n", isSo ? "ok" : "FAILED", text);
    std::fflush(stdout);
    m_isGood = m_isGood && isSo;
}

bool Checker::makeCertificate(const QString &name)
{
    QProcess openssl;
    openssl.setProcessChannelMode(QProcess::MergedChannels);
    openssl.start(QStringLiteral("openssl"),
                  {QStringLiteral("req"), QStringLiteral("-x509"), QStringLiteral("-nodes"),
                   QStringLiteral("-newkey"), QStringLiteral("ec"), QStringLiteral("-pkeyopt"),
                   QStringLiteral("ec_paramgen_curve:prime256v1"), QStringLiteral("-days"),
                   QStringLiteral("2"), QStringLiteral("-subj"), QStringLiteral("/CN=") + name,
                   QStringLiteral("-keyout"), file(QStringLiteral("service.key")), QStringLiteral("-out"),
                   file(QStringLiteral("service.crt"))});
    const bool isMade = openssl.waitForFinished(Patience) && openssl.exitStatus() == QProcess::NormalExit
                        && openssl.exitCode() == 0;
    if (!isMade)
        std::printf("openssl: %s %s\n", qPrintable(openssl.errorString()), openssl.readAll().constData());
    return isMade;
}

bool Checker::start()
{
    m_child = std::make_unique<Child>(
        QMap<QString, QString>{{QStringLiteral("SERVICE_PORT"), QStringLiteral("0")},
                               {QStringLiteral("SERVICE_CERTIFICATE"), file(QStringLiteral("service.crt"))},
                               {QStringLiteral("SERVICE_KEY"), file(QStringLiteral("service.key"))},
                               {QStringLiteral("SERVICE_MAX_MESSAGES_PER_SECOND"), QStringLiteral("0")}});
    const QString line = m_child->lineWith(QStringLiteral("listening on "));
    m_port = quint16(QUrl(line.section(u' ', -1)).port(0));
    return m_port != 0;
}

// --- what clients do

std::unique_ptr<QSslSocket> Checker::connectToService() const
{
    auto socket = std::make_unique<QSslSocket>();
    socket->setPeerVerifyMode(QSslSocket::QueryPeer); // the certificate vouches for itself
    socket->connectToHostEncrypted(QStringLiteral("127.0.0.1"), m_port);
    socket->waitForEncrypted(Patience);
    return socket;
}

QByteArray readAll(QSslSocket &socket)
{
    QByteArray received = socket.readAll();
    while (socket.state() == QAbstractSocket::ConnectedState && socket.waitForReadyRead(Patience))
        received += socket.readAll();
    return received;
}

QByteArray Checker::get(const QByteArray &path, const QByteArray &headers) const
{
    const auto socket = connectToService();
    socket->write("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + headers + "\r\n");
    return readAll(*socket);
}

QString Checker::certificateName() const
{
    return connectToService()->peerCertificate().subjectInfo(QSslCertificate::CommonName).value(0);
}

std::unique_ptr<WsClient> Checker::join(const QString &path)
{
    auto client = std::make_unique<WsClient>();
    client->ignoreSslErrors();
    const bool isOpen = client->open(QUrl(QStringLiteral("wss://127.0.0.1:%1/rooms/").arg(m_port) + path))
                        && client->waitForOpened(QDeadlineTimer(Patience));
    if (!isOpen)
        std::printf("%s: %s\n", qPrintable(path), qPrintable(client->errorString()));
    return client;
}

bool Checker::hears(WsClient &client, const QByteArray &text)
{
    const auto message = client.waitForMessage(QDeadlineTimer(Patience));
    return message && message->data() == text;
}

// --- the steps

void Checker::checkSettings()
{
    Child child({{QStringLiteral("SERVICE_PORT"), QStringLiteral("eighty")},
                 {QStringLiteral("SERVICE_PROT"), QStringLiteral("80")}});
    const bool isNamed = !child.lineWith(QStringLiteral("SERVICE_PROT is not a setting")).isNull();
    const bool isQuoted = child.lineWith(QStringLiteral("SERVICE_PORT needs")).endsWith(u"not \"eighty\"");
    expect(isNamed && isQuoted && child.exitStatus() == 78, "wrong settings are named and quoted");
}

void Checker::checkHttp()
{
    expect(get("/healthz").startsWith("HTTP/1.1 200 "), "it is alive");
    expect(get("/readyz").startsWith("HTTP/1.1 200 "), "and ready");
    expect(get("/").contains("<title>Rooms</title>"), "there is a page");
    expect(get("/metrics").contains("\nwskit_connections"), "there are metrics");
    expect(get("/metrics", "X-Forwarded-For: 192.0.2.1\r\n").startsWith("HTTP/1.1 403 "),
           "but not for the clients of a proxy");
    expect(get("/rooms/kitchen").startsWith("HTTP/1.1 426 "), "a room wants a WebSocket");
    expect(get("/nowhere").startsWith("HTTP/1.1 404 "), "nothing else is there");
    expect(m_child->lineWith(QStringLiteral("\"path\":\"/nowhere\"")).contains(u"\"status\":404"),
           "requests are in the access log");
}

void Checker::checkRooms()
{
    m_ann = join(QStringLiteral("kitchen?name=ann"));
    m_bob = join(QStringLiteral("kitchen?name=bob"));
    const auto eve = join(QStringLiteral("cellar?name=eve"));
    m_ann->sendText("tea?");
    const QByteArray said = R"({"from":"ann","text":"tea?"})";
    expect(hears(*m_ann, said) && hears(*m_bob, said), "everybody in a room hears what is said");
    eve->sendText("hello?");
    expect(hears(*eve, R"({"from":"eve","text":"hello?"})"), "and nobody else");
    eve->sendBinary("\x01");
    eve->waitForClosed(QDeadlineTimer(Patience));
    expect(eve->closeCode() == Ws::UnsupportedData, "texts only");
    expect(m_child->lineWith(QStringLiteral("\"user\":\"eve\"")).contains(u"\"close\":1003"),
           "the end of a connection is in the access log");
}

void Checker::checkReload()
{
#ifdef Q_OS_UNIX
    expect(certificateName() == u"first", "the first certificate is shown");
    expect(makeCertificate(QStringLiteral("second")), "a second one is written over it");
    m_child->sendSignal(SIGHUP);
    expect(!m_child->lineWith(QStringLiteral("certificates were read again")).isNull(), "SIGHUP is obeyed");
    expect(certificateName() == u"second", "new clients see the second certificate");

    QFile key(file(QStringLiteral("service.key")));
    expect(key.open(QIODevice::WriteOnly) && key.write("no key") > 0, "then the key is broken");
    key.close();
    m_child->sendSignal(SIGHUP);
    expect(!m_child->lineWith(QStringLiteral("certificates stay as they were")).isNull(), "which is logged");
    expect(certificateName() == u"second", "and changes nothing");
    m_ann->sendText("still here?");
    const QByteArray said = R"({"from":"ann","text":"still here?"})";
    expect(hears(*m_ann, said) && hears(*m_bob, said), "the connections are the same");
#endif
}

void Checker::checkDrain()
{
#ifdef Q_OS_UNIX
    const auto late = connectToService();
    late->write("GET /readyz HTTP/1.1\r\n"); // the rest comes too late
    late->flush();
    // Nobody answers the Close frame as long as this thread does not wait for the clients.
    m_child->sendSignal(SIGTERM);
    expect(!m_child->lineWith(QStringLiteral("draining")).isNull(), "SIGTERM drains");
    late->write("Host: localhost\r\n\r\n");
    expect(readAll(*late).startsWith("HTTP/1.1 503 "), "requests are answered with 503 meanwhile");
    m_ann->waitForClosed(QDeadlineTimer(Patience));
    m_bob->waitForClosed(QDeadlineTimer(Patience));
    expect(m_ann->closeCode() == Ws::GoingAway && m_bob->closeCode() == Ws::GoingAway, "clients are told");
    expect(!m_child->lineWith(QStringLiteral("ended")).isNull() && m_child->exitStatus() == 0,
           "and it ends with 0");
    expect(m_child->isLogGood(), "all that it has logged is JSON");
#endif
}

bool Checker::run()
{
    expect(m_files.isValid() && makeCertificate(QStringLiteral("first")), "openssl makes a certificate");
    checkSettings();
    expect(start(), "the service listens");
    if (!m_isGood)
        return false;
    checkHttp();
    checkRooms();
    checkReload();
    checkDrain();
    return m_isGood;
}
} // namespace

int runSelfCheck()
{
    return Checker().run() ? 0 : 1;
}
