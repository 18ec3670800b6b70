// SPDX-License-Identifier: MIT
#include "selfcheck.h"

#include "browser.h"
#include "cluster.h"

#include <QtCore/qdeadlinetimer.h>
#include <QtCore/qeventloop.h>
#include <QtCore/qtimer.h>
#include <QtQml/qqmlcontext.h>
#include <QtQml/qqmlengine.h>
#include <QtQml/qqmlexpression.h>

#include <cstdio>
#include <functional>

using namespace std::chrono_literals;

namespace {
constexpr auto patience = 60s;
constexpr int LinesPerRound = 50; // of each side

class Check
{
public:
    Check(Cluster *cluster, QObject *window)
        : m_cluster(cluster), m_feed(window->property("feed").value<QObject *>())
    {
    }
    bool run(const QString &browser);

private:
    void open(const QString &browser);
    QString writeWhileOneDies();
    void startAgain(const QString &server);
    void sayTwice();
    void refuseLines();
    void drainOne();
    void comeLate();
    void compare();

    void say(const QString &text);
    bool bothHaveAll();
    QString serverOfWindow() const { return m_feed->property("server").toString(); }
    QString serverOfPage() { return m_browser.evaluate(QStringLiteral("feed.server")).toString(); }
    QVariant evaluateInWindow(const QString &expression) const; // in Feed.qml
    QStringList linesOfWindow() const;
    QStringList linesOfPage();
    bool waitFor(const std::function<bool()> &condition) const;
    void expect(bool isSo, const QString &text);

