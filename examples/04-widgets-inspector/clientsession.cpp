// SPDX-License-Identifier: MIT
#include "clientsession.h"

#include "bearertoken.h"
#include "errordetail.h"
#include "localsocketurl.h"
#include "secrets.h"

#include <QtCore/QLocale>
#include <QtNetwork/QAuthenticator>

#include <utility>

using Direction = LogEntry::Direction;
using Kind = LogEntry::Kind;

namespace {
constexpr int MaxRedirects = 10;

// The scheme, the host and the port of a URL. A local socket has its path for them, which ends before a
// colon.
QString serverOf(const QUrl &url)
{
    const QUrl server = url.adjusted(QUrl::RemoveUserInfo | QUrl::RemoveQuery | QUrl::RemoveFragment);
    if (url.scheme() != u"ws+unix")
        return server.adjusted(QUrl::RemovePath).toString();
    const QString path = server.path(QUrl::FullyEncoded).section(u':', 0, 0);
    return QStringLiteral("ws+unix://") + path;
}
} // namespace

ClientSession::ClientSession(QObject *parent) : QObject(parent)
{
    replaceClient();
}

// Each opening uses a new client, which has nothing left of earlier settings.
void ClientSession::replaceClient()
{
    if (m_client) {
        m_client->disconnect(this);
        m_client->deleteLater();
    }
    m_client = new WsClient(this);
    connect(m_client, &WsClient::stateChanged, this, &ClientSession::onStateChanged);
    connect(m_client, &WsClient::opened, this, &ClientSession::onOpened);
    connect(m_client, &WsClient::sslErrors, this, &ClientSession::onSslErrors);
    connect(m_client, &WsClient::errorOccurred, this, &ClientSession::onError);
    connect(m_client, &WsClient::closed, this, &ClientSession::onClosed);
    connect(m_client, &WsClient::activeChanged, this, &ClientSession::onActiveChanged);
    connect(m_client, &WsClient::reconnecting, this, &ClientSession::onReconnecting);
    connectOpening();
    connectMessages();
}

void ClientSession::connectOpening()
{
    connect(m_client, &WsClient::openingProgressed, this, &ClientSession::onStep);
    connect(m_client, &WsClient::redirected, this, &ClientSession::onRedirected);
    connect(m_client, &WsClient::authenticationRequired, this,
            [this](QAuthenticator *authenticator) { onLoginRequired(m_server, authenticator); });
    connect(m_client, &WsClient::proxyAuthenticationRequired, this,
            [this](const QNetworkProxy &proxy, QAuthenticator *authenticator) {
                m_proxy = tr("The proxy %1:%2").arg(proxy.hostName(), QString::number(proxy.port()));
                onLoginRequired(m_proxy, authenticator);
            });
}

void ClientSession::connectMessages()
{
    connect(m_client, &WsClient::pongReceived, this, &ClientSession::onPong);
    connect(m_client, &WsClient::pinged, this, [this](const QByteArray &payload) {
        Q_EMIT logged(LogEntry::now(Direction::Received, Kind::Ping, payload));
    });
    connect(m_client, &WsClient::messageReceived, this, [this](const WsMessage &message) {
        const Kind kind = message.isText() ? Kind::Text : Kind::Binary;
        Q_EMIT logged(LogEntry::now(Direction::Received, kind, message.data()));
    });
    connect(m_client, &WsClient::messageSent, this, [this](const WsMessage &message) {
        const Kind kind = message.isText() ? Kind::Text : Kind::Binary;
        Q_EMIT logged(LogEntry::now(Direction::Sent, kind, message.data()));
    });
    connect(m_client, &WsClient::messagesLost, this,
            [this](int count) { log(Kind::Error, tr("Messages that may not have arrived: %1").arg(count)); });
}

bool ClientSession::open(const ConnectionSettings &settings)
{
    if (state() != Ws::Closed)
        return false;
    replaceClient();
    m_settings = settings;
    m_openings.clear();
    m_error.clear();
    m_pings = 0;
    const QUrl url = settings.route.localSocket.isEmpty()
                         ? settings.url
                         : localSocketUrl(settings.route.localSocket, settings.url);
    if (!applySettings(settings))
        return false;
    log(Kind::Event, tr("Connecting to %1").arg(url.toString(QUrl::RemovePassword)));
    if (m_client->open(url))
        return true;
    m_error = m_client->errorString();
    log(Kind::Error, m_error);
    return false;
}

