// SPDX-License-Identifier: MIT
#include "soaklane.h"

#include "soaklimits.h"
#include "soaklines.h"

#include "../integration/rawtesting.h"

#include <WsKit/WsReconnect>

#include <QtCore/qtimer.h>
#include <QtNetwork/qnetworkproxy.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace Soak;

LanePlan::LanePlan(const QJsonObject &object)
    : name(object.value(u"name"_s).toString()), server(object.value(u"server"_s).toString()),
      url(object.value(u"url"_s).toString()), service(object.value(u"service"_s).toString()),
      receiving(object.value(u"receiving"_s).toString()), proxy(object.value(u"proxy"_s).toString()),
      isCompressed(object.value(u"compressed"_s).toBool()), isLarge(object.value(u"large"_s).toBool()),
      companions(object.value(u"companions"_s).toInt())
{
}

WsOptions LanePlan::options() const
{
    WsOptions options;
    WsCompression compression;
    compression.setEnabled(isCompressed);
    options.setCompression(compression);
    options.setHandshakeTimeout(60s);
    // The proxy of the test does not say that it cannot reach a server.
    options.setConnectTimeout(proxy.isEmpty() ? 0s : 3s);
    options.setCloseTimeout(60s);
    options.setPongTimeout(60s);
    return options;
}

WsReconnect LanePlan::reconnect() const
{
    WsReconnect reconnect;
    reconnect.setEnabled(true);
    reconnect.setInitialDelay(20ms);
    reconnect.setMaxDelay(500ms);
    return reconnect;
}

QUrl LanePlan::targetUrl(const QString &query) const
{
    return QUrl(url + service + u"?good"_s + query);
}

void LaneAccount::noteOpened(const WsClient &client)
{
    ++m_connections;
    QString generation;
    for (const auto &[name, value] : client.response().headers())
        generation =
            name.compare("Server", Qt::CaseInsensitive) == 0 ? QString::fromLatin1(value) : generation;
    if (m_failures > 0 && generation == m_generation)
        fault(u"%1 attempts failed, although the server was not restarted: %2"_s.arg(m_failures)
                  .arg(m_failure));
    m_failures = 0;
    m_generation = generation;
}

// On a busy machine a handshake can take longer than the server allows, which cannot say so within one of
// TLS.
void LaneAccount::noteFailed(const WsError &error)
{
    const bool isSlow = m_attempt.hasExpired(std::chrono::milliseconds(ServerHandshakeTimeout).count());
    m_attempt.start(); // the next one
    if (isSlow || error.kind() == Ws::ErrorKind::Timeout || error.httpStatus() == 408) {
        ++m_slowAttempts;
        return;
    }
    ++m_failedAttempts;
    ++m_failures;
    m_failure = error.text();
    if (error.kind() != Ws::ErrorKind::Network && error.kind() != Ws::ErrorKind::Proxy
        && error.kind() != Ws::ErrorKind::Handshake)
        fault(u"cannot open: "_s + error.text());
}

void LaneAccount::noteEnd(Wanted wanted, quint16 code, bool wasClean, quint32 sent, quint32 confirmed)
{
    m_attempt.start(); // the next one
    m_unconfirmed += sent - confirmed;
    if (wanted == Wanted::Close && code == Ws::Normal && wasClean) {
        m_cleanMessages += sent;
        ++m_cleanConnections;
    } else if (wanted != Wanted::Abort) {
        const QString key = u"%1 %2"_s.arg(m_generation).arg(code);
        m_ends[key] = m_ends.value(key).toInt() + 1;
    }
}

void LaneAccount::noteConfirmed(qint64 bytes)
{
    ++m_confirmed;
    m_bytes += bytes;
}

void LaneAccount::fault(const QString &text) const
{
    sayFault(u"%1: %2"_s.arg(m_plan.name, text));
}

QJsonObject LaneAccount::report()
{
    return {{u"name"_s, m_plan.name},
            {u"server"_s, m_plan.server},
            {u"service"_s, m_plan.service},
            {u"connections"_s, m_connections},
            {u"failed attempts"_s, m_failedAttempts},
            {u"slow attempts"_s, m_slowAttempts},
            {u"confirmed"_s, m_confirmed},
            {u"bytes"_s, m_bytes},
            {u"unconfirmed"_s, m_unconfirmed},
            {u"clean messages"_s, m_cleanMessages},
            {u"clean connections"_s, m_cleanConnections},
            {u"ends"_s, std::exchange(m_ends, {})}};
}

ClientLane::ClientLane(const LanePlan &ownPlan, quint32 seed) : Lane(ownPlan), random(seed)
{
    client.setOptions(plan.options());
    client.setReconnect(plan.reconnect());
    client.setReconnectFilter([](const WsError &) { return true; });
    client.setSslConfiguration(IntegrationTesting::tlsConfiguration());
    if (!plan.proxy.isEmpty())
        client.setProxy(QUrl(plan.proxy));
    else
        client.setProxy(QNetworkProxy(QNetworkProxy::NoProxy));
    QObject::connect(&client, &WsConnection::errorOccurred, &client, [this](const WsError &error) {
        if (client.state() != Ws::Open && !m_wasOpen)
            account.noteFailed(error);
        else if (error.kind() != Ws::ErrorKind::Network)
            account.fault(error.text());
    });
    QObject::connect(&client, &WsConnection::opened, &client, [this] {
        m_wasOpen = true;
        sent = 0;
        confirmed = 0;
        account.noteOpened(client);
        onOpened();
        goOnSoon();
    });
    QObject::connect(&client, &WsConnection::closed, &client,
                     [this](quint16 code, const QString &, bool wasClean) { end(code, wasClean); });
}

void ClientLane::work(int round)
{
    m_round = round;
    m_isAsked = false;
    m_isResting = false;
    m_confirmedBefore = account.confirmed();
    open();
}

void ClientLane::rest()
{
    m_isAsked = true;
    goOnSoon();
}

QString ClientLane::activity() const
{
    return u"%1 (state %2, %3 of %4 have come back%5)"_s.arg(plan.name)
        .arg(int(client.state()))
        .arg(confirmed)
        .arg(sent)
        .arg(client.active() ? QString() : u", not active"_s);
}

void ClientLane::open()
{
    account.noteAttempt();
    if (!client.open(url()))
        account.fault(client.errorString());
}

void ClientLane::endNow(LaneAccount::Wanted wanted)
{
    m_wanted = wanted;
    if (wanted == LaneAccount::Wanted::Abort)
        client.abort();
    else
        client.close();
}

void ClientLane::goOnSoon()
{
    if (!std::exchange(m_isScheduled, true))
        QTimer::singleShot(0, &client, [this] {
            m_isScheduled = false;
            goOn();
        });
}

void ClientLane::goOn()
{
    if (client.state() != Ws::Open)
        return;
    if (m_isAsked && isDone())
        endNow(LaneAccount::Wanted::Close);
    else
        sendMore();
}

void ClientLane::end(quint16 code, bool wasClean)
{
    if (std::exchange(m_wasOpen, false)) {
        account.noteEnd(std::exchange(m_wanted, LaneAccount::Wanted::No), code, wasClean, sent, confirmed);
        onClosed();
    }
    QTimer::singleShot(0, &client, [this] { goOnClosed(); });
}

void ClientLane::goOnClosed()
{
    if (client.active()) // it is opened again by itself
        return;
    if (m_isAsked && isDone())
        m_isResting = true;
    else
        open();
}
