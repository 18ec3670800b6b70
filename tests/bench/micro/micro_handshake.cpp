// SPDX-License-Identifier: MIT
#include "microbench.h"
#include "protocol/wsserverhandshake.h"

// The server's part of the opening handshake, with a request as a browser sends it.
class MicroHandshake : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void collectHead();
    void parseHead();
    void checkRequest();
    void writeAcceptance();

private:
    static constexpr int MaxHeaders = 100;
    static QByteArray request();
};

QByteArray MicroHandshake::request()
{
    return "GET /chat?room=1 HTTP/1.1\r\n"
           "Host: server.example.com:8080\r\n"
           "Connection: Upgrade\r\n"
           "Pragma: no-cache\r\n"
           "Cache-Control: no-cache\r\n"
           "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
           "Chrome/120.0.0.0 Safari/537.36\r\n"
           "Upgrade: websocket\r\n"
           "Origin: http://server.example.com:8080\r\n"
           "Sec-WebSocket-Version: 13\r\n"
           "Accept-Encoding: gzip, deflate, br\r\n"
           "Accept-Language: en-US,en;q=0.9\r\n"
           "Cookie: session=0123456789abcdef\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
           "Sec-WebSocket-Protocol: chat, superchat\r\n"
           "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
           "\r\n";
}

void MicroHandshake::collectHead()
{
    const QByteArray bytes = request();
    int complete = 0;
    microMeasure([&] {
        WsHeadReader reader(16 * 1024);
        complete += reader.receive(bytes) == WsHeadReader::Result::Complete;
    });
    QVERIFY(complete >= MicroCalls);
}

void MicroHandshake::parseHead()
{
    const QByteArray bytes = request();
    int errors = 0;
    microMeasure([&] {
        WsRequestHead head;
        errors += bool(wsParseRequestHead(bytes, MaxHeaders, &head));
    });
    QCOMPARE(errors, 0);
}

void MicroHandshake::checkRequest()
{
    WsRequestHead head;
    QVERIFY(!wsParseRequestHead(request(), MaxHeaders, &head));
    int errors = 0;
    microMeasure([&] { errors += bool(wsCheckRequest(head)) || bool(wsCheckUpgradeRequest(head)); });
    QCOMPARE(errors, 0);
}

void MicroHandshake::writeAcceptance()
{
    qsizetype size = 0;
    microMeasure([&] {
        size += wsAcceptanceBytes("dGhlIHNhbXBsZSBub25jZQ==", {QStringLiteral("chat"), {}}, {}).size();
    });
    QVERIFY(size > 0);
}

QTEST_APPLESS_MAIN(MicroHandshake)
#include "micro_handshake.moc"
