// SPDX-License-Identifier: MIT
#ifndef RAWTESTING_H
#define RAWTESTING_H

#include "../patience.h"

#include <QtCore/qcryptographichash.h>
#include <QtCore/qfile.h>
#include <QtCore/qurl.h>
#include <QtNetwork/qnetworkproxy.h>
#include <QtNetwork/qsslcertificate.h>
#include <QtNetwork/qsslconfiguration.h>
#include <QtNetwork/qsslkey.h>
#include <QtNetwork/qsslsocket.h>
#include <QtNetwork/qtcpserver.h>

#include <functional>
#include <memory>

#ifdef Q_OS_WIN
#include <winsock2.h>
#else
#include <sys/socket.h>
#endif

// What tests on sockets share that need no WebSocket library at the other end: the certificates, and peers
// that speak the protocol by hand, so that they may break it.

namespace IntegrationTesting {
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

using Patient::Patience;
using Patient::waitFor;
using Patient::waitWhileItMoves;

constexpr qint64 KiB = 1024;
constexpr qint64 MiB = 1024 * KiB;

// --- certificates

inline QString certificateFile(const QString &name)
{
    return QStringLiteral(WSKIT_TEST_CERTIFICATES) + u'/' + name;
}

inline QSslCertificate certificate(const QString &name)
{
    return QSslCertificate::fromPath(certificateFile(name + u".crt"_s)).value(0);
}

inline QSslKey privateKey(const QString &name)
{
    QFile file(certificateFile(name + u".key"_s));
    return file.open(QIODevice::ReadOnly) ? QSslKey(&file, QSsl::Ec) : QSslKey();
}

// Trusts the tests' own authority; with \a name has that certificate.
inline QSslConfiguration tlsConfiguration(const QString &name = {})
{
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    configuration.setCaCertificates({certificate(u"ca"_s)});
    if (!name.isEmpty()) {
        configuration.setLocalCertificate(certificate(name));
        configuration.setPrivateKey(privateKey(name));
    }
    return configuration;
}

inline QSslConfiguration serverTls()
{
    return tlsConfiguration(u"server"_s);
}

// Bytes that no shift or loss leaves as they are, and that compression makes shorter.
inline QByteArray pattern(qint64 size, int seed = 0)
{
    QByteArray bytes(size, Qt::Uninitialized);
    for (qsizetype i = 0; i < size; ++i)
        bytes[i] = char(i * 7 + i / 251 + i / 65537 + seed);
    return bytes;
}

// --- by hand

enum Opcode : quint8 {
    Continuation = 0,
    TextFrame = 1,
    BinaryFrame = 2,
    CloseFrame = 8,
    PingFrame = 9,
    PongFrame = 10
};

inline QByteArray frameHeader(quint8 opcode, quint64 length, bool isFinal = true, bool isMasked = true)
{
    QByteArray bytes(1, char((isFinal ? 0x80 : 0) | opcode));
    const int lengthSize = length < 126 ? 0 : length < 65536 ? 2 : 8;
    bytes += char((isMasked ? 0x80 : 0) | (lengthSize == 0 ? int(length) : lengthSize == 2 ? 126 : 127));
    for (int shift = 8 * (lengthSize - 1); shift >= 0; shift -= 8)
        bytes += char(length >> shift);
    return isMasked ? bytes + QByteArray(4, '\0') : bytes; // a masking key of zeros changes nothing
}

// As a client sends it.
inline QByteArray frame(quint8 opcode, const QByteArray &payload = {}, bool isFinal = true)
{
    return frameHeader(opcode, quint64(payload.size()), isFinal) + payload;
}

// As a server sends it.
inline QByteArray unmaskedFrame(quint8 opcode, const QByteArray &payload = {}, bool isFinal = true)
{
    return frameHeader(opcode, quint64(payload.size()), isFinal, false) + payload;
}

inline QByteArray closePayload(quint16 code, const QByteArray &reason = {})
{
    return QByteArray(1, char(code >> 8)) + char(code & 0xFF) + reason;
}

struct ReceivedFrame
{
    quint8 opcode = 0;
    QByteArray payload;
    bool isFinal = true;
    QByteArray maskingKey = {}; // empty without one

