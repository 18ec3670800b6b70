// SPDX-License-Identifier: MIT
#include "chatserver.h"

#include "picture.h"

#include <QtCore/qdatetime.h>
#include <QtCore/qfile.h>
#include <QtCore/qjsonarray.h>
#include <QtCore/qjsondocument.h>
#include <QtCore/qlocale.h>
#include <QtCore/qregularexpression.h>

namespace {
constexpr qsizetype maxNameLength = 32;
constexpr qsizetype maxTextLength = 4000;
constexpr qsizetype maxHistory = 100;
constexpr qint64 maxMessageSize = 4 * 1024 * 1024;

bool isPlain(const WsConnection *connection)
{
    return connection->subprotocol() != u"chat.v1";
}

QString describePicture(const Picture &picture)
{
    const QString name = picture.header[u"file"].toString();
    const QString file = name.isEmpty() ? QStringLiteral("untitled") : name;
    return QStringLiteral("* %1 sends a picture: %2 (%3)")
        .arg(picture.header[u"name"].toString(), file.simplified(),
             QLocale::c().formattedDataSize(picture.data.size(), 0, QLocale::DataSizeTraditionalFormat));
}

// What a member has written must not look like a line of another one.
QString indented(QString text)
{
    static const QRegularExpression lineBreak(QStringLiteral("\\R"));
    return text.replace(lineBreak, QStringLiteral("\n  "));
}

// The line that a terminal receives for a message of chat.v1.
QString toLine(const QJsonObject &message)
{
    const QString type = message[u"type"].toString();
    const QString name = message[u"name"].toString();
    const QString text = message[u"text"].toString();
    if (type == u"message")
        return name + QStringLiteral(": ") + indented(text);
    if (type == u"join")
        return QStringLiteral("* %1 has joined").arg(name);
    if (type == u"leave")
        return QStringLiteral("* %1 has left").arg(name);
    if (type == u"rename")
        return QStringLiteral("* %1 is now %2").arg(name, message[u"to"].toString());
    if (type == u"error")
        return QStringLiteral("* not accepted: ") + text;
    const QStringList names = message[u"names"].toVariant().toStringList();
    return QStringLiteral("* welcome, %1; here now: %2").arg(name, names.join(QStringLiteral(", ")));
}

QByteArray toJson(const QJsonObject &message)
{
    return QJsonDocument(message).toJson(QJsonDocument::Compact);
}
} // namespace

ChatServer::ChatServer(QObject *parent) : QObject(parent)
{
    QFile page(QStringLiteral(":/chat.html"));
    if (page.open(QIODevice::ReadOnly))
        m_page = page.readAll();

    WsOptions options;
    options.setMaxMessageSize(maxMessageSize);
    options.setMaxFrameSize(maxMessageSize);
    m_server.setOptions(options);
    m_server.setSubprotocols({QStringLiteral("chat.v1"), QStringLiteral("chat.text")});
    m_server.setRequestHandler([this](const WsRequest &request) { return answer(request); });
    connect(&m_server, &WsServer::newConnection, this, &ChatServer::onNewConnection);
}

WsResponse ChatServer::answer(const WsRequest &request) const
{
    if (request.path() == u"/chat")
        return request.isWebSocketUpgrade() ? WsResponse::accept() : WsResponse::reject(426);
    if (request.path() != u"/")
        return WsResponse::notFound();
    WsResponse response = WsResponse::html(m_page);
    response.setHeaders(
        response.headers()
        + WsHeaders{{"Content-Security-Policy",
                     "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
                     "img-src blob: data:; connect-src 'self' ws: wss:"},
                    {"X-Content-Type-Options", "nosniff"}});
    return response;
}

void ChatServer::onNewConnection(WsConnection *connection)
{
    connect(connection, &WsConnection::textMessageReceived, this,
            [this, connection](const QString &text) { onText(connection, text); });
    connect(connection, &WsConnection::binaryMessageReceived, this,
            [this, connection](const QByteArray &message) { onPicture(connection, message); });
    connect(connection, &WsConnection::closed, this, [this, connection] { onClosed(connection); });
    if (isPlain(connection))
        join(connection,
             connection->request().query().queryItemValue(QStringLiteral("name"), QUrl::FullyDecoded),
             nextTime());
}

void ChatServer::onClosed(WsConnection *connection)
{
    const QString name = m_members.take(connection);
    if (!name.isEmpty())
        sendToAll({{QStringLiteral("type"), QStringLiteral("leave")}, {QStringLiteral("name"), name}});
}

void ChatServer::onText(WsConnection *connection, const QString &text)
{
    if (isPlain(connection)) {
        say(connection, text);
        return;
    }
    const QJsonObject message = QJsonDocument::fromJson(text.toUtf8()).object();
    const QString type = message[u"type"].toString();
    if (type == u"hello")
        onHello(connection, message);
    else if (type == u"message")
        say(connection, message[u"text"].toString());
    else if (type.isEmpty())
        refuse(connection, QStringLiteral("a message is a JSON object with a “type”"));
}

