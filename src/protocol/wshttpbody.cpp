// SPDX-License-Identifier: MIT
#include "protocol/wshttpbody.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace {
bool hasNoBody(int status)
{
    return status < 200 || status == 204 || status == 304;
}
} // namespace

WsBodyReader::WsBodyReader(const WsResponseHead &head, qsizetype maxSize)
    : m_maxSize(maxSize), m_lineBudget(maxSize)
{
    if (hasNoBody(head.status))
        m_state = State::Complete;
    else if (wsHeaderCount(head.headers, "Transfer-Encoding") > 0)
        frameByCoding(head);
    else if (wsHeaderCount(head.headers, "Content-Length") > 0)
        frameByLength(head.headers);
}

// RFC 9112 §6.1: HTTP/1.0 does not know it, so that only the end of the connection can be relied on.
void WsBodyReader::frameByCoding(const WsResponseHead &head)
{
    const QList<QByteArray> codings = wsHeaderList(head.headers, "Transfer-Encoding");
    const bool isChunked = !codings.isEmpty() && wsIsSameName(codings.last(), "chunked");
    m_state = isChunked && head.minorVersion > 0 ? State::ChunkSize : State::UntilEnd;
}

// RFC 9112 §6.3: the same value several times counts once.
void WsBodyReader::frameByLength(const WsHeaders &headers)
{
    const QList<QByteArray> values = wsHeaderList(headers, "Content-Length");
    if (values.isEmpty()) {
        fail(u"Content-Length is empty"_s);
        return;
    }
    for (const QByteArray &value : values) {
        if (!wsIsNumber(value)) {
            fail(u"Content-Length is not a number: %1"_s.arg(wsQuoted(value)));
            return;
        }
        if (wsDecimal(value) != wsDecimal(values.first())) {
            fail(u"Content-Length has different values: %1"_s.arg(wsQuoted(values.join(", "))));
            return;
        }
    }
    m_left = wsDecimal(values.first());
    m_state = m_left > 0 ? State::Sized : State::Complete;
}

WsBodyReader::Result WsBodyReader::receive(QByteArrayView bytes)
{
    while (!bytes.isEmpty() && m_state != State::Complete && m_state != State::Malformed)
        bytes = isInData() ? receiveData(bytes) : receiveLine(bytes);
    if (m_state == State::Malformed)
        return Result::Malformed;
    return m_state == State::Complete ? Result::Complete : Result::NeedsBytes;
}

// Like receiveLine(), returns what is left of \a bytes.
QByteArrayView WsBodyReader::receiveData(QByteArrayView bytes)
{
    const qsizetype room = m_maxSize - m_body.size();
    qsizetype size = std::min(bytes.size(), room);
    if (m_state != State::UntilEnd) {
        size = qsizetype(std::min(quint64(size), m_left));
        m_left -= quint64(size);
    }
    m_body.append(bytes.first(size));
    if (m_body.size() >= m_maxSize || (m_state == State::Sized && m_left == 0))
        m_state = State::Complete;
    else if (m_state == State::Chunk && m_left == 0)
        m_state = State::ChunkEnd;
    return bytes.sliced(size);
}

QByteArrayView WsBodyReader::receiveLine(QByteArrayView bytes)
{
    const qsizetype lf = bytes.indexOf('\n');
    const qsizetype size = lf < 0 ? bytes.size() : lf + 1;
    m_lineBudget -= size;
    if (m_lineBudget < 0) {
        fail(u"the lines between the chunks are larger than maxHandshakeSize"_s);
        return {};
    }
    m_line.append(bytes.first(size));
    if (lf < 0)
        return {};
    QByteArrayView line = QByteArrayView(m_line).chopped(1);
    if (line.endsWith('\r')) // or a bare LF, as in the head
        line.chop(1);
    if (line.contains('\r'))
        fail(u"a line between the chunks contains a bare CR: %1"_s.arg(wsQuoted(line)));
    else
        onLine(line);
    m_line.clear();
    return bytes.sliced(size);
}

void WsBodyReader::onLine(QByteArrayView line)
{
    if (m_state == State::ChunkSize) {
        onChunkSize(line);
    } else if (m_state == State::Trailer) {
        if (line.isEmpty())
            m_state = State::Complete;
    } else if (line.isEmpty()) {
        m_state = State::ChunkSize;
    } else {
        fail(u"a chunk is longer than its size says, by %1"_s.arg(wsQuoted(line)));
    }
}

void WsBodyReader::onChunkSize(QByteArrayView line)
{
    const std::optional<quint64> size = wsChunkSize(line, WsReading::Lenient);
    if (!size) {
        fail(u"the size of a chunk is not a hexadecimal number: %1"_s.arg(wsQuoted(line)));
        return;
    }
    m_left = *size;
    m_state = *size > 0 ? State::Chunk : State::Trailer;
}

void WsBodyReader::fail(const QString &problem)
{
    m_problem = problem;
    m_state = State::Malformed;
}
