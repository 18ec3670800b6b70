// SPDX-License-Identifier: MIT
#include "protocol/wshttphead.h"

#include <algorithm>
#include <array>
#include <limits>

using namespace Qt::StringLiterals;

namespace {
constexpr std::array<bool, 256> tokenCharacters()
{
    std::array<bool, 256> result = {};
    for (unsigned char c = '0'; c <= '9'; ++c)
        result[c] = true;
    for (unsigned char c = 'a'; c <= 'z'; ++c)
        result[c] = result[c - 'a' + 'A'] = true;
    for (const char c : {'!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~'})
        result[static_cast<unsigned char>(c)] = true;
    return result;
}

constexpr std::array<bool, 256> IsTokenCharacter = tokenCharacters();

bool isWhiteSpace(char c)
{
    return c == ' ' || c == '\t';
}

bool isControl(char c)
{
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

bool isVisible(char c)
{
    return c > 0x20 && c < 0x7F;
}

char lowerCase(char c)
{
    return c >= 'A' && c <= 'Z' ? char(c | 0x20) : c;
}

// RFC 9110 §5.6.3: only space and tab; QByteArrayView::trimmed() would hide other control characters.
QByteArrayView trimmed(QByteArrayView text)
{
    while (!text.isEmpty() && isWhiteSpace(text.front()))
        text = text.sliced(1);
    while (!text.isEmpty() && isWhiteSpace(text.back()))
        text.chop(1);
    return text;
}

// Moves the next line of \a rest, without its end, to \a line. Returns what is wrong with that end.
QString takeLine(QByteArrayView *rest, QByteArrayView *line, WsReading reading)
{
    const qsizetype lf = rest->indexOf('\n');
    if (lf < 0)
        return u"head does not end with a blank line"_s;
    const bool hasCr = lf > 0 && rest->at(lf - 1) == '\r';
    if (!hasCr && reading == WsReading::Strict)
        return u"line ends with a bare LF instead of CRLF"_s;
    *line = rest->first(hasCr ? lf - 1 : lf);
    *rest = rest->sliced(lf + 1);
    return line->contains('\r') ? u"line contains a bare CR"_s : QString();
}

QString checkName(QByteArrayView name)
{
    if (name.isEmpty())
        return u"header name is empty"_s;
    if (wsIsToken(name))
        return {};
    if (name.contains(' '))
        return u"header name contains a space"_s;
    if (std::any_of(name.begin(), name.end(), isControl))
        return u"header name contains a control character"_s;
    const auto end = std::find_if(name.begin(), name.end(), [](char c) { return !wsIsToken({&c, 1}); });
    return u"header name contains a character that is not allowed in it, after %1"_s.arg(
        wsQuoted(name.first(end - name.begin())));
}

QString checkValue(QByteArrayView name, QByteArrayView value)
{
    if (wsIsFieldValue(value))
        return {};
    const char *what = "a control character";
    if (value.contains('\0'))
        what = "NUL";
    else if (value.contains('\r'))
        what = "CR";
    else if (value.contains('\n'))
        what = "LF";
    return u"value of header %1 contains %2"_s.arg(wsQuoted(name), QLatin1StringView(what));
}

// RFC 9112 §5.2: in an answer a folded line continues the value before it, after a space.
QString parseFoldedLine(QByteArrayView line, WsReading reading, WsHeaders *headers)
{
    if (reading == WsReading::Strict)
        return u"header line begins with white space (obsolete line folding)"_s;
    if (headers->isEmpty())
        return {}; // §2.2: white space before the first header is skipped
    const QByteArrayView more = trimmed(line);
    auto &[name, value] = headers->last();
    if (const QString error = checkValue(name, more); !error.isEmpty() || more.isEmpty())
        return error;
    if (!value.isEmpty())
        value += ' ';
    value += more;
    return {};
}

// Names of most requests, which take no memory of their own.
QByteArray sharedName(QByteArrayView name)
{
    static const std::array<QByteArray, 14> names = {"Host"_ba,
                                                     "Connection"_ba,
                                                     "Upgrade"_ba,
                                                     "Sec-WebSocket-Version"_ba,
                                                     "User-Agent"_ba,
                                                     "Sec-WebSocket-Key"_ba,
                                                     "Origin"_ba,
                                                     "Sec-WebSocket-Extensions"_ba,
                                                     "Cache-Control"_ba,
                                                     "Accept-Encoding"_ba,
                                                     "Accept-Language"_ba,
                                                     "Sec-WebSocket-Protocol"_ba,
                                                     "Pragma"_ba,
                                                     "Cookie"_ba};
    const auto found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? name.toByteArray() : *found;
}

QString parseHeader(QByteArrayView line, WsReading reading, WsHeaders *headers)
{
    const qsizetype colon = line.indexOf(':');
    if (colon < 0)
        return u"header line has no colon: %1"_s.arg(wsQuotedFirstWord(line));
    QByteArrayView name = line.first(colon);
    if (reading == WsReading::Lenient)
        name = trimmed(name); // RFC 9112 §5.1
    else if (!name.isEmpty() && isWhiteSpace(name.back()))
        return u"white space between header name and colon"_s;
    const QByteArrayView value = trimmed(line.sliced(colon + 1));
    const QString error = wsCheckHeader(name, value);
    if (error.isEmpty())
        headers->append({sharedName(name), value.toByteArray()});
    return error;
}

WsHttpError parseHeaders(QByteArrayView rest, int maxHeaders, WsReading reading, WsHeaders *headers)
{
    constexpr qsizetype UsualCount = 12;
    headers->reserve(UsualCount);
    for (;;) {
        QByteArrayView line;
        QString error = takeLine(&rest, &line, reading);
        if (error.isEmpty()) {
            if (line.isEmpty())
                return {};
            const bool isFolded = isWhiteSpace(line.front());
            if (!isFolded && headers->size() >= maxHeaders)
                return {431, u"more than %1 headers"_s.arg(maxHeaders)};
            error = isFolded ? parseFoldedLine(line, reading, headers) : parseHeader(line, reading, headers);
        }
        if (!error.isEmpty())
            return {400, error};
    }
}

WsHttpError parseVersion(QByteArrayView text, WsReading reading, int *minorVersion)
{
    const bool isVersion = text.size() == 8 && text.startsWith("HTTP/") && wsIsDigit(text[5])
                           && text[6] == '.' && wsIsDigit(text[7]);
    if (!isVersion) {
        const bool isSimilar = reading == WsReading::Lenient || (text.contains('/') && text.size() < 10);
        return {400, isSimilar ? u"%1 is not an HTTP version"_s.arg(wsQuoted(text))
                               : u"request line does not end with an HTTP version"_s};
    }
    // RFC 9110 §6.2: a higher minor version is read as the highest that is known.
    const bool isKnown = text[5] == '1' && (text[7] <= '1' || reading == WsReading::Lenient);
    if (!isKnown)
        return {505, u"HTTP version is %1 instead of 1.1"_s.arg(QLatin1StringView(text.sliced(5)))};
    *minorVersion = text[7] == '0' ? 0 : 1;
    return {};
}

// RFC 9112 §3.2.2: the host of an absolute-form target takes precedence over the Host header.
void replaceHost(QByteArrayView authority, WsHeaders *headers)
{
    for (auto &[name, value] : *headers) {
        if (wsIsSameName(name, "Host"))
            value = authority.toByteArray();
    }
}

// Where the path or query of \a text begins.
qsizetype authoritySize(QByteArrayView text)
{
    qsizetype size = 0;
    while (size < text.size() && text[size] != '/' && text[size] != '?')
        ++size;
    return size;
}

// Reduces \a target to origin form; \a authority is that of an absolute form.
QString parseTarget(QByteArray *target, QByteArray *authority)
{
    if (target->contains(' '))
        return u"request target contains a space"_s;
    if (!wsIsRequestTarget(*target))
        return u"request target contains a character that is not visible ASCII"_s;
    if (target->contains('#'))
        return u"request target contains a fragment"_s;
    if (target->startsWith('/'))
        return {};
    const QByteArray scheme = target->first(qMin(target->size(), qsizetype(8))).toLower();
    const qsizetype prefix = scheme.startsWith("http://") ? 7 : scheme == "https://" ? 8 : 0;
    if (prefix == 0)
        return u"request target is neither a path nor an http URL: %1"_s.arg(wsQuotedPath(*target));
    const QByteArray rest = target->sliced(prefix);
    const qsizetype size = authoritySize(rest);
    if (size == 0)
        return u"request target has no host"_s;
    *authority = rest.first(size);
    *target = (rest.size() > size && rest[size] == '/' ? QByteArray() : "/"_ba) + rest.sliced(size);
    return {};
}

// The words of a request line; the target may wrongly contain spaces.
WsHttpError parseRequestLine(QByteArrayView line, WsRequestHead *result, QByteArray *authority)
{
    const qsizetype first = line.indexOf(' ');
    const qsizetype last = line.lastIndexOf(' ');
    if (last <= first + 1)
        return {400, u"request line is not a method, a target and a version, parted by one space each"_s};
    result->method = line.first(first).toByteArray();
    if (!wsIsToken(result->method))
        return {400, u"method is not a token"_s};
    if (const WsHttpError error =
            parseVersion(line.sliced(last + 1), WsReading::Strict, &result->minorVersion))
        return error;
    result->target = line.sliced(first + 1, last - first - 1).toByteArray();
    if (const QString error = parseTarget(&result->target, authority); !error.isEmpty())
        return {400, error};
    return {};
}

qsizetype wordSize(QByteArrayView text)
{
    const auto end = std::find_if(text.begin(), text.end(), isWhiteSpace);
    return end - text.begin();
}

// RFC 9112 §4. Any white space may separate the words; the reason may be missing.
QString parseStatusLine(QByteArrayView line, WsResponseHead *result)
{
    line = trimmed(line);
    const QByteArrayView version = line.first(wordSize(line));
    const QByteArrayView afterVersion = trimmed(line.sliced(version.size()));
    if (version.size() == line.size() && !version.startsWith("HTTP/"))
        return u"answer does not begin with an HTTP status line"_s;
    if (const WsHttpError error = parseVersion(version, WsReading::Lenient, &result->minorVersion))
        return error.text;
    const QByteArrayView status = afterVersion.first(wordSize(afterVersion));
    const bool isStatus = status.size() == 3 && status[0] >= '1' && status[0] <= '9' && wsIsDigit(status[1])
                          && wsIsDigit(status[2]);
    if (!isStatus)
        return u"status line has no status of three digits"_s;
    result->status = (status[0] - '0') * 100 + (status[1] - '0') * 10 + (status[2] - '0');
    result->reason = trimmed(afterVersion.sliced(3)).toByteArray();
    if (!wsIsFieldValue(result->reason))
        return u"reason of the status line contains a control character"_s;
    return {};
}
} // namespace

WsHeadReader::Result WsHeadReader::receive(QByteArrayView bytes)
{
    if (m_isTooLarge)
        return Result::TooLarge;
    m_bytes.append(bytes);
    if (m_headSize == 0) {
        skipEmptyLines();
        m_headSize = findEnd();
    }
    if (m_headSize > 0)
        return Result::Complete;
    m_isTooLarge = m_skipped + m_bytes.size() > m_maxSize;
    if (!m_isTooLarge)
        return Result::NeedsBytes;
    m_bytes.truncate(room()); // the rest is not needed
    m_bytes.squeeze();
    return Result::TooLarge;
}

qsizetype WsHeadReader::room() const
{
    return std::max<qsizetype>(m_maxSize - m_skipped, 0);
}

// RFC 9112 §2.2. Empty lines count against the size, so that a peer that sends nothing else is refused.
void WsHeadReader::skipEmptyLines()
{
    if (m_isBegun)
        return;
    qsizetype size = 0;
    for (;;) {
        const QByteArrayView rest = QByteArrayView(m_bytes).sliced(size);
        const bool isBareLf = m_reading == WsReading::Lenient && rest.startsWith('\n');
        if (!isBareLf && !rest.startsWith("\r\n"))
            break;
        size += isBareLf ? 1 : 2;
    }
    m_bytes.remove(0, size);
    m_skipped += size;
    m_scanned = 0;
    m_isBegun = !m_bytes.isEmpty() && m_bytes != "\r";
}

// A blank line ends the head even if its lines end with bare LF. The parser then refuses the request with an
// answer; a reader that waited for CRLF would leave the peer without one.
qsizetype WsHeadReader::findEnd()
{
    const QByteArrayView bytes = QByteArrayView(m_bytes).first(qMin(m_bytes.size(), room()));
    for (;;) {
        const qsizetype lf = bytes.indexOf('\n', m_scanned);
        if (lf < 0) {
            m_scanned = bytes.size();
            return 0;
        }
        m_scanned = lf + 1;
        const QByteArrayView before = bytes.first(lf);
        if (before.endsWith('\n') || before.endsWith("\n\r"))
            return m_scanned;
    }
}

QByteArray WsHeadReader::takeRest()
{
    const QByteArray rest = m_bytes.sliced(m_headSize);
    m_bytes.truncate(m_headSize);
    return rest;
}

bool WsHeadReader::isFirstLineComplete() const
{
    return QByteArrayView(m_bytes).first(qMin(m_bytes.size(), room())).contains('\n');
}

WsHttpError wsParseRequestHead(QByteArrayView head, int maxHeaders, WsRequestHead *result)
{
    *result = {};
    QByteArrayView line;
    if (const QString error = takeLine(&head, &line, WsReading::Strict); !error.isEmpty())
        return {400, error};
    QByteArray authority;
    if (const WsHttpError error = parseRequestLine(line, result, &authority))
        return error;
    if (const WsHttpError error = parseHeaders(head, maxHeaders, WsReading::Strict, &result->headers))
        return error;
    if (!authority.isEmpty())
        replaceHost(authority, &result->headers);
    return {};
}

QString wsParseResponseHead(QByteArrayView head, int maxHeaders, WsResponseHead *result)
{
    *result = {};
    QByteArrayView line;
    while (line.isEmpty() && !head.isEmpty()) { // an empty line may end with a bare LF
        if (const QString error = takeLine(&head, &line, WsReading::Lenient); !error.isEmpty())
            return error;
    }
    if (const QString error = parseStatusLine(line, result); !error.isEmpty())
        return error;
    return parseHeaders(head, maxHeaders, WsReading::Lenient, &result->headers).text;
}

bool wsIsSameText(const char *a, const char *b, qsizetype size)
{
    return std::equal(a, a + size, b, [](char x, char y) { return x == y || lowerCase(x) == lowerCase(y); });
}

QByteArray wsHeader(const WsHeaders &headers, QByteArrayView name)
{
    for (const auto &[headerName, value] : headers) {
        if (wsIsSameName(headerName, name))
            return value;
    }
    return {};
}

int wsHeaderCount(const WsHeaders &headers, QByteArrayView name)
{
    int count = 0;
    for (const auto &header : headers)
        count += wsIsSameName(header.first, name) ? 1 : 0;
    return count;
}

namespace {
// The end of the first element of the list \a text: a comma that is not in a quoted string.
qsizetype elementSize(QByteArrayView text)
{
    bool isQuoted = false;
    for (qsizetype i = 0; i < text.size(); ++i) {
        if (text[i] == '"')
            isQuoted = !isQuoted;
        else if (isQuoted && text[i] == '\\')
            ++i;
        else if (!isQuoted && text[i] == ',')
            return i;
    }
    return text.size();
}

// Calls \a function with each element of the headers \a name, until it returns true. Returns whether it did.
template <typename Function>
bool findElement(const WsHeaders &headers, QByteArrayView name, Function function)
{
    for (const auto &[headerName, value] : headers) {
        QByteArrayView rest = wsIsSameName(headerName, name) ? QByteArrayView(value) : QByteArrayView();
        while (!rest.isEmpty()) {
            const qsizetype size = elementSize(rest);
            // RFC 9110 §5.6.1.2: empty elements are ignored.
            if (const QByteArrayView element = trimmed(rest.first(size));
                !element.isEmpty() && function(element))
                return true;
            rest = rest.sliced(qMin(size + 1, rest.size()));
        }
    }
    return false;
}
} // namespace

QList<QByteArray> wsHeaderList(const WsHeaders &headers, QByteArrayView name)
{
    QList<QByteArray> result;
    findElement(headers, name, [&result](QByteArrayView element) {
        result.append(element.toByteArray());
        return false;
    });
    return result;
}

bool wsHeaderListContains(const WsHeaders &headers, QByteArrayView name, QByteArrayView token)
{
    return findElement(headers, name,
                       [token](QByteArrayView element) { return wsIsSameName(element, token); });
}

bool wsIsToken(QByteArrayView text)
{
    return !text.isEmpty() && std::all_of(text.begin(), text.end(), [](char c) {
        return IsTokenCharacter[static_cast<unsigned char>(c)];
    });
}

bool wsIsFieldValue(QByteArrayView text)
{
    return std::all_of(text.begin(), text.end(), [](char c) { return c == '\t' || !isControl(c); });
}

bool wsIsRequestTarget(QByteArrayView text)
{
    return !text.isEmpty() && std::all_of(text.begin(), text.end(), isVisible);
}

QString wsCheckHeader(QByteArrayView name, QByteArrayView value)
{
    const QString error = checkName(name);
    return error.isEmpty() ? checkValue(name, value) : error;
}

QString wsQuoted(QByteArrayView text)
{
    constexpr qsizetype MaxSize = 100;
    QString result = QString::fromUtf8(text.first(qMin(text.size(), MaxSize)));
    for (QChar &c : result) {
        if (!c.isPrint())
            c = u'\uFFFD';
    }
    return u'"' + result + (text.size() > MaxSize ? u"…\""_s : u"\""_s);
}

QByteArray wsPathWithoutSecrets(QByteArrayView target)
{
    const auto end = std::find_if(target.begin(), target.end(), [](char c) { return c == '?' || c == '#'; });
    const QByteArrayView path = target.first(end - target.begin());
    const qsizetype scheme = path.indexOf("://");
    const qsizetype host = scheme < 0 ? 0 : scheme + 3;
    // "user:password@host" without a scheme as well, as CONNECT has it; what follows "/" is a path.
    const qsizetype slash = path.indexOf('/', host);
    const qsizetype at = path.first(slash < 0 ? path.size() : slash).lastIndexOf('@');
    if (at < host)
        return path.toByteArray();
    return path.first(host).toByteArray() + path.sliced(at + 1).toByteArray();
}

QString wsQuotedPath(QByteArrayView target)
{
    return wsQuoted(wsPathWithoutSecrets(target));
}

QString wsQuotedFirstWord(QByteArrayView line)
{
    const QByteArrayView word = line.first(wordSize(line));
    return word.size() == line.size() ? wsQuoted(word) : wsQuoted(word).chopped(1) + u" …\""_s;
}

bool wsIsNumber(QByteArrayView text)
{
    return !text.isEmpty() && std::all_of(text.begin(), text.end(), wsIsDigit);
}

quint64 wsDecimal(QByteArrayView digits)
{
    constexpr quint64 Max = std::numeric_limits<qint64>::max();
    quint64 number = 0;
    for (const char digit : digits)
        number = number > Max / 100 ? Max : number * 10 + quint64(digit - '0');
    return number;
}

int wsHexValue(char c)
{
    if (wsIsDigit(c))
        return c - '0';
    const char lower = char(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::optional<quint64> wsChunkSize(QByteArrayView line, WsReading reading)
{
    constexpr quint64 Max = std::numeric_limits<qint64>::max();
    quint64 size = 0;
    qsizetype digits = 0;
    for (; digits < line.size() && wsHexValue(line[digits]) >= 0; ++digits)
        size = size > Max / 32 ? Max : size * 16 + quint64(wsHexValue(line[digits]));
    const QByteArrayView rest = line.sliced(digits);
    const QByteArrayView extension = trimmed(rest);
    const bool hasNone = reading == WsReading::Strict ? rest.isEmpty() : extension.isEmpty();
    if (digits == 0 || !(hasNone || extension.startsWith(';')))
        return {};
    return size;
}
