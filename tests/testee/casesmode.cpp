// SPDX-License-Identifier: MIT
#include "casesmode.h"

#include "deflateoption.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qurlquery.h>

#include <cstdio>

CaseRunner::CaseRunner(const QUrl &server, const QString &agent, bool deflates, std::chrono::seconds closeTimeout)
    : m_server(server), m_agent(agent)
{
    WsOptions options = m_client.options();
    options.setCloseTimeout(closeTimeout);
    m_client.setOptions(withDeflate(options, deflates));
    connect(&m_client, &WsClient::opened, this, &CaseRunner::onOpened);
    connect(&m_client, &WsClient::errorOccurred, this, &CaseRunner::onError);
    connect(&m_client, &WsClient::textMessageReceived, this, &CaseRunner::onText);
    connect(&m_client, &WsClient::binaryMessageReceived, this, &CaseRunner::onBinary);
    connect(&m_client, &WsClient::closed, this, &CaseRunner::onClosed);
}

bool CaseRunner::start()
{
    return openStep();
}

bool CaseRunner::openStep()
{
    m_wasAnswered = false;
    return m_client.open(stepUrl());
}

QUrl CaseRunner::stepUrl() const
{
    QUrlQuery query;
    QString path = QStringLiteral("/getCaseCount");
    if (m_step == Step::Cases) {
        path = QStringLiteral("/runCase");
        query.addQueryItem(QStringLiteral("case"), QString::number(m_case));
    } else if (m_step == Step::Report) {
        path = QStringLiteral("/updateReports");
    }
    if (m_step != Step::Count)
        query.addQueryItem(QStringLiteral("agent"), QString::fromLatin1(QUrl::toPercentEncoding(m_agent)));

    QUrl url = m_server.adjusted(QUrl::StripTrailingSlash);
    url.setPath((url.path() == u"/" ? QString() : url.path()) + path);
    if (!query.isEmpty())
        url.setQuery(query);
    return url;
}

void CaseRunner::onOpened()
{
    m_wasAnswered = true;
}

// A handshake that has to fail is a case like any other.
void CaseRunner::onError(const WsError &error)
{
    if (m_step == Step::Cases && error.kind() == Ws::ErrorKind::Handshake)
        m_wasAnswered = true;
}

void CaseRunner::onText(const QString &text)
{
    if (m_step == Step::Count)
        m_caseCount = text.toInt();
    else if (m_step == Step::Cases)
        m_client.sendText(text);
}

void CaseRunner::onBinary(const QByteArray &data)
{
    if (m_step == Step::Cases)
        m_client.sendBinary(data);
}

// How a case ends is the case server's to judge; only a server that does not answer ends the run.
void CaseRunner::onClosed()
{
    if (!m_wasAnswered) {
        std::fprintf(stderr, "wskit_testee: %s: %s\n", stepUrl().toEncoded().constData(),
                     qPrintable(m_client.errorString()));
        Q_EMIT finished(false);
    } else if (!advance()) {
        Q_EMIT finished(m_caseCount >= 0);
    } else if (!openStep()) {
        Q_EMIT finished(false);
    }
}

bool CaseRunner::advance()
{
    if (m_step == Step::Report || (m_step == Step::Count && m_caseCount < 0))
        return false;
    m_step = m_case < m_caseCount ? Step::Cases : Step::Report;
    if (m_step == Step::Cases)
        ++m_case;
    return true;
}

int runCasesMode(const QUrl &server, const QString &agent, bool deflates, std::chrono::seconds closeTimeout)
{
    CaseRunner runner(server, agent, deflates, closeTimeout);
    QObject::connect(
        &runner, &CaseRunner::finished, qApp,
        [](bool wasComplete) { QCoreApplication::exit(wasComplete ? 0 : 1); }, Qt::QueuedConnection);
    if (!runner.start()) {
        std::fprintf(stderr, "wskit_testee: cannot open %s\n", qPrintable(server.toString()));
        return 1;
    }
    return QCoreApplication::exec();
}
