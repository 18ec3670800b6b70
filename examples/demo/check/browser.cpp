// SPDX-License-Identifier: MIT
#include "browser.h"

#include <QtCore/qdeadlinetimer.h>
#include <QtCore/qdir.h>
#include <QtCore/qeventloop.h>
#include <QtCore/qjsondocument.h>
#include <QtCore/qthread.h>
#include <QtCore/qtimer.h>

using namespace std::chrono_literals;

namespace {
constexpr auto patience = 30s;

// Runs the event loop until it is ended. Returns false if that takes too long.
bool run(QEventLoop &loop)
{
    QTimer::singleShot(patience, &loop, [&loop] { loop.exit(1); });
    return loop.exec() == 0;
}
} // namespace

// Its children outlive the browser by a moment, in which they write into the profile.
Browser::~Browser()
{
    m_program.stop();
    const QDeadlineTimer deadline(patience);
    while (!QDir(m_profile.path()).removeRecursively() && !deadline.hasExpired())
        QThread::msleep(20);
}

bool Browser::start(const QString &path)
{
    const QStringList arguments{QStringLiteral("--headless"),
                                QStringLiteral("--no-sandbox"),
                                QStringLiteral("--disable-gpu"),
                                QStringLiteral("--disable-quic"),
                                QStringLiteral("--no-first-run"),
                                QStringLiteral("--disable-background-networking"),
                                QStringLiteral("--disable-component-update"),
                                QStringLiteral("--disable-sync"),
                                QStringLiteral("--remote-debugging-port=0"),
                                QStringLiteral("--user-data-dir=") + m_profile.path(),
                                QStringLiteral("about:blank")};
    if (!m_program.start(path, arguments))
        return false;
    const QString line = m_program.waitForLine(QStringLiteral("DevTools listening on "));
    const QUrl url(line.section(u' ', -1));

    QEventLoop loop;
    connect(&m_client, &WsClient::opened, &loop, [&loop] { loop.exit(0); });
    connect(&m_client, &WsClient::closed, &loop, [&loop] { loop.exit(1); });
    return m_client.open(url) && run(loop);
}

bool Browser::openPage(const QUrl &url)
{
    const QJsonObject target =
        call(QStringLiteral("Target.createTarget"), {{QStringLiteral("url"), QStringLiteral("about:blank")}});
    const QJsonObject attached =
        call(QStringLiteral("Target.attachToTarget"),
             {{QStringLiteral("targetId"), target[u"targetId"]}, {QStringLiteral("flatten"), true}});
    m_session = attached[u"sessionId"].toString();
    // The answer arrives once the new document exists, so the next evaluation takes place in it.
    const QJsonObject navigation =
        call(QStringLiteral("Page.navigate"), {{QStringLiteral("url"), url.toString(QUrl::FullyEncoded)}});
    return !m_session.isEmpty() && !navigation.isEmpty() && !navigation.contains(u"errorText");
}

QJsonValue Browser::evaluate(const QString &expression)
{
    const QJsonObject answer =
        call(QStringLiteral("Runtime.evaluate"), {{QStringLiteral("expression"), expression},
                                                  {QStringLiteral("awaitPromise"), true},
                                                  {QStringLiteral("returnByValue"), true}});
    return answer.contains(u"exceptionDetails") ? QJsonValue(QJsonValue::Undefined)
                                                : answer[u"result"][u"value"];
}

bool Browser::waitFor(const QString &condition)
{
    const QString promise =
        QStringLiteral("new Promise(resolve => {"
                       "  const holds = () => { try { return %1; } catch { return false; } };"
                       "  const look = () => { if (holds()) { observer.disconnect(); resolve(true); } };"
                       "  const observer = new MutationObserver(look);"
                       "  observer.observe(document, {subtree: true, childList: true, attributes: true, "
                       "characterData: true});"
                       "  document.addEventListener('load', look, true);"
                       "  look();"
                       "})");
    return evaluate(promise.arg(condition)).toBool();
}

QJsonObject Browser::call(const QString &method, const QJsonObject &parameters)
{
    QJsonObject message{{QStringLiteral("id"), ++m_lastId},
                        {QStringLiteral("method"), method},
                        {QStringLiteral("params"), parameters}};
    if (!m_session.isEmpty())
        message[u"sessionId"] = m_session;

    QEventLoop loop;
    QJsonObject result;
    connect(&m_client, &WsClient::textMessageReceived, &loop, [&](const QString &text) {
        const QJsonObject answer = QJsonDocument::fromJson(text.toUtf8()).object();
        if (answer[u"id"] != m_lastId)
            return;
        result = answer[u"result"].toObject();
        loop.exit(0);
    });
    connect(&m_client, &WsClient::closed, &loop, [&loop] { loop.exit(1); });
    if (!m_client.sendJson(message) || !run(loop))
        return {};
    return result;
}
