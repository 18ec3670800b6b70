// SPDX-License-Identifier: MIT
#include "selfcheck.h"

#include "site.h"

#include <WsKit/WsClient>

#include <QtCore/QCoreApplication>
#include <QtCore/QEventLoop>
#include <QtCore/QLoggingCategory>
#include <QtCore/QMutex>
#include <QtCore/QThread>
#include <QtNetwork/QNetworkAccessManager>
#include <QtNetwork/QNetworkReply>

#include <cstdio>
#include <memory>

using namespace std::chrono_literals;

namespace {
// Everything that is logged meanwhile.
struct Log
{
    QMutex mutex;
    QByteArray lines;
};

// Never destroyed: something may still be logged when the program ends.
Log &collected()
{
    static auto *const log = new Log;
    return *log;
}

void collect(QtMsgType, const QMessageLogContext &, const QString &text)
{
    const QMutexLocker locker(&collected().mutex);
    collected().lines += text.toUtf8() + '\n';
}

struct Answer
{
    int status = 0;
    QByteArray cookie; // "session=…"
    QByteArray setCookie;
    QByteArray body;
};

// A client in a thread of its own, which waits for each answer.
class Checker
{
public:
    explicit Checker(const Site &site) : m_port(site.server().serverPort()) { }
    bool run();
    // Of sites whose sessions or tickets live for no time.
    bool runWithShortSessions();
    bool runWithShortTickets();

private:
    QUrl url(const QString &scheme, const QString &path) const
    {
        return QUrl(QStringLiteral("%1://127.0.0.1:%2%3").arg(scheme, QString::number(m_port), path));
    }
    Answer post(const QString &path, const QByteArray &body, const WsHeaders &headers = {});
    Answer logIn(const QByteArray &password, const WsHeaders &headers = {});
    // The HTTP status with which the server answers, 101 for a WebSocket.
    int open(WsClient &client, const QString &path, const WsHeaders &headers = {});
    int open(const QString &path, const WsHeaders &headers = {});
    void expect(bool isSo, const char *text);

    void checkLogin();
    void checkCookie();
    void checkTicket();
    void checkLogout();

