// SPDX-License-Identifier: MIT
#ifndef SCRIPT_H
#define SCRIPT_H

#include <QtCore/qbytearray.h>

#include <algorithm>

// What the fuzzers of objects have in common: the input is a script, each byte of which decides something.
namespace Fuzzing {

class Script
{
public:
    explicit Script(const QByteArray &input) : m_input(input) { }

    bool isAtEnd() const { return m_at >= m_input.size(); }
    // 0 at the end, so that every input is a script.
    quint8 byte() { return isAtEnd() ? quint8(0) : quint8(m_input[m_at++]); }
    int below(int count) { return byte() % count; }
    QByteArray bytes(qsizetype most)
    {
        const QByteArray taken = m_input.sliced(m_at, std::min(most, m_input.size() - m_at));
        m_at += taken.size();
        return taken;
    }

private:
    const QByteArray m_input;
    qsizetype m_at = 0;
};

// Most are small. Those of the last few bytes are larger than what is shared, written eagerly or kept.
inline qsizetype sizeFrom(quint8 byte)
{
    return byte < 200 ? byte : byte < 244 ? (byte - 199) * 150 : (byte - 243) * 7000;
}

// A payload of \a size bytes in ASCII that differs from others of other numbers, if it has room for that.
inline QByteArray numberedPayload(int number, qsizetype size)
{
    QByteArray payload = QByteArray::number(number) + ' ';
    payload.resize(std::max(size, payload.size()), char('a' + number % 26));
    payload.truncate(size);
    return payload;
}

// The first thing that was wrong.
class Faults
{
public:
    void add(const QByteArray &fault)
    {
        if (m_first.isEmpty())
            m_first = fault;
    }
    bool isEmpty() const { return m_first.isEmpty(); }
    QByteArray first() const { return m_first; }

private:
    QByteArray m_first;
};

} // namespace Fuzzing

#endif // SCRIPT_H
