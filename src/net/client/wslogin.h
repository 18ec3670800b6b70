// SPDX-License-Identifier: MIT
#ifndef WSLOGIN_H
#define WSLOGIN_H

#include "protocol/wsauthentication.h"

#include <QtCore/qurl.h>

#include <optional>

// The user names and passwords of a client: what a request says about them, and what to do if a server wants
// others. What one server has accepted is kept for the next openings. All of it is values.
class WsLogin
{
public:
    enum class Step : quint8 { Retry, Ask, GiveUp };
    // How many times an opening answers a server.
    static constexpr int MaxAnswers = 5;

    // An opening begins. Forgets everything if \a url has another origin, or other credentials.
    void start(const QUrl &url);
    // The value of the header Authorization of a request, or null. \a isAtOrigin: the request goes to the
    // origin of the URL that was opened. \a isProxied: it goes through a proxy.
    QByteArray authorization(const QUrl &url, const QByteArray &target, bool isAtOrigin, bool isProxied);
    // The server at \a url has answered that request with 401.
    Step onChallenges(const QList<WsChallenge> &challenges, const QUrl &url, bool isAtOrigin);

    // The server has answered with anything but 401.
    void onAnswer(const WsHeaders &headers);

    // After Step::Ask: for what, and the credentials that the server has rejected, if any.
    QString realm() const { return QString::fromUtf8(m_authorization.realm()); }
    const WsCredentials &credentials() const { return m_credentials; }
    // The answer of the program. Returns false if there is none: it must differ from what was rejected.
    bool answer(const WsCredentials &credentials);
    // After Step::GiveUp, or if there is no answer: why, as the end of an error's text.
    const QString &problem() const { return m_problem; }

private:
    void forget();
    bool mayBeRight(const WsAuthorization &offered) const;
    Step giveUp(const QString &problem);

    QString m_urlOrigin;
    WsCredentials m_urlCredentials;
    QString m_origin; // that the rest belongs to; empty if nothing is known
    WsCredentials m_credentials;
    WsAuthorization m_authorization;
    QString m_problem;
    int m_answerCount = 0;          // in this opening
    bool m_isFromUrl = false;       // the credentials are those of the URL
    bool m_areUrlsRejected = false; // the credentials of the URL, in this opening
    bool m_isAsking = false;        // the credentials, if any, are rejected
    bool m_wasAsked = false;        // by the server that the credentials are kept for
    bool m_wasProxied = false;      // on the way to that server
    bool m_isProxied = false;       // the last request
    bool m_isSent = false;          // by the last request
    bool m_isNew = false;           // the challenge is one of this opening
};

#endif // WSLOGIN_H
