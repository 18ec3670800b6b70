// SPDX-License-Identifier: MIT
#include "../fuzz/protocol/handshakecheck.h"

#include <QtCore/qrandom.h>
#include <QtTest/qtest.h>

// What the fuzzer checks, on a bounded number of inputs of a fixed seed: good ones, changed a little.
class TestWsHandshakeMutations : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void goodInputsAreTaken();
    void changedInputs_data();
    void changedInputs();
};

namespace {
const QByteArray Request = "GET /chat?room=1 HTTP/1.1\r\n"
                           "Host: server.example.com:8080\r\n"
                           "Upgrade: websocket\r\n"
                           "Connection: keep-alive, Upgrade\r\n"
                           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                           "Origin: http://example.com\r\n"
                           "Sec-WebSocket-Protocol: chat, superchat\r\n"
                           "Sec-WebSocket-Version: 13\r\n\r\n\x81\x80";
const QByteArray Response = "HTTP/1.1 101 Switching Protocols\r\n"
                            "Upgrade: websocket\r\n"
                            "Connection: Upgrade\r\n"
                            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
                            "Sec-WebSocket-Protocol: chat\r\n\r\n\x81";
const QByteArray OwnRequest =
    QByteArrayList{"example.com:80", "/path?query", "chat", "X-One", "1", "Cookie", "a=b"}.join('\x1F');

const QByteArray Login = "HTTP/1.1 401 Unauthorized\r\n"
                         "WWW-Authenticate: Digest realm=\"a\\\"b\", nonce=\"c\", qop=\"auth\", opaque=d,"
                         " algorithm=MD5-sess, charset=UTF-8, Negotiate YWJj==, Basic realm=\"e\"\r\n"
                         "WWW-Authenticate: Digest realm=f, nonce=\"g\", algorithm=SHA-256, userhash=true\r\n"
                         "Content-Length: 0\r\n\r\n";

const QByteArrayList Inputs = {'\0' + Request, '\1' + Response, '\2' + OwnRequest, '\1' + Login};

// Bytes that mean something in a head.
QByteArray meaningfulBytes(QRandomGenerator &generator)
{
    static const QByteArrayList pieces{"\r\n",
                                       "\n",
                                       "\r",
                                       "\r\n\r\n",
                                       " ",
                                       "\t",
                                       ":",
                                       ",",
                                       "\"",
                                       "\\",
                                       "/",
                                       "#",
                                       "?",
                                       "[",
                                       "]",
                                       QByteArray(1, '\0'),
                                       "\x7F",
                                       "\xFF",
                                       "HTTP",
                                       "GET",
                                       "POST",
                                       "101",
                                       "200",
                                       "websocket",
                                       "Upgrade",
                                       "\x1F",
                                       "Content-Length: 5\r\n",
                                       "Transfer-Encoding: chunked\r\n",
                                       "Host: b\r\n"};
    return pieces[generator.bounded(int(pieces.size()))];
}

void change(QByteArray *input, QRandomGenerator &generator)
{
    const qsizetype at = generator.bounded(int(input->size()));
    switch (generator.bounded(4)) {
    case 0:
        (*input)[at] = char(generator.generate());
        break;
    case 1:
        input->remove(at, generator.bounded(1, 20));
        break;
    case 2:
        input->insert(at, meaningfulBytes(generator));
        break;
    default:
        input->insert(generator.bounded(int(input->size())), input->mid(at, generator.bounded(60)));
    }
}
} // namespace

void TestWsHandshakeMutations::goodInputsAreTaken()
{
    WsRequestHead request;
    QVERIFY(!wsParseRequestHead(Request.chopped(2), HandshakeCheck::MaxHeaders, &request));
    QVERIFY(!wsCheckRequest(request));
    QVERIFY(!wsCheckUpgradeRequest(request));
    for (const QByteArray &input : Inputs)
        QCOMPARE(HandshakeCheck::check(input), QByteArray());
}

void TestWsHandshakeMutations::changedInputs_data()
{
    QTest::addColumn<QByteArray>("input");
    QTest::newRow("request") << Inputs[0];
    QTest::newRow("response") << Inputs[1];
    QTest::newRow("request of our own") << Inputs[2];
    QTest::newRow("demand for a login") << Inputs[3];
}

void TestWsHandshakeMutations::changedInputs()
{
    QFETCH(QByteArray, input);
    QRandomGenerator generator(7);
    for (int round = 0; round < 10000; ++round) {
        QByteArray changed = input.sliced(1);
        for (int i = generator.bounded(4); i >= 0 && !changed.isEmpty(); --i)
            change(&changed, generator);
        if (round % 50 == 0)
            changed.insert(changed.size() / 2, QByteArray(3000, changed.isEmpty() ? 'a' : changed.back()));
        changed.prepend(input[0]);
        const QByteArray wrong = HandshakeCheck::check(changed);
        QVERIFY2(wrong.isEmpty(), (wrong + "\nof: " + changed.toPercentEncoding("\r\n /:=")).constData());
    }
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsHandshakeMutations)
#include "tst_wshandshake_mutations.moc"
