// SPDX-License-Identifier: MIT
#include "net/connection/wsconnection_p.h"

#include "net/loop/wslogging.h"
#include "protocol/wshttphead.h"

#include <QtCore/qurl.h>

#include <limits>

namespace {
quint64 nextId()
{
    static std::atomic<quint64> last{0};
    return ++last;
}
} // namespace

WsLimits wsLimits(const WsOptions &options)
{
    return {quint64(options.maxMessageSize()), quint64(options.maxFrameSize()), options.maxFragments(),
            qsizetype(options.fragmentSize())};
}

WsConnectionPrivate::WsConnectionPrivate(WsRole ownRole) : role(ownRole), id(nextId()), link(*this, ownRole)
{
}

WsConnectionPrivate::~WsConnectionPrivate() = default;

void WsConnectionPrivate::setOptions(const WsOptions &changed)
{
    const bool hasOtherNoDelay = options.tcpNoDelay() != changed.tcpNoDelay();
    const bool hasOtherReadBufferSize = options.readBufferSize() != changed.readBufferSize();
    store(options, changed);
    sending.setLimits(changed);
    link.protocol().setLimits(wsLimits(changed));
    link.setRates({changed.maxMessagesPerSecond(), changed.maxBytesPerSecond(), changed.rateLimitPolicy()});
    if (hasOtherReadBufferSize)
        link.setReadBufferSize(changed.readBufferSize());
    if (life.state() != Ws::Open || !link.transport())
        return;
    life.deadlines().setKeepAlive(WsClock::now(), changed.pingInterval(), changed.pongTimeout());
    life.scheduleDeadlines();
    if (hasOtherNoDelay)
        link.transport()->setNoDelay(changed.tcpNoDelay());
    delivery.updateReading(); // by the other highWaterMark
    threads.scheduleFlush();
}

void WsConnectionPrivate::storeEndpoints()
{
    store(endpoints, link.transport()->endpoints());
}

void WsConnectionPrivate::storeEncryption()
{
    isEncrypted = isEncryptedNow();
    if (link.transport()->isEncrypted())
        store(sslConfiguration, link.transport()->sslConfiguration());
}

bool WsConnectionPrivate::isEncryptedNow() const
{
    const WsTransport *const transport = threads.isOwnThread() ? link.transport() : nullptr;
    return transport ? toldEncryption.value_or(transport->isEncrypted()) : isEncrypted.load();
}

void WsConnectionPrivate::storePeerCertificates()
{
    const WsTransport *const transport = link.transport();
    if (!transport || !transport->usesTls())
        return;
    const QSslConfiguration tls = transport->sslConfiguration();
    if (!tls.peerCertificate().isNull() || !tls.peerCertificateChain().isEmpty())
        store(sslConfiguration, tls);
}

bool WsConnectionPrivate::misuse(const char *text)
{
    return misuse(QString::fromLatin1(text));
}

bool WsConnectionPrivate::misuse(const QString &text)
{
    return misuse(text, wsNetLog());
}

bool WsConnectionPrivate::misuse(const QString &text, const QLoggingCategory &category)
{
    qCWarning(category, "connection %llu: %ls", qulonglong(id), qUtf16Printable(text));
    store(errorString, text);
    return false;
}

bool WsConnectionPrivate::decline(const char *text)
{
    qCDebug(wsNetLog, "connection %llu: %s", qulonglong(id), text);
    store(errorString, QString::fromLatin1(text));
    return false;
}

void WsConnectionPrivate::onAlert(const WsAlert &alert)
{
    if (const std::shared_ptr<WsConnectionOwner> told = owner)
        told->onAlert(endpoints, alert);
}

WsLateAlerts WsConnectionPrivate::lateAlerts()
{
    return owner ? owner->lateAlerts(endpoints) : WsLateAlerts();
}

// The host is what the client claims.
QUrl WsConnectionPrivate::url() const
{
    const WsRequest request = this->request();
    if (request.target().isEmpty())
        return {};
    const QByteArray scheme = request.isEncrypted() ? "wss://" : "ws://";
    const auto details = read(requestDetails);
    const QByteArray host = details && !details->host.isEmpty() ? details->host : request.header("Host");
    return QUrl::fromEncoded(scheme + host + request.target());
}

std::optional<QSslCertificate> WsConnectionPrivate::peerCertificate() const
{
    const WsTransport *const transport = threads.isOwnThread() ? link.transport() : nullptr;
    if (transport && !transport->usesTls())
        return {};
    const std::optional<QSslConfiguration> tls =
        transport ? transport->sslConfiguration() : read(sslConfiguration);
    return tls ? std::optional(tls->peerCertificate()) : std::nullopt;
}

WsRequest WsConnectionPrivate::request() const
{
    WsRequestHead head;
    if (wsParseRequestHead(read(requestHead), std::numeric_limits<int>::max(), &head))
        return {}; // there is none yet
    const WsEndpoints ends = read(endpoints);
    WsRequest request;
    request.setMethod(head.method);
    request.setTarget(head.target);
    request.setHeaders(head.headers);
    request.setPeerAddress(ends.peerAddress);
    request.setPeerPort(ends.peerPort);
    request.setEncrypted(isRequestEncrypted);
    if (const auto certificate = peerCertificate())
        request.setPeerCertificate(*certificate);
    if (const auto details = read(requestDetails)) {
        request.setParameters(details->parameters);
        request.setUser(details->user);
        request.setProxyAddress(details->proxyAddress);
        request.setBody(details->body);
    }
    return request;
}
