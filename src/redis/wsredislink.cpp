// SPDX-License-Identifier: MIT
#include "redis/wsredislink.h"

#include "redis/wsredisaddress.h"

#include <QtNetwork/qlocalsocket.h>
#include <QtNetwork/qnetworkproxy.h>
#include <QtNetwork/qsslconfiguration.h>
#include <QtNetwork/qsslsocket.h>
#include <QtNetwork/qtcpsocket.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>
#include <vector>

#include <hiredis/hiredis.h>

#ifdef Q_OS_WIN
#include <winsock2.h>
#else
#include <sys/socket.h>
#endif

namespace {
// How much the buffers of the socket may hold.
constexpr qint64 MaxInSocket = 256 * 1024;
// How long what has arrived is handled before other events of the thread have their turn, in milliseconds.
constexpr int TurnTime = 5;

WsError protocolError(const QString &text)
{
    return {Ws::ErrorKind::Protocol, text};
}

// The values of both sockets' errors are the same.
template <typename Error>
WsError socketError(Error error, const QString &text)
{
    const auto value = QAbstractSocket::SocketError(error);
    const bool isTls = value == QAbstractSocket::SslHandshakeFailedError
                       || value == QAbstractSocket::SslInternalError
                       || value == QAbstractSocket::SslInvalidUserDataError;
    WsError result(isTls ? Ws::ErrorKind::Tls : Ws::ErrorKind::Network, text);
    result.setSocketError(value);
    return result;
}

// An array in the mode for subscriptions, otherwise a status.
bool isPong(const WsRedisReply &reply)
{
    return reply.isStatus("PONG") || (reply.parts.size() == 2 && reply.parts.at(0).text == "pong");
}
} // namespace

void WsRedisLink::Free::operator()(char *data) const
{
    redisFreeCommand(data);
}

WsRedisLink::WsRedisLink(User *user, QObject *parent, qint64 maxText)
    : m_user(user), m_parent(parent), m_reader(maxText)
{
}

// A function of the socket may be what has led to this.
WsRedisLink::~WsRedisLink()
{
    *m_lives = false;
    if (!m_socket)
        return;
    m_socket->disconnect();
    if (auto *const socket = qobject_cast<QAbstractSocket *>(m_socket))
        socket->abort();
    else if (auto *const local = qobject_cast<QLocalSocket *>(m_socket))
        local->abort();
    m_socket->deleteLater();
}

// --- the socket

void WsRedisLink::connectTo(const WsRedisAddress &address, const QSslConfiguration &tls)
{
    if (!address.localPath.isEmpty()) {
        auto *const socket = new QLocalSocket(m_parent);
        watch(socket);
        socket->connectToServer(address.localPath);
        return;
    }
    QTcpSocket *const socket = address.isTls ? new QSslSocket(m_parent) : new QTcpSocket(m_parent);
    socket->setProxy(QNetworkProxy::NoProxy);
    m_tls = qobject_cast<QSslSocket *>(socket);
    if (m_tls) {
        watch(m_tls);
        m_tls->setSslConfiguration(tls);
        m_tls->connectToHostEncrypted(address.host, quint16(address.port));
    } else {
        watch(socket);
        socket->connectToHost(address.host, quint16(address.port));
    }
}

// Its signals are only noted, so that none is on the stack when the user is called.
template <typename Socket>
void WsRedisLink::watch(Socket *socket)
{
    m_socket = socket;
    socket->setReadBufferSize(MaxInSocket);
    const auto connected = [this] {
        m_isConnected = m_hasMoved = true;
        post();
    };
    if constexpr (std::is_same_v<Socket, QSslSocket>) {
        QObject::connect(socket, &QSslSocket::connected, socket, [this] { m_hasMoved = true; });
        QObject::connect(socket, &QSslSocket::encrypted, socket, connected);
        QObject::connect(socket, &QSslSocket::encryptedBytesWritten, socket, [this] { onWritten(); });
    } else {
        QObject::connect(socket, &Socket::connected, socket, connected);
        QObject::connect(socket, &Socket::bytesWritten, socket, [this] { onWritten(); });
    }
    QObject::connect(socket, &Socket::readyRead, socket, [this] { post(); });
    QObject::connect(socket, &Socket::errorOccurred, socket,
                     [this, socket](auto error) { onOver(socketError(error, socket->errorString())); });
    QObject::connect(socket, &Socket::disconnected, socket, [this] {
        onOver(WsError(Ws::ErrorKind::Network, QStringLiteral("the connection has ended")));
    });
}

// The first reason counts.
void WsRedisLink::onOver(const WsError &error)
{
    if (!std::exchange(m_isOver, true))
        m_error = error;
    post();
}

// That the system takes something shows nothing, but that it takes more does.
void WsRedisLink::onWritten()
{
    m_hasMoved = m_hasMoved || m_isStuck;
    write();
    m_isStuck = unwritten() > 0;
}

