// SPDX-License-Identifier: MIT
#include "session.h"

#include <QtCore/QLocale>

using Direction = LogEntry::Direction;
using Kind = LogEntry::Kind;

Session::Session(QObject *parent) : QObject(parent)
{
    replaceClient();
}

// Each opening uses a new client, which has nothing left of earlier settings.
void Session::replaceClient()
{
    if (m_client) {
        m_client->disconnect(this);
        m_client->deleteLater();
    }
    m_client = new WsClient(this);
    connect(m_client, &WsClient::stateChanged, this, &Session::stateChanged);
    connect(m_client, &WsClient::opened, this, &Session::onOpened);
    connect(m_client, &WsClient::sslErrors, this, &Session::onSslErrors);
    connect(m_client, &WsClient::pongReceived, this, &Session::onPong);
    connect(m_client, &WsClient::errorOccurred, this, &Session::onError);
    connect(m_client, &WsClient::closed, this, &Session::onClosed);
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
}

bool Session::open(const ConnectionSettings &settings)
{
    if (state() != Ws::Closed)
        return false;
    replaceClient();
    m_error.clear();
    m_pings = 0;
    if (!applySettings(settings))
        return false;
    log(Kind::Event, tr("Connecting to %1").arg(settings.url.toString(QUrl::RemovePassword)));
    if (m_client->open(settings.url))
        return true;
    m_error = m_client->errorString();
    log(Kind::Error, m_error);
    return false;
}

bool Session::applySettings(const ConnectionSettings &settings)
{
    const auto setHeader = [this](const QByteArray &name, const QByteArray &value) {
        if (m_client->setHeader(name, value))
            return true;
        m_error = tr("Header %1: %2").arg(QString::fromUtf8(name), m_client->errorString());
        return false;
    };
    for (const auto &[name, value] : settings.headers) {
        if (!setHeader(name, value))
            return false;
    }
    if (!settings.origin.isEmpty() && !setHeader("Origin", settings.origin.toUtf8()))
        return false;
    m_client->setSubprotocols(settings.subprotocols);
    return applyTls(settings.tls);
}

bool Session::applyTls(const TlsSettings &tls)
{
    const bool isUsable =
        (tls.caFile.isEmpty() || m_client->setCaCertificates(tls.caFile))
        && (tls.certificateFile.isEmpty() || m_client->setLocalCertificate(tls.certificateFile, tls.keyFile));
    if (!isUsable)
        m_error = m_client->errorString();
    m_ignoresSslErrors = tls.ignoresErrors;
    if (m_ignoresSslErrors)
        m_client->ignoreSslErrors();
    return isUsable;
}

bool Session::sendText(const QString &text)
{
    return sent(m_client->sendText(text));
}

bool Session::sendBinary(const QByteArray &data)
{
    return sent(m_client->sendBinary(data));
}

bool Session::ping()
{
    const QByteArray payload = QByteArray::number(++m_pings);
    if (!sent(m_client->ping(payload)))
        return false;
    Q_EMIT logged(LogEntry::now(Direction::Sent, Kind::Ping, payload));
    return true;
}

bool Session::close(quint16 code, const QString &reason)
{
    const QString note = tr("Closing with code %1").arg(code);
    if (state() == Ws::Open)
        log(Kind::Event, reason.isEmpty() ? note : note + QStringLiteral(": ") + reason);
    return sent(m_client->close(code, reason));
}

bool Session::sent(bool isSent)
{
    if (!isSent)
        m_error = m_client->errorString();
    return isSent;
}

// --- events

void Session::onOpened()
{
    const QString subprotocol = m_client->subprotocol();
    log(Kind::Event,
        subprotocol.isEmpty() ? tr("Open") : tr("Open, with the subprotocol %1").arg(subprotocol));
}

void Session::onSslErrors(const QList<QSslError> &errors)
{
    for (const QSslError &error : errors)
        log(Kind::Error, m_ignoresSslErrors ? tr("TLS, ignored: %1").arg(error.errorString())
                                            : tr("TLS: %1").arg(error.errorString()));
}

void Session::onPong(const QByteArray &payload, qint64 roundTripUs)
{
    const QString note =
        roundTripUs < 0 ? tr("unasked")
                        : tr("round trip %1 ms").arg(QLocale().toString(double(roundTripUs) / 1000, 'f', 2));
    Q_EMIT logged(LogEntry::now(Direction::Received, Kind::Pong, payload, note));
}

void Session::onError(const WsError &error)
{
    m_error = error.text();
    log(Kind::Error, m_error);
}

void Session::onClosed(quint16 code, const QString &reason, bool wasClean)
{
    QString note =
        wasClean ? tr("Closed with code %1").arg(code) : tr("Closed, not cleanly, with code %1").arg(code);
    if (!reason.isEmpty())
        note += QStringLiteral(": ") + reason;
    log(Kind::Event, note);
}

void Session::log(LogEntry::Kind kind, const QString &note)
{
    Q_EMIT logged(LogEntry::now(Direction::None, kind, {}, note));
}