void ChatServer::onPicture(WsConnection *connection, const QByteArray &message)
{
    std::optional<Picture> picture = Picture::decode(message);
    if (!m_members.contains(connection) || !picture) {
        refuse(connection, QStringLiteral("that was not a picture of this chat, or came before hello"));
        return;
    }
    picture->header[u"name"] = m_members.value(connection);
    picture->header[u"time"] = nextTime();
    const auto binary = WsPreparedMessage::binary(picture->encode());
    const auto line = WsPreparedMessage::text(describePicture(*picture));
    const QList<WsConnection *> members = m_members.keys();
    for (WsConnection *member : members)
        member->send(isPlain(member) ? line : binary);
}

void ChatServer::onHello(WsConnection *connection, const QJsonObject &hello)
{
    const QString name = hello[u"name"].toString();
    if (m_members.contains(connection))
        rename(connection, name);
    else
        join(connection, name, hello[u"since"].toInteger());
}

void ChatServer::join(WsConnection *connection, const QString &wantedName, qint64 since)
{
    const QString name = uniqueName(wantedName, connection);
    sendToAll({{QStringLiteral("type"), QStringLiteral("join")}, {QStringLiteral("name"), name}});
    m_members.insert(connection, name);
    sendTo(connection, {{QStringLiteral("type"), QStringLiteral("welcome")},
                        {QStringLiteral("name"), name},
                        {QStringLiteral("names"), QJsonArray::fromStringList(names())},
                        {QStringLiteral("time"), nextTime()}});
    for (const QJsonObject &message : std::as_const(m_history)) {
        if (message[u"time"].toInteger() > since)
            sendTo(connection, message);
    }
}

void ChatServer::rename(WsConnection *connection, const QString &wantedName)
{
    const QString oldName = m_members.value(connection);
    const QString newName = uniqueName(wantedName, connection);
    if (newName == oldName)
        return;
    m_members[connection] = newName;
    sendToAll({{QStringLiteral("type"), QStringLiteral("rename")},
               {QStringLiteral("name"), oldName},
               {QStringLiteral("to"), newName}});
}

void ChatServer::say(WsConnection *connection, const QString &text)
{
    if (!m_members.contains(connection)) {
        refuse(connection, QStringLiteral("say hello first"));
    } else if (text.size() > maxTextLength) {
        refuse(connection, QStringLiteral("a text has at most %1 characters").arg(maxTextLength));
    } else if (!text.trimmed().isEmpty()) {
        const QJsonObject message{{QStringLiteral("type"), QStringLiteral("message")},
                                  {QStringLiteral("name"), m_members.value(connection)},
                                  {QStringLiteral("text"), text},
                                  {QStringLiteral("time"), nextTime()}};
        m_history.append(message);
        if (m_history.size() > maxHistory)
            m_history.removeFirst();
        sendToAll(message, connection);
    }
}

void ChatServer::refuse(WsConnection *connection, const QString &why)
{
    sendTo(connection, {{QStringLiteral("type"), QStringLiteral("error")}, {QStringLiteral("text"), why}});
}

void ChatServer::sendTo(WsConnection *connection, const QJsonObject &message)
{
    connection->sendText(isPlain(connection) ? toLine(message).toUtf8() : toJson(message));
}

// Each of the two forms is encoded only once. A terminal does not receive its own lines.
void ChatServer::sendToAll(const QJsonObject &message, const WsConnection *author)
{
    QJsonObject stamped = message;
    if (!stamped.contains(u"time"))
        stamped[u"time"] = nextTime();
    const auto json = WsPreparedMessage::text(toJson(stamped));
    const auto line = WsPreparedMessage::text(toLine(stamped));
    const QList<WsConnection *> members = m_members.keys();
    for (WsConnection *member : members) {
        if (!isPlain(member))
            member->send(json);
        else if (member != author)
            member->send(line);
    }
}

QString ChatServer::uniqueName(const QString &wanted, const WsConnection *self) const
{
    QString name = wanted.simplified().left(maxNameLength);
    if (name.isEmpty())
        name = QStringLiteral("Guest");
    QString candidate = name;
    for (int number = 2; m_members.key(candidate, nullptr) && m_members.key(candidate) != self; ++number)
        candidate = QStringLiteral("%1 %2").arg(name).arg(number);
    return candidate;
}

QStringList ChatServer::names() const
{
    QStringList names = m_members.values();
    names.sort(Qt::CaseInsensitive);
    return names;
}

// Greater each time, so that a time identifies a message.
qint64 ChatServer::nextTime()
{
    m_lastTime = qMax(m_lastTime + 1, QDateTime::currentMSecsSinceEpoch());
    return m_lastTime;
}