// The system would go on trying, as soon as the network is back, while the next connection is in use already.
void WsRedisLink::discardUnsent()
{
    auto *const socket = qobject_cast<QAbstractSocket *>(m_socket);
    if (!socket || socket->socketDescriptor() == -1)
        return;
    linger none = {};
    none.l_onoff = 1;
    const auto *const option = reinterpret_cast<const char *>(&none);
#ifdef Q_OS_WIN
    (void)::setsockopt(SOCKET(socket->socketDescriptor()), SOL_SOCKET, SO_LINGER, option, sizeof none);
#else
    (void)::setsockopt(int(socket->socketDescriptor()), SOL_SOCKET, SO_LINGER, option, sizeof none);
#endif
}

// --- what Redis sends

void WsRedisLink::post()
{
    if (!std::exchange(m_isTurnPosted, true))
        QMetaObject::invokeMethod(
            m_socket,
            [this, lives = m_lives] {
                if (*lives)
                    turn();
            },
            Qt::QueuedConnection);
}

void WsRedisLink::turn()
{
    m_isTurnPosted = false;
    const std::shared_ptr<const bool> stays = m_stay.lasts();
    const QDeadlineTimer deadline(TurnTime);
    while (step()) {
        if (!*stays || m_hasEnded) // the user has deleted it, or it goes on in another thread
            return;
        if (deadline.hasExpired()) {
            post();
            return;
        }
    }
}

// One call of the user at most. Returns false if there is nothing to do, or if the link has ended.
bool WsRedisLink::step()
{
    if (m_isConnected && !std::exchange(m_isConnectedReported, true)) {
        m_user->onConnected(this);
        return true;
    }
    if (const std::optional<WsRedisReply> reply = m_reader.next()) {
        post(); // in case the user runs an event loop, or moves this to another thread
        take(*reply);
        return true;
    }
    if (!m_reader.error() && read())
        return true;
    if (m_reader.error())
        end(*m_reader.error());
    else if (m_isOver)
        end(m_error);
    return false;
}

bool WsRedisLink::read()
{
    std::array<char, WsRedisReader::PieceSize> piece;
    const qint64 size =
        m_socket && m_socket->isReadable() ? m_socket->read(piece.data(), qint64(piece.size())) : -1;
    if (size <= 0)
        return false;
    m_hasMoved = true;
    m_reader.feed({piece.data(), qsizetype(size)});
    return true;
}

// A message can come at any time, everything else only as an answer.
void WsRedisLink::take(const WsRedisReply &reply)
{
    if (m_hasSubscribed && takePushed(reply))
        return;
    if (m_pending.empty()) {
        end(protocolError(QStringLiteral("Redis has sent a reply to nothing")));
        return;
    }
    Pending &first = m_pending.front();
    const Command command = first.command;
    if (!reply.isError() && !confirms(reply)) {
        end(protocolError(
            QStringLiteral("Redis has sent a wrong reply to %1").arg(QLatin1String(nameOf(command)))));
        return;
    }
    if (!reply.isError() && command == Command::Unsubscribe) {
        (void)takeOne(&m_ending, first.channels.at(first.confirmed));
        takeConfirmation();
    } else if (!reply.isError() && command == Command::Subscribe) {
        const QByteArray channel = first.channels.at(first.confirmed);
        takeConfirmation();
        if (takeOne(&m_beginning, channel))
            m_user->onSubscribed(channel);
    } else {
        m_pending.pop_front();
        m_user->onReply(this, command, reply);
    }
}

void WsRedisLink::takeConfirmation()
{
    Pending &first = m_pending.front();
    if (++first.confirmed == first.channels.size())
        m_pending.pop_front();
}

// Returns whether it was the last one.
bool WsRedisLink::takeOne(QHash<QByteArray, int> *counts, const QByteArray &channel)
{
    const auto found = counts->find(channel);
    if (--*found > 0)
        return false;
    counts->erase(found);
    return true;
}

// What arrives before the end of a subscription is confirmed belongs to that one, not to one that follows it.
bool WsRedisLink::takePushed(const WsRedisReply &reply)
{
    using Type = WsRedisReply::Type;
    const auto &parts = reply.parts;
    if (parts.size() != 3 || parts.at(0).text != "message" || parts.at(1).type != Type::Text
        || parts.at(2).type != Type::Text)
        return false;
    if (!m_ending.contains(parts.at(1).text))
        m_user->onMessage(parts.at(1).text, parts.at(2).text);
    return true;
}

// Whether \a reply, which is not an error, is the answer to what has waited longest.
bool WsRedisLink::confirms(const WsRedisReply &reply) const
{
    using Type = WsRedisReply::Type;
    const Pending &first = m_pending.front();
    switch (first.command) {
    case Command::Auth:
    case Command::Select:
        return reply.isStatus("OK");
    case Command::Ping:
        return isPong(reply) && (m_hasSubscribed || reply.type == Type::Status);
    case Command::Publish:
        return reply.type == Type::Number;
    case Command::Append:
    case Command::Read:
        return reply.type == Type::Text;
    case Command::Subscribe:
    case Command::Unsubscribe:
        break;
    }
    const auto &parts = reply.parts;
    return parts.size() == 3 && parts.at(0).text == nameOf(first.command).toLower()
           && parts.at(1).type == Type::Text && parts.at(1).text == first.channels.at(first.confirmed)
           && parts.at(2).type == Type::Number;
}

