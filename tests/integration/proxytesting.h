// SPDX-License-Identifier: MIT
#ifndef PROXYTESTING_H
#define PROXYTESTING_H

#include "rawtesting.h"

#include <QtCore/qpointer.h>

// Proxies in the test's own process: one that works, and one that answers whatever the test says.
namespace IntegrationTesting {

// HTTP CONNECT or SOCKS5. Connects to the named port of this machine, whatever the host, so that a name that
// only the proxy knows can be used.
class WorkingProxy : public QTcpServer
{
public:
    explicit WorkingProxy(QNetworkProxy::ProxyType type) : m_type(type) { listen(QHostAddress::LocalHost); }

    QNetworkProxy proxy(const QString &user = {}, const QString &password = {}) const
    {
        return QNetworkProxy(m_type, u"127.0.0.1"_s, serverPort(), user, password);
    }
    void end()
    {
        for (const auto &tunnel : tunnels) {
            if (tunnel)
                tunnel->abort();
        }
    }

    QList<QPointer<QTcpSocket>> tunnels;
    QStringList destinations;
    QByteArray credentials; // "user:password" if it wants them
    int refusalCount = 0;

protected:
    void incomingConnection(qintptr descriptor) override
    {
        auto *const socket = new QTcpSocket(this);
        socket->setSocketDescriptor(descriptor);
        tunnels.append(socket);
        connect(socket, &QAbstractSocket::disconnected, socket, &QObject::deleteLater);
        connect(socket, &QIODevice::readyRead, socket, [this, socket] {
            QByteArray bytes = socket->property("read").toByteArray() + socket->readAll();
            if (m_type == QNetworkProxy::HttpProxy)
                readConnect(socket, &bytes);
            else
                readSocks(socket, &bytes);
            socket->setProperty("read", bytes);
        });
    }

private:
    void readConnect(QTcpSocket *socket, QByteArray *bytes)
    {
        if (!bytes->contains("\r\n\r\n"))
            return;
        const QString destination = QString::fromLatin1(bytes->split(' ').value(1));
        const bool isWelcome =
            credentials.isEmpty()
            || bytes->contains("Proxy-Authorization: Basic " + credentials.toBase64() + "\r\n");
        bytes->clear();
        if (!isWelcome) {
            ++refusalCount;
            socket->write("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 5\r\n"
                          "Proxy-Authenticate: Basic realm=\"test\"\r\n\r\nsorry");
            return;
        }
        relay(socket, destination, "HTTP/1.1 200 Connection established\r\n\r\n");
    }

    void readSocks(QTcpSocket *socket, QByteArray *bytes)
    {
        const char wanted = credentials.isEmpty() ? '\0' : '\2';
        const int step = socket->property("step").toInt();
        if (step == 0 && bytes->size() >= 2 && bytes->size() >= 2 + bytes->at(1)) {
            const bool isOffered = bytes->sliced(2, bytes->at(1)).contains(wanted);
            refusalCount += isOffered ? 0 : 1;
            bytes->clear();
            socket->write(QByteArray("\5") + (isOffered ? wanted : '\xff'));
            socket->setProperty("step", wanted == '\2' ? 1 : 2);
        } else if (step == 1 && bytes->size() >= 3) {
            const qsizetype colon = credentials.indexOf(':');
            const QByteArray expected = QByteArray("\1") + char(colon) + credentials.first(colon)
                                        + char(credentials.size() - colon - 1)
                                        + credentials.sliced(colon + 1);
            const bool isWelcome = *bytes == expected;
            refusalCount += isWelcome ? 0 : 1;
            bytes->clear();
            socket->write(QByteArray("\1") + (isWelcome ? '\0' : '\1'));
            socket->setProperty("step", 2);
        } else if (step == 2 && bytes->size() >= 10) {
            const char kind = bytes->at(3);
            const QByteArray host =
                kind == '\3'   ? bytes->sliced(5, bytes->at(4))
                : kind == '\4' ? QHostAddress(reinterpret_cast<const quint8 *>(bytes->constData()) + 4)
                                     .toString()
                                     .toLatin1()
                               : "(an address)"_ba;
            const QByteArray port = bytes->last(2);
            bytes->clear();
            socket->setProperty("step", 3);
            relay(socket,
                  u"%1:%2"_s.arg(QString::fromLatin1(host)).arg(quint8(port[0]) << 8 | quint8(port[1])),
                  QByteArray("\5\0\0\1\x7f\0\0\1", 8) + port);
        }
    }

    void relay(QTcpSocket *socket, const QString &destination, const QByteArray &answer)
    {
        destinations.append(destination);
        socket->disconnect(SIGNAL(readyRead()));
        auto *const other = new QTcpSocket(socket);
        other->setProxy(QNetworkProxy::NoProxy);
        connect(other, &QAbstractSocket::connected, socket, [socket, answer] { socket->write(answer); });
        const auto pass = [](QTcpSocket *from, QTcpSocket *to) {
            connect(from, &QIODevice::readyRead, to, [from, to] { to->write(from->readAll()); });
            connect(from, &QAbstractSocket::disconnected, to, &QAbstractSocket::disconnectFromHost);
        };
        pass(other, socket);
        pass(socket, other);
        other->connectToHost(QHostAddress::LocalHost, destination.section(u':', -1).toUShort());
    }

    const QNetworkProxy::ProxyType m_type;
};

// Answers the first bytes by \c answer, and may end then.
class FalseProxy : public QTcpServer
{
public:
    FalseProxy(const QByteArray &ownAnswer, bool ownEnds) : answer(ownAnswer), ends(ownEnds)
    {
        listen(QHostAddress::LocalHost);
    }

    QNetworkProxy proxy(QNetworkProxy::ProxyType type) const
    {
        return QNetworkProxy(type, u"127.0.0.1"_s, serverPort(), u"user"_s, u"secret"_s);
    }

    QByteArray answer;
    bool ends;
    bool isEndless = false; // repeats the answer as long as it is taken
    qint64 sentSize = 0;
    QPointer<QTcpSocket> socket;

protected:
    void incomingConnection(qintptr descriptor) override
    {
        socket = new QTcpSocket(this);
        socket->setSocketDescriptor(descriptor);
        connect(socket, &QAbstractSocket::disconnected, socket, &QObject::deleteLater);
        connect(socket, &QIODevice::readyRead, socket, [this] {
            socket->readAll();
            socket->write(answer);
            if (ends)
                socket->disconnectFromHost();
        });
        connect(socket, &QIODevice::bytesWritten, socket, [this](qint64 size) {
            sentSize += size;
            if (isEndless && socket->bytesToWrite() == 0)
                socket->write(answer);
        });
    }
};

} // namespace IntegrationTesting

#endif // PROXYTESTING_H
