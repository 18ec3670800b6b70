// SPDX-License-Identifier: MIT
#include "soakmessage.h"

#include <zlib.h>

#include <array>
#include <cstdio>

using namespace Qt::StringLiterals;

namespace {
constexpr qsizetype MiB = 1024 * 1024;
constexpr qsizetype MostAtOnce = 16 * MiB; // WsOptions::maxMessageSize
constexpr qsizetype Cell = Soak::TextCell;
constexpr qsizetype Offsets = 4096; // in cells

// Long enough for every message at every offset.
QByteArray makeNoise()
{
    QByteArray bytes(MostAtOnce + Offsets * Cell, Qt::Uninitialized);
    QRandomGenerator random(1);
    random.fillRange(reinterpret_cast<quint32 *>(bytes.data()), bytes.size() / qsizetype(sizeof(quint32)));
    return bytes;
}

QByteArray makeText()
{
    QByteArray bytes;
    bytes.reserve(MostAtOnce + Offsets * Cell);
    for (int i = 0; bytes.size() < MostAtOnce + Offsets * Cell; ++i) {
        std::array<char, Cell> cell = {};
        std::snprintf(cell.data(), cell.size(), "line %07d\xE2\x82\xAC", i % 10'000'000); // and the euro sign
        bytes.append(cell.data(), Cell - 1);
        bytes.append('\n');
    }
    return bytes;
}

QByteArray textFor(qsizetype size, quint32 offset)
{
    const qsizetype whole = size / Cell * Cell;
    return Soak::bytesFor(true, whole, offset) + QByteArray(size - whole, '.');
}

QByteArray headerOf(quint32 number, QByteArrayView body)
{
    std::array<char, Soak::HeaderSize + 1> header = {};
    std::snprintf(header.data(), header.size(), "%010u:%08x:", number, Soak::checksum(body));
    return {header.data(), Soak::HeaderSize};
}
} // namespace

quint32 Soak::checksum(QByteArrayView bytes, quint32 before)
{
    if (bytes.isEmpty())
        return before; // zlib takes a null pointer for the wish to begin
    return quint32(crc32_z(before, reinterpret_cast<const Bytef *>(bytes.data()), size_t(bytes.size())));
}

QByteArray Soak::bytesFor(bool isCompressible, qsizetype size, quint32 offset)
{
    static const QByteArray noise = makeNoise();
    static const QByteArray text = makeText();
    return (isCompressible ? text : noise).sliced(qsizetype(offset % Offsets) * Cell, size);
}

WsMessage Soak::withHeader(quint32 number, Ws::MessageType type, const QByteArray &body)
{
    return {type, headerOf(number, body) + body};
}

WsMessage Soak::numberedMessage(quint32 number, Ws::MessageType type, qsizetype size,
                                QRandomGenerator *random)
{
    const qsizetype bodySize = size < HeaderSize ? size : size - HeaderSize;
    const quint32 offset = random->generate();
    const QByteArray body =
        type == Ws::Text ? textFor(bodySize, offset) : bytesFor(random->bounded(2) == 0, bodySize, offset);
    return size < HeaderSize ? WsMessage(type, body) : withHeader(number, type, body);
}

QString Soak::MessageCheck::take(QByteArrayView message)
{
    const quint32 number = m_count++;
    if (message.size() < HeaderSize)
        return {};
    const QByteArray expected = headerOf(number, message.sliced(HeaderSize));
    const QByteArrayView header = message.first(HeaderSize);
    if (header == expected)
        return {};
    return u"message %1 of %2 bytes begins with '%3' instead of '%4'"_s.arg(number)
        .arg(message.size())
        .arg(QString::fromLatin1(header), QString::fromLatin1(expected));
}

qsizetype Soak::anySize(Sizes sizes, QRandomGenerator *random)
{
    static const std::array<qsizetype, 8> small = {0, 1, 19, 20, 125, 126, 65535, 65536};
    static const std::array<qsizetype, 4> large = {65536, MiB, MostAtOnce - 1, MostAtOnce};
    const auto any = [random](qsizetype most) { return qsizetype(random->bounded(int(most) + 1)); };
    const quint32 choice = random->bounded(8U);
    if (sizes == Sizes::Large)
        return choice == 0 ? large.at(random->bounded(quint32(large.size())))
                           : any(choice < 7 ? MiB : 4 * MiB);
    if (choice == 0)
        return small.at(random->bounded(quint32(small.size())));
    return any(choice < 5 ? 125 : choice < 7 ? 4096 : 65535);
}
