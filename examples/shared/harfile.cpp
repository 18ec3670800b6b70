// SPDX-License-Identifier: MIT
#include "harfile.h"

#include "messagetext.h"
#include "toolkittexts.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qjsonarray.h>
#include <QtCore/qjsondocument.h>
#include <QtCore/qjsonobject.h>
#include <QtCore/qurlquery.h>

#include <cmath>

using std::chrono::microseconds;

namespace {
constexpr int TextOpcode = 1; // RFC 6455 §5.2
constexpr int BinaryOpcode = 2;

QJsonObject pairToJson(const QString &name, const QString &value)
{
    return {{QStringLiteral("name"), name}, {QStringLiteral("value"), value}};
}

QJsonArray headersToJson(const WsHeaders &headers)
{
    QJsonArray array;
    for (const auto &[name, value] : headers)
        array.append(pairToJson(QString::fromUtf8(name), QString::fromUtf8(value)));
    return array;
}

QJsonObject requestToJson(const SessionHead &head)
{
    QJsonArray query;
    const auto items = QUrlQuery(head.url).queryItems(QUrl::FullyDecoded);
    for (const auto &[name, value] : items)
        query.append(pairToJson(name, value));
    return {
        {QStringLiteral("method"), QString::fromUtf8(head.method)},
        {QStringLiteral("url"), head.url.toString(QUrl::FullyEncoded)},
        {QStringLiteral("httpVersion"), QStringLiteral("HTTP/1.1")},
        {QStringLiteral("headers"), headersToJson(head.requestHeaders)},
        {QStringLiteral("queryString"), query},
        {QStringLiteral("cookies"), QJsonArray()},
        {QStringLiteral("headersSize"), -1},
        {QStringLiteral("bodySize"), 0},
    };
}

QJsonObject responseToJson(const SessionHead &head)
{
    return {
        {QStringLiteral("status"), head.status},
        {QStringLiteral("statusText"),
         head.status == 101 ? QStringLiteral("Switching Protocols") : QString()},
        {QStringLiteral("httpVersion"), QStringLiteral("HTTP/1.1")},
        {QStringLiteral("headers"), headersToJson(head.responseHeaders)},
        {QStringLiteral("cookies"), QJsonArray()},
        {QStringLiteral("content"),
         QJsonObject{{QStringLiteral("size"), 0}, {QStringLiteral("mimeType"), QStringLiteral("x-unknown")}}},
        {QStringLiteral("redirectURL"), QString()},
        {QStringLiteral("headersSize"), -1},
        {QStringLiteral("bodySize"), -1},
    };
}

QJsonObject messageToJson(const SessionEvent &event, const QDateTime &started)
{
    const bool isText = event.type == SessionEvent::Type::Text;
    const bool isSent = event.direction == SessionEvent::Direction::Sent;
    const double seconds = double(started.toMSecsSinceEpoch()) / 1e3 + double(event.time.count()) / 1e6;
    return {
        {QStringLiteral("type"), isSent ? QStringLiteral("send") : QStringLiteral("receive")},
        {QStringLiteral("time"), seconds},
        {QStringLiteral("opcode"), isText ? TextOpcode : BinaryOpcode},
        {QStringLiteral("data"),
         isText ? messageText(event.payload) : QString::fromLatin1(event.payload.toBase64())},
    };
}

QJsonObject entryToJson(const Session &session)
{
    QJsonArray messages;
    for (const SessionEvent &event : session.events) {
        if (event.isMessage())
            messages.append(messageToJson(event, session.head.started));
    }
    const auto duration = session.events.isEmpty() ? microseconds(0) : session.events.constLast().time;
    return {
        {QStringLiteral("startedDateTime"), session.head.started.toUTC().toString(Qt::ISODateWithMs)},
        {QStringLiteral("time"), double(duration.count()) / 1000},
        {QStringLiteral("request"), requestToJson(session.head)},
        {QStringLiteral("response"), responseToJson(session.head)},
        {QStringLiteral("cache"), QJsonObject()},
        {QStringLiteral("timings"),
         QJsonObject{{QStringLiteral("send"), 0},
                     {QStringLiteral("wait"), 0},
                     {QStringLiteral("receive"), double(duration.count()) / 1000}}},
        {QStringLiteral("_resourceType"), QStringLiteral("websocket")},
        {QStringLiteral("_webSocketMessages"), messages},
    };
}

// --- reading

WsHeaders headersFromJson(const QJsonValue &value)
{
    WsHeaders headers;
    const QJsonArray array = value.toArray();
    for (const auto &header : array)
        headers.append({header[QStringLiteral("name")].toString().toUtf8(),
                        header[QStringLiteral("value")].toString().toUtf8()});
    return headers;
}

SessionHead headFromJson(const QJsonObject &entry)
{
    const QJsonValue request = entry.value(QStringLiteral("request"));
    const QJsonValue response = entry.value(QStringLiteral("response"));
    SessionHead head;
    head.url = QUrl(request[QStringLiteral("url")].toString());
    head.started =
        QDateTime::fromString(entry.value(QStringLiteral("startedDateTime")).toString(), Qt::ISODateWithMs);
    head.method = request[QStringLiteral("method")].toString().toUtf8();
    head.target = head.url.toEncoded(QUrl::RemoveScheme | QUrl::RemoveAuthority | QUrl::RemoveFragment);
    head.requestHeaders = headersFromJson(request[QStringLiteral("headers")]);
    head.status = response[QStringLiteral("status")].toInt();
    head.responseHeaders = headersFromJson(response[QStringLiteral("headers")]);
    return head;
}

// Returns an empty text, or what is wrong with the message.
QString readMessage(const QJsonObject &message, const QDateTime &started, SessionEvent *event)
{
    const QString type = message.value(QStringLiteral("type")).toString();
    if (type != u"send" && type != u"receive")
        return Toolkit::tr("“type” is neither “send” nor “receive”");
    event->direction = type == u"send" ? SessionEvent::Direction::Sent : SessionEvent::Direction::Received;
    const double seconds =
        message.value(QStringLiteral("time")).toDouble() - double(started.toMSecsSinceEpoch()) / 1e3;
    event->time = seconds > 0 && seconds < 1e9 ? microseconds(std::llround(seconds * 1e6)) : microseconds(0);
    const int opcode = message.value(QStringLiteral("opcode")).toInt();
    const QString data = message.value(QStringLiteral("data")).toString();
    if (opcode == TextOpcode) {
        event->type = SessionEvent::Type::Text;
        event->payload = data.toUtf8();
        return {};
    }
    const auto decoded =
        QByteArray::fromBase64Encoding(data.toLatin1(), QByteArray::AbortOnBase64DecodingErrors);
    event->type = SessionEvent::Type::Binary;
    event->payload = *decoded;
    return decoded ? QString() : Toolkit::tr("“data” is no Base64");
}

// Chromium keeps the control frames that it has an opcode for; they are skipped.
bool isDataOpcode(const QJsonValue &message)
{
    const int opcode = message[QStringLiteral("opcode")].toInt();
    return opcode == TextOpcode || opcode == BinaryOpcode;
}

QString readEntry(const QJsonObject &entry, Session *session)
{
    session->head = headFromJson(entry);
    const QJsonArray messages = entry.value(QStringLiteral("_webSocketMessages")).toArray();
    for (qsizetype i = 0; i < messages.size(); ++i) {
        if (!isDataOpcode(messages.at(i)))
            continue;
        SessionEvent event;
        const QString problem = readMessage(messages.at(i).toObject(), session->head.started, &event);
        if (!problem.isEmpty())
            return Toolkit::tr("message %1: %2").arg(i + 1).arg(problem);
        session->events.append(event);
    }
    return {};
}
} // namespace