    Cluster *const m_cluster;
    QObject *const m_feed;
    Browser m_browser;
    QStringList m_said;
    bool m_isGood = true;
};

void Check::expect(bool isSo, const QString &text)
{
    std::printf("%s: %s\n", isSo ? "ok" : "FAILED", qPrintable(text));
    std::fflush(stdout);
    m_isGood = m_isGood && isSo;
}

bool Check::waitFor(const std::function<bool()> &condition) const
{
    QEventLoop loop;
    QTimer look;
    QObject::connect(&look, &QTimer::timeout, &loop, &QEventLoop::quit);
    look.start(20ms);
    const QDeadlineTimer deadline(patience);
    while (!condition() && !deadline.hasExpired())
        loop.exec();
    return condition();
}

QVariant Check::evaluateInWindow(const QString &expression) const
{
    return QQmlExpression(qmlContext(m_feed), m_feed, expression).evaluate();
}

QStringList Check::linesOfWindow() const
{
    return evaluateInWindow(QStringLiteral("texts()")).toStringList();
}

QStringList Check::linesOfPage()
{
    return m_browser.evaluate(QStringLiteral("feed.texts")).toVariant().toStringList();
}

bool Check::bothHaveAll()
{
    return waitFor(
        [this] { return linesOfWindow().size() >= m_said.size() && linesOfPage().size() >= m_said.size(); });
}

// One line in the window, one on the page.
void Check::say(const QString &text)
{
    const QString ofWindow = QStringLiteral("window ") + text;
    const QString ofPage = QStringLiteral("page ") + text;
    evaluateInWindow(QStringLiteral("say('%1')").arg(ofWindow));
    m_browser.evaluate(QStringLiteral("feed.say('%1')").arg(ofPage));
    m_said += {ofWindow, ofPage};
}

void Check::open(const QString &browser)
{
    expect(waitFor([this] { return !serverOfWindow().isEmpty(); }),
           QStringLiteral("the window is connected"));
    expect(m_browser.start(browser) && m_browser.openPage(m_cluster->pageUrl())
               && waitFor([this] { return !serverOfPage().isEmpty(); }),
           QStringLiteral("the page is connected"));
    expect(serverOfWindow() != serverOfPage(),
           QStringLiteral("the window with server %1, the page with server %2")
               .arg(serverOfWindow(), serverOfPage()));
}

// Returns the server that was killed.
QString Check::writeWhileOneDies()
{
    const QString victim = serverOfPage();
    for (int i = 1; i <= LinesPerRound; ++i) {
        say(QString::number(m_said.size() / 2 + 1));
        if (i == LinesPerRound / 2)
            m_cluster->kill(victim);
    }
    expect(bothHaveAll() && serverOfPage() != victim && serverOfWindow() != victim,
           QStringLiteral("%1 lines have arrived, server %2 was killed meanwhile")
               .arg(m_said.size())
               .arg(victim));
    startAgain(victim);
    return victim;
}

void Check::startAgain(const QString &server)
{
    expect(m_cluster->startServer(server) && m_cluster->waitUntilWell(server),
           QStringLiteral("server %1 is back").arg(server));
}

// What a client does if the connection ends after the line has reached the server.
void Check::sayTwice()
{
    m_browser.evaluate(QStringLiteral("feed.say('page twice'), feed.send(feed.waiting.at(-1).line)"));
    m_said += QStringLiteral("page twice");
    say(QStringLiteral("after that"));
    expect(bothHaveAll(), QStringLiteral("a line was said twice"));
}

// As if Redis were full. Each refused line is said again, and all of them are in one round.
void Check::refuseLines()
{
    const QJsonValue rounds = m_browser.evaluate(QStringLiteral(
        "(() => {"
        "  const timeout = window.setTimeout; let count = 0; window.setTimeout = () => ++count;"
        "  for (let i = 0; i < 3; ++i) feed.onLine({id: ''});"
        "  window.setTimeout = timeout; feed.retry = 0; return count;"
        "})()"));
    expect(rounds == 1, QStringLiteral("lines that are refused are said again in one round"));
}

// As if they had been away for so long that the history does not reach back to what they have seen.
void Check::drainOne()
{
    const QString server = serverOfPage();
    evaluateInWindow(QStringLiteral("lastIds = {'feed/lobby': '1-1'}"));
    m_browser.evaluate(QStringLiteral("feed.lastIds = {'feed/lobby': '1-1'}"));
    m_cluster->terminate(server);
    expect(waitFor([&] { return !m_cluster->running().contains(server); })
               && m_cluster->exitStatus(server) == 0,
           QStringLiteral("server %1 ends by SIGTERM").arg(server));
    say(QStringLiteral("without it"));
    expect(bothHaveAll() && serverOfPage() != server, QStringLiteral("its clients go to the other one"));
    expect(evaluateInWindow(QStringLiteral("texts(true).length")) == 1
               && m_browser.evaluate(QStringLiteral("document.querySelectorAll('.notice').length")) == 1,
           QStringLiteral("both say that lines may be missing"));
    startAgain(server);
}

void Check::compare()
{
    const QStringList ofWindow = linesOfWindow();
    QStringList sorted = ofWindow;
    sorted.sort();
    QStringList said = m_said;
    said.sort();
    expect(sorted == said,
           QStringLiteral("the window has %1 of %2 lines, each once").arg(ofWindow.size()).arg(said.size()));
    expect(linesOfPage() == ofWindow, QStringLiteral("the page has the same in the same order"));
    for (const QString &side : {QStringLiteral("window "), QStringLiteral("page ")})
        expect(ofWindow.filter(side) == m_said.filter(side),
               QStringLiteral("with the lines of the %1in the order in which they were said").arg(side));
    expect(m_feed->property("waiting").toList().isEmpty()
               && m_browser.evaluate(QStringLiteral("feed.waiting.length")) == 0,
           QStringLiteral("no line waits any more"));
}

void Check::comeLate()
{
    expect(m_browser.openPage(m_cluster->pageUrl()) && bothHaveAll() && linesOfPage() == linesOfWindow(),
           QStringLiteral("a page that is opened now has the same"));
}

bool Check::run(const QString &browser)
{
    open(browser);
    if (!m_isGood)
        return false;
    const QString first = writeWhileOneDies();
    expect(writeWhileOneDies() != first, QStringLiteral("both servers were killed"));
    sayTwice();
    refuseLines();
    drainOne();
    compare();
    comeLate();
    return m_isGood;
}
} // namespace

int runSelfCheck(Cluster *cluster, QObject *window, const QString &browser)
{
    return Check(cluster, window).run(browser) ? 0 : 1;
}
