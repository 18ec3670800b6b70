// SPDX-License-Identifier: MIT
#include "selfcheck.h"

#include <WsKit/WsClient>

#include <QtCore/QCoreApplication>
#include <QtCore/QThread>
#include <QtNetwork/QTcpSocket>

#include <cstdio>
#include <memory>

using namespace std::chrono_literals;

namespace {
constexpr int Patience = 30000; // in milliseconds

// In a thread of its own, it waits for each answer.
class Checker
{
public:
    explicit Checker(quint16 port) : m_port(port) { }
    bool run();

private:
    // Sends \a pieces one after the other, and returns what is received up to \a end.
    QByteArray ask(const QByteArrayList &pieces, const QByteArray &end) const;
    // Whether the server ends the connection before \a request is complete.
    bool isCut(const QByteArray &request) const;
    void expect(bool isSo, const char *text);

    const quint16 m_port;
    bool m_isGood = true;
};

QByteArray Checker::ask(const QByteArrayList &pieces, const QByteArray &end) const
{
    QTcpSocket socket;
    socket.connectToHost(QHostAddress(QHostAddress::LocalHost), m_port);
    if (!socket.waitForConnected(Patience))
        return {};
    for (const QByteArray &piece : pieces) {
        socket.write(piece);
        if (!socket.waitForBytesWritten(Patience))
            return {};
    }
    QByteArray received;
    while (!received.contains(end) && socket.waitForReadyRead(Patience))
        received += socket.readAll();
    return received;
}

bool Checker::isCut(const QByteArray &request) const
{
    QTcpSocket socket;
    socket.connectToHost(QHostAddress::LocalHost, m_port);
    if (!socket.waitForConnected(Patience))
        return false;
    socket.write(request);
    return socket.waitForDisconnected(5000) || socket.state() == QAbstractSocket::UnconnectedState;
}

void Checker::expect(bool isSo, const char *text)
{
    std::printf("%s: %s\n", isSo ? "ok" : "FAILED", text);
    m_isGood = m_isGood && isSo;
}

bool Checker::run()
{
    WsClient client;
    const bool isOpen = client.open(QUrl(QStringLiteral("ws://127.0.0.1:%1/").arg(m_port)))
                        && client.waitForOpened(QDeadlineTimer(Patience));
    expect(isOpen && client.sendText("echo"), "a WebSocket opens at the port");
    const auto echo = client.waitForMessage(QDeadlineTimer(Patience));
    expect(echo && echo->text() == u"echo", "and is answered by the WebSocket server");

    const QByteArray get = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    expect(ask({get}, "</html>").contains("One port"), "the page is there");
    expect(ask({get.first(20), get.sliced(20)}, "</html>").contains("One port"),
           "in answer to two pieces as well");
    const QByteArray clients = ask({"GET /clients HTTP/1.1\r\nHost: localhost\r\n\r\n"}, "}");
    expect(clients.contains("\"clients\": 1") || clients.contains("\"clients\":1"),
           "the web server knows the WebSocket");
    const QByteArray say = "POST /say HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n";
    expect(ask({say, "hello"}, "\r\n\r\n").contains(" 204 "), "a form is answered");
    const auto hello = client.waitForMessage(QDeadlineTimer(Patience));
    expect(hello && hello->text() == u"hello", "and is told to the WebSocket");
    expect(ask({"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n"}, "\r\n\r\n").contains(" 404 "),
           "nothing else is there");
    const QByteArray head = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
                            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
    for (const QByteArray upgrade : {"Upgrade:websocket\r\n\r\n", "UPGRADE: h2c, WebSocket \r\n\r\n"})
        expect(ask({head + upgrade}, "\r\n\r\n").contains(" 101 "),
               "a request in another form is understood");
    expect(isCut(QByteArray(17 * 1024, 'a')), "a request that does not end is cut");
    return m_isGood;
}
} // namespace

int runSelfCheck(quint16 port)
{
    bool isGood = false;
    const std::unique_ptr<QThread> thread(QThread::create([&] { isGood = Checker(port).run(); }));
    QObject::connect(thread.get(), &QThread::finished, qApp, &QCoreApplication::quit);
    thread->start();
    QCoreApplication::exec();
    thread->wait();
    return isGood ? 0 : 1;
}
