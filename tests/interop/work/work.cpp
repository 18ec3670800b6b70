// SPDX-License-Identifier: MIT

// What a peer can have read, as works whose instructions valgrind counts: each with an input of one size, of
// twice and of four times that size. work.py runs this program and compares the counts. CVE-2021-32640 (ws),
// CVE-2020-7662 (websocket-extensions), CVE-2023-43669 (tungstenite); for comparisons of secrets,
// CVE-2021-33880 (Python websockets).

#include "protocol/wsauthentication.h"
#include "protocol/wsclienthandshake.h"
#include "protocol/wsdeflateagreement.h"
#include "protocol/wsforwarded.h"
#include "protocol/wshttpbody.h"
#include "protocol/wsorigin.h"
#include "protocol/wsprotocol.h"
#include "protocol/wsrequestbody.h"
#include "protocol/wsroutepattern.h"
#include "protocol/wsserverhandshake.h"
#include "secrets.h"

#include <valgrind/callgrind.h>

#include <functional>
#include <limits>

using namespace Qt::StringLiterals;

namespace {
constexpr int Any = std::numeric_limits<int>::max();

struct Work
{
    QByteArray name;
    std::function<std::function<void()>(int size)> prepare; // only what it returns is counted
};

// a0, a1, a2 and so on, each followed by \a end.
QByteArray numbered(int count, const QByteArray &end)
{
    QByteArray text;
    for (int i = 0; i < count; ++i)
        text += 'a' + QByteArray::number(i) + end;
    return text;
}

QByteArray requestWith(const QByteArray &header)
{
    return "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
           + header + "\r\n\r\n";
}

QByteArray answerWith(const QByteArray &header)
{
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
           + header + "\r\n\r\n";
}

WsCompression compression()
{
    WsCompression enabled;
    enabled.setEnabled(true);
    return enabled;
}

// All that a server does with a request before it asks anybody. The limits, which keep inputs short, are not
// what is tried out here.
void readRequest(const QByteArray &bytes)
{
    WsHeadReader reader(Any);
    for (const char byte : bytes)
        reader.receive({&byte, 1});
    WsRequestHead request;
    if (wsParseRequestHead(reader.head(), Any, &request))
        return;
    (void)wsCheckRequest(request);
    (void)wsCheckUpgradeRequest(request);
    (void)wsChooseSubprotocol({u"none"_s}, wsOfferedSubprotocols(request.headers));
    (void)wsCheckOrigin({u"https://*.example.com"_s}, QString::fromUtf8(wsHeader(request.headers, "Origin")),
                        wsHeader(request.headers, "Host"), false);
    (void)wsReadForwarded(request.headers, [](QByteArrayView) { return true; });
    QByteArray answer;
    (void)wsAcceptDeflate(request.headers, compression(), &answer);
    WsRoutePattern pattern;
    (void)WsRoutePattern::parse(u"/a/{b}/**"_s, &pattern);
    (void)pattern.match(WsRoutePath(wsTargetPath(request.target).toByteArray(), 8));
}

// And a client with an answer.
void readAnswer(const QByteArray &bytes)
{
    WsHeadReader reader(Any, WsReading::Lenient);
    for (const char byte : bytes)
        reader.receive({&byte, 1});
    WsResponseHead response;
    if (!wsParseResponseHead(reader.head(), Any, &response).isEmpty())
        return;
    WsUpgradeRequest request;
    request.key = "dGhlIHNhbXBsZSBub25jZQ==";
    request.subprotocols = QStringList{u"a0"_s};
    request.compression = compression();
    WsAgreement agreement;
    (void)wsCheckAcceptance(response, request, &agreement);
    (void)wsQuotedSchemes(wsParseChallenges(response.headers));
}

void readFrames(WsRole role, const QByteArray &bytes)
{
    WsProtocol protocol(role);
    for (const char byte : bytes) {
        protocol.receive(QByteArray(1, byte));
        while (protocol.nextEvent().type != WsEvent::NeedsBytes) {
        }
    }
}

void readBody(const QByteArray &bytes)
{
    WsResponseHead response;
    response.headers = {{"Transfer-Encoding", "chunked"}};
    WsBodyReader ofAnswer(response, Any);
    WsRequestHead request;
    request.headers = {{"Transfer-Encoding", "chunked"}};
    WsRequestBodyReader ofRequest(request, Any, Any);
    for (const char byte : bytes) {
        QByteArrayView view(&byte, 1);
        (void)ofAnswer.receive(view);
        (void)ofRequest.receive(&view);
    }
}

// The values of headers that a careless reader looks at again and again: with many elements, and with what
// looks like the beginning of something.
QList<std::pair<QByteArray, std::function<QByteArray(int)>>> hostileValues()
{
    const auto repeated = [](const QByteArray &start, const QByteArray &piece, const QByteArray &end = {}) {
        return [=](int size) { return start + piece.repeated(size) + end; };
    };
    return {{"many elements", [](int size) { return numbered(size, ","); }},
            {"named parameters", [](int size) { return "Digest " + numbered(size, "=b,"); }},
            {"empty elements", repeated("a", ",", "b")},
            {"spaces", repeated("a", " ", "b")},
            {"spaces and commas", repeated("a", " , ", "b")},
            {"backslashes in a quotation", repeated("permessage-deflate; a=\"", "\\c")},
            {"quotation marks", repeated("a=", "\"")},
            {"parameters", repeated("permessage-deflate", "; server_no_context_takeover")},
            {"offers", repeated("", "permessage-deflate; server_max_window_bits=99, ")},
            {"schemes", repeated("", "Digest realm=\"a\", nonce=\"b\", ")},
            {"parameters of a scheme", repeated("Digest a=b", ", a=b")},
            {"colons", repeated("http://[", ":", "]")},
            {"dots", repeated("http://", "a.")},
            {"equals signs", repeated("for=", "=")}};
}

QList<Work> works()
{
    QList<Work> all;
    const auto add = [&all](const QByteArray &name, std::function<QByteArray(int)> make, auto read) {
        all.append({name, [make, read](int size) { return [bytes = make(size), read] { read(bytes); }; }});
    };
    for (const QByteArray header :
         {"Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Connection", "Upgrade", "Origin",
          "Forwarded", "X-Forwarded-For", "Content-Length", "Transfer-Encoding", "Expect"}) {
        for (const auto &[what, make] : hostileValues())
            add(
                "request, " + header + ", " + what,
                [header = header, make = make](int size) { return requestWith(header + ": " + make(size)); },
                &readRequest);
    }
    for (const QByteArray header :
         {"Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Connection", "WWW-Authenticate"}) {
        for (const auto &[what, make] : hostileValues())
            add(
                "answer, " + header + ", " + what,
                [header = header, make = make](int size) { return answerWith(header + ": " + make(size)); },
                &readAnswer);
    }
    add(
        "request, headers",
        [](int size) { return requestWith(QByteArray("a:b\r\n").repeated(size) + "c:d"); }, &readRequest);
    add(
        "request, empty lines",
        [](int size) { return QByteArray("\r\n").repeated(size) + requestWith("a:b"); }, &readRequest);
    add(
        "request, path",
        [](int size) { return requestWith("a:b").replace(4, 1, QByteArray("/a").repeated(size)); },
        &readRequest);
    add(
        "answer, headers", [](int size) { return answerWith(QByteArray("a:b\r\n").repeated(size) + "c:d"); },
        &readAnswer);
    add(
        "answer, folded lines",
        [](int size) { return answerWith("a:b" + QByteArray("\r\n c").repeated(size)); }, &readAnswer);
    add(
        "answer, empty lines", [](int size) { return QByteArray("\n").repeated(size) + answerWith("a:b"); },
        &readAnswer);
    add(
        "chunks", [](int size) { return QByteArray("1\r\na\r\n").repeated(size); }, &readBody);
    add(
        "extension of a chunk", [](int size) { return "1;" + QByteArray(size, 'a'); }, &readBody);
    add(
        "trailer", [](int size) { return "0\r\n" + QByteArray("a:b\r\n").repeated(size); }, &readBody);
    const auto asClient = [](const QByteArray &bytes) { readFrames(WsRole::Client, bytes); };
    const auto asServer = [](const QByteArray &bytes) { readFrames(WsRole::Server, bytes); };
    add(
        "client, empty fragments", [](int size) { return "\x01" + QByteArray(2 * size, '\0'); }, asClient);
    add(
        "client, one frame", [](int size) { return QByteArray("\x81\x7e\x7f\xff") + QByteArray(size, 'a'); },
        asClient);
    add(
        "server, fragments of one byte",
        [](int size) {
            return QByteArray("\x01\x80\0\0\0\0", 6) + QByteArray("\0\x81\0\0\0\0a", 7).repeated(size);
        },
        asServer);
    add(
        "server, pings", [](int size) { return QByteArray("\x89\x81\0\0\0\0p", 7).repeated(size); },
        asServer);
    return all;
}

void count(const QByteArray &name, const std::function<void()> &work)
{
    CALLGRIND_ZERO_STATS;
    work();
    CALLGRIND_DUMP_STATS_AT(name.constData());
}

// Comparing two secrets has to take as long wherever they differ: what the example and the reference show.
void countComparisons()
{
    const QByteArray secret(64, 's');
    QByteArray given = secret;
    count("secret, right", [&] { (void)isSame(given, secret); });
    for (const qsizetype at : {0, 31, 63}) {
        given = secret;
        given[at] = 'x';
        count("secret, wrong at " + QByteArray::number(at), [&] { (void)isSame(given, secret); });
    }
}
} // namespace

int main()
{
    CALLGRIND_START_INSTRUMENTATION;
    constexpr int Size = 64;
    for (const Work &work : works()) {
        work.prepare(Size)(); // what is made once
        for (const int size : {Size, 2 * Size, 4 * Size})
            count(work.name + " x" + QByteArray::number(size), work.prepare(size));
    }
    countComparisons();
    return 0;
}
