// SPDX-License-Identifier: MIT
#ifndef WSAUTHENTICATION_H
#define WSAUTHENTICATION_H

#include <WsKit/wsheaders.h>

#include <QtCore/qbytearrayview.h>
#include <QtCore/qcryptographichash.h>
#include <QtCore/qstring.h>

#include <optional>

// The client's part of HTTP authentication (RFC 9110 §11): the challenges of a server, and the answers to
// them. All of it is values.

struct WsChallenge
{
    QByteArray scheme; // as the server wrote it
    QByteArray token68;
    WsHeaders parameters; // without quotes

    // Null if there is none; the case of \a name does not matter.
    QByteArray parameter(QByteArrayView name) const;
};

// The challenges in all headers WWW-Authenticate, at most 32. One that cannot be read is left out, and so is
// what follows it in the same header.
QList<WsChallenge> wsParseChallenges(const WsHeaders &headers);
// The names of the schemes, quoted, for the text of an error.
QString wsQuotedSchemes(const QList<WsChallenge> &challenges);

struct WsCredentials
{
    QString user;
    QString password;

    bool isEmpty() const { return user.isEmpty() && password.isEmpty(); }
    friend bool operator==(const WsCredentials &, const WsCredentials &) = default;
};

// Answers one challenge: Basic (RFC 7617), or Digest (RFC 7616) with MD5 or SHA-256, with qop=auth or, as in
// RFC 2069, without.
class WsAuthorization
{
public:
    // The stronger a method is, the greater its value.
    enum class Method : quint8 { Basic, DigestMd5, DigestSha256 };

    // Basic, without having been asked.
    WsAuthorization() = default;
    // Null if the challenge is of an unknown kind or incomplete.
    static std::optional<WsAuthorization> of(const WsChallenge &challenge);
    static std::optional<WsAuthorization> ofStrongest(const QList<WsChallenge> &challenges);

    Method method() const { return m_method; }
    bool isDigest() const { return m_method != Method::Basic; }
    QByteArray realm() const { return m_challenge.parameter("realm"); }
    // Whether the server has rejected only the nonce of the last answer, not the credentials.
    bool isStale() const;

    // The value of the header Authorization for a GET of \a target. Each call counts the nonce count of
    // Digest. \a clientNonce must be random.
    QByteArray header(const WsCredentials &credentials, const QByteArray &target,
                      const QByteArray &clientNonce = newClientNonce());
    static QByteArray newClientNonce();
    // Takes the nonce for the next request from the headers of an answer, if there is one (RFC 7616 §3.5).
    void takeNextNonce(const WsHeaders &headers);

private:
    QByteArray digestHeader(const WsCredentials &credentials, const QByteArray &target);
    QByteArray userParameter(const QByteArray &user) const;
    QByteArray response(const WsCredentials &credentials, const QByteArray &target) const;
    QByteArray hash(const QByteArrayList &parts) const;
    QByteArray nonceCount() const;

    WsChallenge m_challenge;
    QByteArray m_clientNonce;
    quint32 m_nonceCount = 0;
    Method m_method = Method::Basic;
    bool m_isSession = false; // the algorithm is one of those that end with "-sess"
    bool m_hasQop = false;
};

#endif // WSAUTHENTICATION_H
