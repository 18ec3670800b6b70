// SPDX-License-Identifier: MIT
#include "protocol/wsauthentication.h"

#include "protocol/wshttphead.h"

#include <QtCore/qrandom.h>
#include <QtCore/qstringlist.h>

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace {
constexpr qsizetype MaxChallenges = 32;
constexpr qsizetype MaxParameters = 32;

constexpr bool isSpace(char c)
{
    return c == ' ' || c == '\t';
}

bool isToken68Char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || wsIsDigit(c)
           || QByteArrayView("-._~+/").contains(c);
}

// Reads one header. A comma separates the parameters of a challenge as well as challenges: a word that is not
// followed by '=' begins the next challenge (RFC 9110 §11.6.1).
class ChallengeReader
{
public:
    explicit ChallengeReader(QByteArrayView text) : m_rest(text) { }

    void read(QList<WsChallenge> *result)
    {
        for (;;) {
            skip([](char c) { return isSpace(c) || c == ','; });
            WsChallenge challenge;
            challenge.scheme = takeToken();
            if (challenge.scheme.isEmpty() || result->size() == MaxChallenges || !readDetails(&challenge))
                return;
            if (!m_isAmbiguous)
                result->append(challenge);
        }
    }

private:
    template <typename Predicate>
    QByteArrayView skip(Predicate predicate)
    {
        const auto end = std::find_if_not(m_rest.begin(), m_rest.end(), predicate);
        const QByteArrayView skipped = m_rest.first(end - m_rest.begin());
        m_rest = m_rest.sliced(skipped.size());
        return skipped;
    }

    QByteArray takeToken()
    {
        return skip([](char c) { return wsIsToken(QByteArrayView(&c, 1)); }).toByteArray();
    }

    bool readDetails(WsChallenge *challenge)
    {
        m_isAmbiguous = false;
        if (m_rest.isEmpty() || m_rest.startsWith(','))
            return true;
        if (skip(isSpace).isEmpty())
            return false;
        return readToken68(challenge) || readParameters(challenge);
    }

    bool readToken68(WsChallenge *challenge)
    {
        const QByteArrayView before = m_rest;
        const qsizetype size = skip(isToken68Char).size() + skip([](char c) { return c == '='; }).size();
        skip(isSpace);
        if (size > 0 && (m_rest.isEmpty() || m_rest.startsWith(','))) {
            challenge->token68 = before.first(size).toByteArray();
            return true;
        }
        m_rest = before;
        return false;
    }

    bool readParameters(WsChallenge *challenge)
    {
        for (;;) {
            skip([](char c) { return isSpace(c) || c == ','; });
            const QByteArrayView before = m_rest;
            const QByteArray name = takeToken();
            if (name.isEmpty())
                return m_rest.isEmpty();
            skip(isSpace);
            if (!m_rest.startsWith('=')) {
                m_rest = before;
                return true;
            }
            m_rest = m_rest.sliced(1);
            skip(isSpace);
            QByteArray value;
            if (!readValue(&value))
                return false;
            if (wsHeaderCount(challenge->parameters, name) > 0) // RFC 9110 §11.2: only once
                m_isAmbiguous = true;
            else if (challenge->parameters.size() < MaxParameters)
                challenge->parameters.append({name, value});
        }
    }

    bool readValue(QByteArray *value)
    {
        if (!m_rest.startsWith('"')) {
            *value = skip([](char c) { return !isSpace(c) && c != ','; }).toByteArray();
            return true;
        }
        *value = QByteArray("");
        for (qsizetype i = 1; i < m_rest.size(); ++i) {
            if (m_rest[i] == '"') {
                m_rest = m_rest.sliced(i + 1);
                return true;
            }
            if (m_rest[i] == '\\' && ++i == m_rest.size())
                break;
            value->append(m_rest[i]);
        }
        return false;
    }

    QByteArrayView m_rest;
    bool m_isAmbiguous = false;
};

QByteArray quoted(QByteArray text)
{
    return '"' + text.replace('\\', "\\\\").replace('"', "\\\"") + '"';
}
} // namespace

QByteArray WsChallenge::parameter(QByteArrayView name) const
{
    return wsHeader(parameters, name);
}

QList<WsChallenge> wsParseChallenges(const WsHeaders &headers)
{
    QList<WsChallenge> result;
    for (const auto &[name, value] : headers) {
        if (wsIsSameName(name, "WWW-Authenticate"))
            ChallengeReader(value).read(&result);
    }
    return result;
}

QString wsQuotedSchemes(const QList<WsChallenge> &challenges)
{
    constexpr qsizetype MaxShown = 8;
    QStringList names;
    for (const WsChallenge &challenge : challenges) {
        const QString name = wsQuoted(challenge.scheme);
        if (!names.contains(name) && names.size() < MaxShown)
            names.append(name);
    }
    return names.join(u", "_s);
}

// --- answers

namespace {
// RFC 7616 §3.3: without a parameter, the algorithm is MD5.
std::optional<WsAuthorization::Method> digestMethod(QByteArrayView algorithm)
{
    using Method = WsAuthorization::Method;
    if (algorithm.isNull() || wsIsSameName(algorithm, "MD5"))
        return Method::DigestMd5;
    if (wsIsSameName(algorithm, "SHA-256"))
        return Method::DigestSha256;
    return {};
}

bool isSet(const WsChallenge &challenge, QByteArrayView name)
{
    return wsIsSameName(challenge.parameter(name), "true");
}
} // namespace

