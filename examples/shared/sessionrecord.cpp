// SPDX-License-Identifier: MIT
#include "sessionrecord.h"

#include "messagetext.h"
#include "secrets.h"
#include "toolkittexts.h"

#include <WsKit/WsConnection>

#include <QtCore/qfile.h>
#include <QtCore/qjsonarray.h>
#include <QtCore/qjsondocument.h>
#include <QtCore/qjsonobject.h>

#include <cmath>
#include <iterator>

namespace {
constexpr int Version = 1;
constexpr const char *typeNames[] = {"text", "binary", "ping", "pong", "close"};
constexpr const char *directionNames[] = {"sent", "received"};

template <typename Enumeration, size_t Count>
bool readName(const QJsonValue &value, const char *const (&names)[Count], Enumeration *result)
{
    for (size_t i = 0; i < Count; ++i) {
        if (value.toString() == QLatin1String(names[i])) {
            *result = Enumeration(i);
            return true;
        }
    }
    return false;
}

QJsonArray headersToJson(const WsHeaders &headers)
{
    QJsonArray array;
    for (const auto &[name, value] : headers)
        array.append(QJsonArray{QString::fromUtf8(name), QString::fromUtf8(value)});
    return array;
}

bool readHeaders(const QJsonValue &value, WsHeaders *headers)
{
    const QJsonArray array = value.toArray();
    for (const auto &element : array) {
        const QJsonArray pair = element.toArray();
        if (pair.size() != 2 || !pair.at(0).isString() || !pair.at(1).isString())
            return false;
        headers->append({pair.at(0).toString().toUtf8(), pair.at(1).toString().toUtf8()});
    }
    return value.isUndefined() || value.isArray();
}

WsHeaders shownHeaders(const WsHeaders &headers)
{
    WsHeaders shown;
    for (const auto &[name, value] : headers)
        shown.append({name, Secrets::shownValue(name, value).toUtf8()});
    return shown;
}

QByteArray jsonLine(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n';
}

// Returns an empty text, or what is wrong.
QString readHeadObject(const QJsonObject &object, SessionHead *head)
{
    if (object.value(QStringLiteral("wskit")).toString() != u"session")
        return Toolkit::tr("no record of a session");
    const int version = object.value(QStringLiteral("version")).toInt();
    if (version != Version)
        return Toolkit::tr("a record of the unknown version %1").arg(version);
    const QJsonObject request = object.value(QStringLiteral("request")).toObject();
    const QJsonObject response = object.value(QStringLiteral("response")).toObject();
    head->url = QUrl(object.value(QStringLiteral("url")).toString());
    head->started = QDateTime::fromString(object.value(QStringLiteral("started")).toString(), Qt::ISODate);
    head->method = request.value(QStringLiteral("method")).toString(QStringLiteral("GET")).toUtf8();
    head->target = request.value(QStringLiteral("target")).toString().toUtf8();
    head->status = response.value(QStringLiteral("status")).toInt(101);
    if (!readHeaders(request.value(QStringLiteral("headers")), &head->requestHeaders)
        || !readHeaders(response.value(QStringLiteral("headers")), &head->responseHeaders))
        return Toolkit::tr("the headers are no array of pairs [name, value]");
    return {};
}

QString readPayload(const QJsonObject &object, QByteArray *payload)
{
    const QJsonValue text = object.value(QStringLiteral("text"));
    const QJsonValue base64 = object.value(QStringLiteral("base64"));
    if (text.isString()) {
        *payload = text.toString().toUtf8();
        return {};
    }
    if (!base64.isString())
        return Toolkit::tr("there is neither “text” nor “base64”");
    const auto decoded =
        QByteArray::fromBase64Encoding(base64.toString().toLatin1(), QByteArray::AbortOnBase64DecodingErrors);
    *payload = *decoded;
    return decoded ? QString() : Toolkit::tr("“base64” is no Base64");
}

QString readEventObject(const QJsonObject &object, SessionEvent *event)
{
    constexpr double MaxTimeMs = 1e12;
    const double time = object.value(QStringLiteral("time")).toDouble(-1);
    if (!(time >= 0 && time <= MaxTimeMs))
        return Toolkit::tr("“time” is no number of milliseconds");
    event->time = std::chrono::microseconds(std::llround(time * 1000));
    if (!readName(object.value(QStringLiteral("direction")), directionNames, &event->direction))
        return Toolkit::tr("“direction” is neither “sent” nor “received”");
    if (!readName(object.value(QStringLiteral("type")), typeNames, &event->type))
        return Toolkit::tr("“type” is none of text, binary, ping, pong and close");
    if (event->type == SessionEvent::Type::Close) {
        const int code = object.value(QStringLiteral("code")).toInt(-1);
        if (code < 0 || code > 0xffff)
            return Toolkit::tr("“code” is no close code");
        event->closeCode = quint16(code);
    }
    return readPayload(object, &event->payload);
}

bool readObject(const QByteArray &line, QJsonObject *object, QString *problem)
{
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(exactJson(line), &error);
    *object = document.object();
    *problem = error.error != QJsonParseError::NoError ? Toolkit::tr("no JSON: ") + error.errorString()
               : document.isObject()                   ? QString()
                                                       : Toolkit::tr("not a JSON object");
    return problem->isEmpty();
}
} // namespace