QByteArray sessionsToHar(const QList<Session> &sessions)
{
    QJsonArray entries;
    for (const Session &session : sessions)
        entries.append(entryToJson(session));
    const QJsonObject creator{{QStringLiteral("name"), QStringLiteral("WsKit")},
                              {QStringLiteral("version"), QCoreApplication::applicationVersion()}};
    const QJsonObject log{{QStringLiteral("version"), QStringLiteral("1.2")},
                          {QStringLiteral("creator"), creator},
                          {QStringLiteral("pages"), QJsonArray()},
                          {QStringLiteral("entries"), entries}};
    return QJsonDocument(QJsonObject{{QStringLiteral("log"), log}}).toJson();
}

QString sessionsFromHar(const QByteArray &har, QList<Session> *sessions)
{
    sessions->clear();
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(exactJson(har), &error);
    if (error.error != QJsonParseError::NoError)
        return Toolkit::tr("no JSON, byte %1: %2").arg(error.offset).arg(error.errorString());
    const QJsonValue entries = document[QStringLiteral("log")][QStringLiteral("entries")];
    if (!entries.isArray())
        return Toolkit::tr("no HTTP Archive: there is no “log.entries”");
    const QJsonArray array = entries.toArray();
    for (qsizetype i = 0; i < array.size(); ++i) {
        const QJsonObject entry = array.at(i).toObject();
        if (!entry.value(QStringLiteral("_webSocketMessages")).isArray())
            continue;
        Session session;
        const QString problem = readEntry(entry, &session);
        if (!problem.isEmpty())
            return Toolkit::tr("entry %1: %2").arg(i + 1).arg(problem);
        sessions->append(session);
    }
    return {};
}
