// SPDX-License-Identifier: MIT
#include "protocol/wsrequestbody.h"

#include "protocol/wsmemory.h"

#include <algorithm>
#include <limits>
#include <utility>

using namespace Qt::StringLiterals;

namespace {
// The size of a chunk, with its end. What is longer counts as an extension.
constexpr qsizetype PlainLineSize = 18;
} // namespace

WsRequestBodyReader::WsRequestBodyReader(const WsRequestHead &head, qint64 maxSize, qsizetype maxExtras)
    : m_maxSize(std::min(maxSize, qint64(std::numeric_limits<qsizetype>::max() / 2))), m_extrasLeft(maxExtras)
{
    if (wsHeaderCount(head.headers, "Transfer-Encoding") > 0)
        m_state = State::ChunkSize;
    else
        expectData(wsDecimal(wsHeader(head.headers, "Content-Length")), State::Sized);
}

void WsRequestBodyReader::expectData(quint64 size, State state)
{
    if (size > quint64(m_maxSize - m_body.size())) {
        fail(u"body of the request is larger than maxRequestBody (%1 bytes)"_s.arg(m_maxSize),
             State::TooLarge);
        return;
    }
    m_left = qint64(size);
    m_state = size > 0 ? state : state == State::Sized ? State::Complete : State::Trailer;
}

WsRequestBodyReader::Result WsRequestBodyReader::receive(QByteArrayView *bytes)
{
    while (!bytes->isEmpty() && m_state < State::Complete) {
        if (m_state == State::Sized || m_state == State::Chunk)
            receiveData(bytes);
        else
            receiveLine(bytes);
    }
    switch (m_state) {
    case State::Complete:
        return Result::Complete;
    case State::Malformed:
        return Result::Malformed;
    case State::TooLarge:
        return Result::TooLarge;
    default:
        return Result::NeedsBytes;
    }
}

void WsRequestBodyReader::receiveData(QByteArrayView *bytes)
{
    const qsizetype size = qsizetype(std::min(qint64(bytes->size()), m_left));
    const qsizetype needed = m_body.size() + size;
    if (needed > m_body.capacity()) {
        const qint64 most = m_state == State::Sized ? m_body.size() + m_left : m_maxSize;
        m_body.reserve(qsizetype(std::min<qint64>(most, 2 * qint64(needed))));
    }
    m_body.append(bytes->first(size));
    *bytes = bytes->sliced(size);
    m_left -= size;
    if (m_left == 0)
        m_state = m_state == State::Sized ? State::Complete : State::ChunkEnd;
}

void WsRequestBodyReader::receiveLine(QByteArrayView *bytes)
{
    const qsizetype lf = bytes->indexOf('\n');
    const qsizetype size = lf < 0 ? bytes->size() : lf + 1;
    const qsizetype before = m_line.size();
    m_line.append(bytes->first(size));
    *bytes = bytes->sliced(size);
    if (!payForLine(before)) {
        m_line.clear();
        fail(u"extensions of chunks and trailers are larger than maxHandshakeSize"_s);
        return;
    }
    if (lf < 0)
        return;
    const QByteArray line = m_line;
    m_line.clear();
    if (!line.endsWith("\r\n"))
        fail(u"a line between the chunks ends with a bare LF instead of CRLF"_s);
    else
        onLine(QByteArrayView(line).chopped(2));
}

// Of a line that had \a before bytes. The sizes of chunks cost nothing: their number is limited by that of
// the bytes in them.
bool WsRequestBodyReader::payForLine(qsizetype before)
{
    const qsizetype free = m_state == State::Trailer ? 0 : PlainLineSize;
    m_extrasLeft -= std::max(m_line.size() - std::max(free, before), qsizetype(0));
    return m_extrasLeft >= 0;
}

void WsRequestBodyReader::onLine(QByteArrayView line)
{
    if (!wsIsFieldValue(line))
        fail(u"a line between the chunks contains a control character: %1"_s.arg(wsQuotedFirstWord(line)));
    else if (m_state == State::ChunkSize)
        onChunkSize(line);
    else if (m_state == State::Trailer)
        onTrailer(line);
    else if (line.isEmpty())
        m_state = State::ChunkSize;
    else
        fail(u"a chunk is longer than its size says"_s);
}

void WsRequestBodyReader::onChunkSize(QByteArrayView line)
{
    const std::optional<quint64> size = wsChunkSize(line, WsReading::Strict);
    if (!size)
        fail(u"the size of a chunk is not a hexadecimal number: %1"_s.arg(wsQuoted(line)));
    else
        expectData(*size, State::Chunk);
}

void WsRequestBodyReader::onTrailer(QByteArrayView line)
{
    if (line.isEmpty()) {
        m_state = State::Complete;
        return;
    }
    const qsizetype colon = line.indexOf(':');
    if (colon < 0)
        fail(u"trailer has no colon: %1"_s.arg(wsQuotedFirstWord(line)));
    else if (!wsIsToken(line.first(colon)))
        fail(u"name of a trailer is not a token: %1"_s.arg(wsQuotedFirstWord(line)));
}

QByteArray WsRequestBodyReader::takeBody()
{
    return wsFitting(std::exchange(m_body, {}));
}

void WsRequestBodyReader::fail(const QString &problem, State state)
{
    m_problem = problem;
    m_state = state;
    m_left = 0;
    m_body = {};
}
