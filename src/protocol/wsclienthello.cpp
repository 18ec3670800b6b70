// SPDX-License-Identifier: MIT
#include "protocol/wsclienthello.h"

#include <optional>

namespace {
constexpr qsizetype RecordHeader = 5;
constexpr qsizetype MaxFragment = 16384; // RFC 8446 §5.1
constexpr qsizetype MessageHeader = 4;
constexpr int HandshakeRecord = 22;
constexpr int ClientHelloMessage = 1;
constexpr int ServerNameExtension = 0; // RFC 6066 §3
constexpr int HostName = 0;

// Takes numbers and vectors from the front (RFC 8446 §3.4). Once one of them is longer than what is left, it
// has failed, and everything else is 0 or empty.
struct TlsReader
{
    int takeNumber(qsizetype size)
    {
        int number = 0;
        for (const char byte : takeBytes(size))
            number = number << 8 | quint8(byte);
        return number;
    }
    QByteArrayView takeBytes(qsizetype size)
    {
        if (hasFailed || size > rest.size()) {
            hasFailed = true;
            rest = {}; // so that loops over it end
            return {};
        }
        const QByteArrayView bytes = rest.first(size);
        rest = rest.sliced(size);
        return bytes;
    }
    // A vector whose length is a number of \a lengthSize bytes.
    QByteArrayView takeVector(qsizetype lengthSize) { return takeBytes(takeNumber(lengthSize)); }

    QByteArrayView rest;
    bool hasFailed = false;
};

// Returns nothing if it is malformed.
std::optional<QByteArrayView> readServerName(QByteArrayView extension)
{
    TlsReader extensionReader{extension};
    TlsReader names{extensionReader.takeVector(2)};
    while (!names.rest.isEmpty()) {
        const int type = names.takeNumber(1);
        const QByteArrayView name = names.takeVector(2);
        if (type == HostName && !names.hasFailed)
            return name;
    }
    if (extensionReader.hasFailed || names.hasFailed)
        return {};
    return QByteArrayView();
}

WsClientHello readMessage(QByteArrayView body)
{
    const WsClientHello unreadable{WsClientHello::Result::Unreadable, {}};
    TlsReader reader{body};
    reader.takeBytes(2 + 32); // version and random
    reader.takeVector(1);     // session
    reader.takeVector(2);     // cipher suites
    reader.takeVector(1);     // compression
    if (reader.hasFailed)
        return unreadable;
    TlsReader extensions{reader.rest.isEmpty() ? QByteArrayView() : reader.takeVector(2)};
    while (!extensions.rest.isEmpty()) {
        const int type = extensions.takeNumber(2);
        const QByteArrayView content = extensions.takeVector(2);
        if (extensions.hasFailed)
            return unreadable;
        if (type != ServerNameExtension)
            continue;
        const std::optional<QByteArrayView> name = readServerName(content);
        return name ? WsClientHello{WsClientHello::Result::Complete, name->toByteArray()} : unreadable;
    }
    return reader.hasFailed ? unreadable : WsClientHello{WsClientHello::Result::Complete, {}};
}

// Appends what has arrived of the next record. Returns whether it can be one of a ClientHello.
bool takeRecord(QByteArrayView *bytes, QByteArray *message)
{
    if (quint8(bytes->front()) != HandshakeRecord)
        return false;
    if (bytes->size() >= 2 && bytes->at(1) != 3) // the major version of all that follow SSL 2
        return false;
    if (bytes->size() < RecordHeader) {
        *bytes = {};
        return true;
    }
    const qsizetype size = TlsReader{bytes->sliced(3)}.takeNumber(2);
    if (size == 0 || size > MaxFragment)
        return false;
    const qsizetype arrived = qMin(size, bytes->size() - RecordHeader);
    message->append(bytes->sliced(RecordHeader, arrived));
    *bytes = bytes->sliced(RecordHeader + arrived);
    return true;
}
} // namespace

WsClientHello wsReadClientHello(QByteArrayView bytes)
{
    const WsClientHello unreadable{WsClientHello::Result::Unreadable, {}};
    const WsClientHello unfinished{bytes.size() < WsMaxClientHello ? WsClientHello::Result::NeedsBytes
                                                                   : WsClientHello::Result::Unreadable,
                                   {}};
    bytes = bytes.first(qMin(bytes.size(), WsMaxClientHello));
    QByteArray message;
    while (!bytes.isEmpty()) {
        if (!takeRecord(&bytes, &message))
            return unreadable;
        if (!message.isEmpty() && message.front() != ClientHelloMessage)
            return unreadable;
        if (message.size() < MessageHeader)
            continue;
        const qsizetype size = TlsReader{QByteArrayView(message).sliced(1)}.takeNumber(3);
        if (size > WsMaxClientHello)
            return unreadable;
        if (message.size() >= MessageHeader + size)
            return readMessage(QByteArrayView(message).sliced(MessageHeader, size));
    }
    return unfinished;
}