    const quint16 m_port;
    QByteArray m_cookie;
    QList<QByteArray> m_secrets; // which no line of the log may contain
    bool m_isGood = true;
};

Answer Checker::post(const QString &path, const QByteArray &body, const WsHeaders &headers)
{
    QNetworkAccessManager manager;
    QNetworkRequest request(url(QStringLiteral("http"), path));
    request.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    request.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    request.setHeader(QNetworkRequest::ContentTypeHeader,
                      QStringLiteral("application/x-www-form-urlencoded"));
    for (const auto &[name, value] : headers)
        request.setRawHeader(name, value);
    const std::unique_ptr<QNetworkReply> reply(manager.post(request, body));
    QEventLoop loop;
    QObject::connect(reply.get(), &QNetworkReply::finished, &loop, &QEventLoop::quit);
    if (!reply->isFinished())
        loop.exec();
    Answer answer;
    answer.status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    answer.setCookie = reply->rawHeader("Set-Cookie");
    answer.cookie = answer.setCookie.left(answer.setCookie.indexOf(';'));
    answer.body = reply->readAll();
    return answer;
}

Answer Checker::logIn(const QByteArray &password, const WsHeaders &headers)
{
    return post(QStringLiteral("/login"), "user=ann&password=" + password, headers);
}

int Checker::open(WsClient &client, const QString &path, const WsHeaders &headers)
{
    client.setHeaders(headers);
    if (client.open(url(QStringLiteral("ws"), path)))
        client.waitForOpened(30s);
    return client.response().status();
}

int Checker::open(const QString &path, const WsHeaders &headers)
{
    WsClient client;
    return open(client, path, headers);
}

void Checker::expect(bool isSo, const char *text)
{
    std::printf("%s: %s\n", isSo ? "ok" : "FAILED", text);
    m_isGood = m_isGood && isSo;
}

void Checker::checkLogin()
{
    expect(open(QStringLiteral("/chat")) == 401, "a stranger gets no WebSocket");
    expect(logIn("wrong").status == 401, "a wrong password is refused");
    expect(logIn("correct+horse", {{"Origin", "http://evil.example"}}).status == 403,
           "the form of another site is refused");
    const Answer answer = logIn("correct+horse");
    m_cookie = answer.cookie;
    m_secrets.append(m_cookie.mid(m_cookie.indexOf('=') + 1));
    expect(answer.status == 303 && m_secrets.last().size() == 43, "the right password gets a cookie");
    expect(answer.setCookie.contains("HttpOnly") && answer.setCookie.contains("SameSite=Strict"),
           "the cookie is kept from scripts and other sites");
}

void Checker::checkCookie()
{
    const WsHeaders headers{{"Cookie", "theme=dark; " + m_cookie}};
    WsClient client;
    expect(open(client, QStringLiteral("/chat"), headers) == 101, "the cookie opens a WebSocket");
    const auto hello = client.waitForMessage(30s);
    expect(hello && hello->text() == u"Hello ann", "the server knows the user");
    client.sendText(QStringLiteral("hi\nbob: I resign"));
    const auto said = client.waitForMessage(30s);
    expect(said && said->text() == u"ann: hi bob: I resign", "nobody speaks in the name of another");
    expect(open(QStringLiteral("/chat"), {{"Cookie", m_cookie}, {"Origin", "http://evil.example"}}) == 403,
           "a page of another site gets no WebSocket, even with the cookie");
    expect(open(QStringLiteral("/chat"), {{"Cookie", m_cookie + "x"}}) == 401, "another cookie does not");
}

void Checker::checkTicket()
{
    expect(post(QStringLiteral("/ticket"), {}).status == 403, "a stranger gets no ticket");
    const auto newTicket = [this] {
        m_secrets.append(post(QStringLiteral("/ticket"), {}, {{"Cookie", m_cookie}}).body);
        return QStringLiteral("/chat?ticket=") + QString::fromLatin1(m_secrets.last());
    };
    const QString path = newTicket();
    WsClient client;
    expect(open(client, path) == 101, "a ticket opens a WebSocket");
    const auto hello = client.waitForMessage(30s);
    expect(hello && hello->text() == u"Hello ann", "the server knows the user by the ticket");
    expect(open(path) == 401, "a ticket is good for one use");
    expect(open(QStringLiteral("/chat?ticket=x"), {{"Cookie", m_cookie}}) == 401,
           "a wrong ticket is refused");
}

void Checker::checkLogout()
{
    const WsHeaders headers{{"Cookie", m_cookie}};
    WsClient byCookie;
    WsClient byTicket;
    const QByteArray ticket = post(QStringLiteral("/ticket"), {}, headers).body;
    expect(open(byCookie, QStringLiteral("/chat"), headers) == 101
               && open(byTicket, QStringLiteral("/chat?ticket=") + QString::fromLatin1(ticket)) == 101,
           "two WebSockets are open");
    expect(post(QStringLiteral("/logout"), {}, headers).status == 303, "logging out is answered");
    for (WsClient *client : {&byCookie, &byTicket})
        expect(client->waitForClosed(30s) && client->closeReason() == u"logged out", "and ends a WebSocket");
    expect(open(QStringLiteral("/chat"), headers) == 401, "and the cookie with it");
    const QMutexLocker locker(&collected().mutex);
    for (const QByteArray &secret : std::as_const(m_secrets))
        expect(!secret.isEmpty() && !collected().lines.contains(secret), "no secret is in the log");
    expect(collected().lines.contains("/chat"), "requests are");
}

bool Checker::runWithShortSessions()
{
    expect(open(QStringLiteral("/chat"), {{"Cookie", logIn("correct+horse").cookie}}) == 401,
           "a session expires");
    return m_isGood;
}

bool Checker::runWithShortTickets()
{
    const WsHeaders headers{{"Cookie", logIn("correct+horse").cookie}};
    const QByteArray ticket = post(QStringLiteral("/ticket"), {}, headers).body;
    expect(open(QStringLiteral("/chat"), headers) == 101
               && open(QStringLiteral("/chat?ticket=") + QString::fromLatin1(ticket)) == 401,
           "a ticket expires before its session");
    return m_isGood;
}

bool Checker::run()
{
    checkLogin();
    checkCookie();
    checkTicket();
    checkLogout();
    return m_isGood;
}
} // namespace

int runSelfCheck()
{
    QLoggingCategory::setFilterRules(QStringLiteral("wskit.handshake=true\nwskit.net=true"));
    qInstallMessageHandler(collect);
    Site site;
    Site shortSessions(0ms, 1h);
    Site shortTickets(1h, 0ms);
    for (Site *each : {&site, &shortSessions, &shortTickets}) {
        each->accounts().add(QStringLiteral("ann"), QStringLiteral("correct horse"));
        if (!each->server().listen())
            return 1;
    }
    bool isGood = false;
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        isGood = Checker(site).run() && Checker(shortSessions).runWithShortSessions()
                 && Checker(shortTickets).runWithShortTickets();
    }));
    QObject::connect(thread.get(), &QThread::finished, &site, &QCoreApplication::quit);
    thread->start();
    QCoreApplication::exec();
    thread->wait();
    return isGood ? 0 : 1;
}