void WsRedisLink::end(const WsError &error)
{
    m_hasEnded = true;
    m_user->onEnded(WsError(error)); // a copy: it can be a member of the link, which the user may delete
}

// --- commands

QByteArray WsRedisLink::nameOf(Command command)
{
    switch (command) {
    case Command::Auth:
        return "AUTH";
    case Command::Select:
        return "SELECT";
    case Command::Ping:
        return "PING";
    case Command::Publish:
        return "PUBLISH";
    case Command::Append:
        return "XADD";
    case Command::Read:
        return "XRANGE";
    case Command::Subscribe:
        return "SUBSCRIBE";
    case Command::Unsubscribe:
        return "UNSUBSCRIBE";
    }
    Q_UNREACHABLE();
}

bool WsRedisLink::send(Command command, const QList<QByteArray> &words)
{
    return send(command, nameOf(command), words);
}

// Its text has to be sent only once.
bool WsRedisLink::run(Command command, const WsRedisScript &script, const QList<QByteArray> &words)
{
    bool &isKnown = m_knowsScript.at(size_t(script.number));
    QList<QByteArray> all{isKnown ? script.sha1 : script.text, QByteArray::number(script.keyCount)};
    if (!send(command, isKnown ? "EVALSHA" : "EVAL", all + words))
        return false;
    isKnown = true;
    return true;
}

bool WsRedisLink::send(Command command, const QByteArray &name, const QList<QByteArray> &words)
{
    if (!m_isConnected || m_isOver || m_hasEnded)
        return false;
    Output output = encoded(name, words);
    if (!output.data)
        return false;
    const bool isSubscription = command == Command::Subscribe || command == Command::Unsubscribe;
    m_pending.push_back({command, isSubscription ? words : QList<QByteArray>()});
    m_hasSubscribed = m_hasSubscribed || isSubscription;
    if (isSubscription) {
        for (const QByteArray &channel : words)
            ++(command == Command::Subscribe ? m_beginning : m_ending)[channel];
    }
    m_output.push_back(std::move(output));
    write();
    return true;
}

void WsRedisLink::finish(QDeadlineTimer deadline)
{
    if (m_socket)
        m_socket->disconnect();
    const auto wait = [this](int time) {
        return m_output.empty() ? m_socket->waitForReadyRead(time) : m_socket->waitForBytesWritten(time);
    };
    while (m_socket && !m_pending.empty() && !m_reader.error()) {
        write();
        if (m_reader.next())
            m_pending.pop_front();
        else if (!read() && !wait(int(deadline.remainingTime())))
            return;
    }
}

// hiredis counts in int.
WsRedisLink::Output WsRedisLink::encoded(const QByteArray &name, const QList<QByteArray> &words)
{
    constexpr qint64 SizesOfWord = 32;
    std::vector<const char *> texts{name.constData()};
    std::vector<size_t> sizes{size_t(name.size())};
    qint64 all = name.size() + SizesOfWord;
    for (const QByteArray &word : words) {
        texts.push_back(word.constData());
        sizes.push_back(size_t(word.size()));
        all += word.size() + SizesOfWord;
    }
    if (all > std::numeric_limits<int>::max())
        return {};
    char *data = nullptr;
    const auto size = redisFormatCommandArgv(&data, int(texts.size()), texts.data(), sizes.data());
    return {std::unique_ptr<char, Free>(size < 0 ? nullptr : data), qsizetype(size)};
}

// The socket copies what it is given.
void WsRedisLink::write()
{
    while (!m_output.empty() && m_socket) {
        const Output &first = m_output.front();
        const qint64 size = std::min<qint64>(first.size - m_given, MaxInSocket - unwritten());
        const qint64 given = size > 0 ? m_socket->write(first.data.get() + m_given, size) : 0;
        if (given <= 0)
            return; // there is no room, or onOver() follows
        m_given += qsizetype(given);
        if (m_given < first.size)
            continue;
        m_output.pop_front();
        m_given = 0;
    }
}

qint64 WsRedisLink::unwritten() const
{
    return m_socket->bytesToWrite() + (m_tls ? m_tls->encryptedBytesToWrite() : 0);
}

// --- whether Redis is alive

bool WsRedisLink::check()
{
    const bool isAlive = m_hasMoved || !m_isAwaited;
    if (m_isConnectedReported && m_pending.empty())
        (void)send(Command::Ping);
    const bool isEncrypting = m_tls && !m_isConnected && m_tls->state() == QAbstractSocket::ConnectedState;
    m_isAwaited = isEncrypting || !m_pending.empty();
    m_hasMoved = false;
    return isAlive;
}
