// SPDX-License-Identifier: MIT
#include "metricsreader.h"

#include <utility>

namespace {
constexpr qint64 MaxPageSize = 4 * 1024 * 1024; // of a server with 100 topics: about 20 KiB
constexpr int TimeoutMs = 5000;
} // namespace

MetricsReader::MetricsReader(QObject *parent) : QObject(parent)
{
    m_network.setTransferTimeout(TimeoutMs);
}

MetricsReader::~MetricsReader()
{
    stop();
}

QUrl MetricsReader::pageOf(const QString &typed)
{
    QUrl url = QUrl::fromUserInput(typed.trimmed());
    if (url.scheme() == u"ws")
        url.setScheme(QStringLiteral("http"));
    else if (url.scheme() == u"wss")
        url.setScheme(QStringLiteral("https"));
    if (url.path().isEmpty() || url.path() == u"/")
        url.setPath(QStringLiteral("/metrics"));
    const bool isWeb = url.scheme() == u"http" || url.scheme() == u"https";
    return isWeb && !url.host().isEmpty() ? url : QUrl();
}

void MetricsReader::fetch(const QUrl &page)
{
    stop();
    QNetworkRequest request(page);
    request.setAttribute(QNetworkRequest::CacheLoadControlAttribute, QNetworkRequest::AlwaysNetwork);
    m_reply = m_network.get(request);
    m_reply->setReadBufferSize(MaxPageSize + 1);
    connect(m_reply, &QNetworkReply::readyRead, this, [this] {
        if (m_reply->bytesAvailable() > MaxPageSize)
            m_reply->abort();
    });
    connect(m_reply, &QNetworkReply::finished, this, &MetricsReader::finish);
}

void MetricsReader::stop()
{
    if (QNetworkReply *reply = std::exchange(m_reply, nullptr)) {
        reply->disconnect(this);
        reply->abort();
        reply->deleteLater();
    }
}

void MetricsReader::finish()
{
    QNetworkReply *reply = std::exchange(m_reply, nullptr);
    reply->deleteLater();
    const QByteArray text = reply->readAll();
    if (text.size() > MaxPageSize) {
        Q_EMIT failed(QStringLiteral("The page is larger than %1 MiB.").arg(MaxPageSize / (1024 * 1024)));
    } else if (reply->error() == QNetworkReply::OperationCanceledError) { // by the timeout
        Q_EMIT failed(QStringLiteral("No answer for %1 seconds.").arg(TimeoutMs / 1000));
    } else if (reply->error() != QNetworkReply::NoError) {
        Q_EMIT failed(reply->errorString());
    } else {
        QString problem;
        if (const std::optional<MetricsPage> page = readMetricsPage(text, &problem))
            Q_EMIT fetched(*page);
        else
            Q_EMIT failed(problem);
    }
}