std::optional<WsAuthorization> WsAuthorization::of(const WsChallenge &challenge)
{
    WsAuthorization result;
    result.m_challenge = challenge;
    if (wsIsSameName(challenge.scheme, "Basic"))
        return result;
    if (!wsIsSameName(challenge.scheme, "Digest") || challenge.parameter("realm").isNull()
        || challenge.parameter("nonce").isEmpty())
        return {};
    QByteArray algorithm = challenge.parameter("algorithm");
    result.m_isSession = algorithm.toLower().endsWith("-sess");
    if (result.m_isSession)
        algorithm.chop(5);
    const std::optional<Method> method = digestMethod(algorithm);
    const WsHeaders qop = {{"qop", challenge.parameter("qop")}};
    result.m_hasQop = wsHeaderListContains(qop, "qop", "auth");
    if (!method || (!result.m_hasQop && !challenge.parameter("qop").isNull()))
        return {};
    result.m_method = *method;
    return result;
}

std::optional<WsAuthorization> WsAuthorization::ofStrongest(const QList<WsChallenge> &challenges)
{
    std::optional<WsAuthorization> result;
    for (const WsChallenge &challenge : challenges) {
        const std::optional<WsAuthorization> other = of(challenge);
        if (other && (!result || other->method() > result->method()))
            result = other;
    }
    return result;
}

bool WsAuthorization::isStale() const
{
    return isDigest() && isSet(m_challenge, "stale");
}

QByteArray WsAuthorization::newClientNonce()
{
    quint32 words[4];
    QRandomGenerator::system()->fillRange(words);
    return QByteArray(reinterpret_cast<const char *>(words), sizeof words).toHex();
}

void WsAuthorization::takeNextNonce(const WsHeaders &headers)
{
    const QByteArray info = "Digest " + wsHeader(headers, "Authentication-Info"); // as if it were a challenge
    QList<WsChallenge> read;
    ChallengeReader(info).read(&read);
    const QByteArray next = read.isEmpty() ? QByteArray() : read.constFirst().parameter("nextnonce");
    if (!isDigest() || next.isEmpty())
        return;
    for (auto &[name, value] : m_challenge.parameters) {
        if (wsIsSameName(name, "nonce"))
            value = next;
    }
    m_nonceCount = 0;
}

QByteArray WsAuthorization::header(const WsCredentials &credentials, const QByteArray &target,
                                   const QByteArray &clientNonce)
{
    if (!isDigest())
        return "Basic " + (credentials.user + u':' + credentials.password).toUtf8().toBase64();
    // The key of a session is made of the first one (RFC 7616 §3.4.2).
    if (++m_nonceCount == 1 || !m_isSession)
        m_clientNonce = clientNonce;
    return digestHeader(credentials, target);
}

QByteArray WsAuthorization::digestHeader(const WsCredentials &credentials, const QByteArray &target)
{
    QByteArrayList parts = {userParameter(credentials.user.toUtf8()), "realm=" + quoted(realm()),
                            "uri=" + quoted(target)};
    if (const QByteArray algorithm = m_challenge.parameter("algorithm"); !algorithm.isNull())
        parts.append("algorithm=" + algorithm);
    parts.append("nonce=" + quoted(m_challenge.parameter("nonce")));
    if (m_hasQop)
        parts.append({"nc=" + nonceCount(), "cnonce=" + quoted(m_clientNonce), "qop=auth"});
    else if (m_isSession) // RFC 2617 §3.2.2.2 needs it although RFC 2069 does not know it
        parts.append("cnonce=" + quoted(m_clientNonce));
    parts.append("response=" + quoted(response(credentials, target)));
    if (const QByteArray opaque = m_challenge.parameter("opaque"); !opaque.isNull())
        parts.append("opaque=" + quoted(opaque));
    if (isSet(m_challenge, "userhash"))
        parts.append("userhash=true");
    return "Digest " + parts.join(", ");
}

// RFC 7616 §3.4: only servers that announce UTF-8 know the form of RFC 5987 for other characters than ASCII.
QByteArray WsAuthorization::userParameter(const QByteArray &user) const
{
    if (isSet(m_challenge, "userhash"))
        return "username=" + quoted(hash({user, realm()}));
    const bool isAscii = std::all_of(user.begin(), user.end(), [](char c) { return c >= ' ' && c < 0x7f; });
    if (isAscii || !wsIsSameName(m_challenge.parameter("charset"), "UTF-8"))
        return "username=" + quoted(user);
    return "username*=UTF-8''" + user.toPercentEncoding();
}

// RFC 7616 §3.4.1 to §3.4.3
QByteArray WsAuthorization::response(const WsCredentials &credentials, const QByteArray &target) const
{
    const QByteArray nonce = m_challenge.parameter("nonce");
    QByteArray key = hash({credentials.user.toUtf8(), realm(), credentials.password.toUtf8()});
    if (m_isSession)
        key = hash({key, nonce, m_clientNonce});
    const QByteArray request = hash({"GET", target});
    return m_hasQop ? hash({key, nonce, nonceCount(), m_clientNonce, "auth", request})
                    : hash({key, nonce, request});
}

QByteArray WsAuthorization::hash(const QByteArrayList &parts) const
{
    const auto algorithm =
        m_method == Method::DigestSha256 ? QCryptographicHash::Sha256 : QCryptographicHash::Md5;
    return QCryptographicHash::hash(parts.join(':'), algorithm).toHex();
}

QByteArray WsAuthorization::nonceCount() const
{
    return QByteArray::number(m_nonceCount, 16).rightJustified(8, '0');
}