void ClientSession::abort()
{
    m_client->abort();
    m_client->setActive(false);
}

void ClientSession::logIn(const QString &place, const QString &user, const QString &password)
{
    m_logins.set(place, user, password);
    (void)open(m_settings);
}

bool ClientSession::applySettings(const ConnectionSettings &settings)
{
    m_error = applyHeaders(settings);
    if (!m_error.isEmpty())
        return false;
    m_client->setSubprotocols(settings.subprotocols);
    return applyRoute(settings.route) && applyTls(settings.tls);
}

QString ClientSession::applyHeaders(const ConnectionSettings &settings)
{
    WsHeaders headers = settings.headers;
    if (!settings.origin.isEmpty())
        headers.append({"Origin", settings.origin.toUtf8()});
    if (!settings.route.host.isEmpty())
        headers.append({"Host", settings.route.host.toUtf8()});
    for (const auto &[name, value] : std::as_const(headers)) {
        const bool isLogin = name.compare("Authorization", Qt::CaseInsensitive) == 0;
        if (isLogin && !value.isEmpty() && !settings.route.tokenFile.isEmpty())
            return tr("The header %1 or a file with a bearer token, not both").arg(QString::fromUtf8(name));
        if (value.isEmpty() && Secrets::isSecret(QString::fromUtf8(name)))
            continue; // not entered again after it was left out of the settings
        if (!m_client->setHeader(name, value))
            return tr("Header %1: %2").arg(QString::fromUtf8(name), m_client->errorString());
    }
    return {};
}

bool ClientSession::applyRoute(const RouteSettings &route)
{
    WsReconnect reconnect;
    reconnect.setEnabled(route.reconnects);
    m_client->setReconnect(reconnect);
    if (route.compresses) {
        WsOptions options = m_client->options();
        WsCompression compression = options.compression();
        compression.setEnabled(true);
        options.setCompression(compression);
        m_client->setOptions(options);
    }
    m_client->setMaxRedirects(route.followsRedirects ? MaxRedirects : 0);
    m_client->setPeerVerifyName(QUrl(QStringLiteral("ws://") + route.host).host());
    if (!route.tokenFile.isEmpty()) {
        m_error = readBearerToken(route.tokenFile).problem;
        sendBearerToken(m_client, route.tokenFile);
    }
    if (route.proxy == u"none")
        m_client->setProxy(QNetworkProxy(QNetworkProxy::NoProxy));
    else if (!route.proxy.isEmpty() && !m_client->setProxy(QUrl(route.proxy)))
        m_error = m_client->errorString();
    return m_error.isEmpty();
}

bool ClientSession::applyTls(const TlsSettings &tls)
{
    const bool isUsable =
        m_client->setPinnedCertificates(tls.pins)
        && (tls.caFile.isEmpty() || m_client->setCaCertificates(tls.caFile))
        && (tls.certificateFile.isEmpty() || m_client->setLocalCertificate(tls.certificateFile, tls.keyFile));
    if (!isUsable)
        m_error = m_client->errorString();
    m_ignoresSslErrors = tls.ignoresErrors;
    if (m_ignoresSslErrors)
        m_client->ignoreSslErrors();
    return isUsable;
}

bool ClientSession::sendText(const QString &text)
{
    return sent(m_client->sendText(text));
}

bool ClientSession::sendBinary(const QByteArray &data)
{
    return sent(m_client->sendBinary(data));
}

bool ClientSession::ping()
{
    const QByteArray payload = QByteArray::number(++m_pings);
    if (!sent(m_client->ping(payload)))
        return false;
    Q_EMIT logged(LogEntry::now(Direction::Sent, Kind::Ping, payload));
    return true;
}

bool ClientSession::close(quint16 code, const QString &reason)
{
    const QString note = tr("Closing with code %1").arg(code);
    if (state() == Ws::Open)
        log(Kind::Event, reason.isEmpty() ? note : note + QStringLiteral(": ") + reason);
    return sent(m_client->close(code, reason));
}

bool ClientSession::sent(bool isSent)
{
    if (!isSent)
        m_error = m_client->errorString();
    return isSent;
}

// --- opening

void ClientSession::onStateChanged(Ws::State state)
{
    if (state == Ws::Connecting) {
        m_isOpening = true;
        m_error.clear();
        m_sslErrors.clear();
        m_server = serverOf(m_client->url());
        m_logins.beginOpening();
        m_openings.begin(m_client->reconnectAttempt());
    }
    Q_EMIT stateChanged();
}