    // Of a Close; 0 where it has none.
    int closeCode() const { return payload.size() < 2 ? 0 : (quint8(payload[0]) << 8) | quint8(payload[1]); }
    friend bool operator==(const ReceivedFrame &a, const ReceivedFrame &b)
    {
        return a.opcode == b.opcode && a.payload == b.payload;
    }
};

// All whole frames in \a bytes, unmasked.
inline QList<ReceivedFrame> parseFrames(QByteArrayView bytes)
{
    QList<ReceivedFrame> frames;
    while (bytes.size() >= 2) {
        const auto at = [&bytes](qsizetype i) { return quint8(bytes[i]); };
        const int length7 = at(1) & 0x7F;
        const bool isMasked = at(1) & 0x80;
        const qsizetype lengthSize = length7 == 127 ? 8 : length7 == 126 ? 2 : 0;
        const qsizetype keyAt = 2 + lengthSize;
        const qsizetype headerSize = keyAt + (isMasked ? 4 : 0);
        if (bytes.size() < headerSize)
            break;
        quint64 length = lengthSize == 0 ? quint64(length7) : 0;
        for (qsizetype i = 2; i < keyAt; ++i)
            length = (length << 8) | at(i);
        if (quint64(bytes.size() - headerSize) < length)
            break;
        ReceivedFrame received{quint8(at(0) & 0x0F),
                               bytes.sliced(headerSize, qsizetype(length)).toByteArray(), bool(at(0) & 0x80),
                               bytes.sliced(keyAt, headerSize - keyAt).toByteArray()};
        for (qsizetype i = 0; isMasked && i < received.payload.size(); ++i)
            received.payload[i] = char(received.payload[i] ^ bytes[keyAt + i % 4]);
        frames.append(received);
        bytes = bytes.sliced(headerSize + qsizetype(length));
    }
    return frames;
}

// An end of a TCP or TLS connection that keeps what it receives.
class RawPeer : public QObject
{
public:
    RawPeer() : RawPeer(new QSslSocket) { }
    explicit RawPeer(QSslSocket *ownSocket) : socket(ownSocket)
    {
        socket->setParent(this);
        socket->setProxy(QNetworkProxy::NoProxy);
        socket->setSslConfiguration(tlsConfiguration());
        connect(socket, &QIODevice::readyRead, this, [this] {
            if (m_isReading)
                received += socket->readAll();
        });
        connect(socket, &QAbstractSocket::disconnected, this, [this] {
            if (socket->bytesAvailable() > 0)
                received += socket->readAll();
            hasEnded = true;
        });
    }

    // To a WsServer or a QWebSocketServer.
    template <typename Server>
    bool connectTo(const Server &server)
    {
        hasEnded = false;
        const bool isTls = server.serverUrl().scheme() == u"wss";
        const QString host = server.serverAddress().toString();
        if (isTls)
            socket->connectToHostEncrypted(host, server.serverPort());
        else
            socket->connectToHost(host, server.serverPort());
        return waitFor([this, isTls] {
            return isTls ? socket->isEncrypted() : socket->state() == QAbstractSocket::ConnectedState;
        });
    }

    void send(const QByteArray &bytes)
    {
        socket->write(bytes);
        socket->flush();
    }

    // The head of an upgrade request; \a headers are whole lines.
    static QByteArray upgradeRequest(const QByteArray &headers = {}, const QByteArray &target = "/")
    {
        return "GET " + target
               + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
               + headers + "\r\n";
    }

    // Connects and upgrades; what follows the head of the answer is in \c received then.
    template <typename Server>
    bool upgrade(const Server &server, const QByteArray &headers = {})
    {
        if (!connectTo(server))
            return false;
        send(upgradeRequest(headers));
        if (!waitFor([this] { return received.contains("\r\n\r\n"); }))
            return false;
        const bool isAccepted = received.startsWith("HTTP/1.1 101 ");
        received.remove(0, received.indexOf("\r\n\r\n") + 4);
        return isAccepted;
    }

    // What is sent to this end stays in the buffers of the system, and holds up who sends it: Qt reads
    // nothing while its own buffer is full.
    void stopReading()
    {
        m_isReading = false;
        socket->setReadBufferSize(1);
    }
    void readAgain()
    {
        m_isReading = true;
        socket->setReadBufferSize(0);
        received += socket->readAll();
    }

