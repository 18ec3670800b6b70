// SPDX-License-Identifier: MIT
#ifndef CLIENTHELLOCHECK_H
#define CLIENTHELLOCHECK_H

#include "../pieces.h"
#include "../script.h"

#include "protocol/wsclienthello.h"

// What must hold for the reader of the first message of a TLS client.
namespace ClientHelloCheck {

using Result = WsClientHello::Result;

inline QByteArray checkBytes(const QByteArray &bytes)
{
    struct Read
    {
        Result result;
        QByteArray name;
        bool operator==(const Read &) const = default;
    };
    const auto read = [](QByteArrayView some) {
        const WsClientHello hello = wsReadClientHello(some);
        return Read{hello.result, hello.serverName};
    };
    const auto wantsMore = [](const Read &some) { return some.result == Result::NeedsBytes; };
    if (const QByteArray wrong = Fuzzing::checkBeginnings(bytes, read, wantsMore); !wrong.isEmpty())
        return wrong;
    const Read whole = read(bytes);
    if (whole.result != Result::Complete && !whole.name.isEmpty())
        return "a name although it is not complete";
    if (whole.name.size() > bytes.size())
        return "a name that is longer than what has arrived";
    const bool isEndless = whole.result == Result::NeedsBytes && bytes.size() >= WsMaxClientHello;
    return isEndless ? QByteArray("waits for ever") : QByteArray();
}

// A vector whose length is a number of \a lengthSize bytes.
inline QByteArray vector(int lengthSize, const QByteArray &content)
{
    QByteArray length;
    for (int shift = 8 * (lengthSize - 1); shift >= 0; shift -= 8)
        length += char(content.size() >> shift);
    return length + content;
}

inline QByteArray number(int value)
{
    return QByteArray(1, char(value >> 8)) + char(value);
}

// A message as the script says, and the name that it has to have.
inline QByteArray ownMessage(Fuzzing::Script &script, QByteArray *name)
{
    QByteArray extensions;
    for (int count = script.below(4); count > 0; --count) // of other types than the server name
        extensions += number(1 + script.byte()) + vector(2, script.bytes(script.below(30)));
    if (script.below(4) > 0) {
        QByteArray names;
        for (int count = script.below(3); count > 0; --count)
            names +=
                char(1 + script.below(200)) + vector(2, script.bytes(5)); // of other types than host_name
        *name = script.bytes(script.below(60));
        names += char(0) + vector(2, *name);
        extensions += number(0) + vector(2, vector(2, names));
    }
    for (int count = script.below(4); count > 0; --count)
        extensions += number(1 + script.byte()) + vector(2, script.bytes(script.below(30)));
    QByteArray body = number(0x0303) + QByteArray(32, 'r') + vector(1, script.bytes(script.below(33)));
    body += vector(2, number(0x1301) + number(0xC02F)) + vector(1, QByteArray(1, '\0'));
    if (!extensions.isEmpty())
        body += vector(2, extensions);
    return char(1) + vector(3, body);
}

// The message in records of sizes that the script says, and then something else.
inline QByteArray checkOwnMessage(const QByteArray &input)
{
    Fuzzing::Script script(input);
    QByteArray name;
    QByteArray message = ownMessage(script, &name);
    QByteArray bytes;
    while (!message.isEmpty()) {
        const qsizetype size = qMin(message.size(), qsizetype(1 + script.byte()));
        bytes += QByteArray("\x16\x03\x01") + vector(2, message.first(size));
        message.remove(0, size);
    }
    bytes += script.bytes(20);
    if (const QByteArray wrong = checkBytes(bytes); !wrong.isEmpty())
        return wrong;
    const WsClientHello hello = wsReadClientHello(bytes);
    if (hello.result != Result::Complete)
        return "our own message is not complete";
    return hello.serverName == name ? QByteArray()
                                    : "read the name " + hello.serverName + " instead of " + name;
}

inline QByteArray check(const QByteArray &input)
{
    if (input.isEmpty())
        return {};
    const QByteArray bytes = input.sliced(1);
    return quint8(input[0]) % 2 == 0 ? checkBytes(bytes) : checkOwnMessage(bytes);
}

} // namespace ClientHelloCheck

#endif // CLIENTHELLOCHECK_H
