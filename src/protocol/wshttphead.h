// SPDX-License-Identifier: MIT
#ifndef WSHTTPHEAD_H
#define WSHTTPHEAD_H

#include <WsKit/wsheaders.h>

#include <QtCore/qbytearrayview.h>
#include <QtCore/qstring.h>

#include <optional>

// The HTTP/1.1 head (RFC 9112) of the opening handshake: collected, parsed once, and checked.
//
// A request is read strictly, because two readers that understand it differently let others smuggle requests
// past one of them. An answer is read as leniently as browsers do if the RFC allows it: nobody reads it after
// the client, which closes the connection unless it becomes a WebSocket.
//
//                                           RFC 9112   a server reads it   a client reads it
//     empty lines before the first line     §2.2       skipped             skipped
//     a line that ends with a bare LF       §2.2       400                 accepted, in chunks too
//     a bare CR                             §2.2       400                 refused
//     white space before the first header   §2.2       400                 the line is skipped
//     more white space in the first line    §3, §4     400                 accepted
//     a first line without reason           §4                             accepted
//     HTTP/1.2 and above                    §2.3       505                 read as HTTP/1.1
//     white space before the colon          §5.1       400                 removed
//     a folded header line                  §5.2       400                 joined by a space
//     a header without colon or name        §5         400                 refused
//     NUL and other control characters      §5.5       400                 refused
//     Transfer-Encoding and Content-Length  §6.3       400                 Transfer-Encoding counts
//     equal values of Content-Length        §6.3       400                 count as one
//     different values of Content-Length    §6.3       400                 refused
//
// The limits differ too: see WsOptions::maxHandshakeSize and WsOptions::maxHeaders. Bodies are read by
// WsBodyReader.

// The answer to a broken request; status 0 means that nothing is wrong.
struct WsHttpError
{
    int status = 0;
    QString text;
    WsHeaders headers = {}; // what the answer must carry, as Allow with 405

    explicit operator bool() const { return status != 0; }
};

struct WsRequestHead
{
    QByteArray method;
    QByteArray target;
    int minorVersion = 1; // of HTTP/1.x
    WsHeaders headers;
};

struct WsResponseHead
{
    int status = 0;
    QByteArray reason;
    int minorVersion = 1;
    WsHeaders headers;
};

// Requests are read as Strict, answers as Lenient; the table says what that means.
enum class WsReading { Strict, Lenient };

// Collects bytes until the blank line that ends a head, in linear time however they are split. Empty lines
// before the head are skipped.
class WsHeadReader
{
public:
    enum class Result { NeedsBytes, Complete, TooLarge };

    explicit WsHeadReader(qsizetype maxSize, WsReading reading = WsReading::Strict)
        : m_maxSize(maxSize), m_reading(reading)
    {
    }

    Result receive(QByteArrayView bytes);
    // The head with its blank line, once Complete; empty before.
    QByteArrayView head() const { return QByteArrayView(m_bytes).first(m_headSize); }
    // What followed the head: the first bytes of the WebSocket or of a body.
    QByteArray takeRest();
    // Of a head that is TooLarge: whether at least its first line ended (431, else 414).
    bool isFirstLineComplete() const;

private:
    qsizetype room() const;
    void skipEmptyLines();
    qsizetype findEnd();

    QByteArray m_bytes;
    qsizetype m_maxSize;
    WsReading m_reading;
    qsizetype m_skipped = 0; // the size of empty lines before the head
    qsizetype m_scanned = 0;
    qsizetype m_headSize = 0;
    bool m_isBegun = false; // nothing more is skipped
    bool m_isTooLarge = false;
};

// An absolute-form target is reduced to origin form, and its authority replaces the Host header's value.
WsHttpError wsParseRequestHead(QByteArrayView head, int maxHeaders, WsRequestHead *result);
// Returns what is wrong, or an empty string.
QString wsParseResponseHead(QByteArrayView head, int maxHeaders, WsResponseHead *result);

// The first value of the header \a name, case-insensitive; null if there is none.
QByteArray wsHeader(const WsHeaders &headers, QByteArrayView name);
int wsHeaderCount(const WsHeaders &headers, QByteArrayView name);
// The elements of all headers \a name, which are comma-separated lists (RFC 9110 §5.6.1), trimmed.
QList<QByteArray> wsHeaderList(const WsHeaders &headers, QByteArrayView name);
bool wsHeaderListContains(const WsHeaders &headers, QByteArrayView name, QByteArrayView token);

// Case-insensitive, of ASCII.
bool wsIsSameText(const char *a, const char *b, qsizetype size);
inline bool wsIsSameName(QByteArrayView a, QByteArrayView b)
{
    return a.size() == b.size() && wsIsSameText(a.data(), b.data(), a.size());
}
bool wsIsToken(QByteArrayView text);                   // RFC 9110 §5.6.2
bool wsIsFieldValue(QByteArrayView text);              // no CR, LF, NUL or other control but tab
bool wsIsRequestTarget(QByteArrayView text);           // visible ASCII, no space
// Returns why this header cannot be sent, or an empty string.
QString wsCheckHeader(QByteArrayView name, QByteArrayView value);

// \a text of the peer or the user for an error text: in quotation marks, and shortened if it is long.
QString wsQuoted(QByteArrayView text);
// The same without what may be secret: a request target, or a URL, or a host, without query, and without the
// user and password before the host;
QString wsQuotedPath(QByteArrayView target);
// The same without quotation marks, and not shortened.
QByteArray wsPathWithoutSecrets(QByteArrayView target);
// the first word of a line that should be a header.
QString wsQuotedFirstWord(QByteArrayView line);

// Whether \a text is decimal digits, at least one.
bool wsIsNumber(QByteArrayView text);
// The number that these digits are; one that is too large for a qint64 becomes the largest.
quint64 wsDecimal(QByteArrayView digits);
// -1 if \a c is no hexadecimal digit.
int wsHexValue(char c);
// The size that the first line of a chunk tells: hexadecimal digits, and then perhaps an extension after a
// semicolon (RFC 9112 §7.1). One that is too large for a qint64 becomes the largest.
std::optional<quint64> wsChunkSize(QByteArrayView line, WsReading reading);
constexpr bool wsIsDigit(char c)
{
    return c >= '0' && c <= '9';
}

#endif // WSHTTPHEAD_H