    // Ends its own direction, and goes on reading.
    void endSending()
    {
#ifdef Q_OS_WIN
        constexpr int Sending = SD_SEND;
#else
        constexpr int Sending = SHUT_WR;
#endif
        socket->flush();
        ::shutdown(decltype(::socket(0, 0, 0))(socket->socketDescriptor()), Sending);
    }

    // Ends by a TCP reset.
    void reset()
    {
        const linger noTime = {1, 0};
        ::setsockopt(decltype(::socket(0, 0, 0))(socket->socketDescriptor()), SOL_SOCKET, SO_LINGER,
                     reinterpret_cast<const char *>(&noTime), sizeof noTime);
        socket->abort();
    }

    QList<ReceivedFrame> frames() const { return parseFrames(received); }
    int httpStatus() const { return received.startsWith("HTTP/1.1 ") ? received.sliced(9, 3).toInt() : 0; }
    QByteArray body() const { return received.sliced(received.indexOf("\r\n\r\n") + 4); }
    QByteArray header(const QByteArray &name) const
    {
        const qsizetype at = received.toLower().indexOf("\r\n" + name.toLower() + ": ");
        const qsizetype from = at + name.size() + 4;
        return at < 0 ? QByteArray() : received.sliced(from, received.indexOf("\r\n", from) - from);
    }
    // The whole answer is there: as much body as it announces, and the end of the connection.
    bool hasWholeAnswer() const
    {
        return hasEnded && received.contains("\r\n\r\n") && body().size() == header("Content-Length").toInt();
    }

    QSslSocket *const socket;
    QByteArray received;
    bool hasEnded = false;

private:
    bool m_isReading = true;
};

// A server that does as it is told. It answers each upgrade request by \c answer, then by \c afterAnswer.
class RawServer : public QTcpServer
{
public:
    using Answer = std::function<QByteArray(const QByteArray &key)>;

    explicit RawServer(Answer ownAnswer = &RawServer::acceptance) : answer(std::move(ownAnswer))
    {
        listen(QHostAddress::LocalHost);
    }

    QUrl url(const QString &scheme = u"ws"_s) const
    {
        return QUrl(u"%1://127.0.0.1:%2/"_s.arg(scheme, QString::number(serverPort())));
    }

    static QByteArray keyOf(const QByteArray &request)
    {
        static const QByteArray name = "Sec-WebSocket-Key: ";
        const qsizetype at = request.indexOf(name) + name.size();
        return request.sliced(at, request.indexOf("\r\n", at) - at);
    }
    static QByteArray acceptKey(const QByteArray &key)
    {
        return QCryptographicHash::hash(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
                                        QCryptographicHash::Sha1)
            .toBase64();
    }

    static QByteArray acceptance(const QByteArray &key) { return acceptanceWith(key, {}); }
    static QByteArray acceptanceWith(const QByteArray &key, const QByteArray &headers)
    {
        return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
               "Sec-WebSocket-Accept: "
               + acceptKey(key) + "\r\n" + headers + "\r\n";
    }

    Answer answer;
    QByteArray afterAnswer;
    bool endsAfterAnswer = false;
    std::function<void(QSslSocket *)> prepareTls; // and TLS begins, if it is set
    QByteArray request;
    std::unique_ptr<RawPeer> peer;
    int connectionCount = 0;

protected:
    void incomingConnection(qintptr descriptor) override
    {
        ++connectionCount;
        request.clear();
        auto *socket = new QSslSocket;
        socket->setSocketDescriptor(descriptor);
        peer = std::make_unique<RawPeer>(socket);
        connect(socket, &QIODevice::readyRead, this, &RawServer::onBytes);
        if (prepareTls) {
            prepareTls(socket);
            socket->startServerEncryption();
        }
    }

private:
    void onBytes()
    {
        if (!request.isEmpty() || !peer->received.contains("\r\n\r\n"))
            return;
        const qsizetype size = peer->received.indexOf("\r\n\r\n") + 4;
        request = peer->received.first(size);
        peer->received.remove(0, size);
        const QByteArray bytes = answer(keyOf(request));
        peer->send(bytes + afterAnswer);
        if (endsAfterAnswer)
            peer->socket->disconnectFromHost();
    }
};

} // namespace IntegrationTesting

#endif // RAWTESTING_H
