// SPDX-License-Identifier: MIT
#ifndef AUTHENTICATIONCHECK_H
#define AUTHENTICATIONCHECK_H

#include "../pieces.h"
#include "../script.h"

#include "protocol/wsauthentication.h"
#include "protocol/wshttphead.h"

#include <QtCore/qcryptographichash.h>

#include <utility>

// What must hold for the challenges of servers and for the answers to them.
namespace AuthenticationCheck {

constexpr qsizetype MaxChallenges = 32;

inline QByteArray quoted(QByteArray text)
{
    return '"' + text.replace('\\', "\\\\").replace('"', "\\\"") + '"';
}

inline WsHeaders challengeHeaders(const QByteArrayList &values)
{
    WsHeaders headers;
    for (const QByteArray &value : values) {
        if (headers.size() < 20 && wsIsFieldValue(value))
            headers.append({"WWW-Authenticate", value.trimmed()});
    }
    return headers;
}

inline QByteArray checkChallenges(const QList<WsChallenge> &challenges)
{
    if (challenges.size() > MaxChallenges)
        return "kept more challenges than allowed";
    for (const WsChallenge &challenge : challenges) {
        if (!wsIsToken(challenge.scheme) || challenge.parameters.size() > MaxChallenges)
            return "a scheme that is no token, or too many parameters";
        if (!challenge.token68.isEmpty() && !challenge.parameters.isEmpty())
            return "both a token68 and parameters";
        for (const auto &[name, value] : challenge.parameters) {
            if (!wsIsToken(name) || !wsIsFieldValue(value))
                return "a parameter that is none";
            if (wsHeaderCount(challenge.parameters, name) != 1)
                return "a parameter twice";
        }
    }
    return {};
}

// What was read, written by us, is read as the same.
inline QByteArray checkWriting(const QList<WsChallenge> &challenges)
{
    QByteArrayList texts;
    for (const WsChallenge &challenge : challenges) {
        QByteArrayList parameters;
        for (const auto &[name, value] : challenge.parameters)
            parameters.append(name + " = " + quoted(value));
        const QByteArray details = challenge.token68.isEmpty() ? parameters.join(" ,") : challenge.token68;
        texts.append(details.isEmpty() ? challenge.scheme : challenge.scheme + ' ' + details);
    }
    const QList<WsChallenge> again = wsParseChallenges({{"www-authenticate", texts.join(", ")}});
    bool isSame = again.size() == challenges.size();
    for (qsizetype i = 0; isSame && i < again.size(); ++i)
        isSame = again[i].scheme == challenges[i].scheme && again[i].token68 == challenges[i].token68
                 && again[i].parameters == challenges[i].parameters;
    return isSame ? QByteArray() : "written they are others: " + texts.join(", ");
}

// --- answers

// Of "Digest name=value, ...", as a server reads it.
inline QByteArray responseExpected(const WsChallenge &sent, const WsCredentials &credentials)
{
    const auto algorithm = sent.parameter("algorithm").toUpper();
    const auto hash = [&algorithm](const QByteArrayList &parts) {
        const auto kind =
            algorithm.startsWith("SHA-256") ? QCryptographicHash::Sha256 : QCryptographicHash::Md5;
        return QCryptographicHash::hash(parts.join(':'), kind).toHex();
    };
    const QByteArray nonce = sent.parameter("nonce");
    QByteArray key =
        hash({credentials.user.toUtf8(), sent.parameter("realm"), credentials.password.toUtf8()});
    if (algorithm.endsWith("-SESS"))
        key = hash({key, nonce, sent.parameter("cnonce")});
    QByteArrayList parts = {key, nonce};
    if (!sent.parameter("qop").isNull())
        parts += {sent.parameter("nc"), sent.parameter("cnonce"), sent.parameter("qop")};
    return hash(parts + QByteArrayList{hash({"GET", sent.parameter("uri")})});
}

inline QByteArray checkDigest(const QByteArray &value, const WsChallenge &challenge,
                              const WsCredentials &credentials, const QByteArray &target)
{
    const QList<WsChallenge> read = wsParseChallenges({{"WWW-Authenticate", value}});
    if (read.size() != 1)
        return "a server reads something else: " + value;
    const WsChallenge &sent = read.first();
    for (const char *const name : {"realm", "opaque", "algorithm"}) {
        if (sent.parameter(name) != challenge.parameter(name))
            return QByteArray(name) + " comes back as another: " + value;
    }
    if (sent.parameter("uri") != target)
        return "the target is another: " + value;
    if (sent.parameter("response") != responseExpected(sent, credentials))
        return "the response is wrong: " + value;
    return {};
}

inline QByteArray checkAnswer(WsAuthorization authorization, const WsChallenge &challenge,
                              const WsCredentials &credentials, const QByteArray &nextNonce)
{
    const QByteArray target = "/chat?\"room\"=\\1";
    for (int count = 1; count <= 3; ++count) {
        const QByteArray value = authorization.header(credentials, target);
        if (!wsCheckHeader("Authorization", value).isEmpty())
            return "the answer cannot be sent: " + value;
        if (!authorization.isDigest()) {
            const QString login = credentials.user + QLatin1Char(':') + credentials.password;
            const bool isRight = QByteArray::fromBase64(value.sliced(6)) == login.toUtf8();
            return isRight ? QByteArray() : QByteArray("the login is another");
        }
        if (const QByteArray wrong = checkDigest(value, challenge, credentials, target); !wrong.isEmpty())
            return wrong;
        if (count == 2 && wsIsFieldValue(nextNonce))
            authorization.takeNextNonce({{"Authentication-Info", nextNonce}});
    }
    return {};
}

// The first three texts are user, password and Authentication-Info, the others the values of
// WWW-Authenticate.
inline QByteArray check(const QByteArray &input)
{
    const QByteArrayList texts = Fuzzing::textsIn(input);
    const QList<WsChallenge> challenges = wsParseChallenges(challengeHeaders(texts.mid(3)));
    if (const QByteArray wrong = checkChallenges(challenges); !wrong.isEmpty())
        return wrong;
    if (const QByteArray wrong = checkWriting(challenges); !wrong.isEmpty())
        return wrong;
    // In a request nothing else can be sent.
    const bool canBeSent = wsIsFieldValue(texts.value(0)) && wsIsFieldValue(texts.value(1));
    const WsCredentials credentials = {QString::fromUtf8(texts.value(0)), QString::fromUtf8(texts.value(1))};
    for (const WsChallenge &challenge : challenges) {
        const std::optional<WsAuthorization> authorization = WsAuthorization::of(challenge);
        if (!authorization || !canBeSent)
            continue;
        const QByteArray wrong = checkAnswer(*authorization, challenge, credentials, texts.value(2));
        if (!wrong.isEmpty())
            return wrong;
    }
    return WsAuthorization::ofStrongest(challenges) || wsQuotedSchemes(challenges).size() < 2000
               ? QByteArray()
               : QByteArray("the names of the schemes are too long");
}

} // namespace AuthenticationCheck

#endif // AUTHENTICATIONCHECK_H
