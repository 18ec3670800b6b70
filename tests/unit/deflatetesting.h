// SPDX-License-Identifier: MIT
#ifndef DEFLATETESTING_H
#define DEFLATETESTING_H

#include <QtCore/qbytearray.h>
#include <QtCore/qrandom.h>

#include <zlib.h>

// zlib by itself, so that what the engine deflates and inflates is not judged by the engine alone.
namespace DeflateTesting {

constexpr QByteArrayView MessageEnd("\x00\x00\xff\xff", 4); // RFC 7692 §7.2.1

// The other side of a WsInflater.
class RawDeflate
{
public:
    explicit RawDeflate(int windowBits = 15, int level = 6, int memLevel = 8,
                        int strategy = Z_DEFAULT_STRATEGY)
    {
        deflateInit2(&m_stream, level, Z_DEFLATED, -windowBits, memLevel, strategy);
    }
    ~RawDeflate() { deflateEnd(&m_stream); }
    Q_DISABLE_COPY_MOVE(RawDeflate)

    QByteArray deflated(QByteArrayView bytes, int flush)
    {
        QByteArray out(qsizetype(deflateBound(&m_stream, uLong(bytes.size()))) + 64, Qt::Uninitialized);
        m_stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(bytes.data()));
        m_stream.avail_in = uInt(bytes.size());
        m_stream.next_out = reinterpret_cast<Bytef *>(out.data());
        m_stream.avail_out = uInt(out.size());
        ::deflate(&m_stream, flush);
        out.chop(qsizetype(m_stream.avail_out));
        return out;
    }
    QByteArray message(QByteArrayView bytes)
    {
        return deflated(bytes, Z_SYNC_FLUSH).chopped(MessageEnd.size());
    }

private:
    z_stream m_stream = {};
};

// The other side of a WsDeflater.
class RawInflate
{
public:
    explicit RawInflate(int windowBits = 15) { inflateInit2(&m_stream, -windowBits); }
    ~RawInflate() { inflateEnd(&m_stream); }
    Q_DISABLE_COPY_MOVE(RawInflate)

    // "broken" where it is not deflated data, or not all of it.
    QByteArray inflated(const QByteArray &bytes)
    {
        QByteArray out;
        m_stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(bytes.data()));
        m_stream.avail_in = uInt(bytes.size());
        int result = Z_OK;
        do {
            char step[10000];
            m_stream.next_out = reinterpret_cast<Bytef *>(step);
            m_stream.avail_out = sizeof step;
            result = ::inflate(&m_stream, Z_SYNC_FLUSH);
            out.append(step, qsizetype(sizeof step - m_stream.avail_out));
        } while (result == Z_OK && m_stream.avail_out == 0);
        const bool isWhole = (result == Z_OK || result == Z_BUF_ERROR) && m_stream.avail_in == 0;
        return isWhole ? out : QByteArray("broken");
    }
    QByteArray message(const QByteArray &bytes) { return inflated(bytes + MessageEnd.toByteArray()); }

private:
    z_stream m_stream = {};
};

inline QByteArray randomBytes(QRandomGenerator &generator, qsizetype size)
{
    QByteArray bytes(size, Qt::Uninitialized);
    for (char &byte : bytes)
        byte = char(generator.generate());
    return bytes;
}

// A record as applications send them: much of it as in the one before.
inline QByteArray randomJson(QRandomGenerator &generator, qsizetype size)
{
    static constexpr const char *Words[] = {"alpha", "bravo", "charlie", "delta", "\u00e9cho", "\u20acuro"};
    QByteArray json = "[";
    while (json.size() < size) {
        json += "{\"id\":" + QByteArray::number(generator.bounded(100000)) + ",\"name\":\""
                + Words[generator.bounded(6)]
                + "\",\"price\":" + QByteArray::number(generator.bounded(1000.0), 'f', 2)
                + ",\"active\":" + (generator.bounded(2) ? "true" : "false") + "},";
    }
    json.back() = ']';
    return json;
}

} // namespace DeflateTesting

#endif // DEFLATETESTING_H
