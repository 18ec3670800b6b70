// SPDX-License-Identifier: MIT
#ifndef COMPATTESTING_H
#define COMPATTESTING_H

#include "rawtesting.h"

#include <QtCore/qglobal.h>
#include <QtCore/qvariant.h>
#include <QtNetwork/qauthenticator.h>
#include <QtNetwork/qsslpresharedkeyauthenticator.h>
#include <QtTest/qtest.h>
#include <QtWebSockets/QWebSocket>

// What the tests of this folder share. They are built with Qt WebSockets and with WsKit::Compat.

// The version of the interface: of Qt's own module, or of the one that WsKit::Compat has.
#ifdef COMPAT_WSKIT
#define COMPAT_INTERFACE QT_VERSION_CHECK(6, 8, 0)
#else
#define COMPAT_INTERFACE QT_VERSION
#endif

// Whether WsKit::Compat behaves as the row of the table says. A test that asks has an expectation for either
// answer; differences.py compares the names of rows that the tests ask for with those of the table.
constexpr bool compatDiffers(const char *row)
{
    (void)row;
#ifdef COMPAT_WSKIT
    return true;
#else
    return false;
#endif
}

namespace CompatTesting {
using namespace IntegrationTesting;

#if COMPAT_INTERFACE >= QT_VERSION_CHECK(6, 5, 0)
constexpr auto errorSignal = &QWebSocket::errorOccurred;
#else
constexpr auto errorSignal = qOverload<QAbstractSocket::SocketError>(&QWebSocket::error);
#endif

// The signals of a socket in their order, as text: "state Connected", "connected", "text hello",
// "error RemoteHostClosed", "disconnected 1000 bye"…
class SocketSignals : public QObject
{
public:
    explicit SocketSignals(QWebSocket *socket)
    {
        recordEnding(socket);
        recordMessages(socket);
        recordTls(socket);
        connect(socket, &QWebSocket::bytesWritten, this, [this](qint64 bytes) { writtenSize += bytes; });
        connect(socket, &QWebSocket::pong, this,
                [this](quint64, const QByteArray &payload) { add("pong", QString::fromUtf8(payload)); });
        connect(socket, &QWebSocket::proxyAuthenticationRequired, this,
                [this] { add("proxyAuthenticationRequired"); });
    }

    // All but single frames, and aboutToClose() and readChannelFinished(), which come at various times.
    QString order() const
    {
        QStringList rest = all;
        rest.removeIf([](const QString &signal) {
            return signal.contains(u"Frame"_s) || signal == u"aboutToClose"
                   || signal == u"readChannelFinished";
        });
        return rest.join(u", "_s);
    }
    QStringList startingWith(const QString &prefix) const
    {
        QStringList some = all;
        some.removeIf([&prefix](const QString &signal) { return !signal.startsWith(prefix); });
        return some;
    }
    bool contains(const QString &prefix) const { return !startingWith(prefix).isEmpty(); }

    QStringList all;
    qint64 writtenSize = 0;

private:
    template <typename Value>
    static QString nameOf(Value value, const QString &ending)
    {
        QString name = QVariant::fromValue(value).toString();
        return name.endsWith(ending) ? name.chopped(ending.size()) : name;
    }
    void add(const char *name, const QString &rest = {})
    {
        all.append((QLatin1String(name) + u' ' + rest).trimmed());
    }

    void recordEnding(QWebSocket *socket)
    {
        connect(socket, &QWebSocket::stateChanged, this,
                [this](QAbstractSocket::SocketState state) { add("state", nameOf(state, u"State"_s)); });
        connect(socket, &QWebSocket::connected, this, [this] { add("connected"); });
        connect(socket, errorSignal, this,
                [this](QAbstractSocket::SocketError error) { add("error", nameOf(error, u"Error"_s)); });
        connect(socket, &QWebSocket::aboutToClose, this, [this] { add("aboutToClose"); });
        connect(socket, &QWebSocket::readChannelFinished, this, [this] { add("readChannelFinished"); });
        connect(socket, &QWebSocket::disconnected, this, [this, socket] {
            add("disconnected", QString::number(socket->closeCode()) + u' ' + socket->closeReason());
        });
    }
    void recordMessages(QWebSocket *socket)
    {
        connect(socket, &QWebSocket::textFrameReceived, this, [this](const QString &frame, bool isLast) {
            add(isLast ? "lastTextFrame" : "textFrame", frame);
        });
        connect(socket, &QWebSocket::binaryFrameReceived, this, [this](const QByteArray &frame, bool isLast) {
            add(isLast ? "lastBinaryFrame" : "binaryFrame", QString::fromLatin1(frame));
        });
        connect(socket, &QWebSocket::textMessageReceived, this,
                [this](const QString &text) { add("text", text); });
        connect(socket, &QWebSocket::binaryMessageReceived, this,
                [this](const QByteArray &data) { add("binary", QString::fromLatin1(data)); });
    }
    void recordTls(QWebSocket *socket)
    {
        connect(socket, &QWebSocket::peerVerifyError, this,
                [this](const QSslError &error) { add("peerVerifyError", QString::number(error.error())); });
        connect(socket, &QWebSocket::sslErrors, this,
                [this](const QList<QSslError> &errors) { add("sslErrors", QString::number(errors.size())); });
        connect(socket, &QWebSocket::handshakeInterruptedOnError, this,
                [this] { add("handshakeInterruptedOnError"); });
        connect(socket, &QWebSocket::preSharedKeyAuthenticationRequired, this,
                [this] { add("preSharedKeyAuthenticationRequired"); });
    }
};

// A socket and what it has emitted.
struct Client
{
    template <typename... Arguments>
    explicit Client(Arguments... arguments) : socket(arguments...)
    {
        socket.setProxy(QNetworkProxy::NoProxy);
    }

    bool waitUntilConnected()
    {
        return waitFor([this] { return reports.all.contains(u"connected"_s); });
    }
    bool waitUntilDisconnected()
    {
        return waitFor([this] { return reports.contains(u"disconnected"_s); });
    }

    QWebSocket socket;
    SocketSignals reports{&socket};
};

// The same and its server.
struct OpenClient : Client
{
    bool start()
    {
        socket.open(server.url());
        return waitUntilConnected();
    }
    // The same, and forgets what has been emitted.
    bool open()
    {
        const bool isOpen = start();
        reports.all.clear();
        reports.writtenSize = 0;
        return isOpen;
    }
    void receive(const QByteArray &bytes) { server.peer->send(bytes); }
    QList<ReceivedFrame> sent() const { return server.peer->frames(); }

    RawServer server;
};

} // namespace CompatTesting

#endif // COMPATTESTING_H