void ClientSession::onStep(Ws::OpeningStep step, qint64 elapsedUs)
{
    m_openings.addStep(step, elapsedUs);
    if (step == Ws::Requested) {
        m_logins.onAccepted(m_proxy); // each connection of an opening logs in to the proxy
        m_openings.addRequest(m_client->request(), elapsedUs);
    } else if (step == Ws::Answered) {
        m_openings.setResponse(m_client->response());
    }
    Q_EMIT openingChanged();
}

// A question is asked when the opening has failed. Until then, there is no hurry for the user.
void ClientSession::onActiveChanged()
{
    Q_EMIT stateChanged();
    if (!m_client->active() && !m_logins.question().isEmpty())
        Q_EMIT loginRequired(m_logins.takeQuestion());
}

void ClientSession::onRedirected(const QUrl &url)
{
    m_server = serverOf(url);
    m_openings.setResponse(m_client->response());
    log(Kind::Event, tr("Redirected to %1").arg(url.toString(QUrl::RemoveUserInfo)));
    note(tr("Redirected"), url.toString(QUrl::RemoveUserInfo));
}

void ClientSession::onLoginRequired(const QString &place, QAuthenticator *authenticator)
{
    m_openings.setResponse(m_client->response());
    const QString user = m_logins.answer(place, authenticator);
    const QString realm = authenticator->realm();
    note(tr("Login required"), realm.isEmpty() ? place : tr("%1, \u201c%2\u201d").arg(place, realm));
    if (!user.isEmpty())
        note(tr("Logging in"), user);
}

void ClientSession::onReconnecting(int attempt, int delayMs)
{
    const QString seconds = QLocale().toString(double(delayMs) / 1000, 'f', 1);
    const QString text = tr("Reconnecting in %1 s (attempt %2)").arg(seconds).arg(attempt);
    log(Kind::Event, text);
    m_error = m_error.isEmpty() ? text : m_error + QStringLiteral(". ") + text;
    Q_EMIT stateChanged();
}

// --- events

void ClientSession::onOpened()
{
    m_isOpening = false;
    Q_EMIT opened(SessionHead::of(*m_client));
    const QString subprotocol = m_client->subprotocol();
    log(Kind::Event,
        subprotocol.isEmpty() ? tr("Open") : tr("Open, with the subprotocol %1").arg(subprotocol));
}

// Those that are not ignored end the opening, and belong to its error.
void ClientSession::onSslErrors(const QList<QSslError> &errors)
{
    m_sslErrors = errors;
    if (!m_ignoresSslErrors)
        return;
    for (const QSslError &error : errors)
        log(Kind::Error, tr("TLS, ignored: %1").arg(error.errorString()));
}

void ClientSession::onPong(const QByteArray &payload, qint64 roundTripUs)
{
    const QString note =
        roundTripUs < 0 ? tr("unasked")
                        : tr("round trip %1 ms").arg(QLocale().toString(double(roundTripUs) / 1000, 'f', 2));
    Q_EMIT logged(LogEntry::now(Direction::Received, Kind::Pong, payload, note));
}

void ClientSession::onError(const WsError &error)
{
    m_error = error.text();
    m_openings.setResponse(m_client->response());
    if (std::exchange(m_isOpening, false))
        note(tr("Failed"), m_error);
    log(Kind::Error, m_error, errorDetail(error, m_client->response(), m_sslErrors));
}

void ClientSession::onClosed(quint16 code, const QString &reason, bool wasClean)
{
    QString note =
        wasClean ? tr("Closed with code %1").arg(code) : tr("Closed, not cleanly, with code %1").arg(code);
    if (!reason.isEmpty())
        note += QStringLiteral(": ") + reason;
    LogEntry entry = LogEntry::now(Direction::None, Kind::Event, {}, note);
    entry.closeCode = code;
    Q_EMIT logged(entry);
}

void ClientSession::log(LogEntry::Kind kind, const QString &note, const QString &detail)
{
    LogEntry entry = LogEntry::now(Direction::None, kind, {}, note);
    entry.detail = detail;
    Q_EMIT logged(entry);
}

void ClientSession::note(const QString &name, const QString &value)
{
    m_openings.add(name, value);
    Q_EMIT openingChanged();
}