SessionHead SessionHead::of(const WsConnection &connection)
{
    const WsRequest request = connection.request();
    const WsResponse response = connection.response();
    SessionHead head;
    head.url = connection.url();
    head.started = QDateTime::currentDateTimeUtc();
    head.method = request.method();
    head.target = request.target();
    head.requestHeaders = request.headers();
    head.status = response.status();
    head.responseHeaders = response.headers();
    return head;
}

SessionHead SessionHead::withoutSecrets() const
{
    SessionHead bare = *this;
    bare.url = QUrl(Secrets::storedUrl(url));
    // Only to blank the query as it does that of a URL.
    const QUrl whole(QStringLiteral("ws://host") + QString::fromUtf8(target));
    if (whole.hasQuery())
        bare.target = Secrets::storedUrl(whole).mid(QStringLiteral("ws://host").size()).toUtf8();
    bare.requestHeaders = shownHeaders(requestHeaders);
    bare.responseHeaders = shownHeaders(responseHeaders);
    return bare;
}

QStringList SessionHead::subprotocols() const
{
    QStringList names;
    for (const auto &[name, value] : requestHeaders) {
        if (name.compare("Sec-WebSocket-Protocol", Qt::CaseInsensitive) != 0)
            continue;
        const QStringList offered = QString::fromLatin1(value).split(u',', Qt::SkipEmptyParts);
        for (const QString &subprotocol : offered)
            names.append(subprotocol.trimmed());
    }
    return names;
}

QByteArray SessionRecord::headLine(const SessionHead &head)
{
    return jsonLine({
        {QStringLiteral("wskit"), QStringLiteral("session")},
        {QStringLiteral("version"), Version},
        {QStringLiteral("url"), head.url.toString(QUrl::FullyEncoded)},
        {QStringLiteral("started"), head.started.toUTC().toString(Qt::ISODateWithMs)},
        {QStringLiteral("request"),
         QJsonObject{{QStringLiteral("method"), QString::fromUtf8(head.method)},
                     {QStringLiteral("target"), QString::fromUtf8(head.target)},
                     {QStringLiteral("headers"), headersToJson(head.requestHeaders)}}},
        {QStringLiteral("response"),
         QJsonObject{{QStringLiteral("status"), head.status},
                     {QStringLiteral("headers"), headersToJson(head.responseHeaders)}}},
    });
}

QByteArray SessionRecord::eventLine(const SessionEvent &event)
{
    QJsonObject object{
        {QStringLiteral("time"), double(event.time.count()) / 1000},
        {QStringLiteral("direction"), QLatin1String(directionNames[size_t(event.direction)])},
        {QStringLiteral("type"), QLatin1String(typeNames[size_t(event.type)])},
    };
    if (event.type == SessionEvent::Type::Text || event.type == SessionEvent::Type::Close)
        object.insert(QStringLiteral("text"), messageText(event.payload));
    else
        object.insert(QStringLiteral("base64"), QString::fromLatin1(event.payload.toBase64()));
    if (event.type == SessionEvent::Type::Close)
        object.insert(QStringLiteral("code"), event.closeCode);
    return jsonLine(object);
}

SessionReader::SessionReader(QIODevice *device, qint64 maxLineSize)
    : m_device(device), m_maxLineSize(maxLineSize)
{
}

std::optional<SessionHead> SessionReader::readHead()
{
    QByteArray line;
    if (!readLine(&line)) {
        if (m_problem.isEmpty())
            fail(Toolkit::tr("no record of a session"));
        return {};
    }
    QJsonObject object;
    QString problem;
    SessionHead head;
    if (readObject(line, &object, &problem))
        problem = readHeadObject(object, &head);
    if (problem.isEmpty())
        return head;
    fail(problem);
    return {};
}

std::optional<SessionEvent> SessionReader::readEvent()
{
    QByteArray line;
    if (!m_problem.isEmpty() || !readLine(&line))
        return {};
    QJsonObject object;
    QString problem;
    SessionEvent event;
    if (readObject(line, &object, &problem))
        problem = readEventObject(object, &event);
    if (problem.isEmpty())
        return event;
    fail(problem);
    return {};
}

// Skips empty lines.
bool SessionReader::readLine(QByteArray *line)
{
    // Before it is read, a pipe is at its end like a file that is empty.
    while (!(*line = m_device->readLine(m_maxLineSize + 1)).isEmpty()) {
        ++m_lineNumber;
        if (line->size() > m_maxLineSize || (line->size() == m_maxLineSize && !line->endsWith('\n'))) {
            fail(Toolkit::tr("longer than %1 bytes").arg(m_maxLineSize));
            return false;
        }
        *line = line->trimmed();
        if (!line->isEmpty())
            return true;
    }
    return false;
}

void SessionReader::fail(const QString &text)
{
    m_problem = Toolkit::tr("line %1: %2").arg(qMax<qint64>(m_lineNumber, 1)).arg(text);
}

QString readSession(const QString &fileName, Session *session)
{
    QFile file(fileName);
    if (!file.open(QIODevice::ReadOnly))
        return QStringLiteral("%1: %2").arg(fileName, file.errorString());
    SessionReader reader(&file);
    if (const std::optional<SessionHead> head = reader.readHead())
        session->head = *head;
    session->events.clear();
    while (const std::optional<SessionEvent> event = reader.readEvent())
        session->events.append(*event);
    const QString problem = file.error() == QFile::NoError ? reader.problem() : file.errorString();
    return problem.isEmpty() ? QString() : QStringLiteral("%1: %2").arg(fileName, problem);
}
