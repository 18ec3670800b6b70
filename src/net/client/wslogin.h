// SPDX-License-Identifier: MIT
#ifndef WSLOGIN_H
#define WSLOGIN_H

#include "protocol/wsauthentication.h"

#include <QtCore/qlist.h>
#include <QtCore/qurl.h>

#include <optional>

// The user names and passwords of a client: what a request says about them, and what to do if a server wants
// others. What the servers have accepted is kept for the next openings. All of it is values.
class WsLogin
{
public:
    enum class Step : quint8 { Retry, Ask, GiveUp };
    // How many times an opening answers a server.
    static constexpr int MaxAnswers = 5;
    // Of how many servers the logins are kept, on the way to one that redirects lead to.
    static constexpr int MaxKept = 8;

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
    QString realm() const { return QString::fromUtf8(m_kept.constLast().authorization.realm()); }
    const WsCredentials &credentials() const { return m_kept.constLast().credentials; }
    // The answer of the program. Returns false if there is none: it must differ from what was rejected.
    bool answer(const WsCredentials &credentials);
    // After Step::GiveUp, or if there is no answer: why, as the end of an error's text.
    const QString &problem() const { return m_problem; }

private:
    // What is known about one server.
    struct Kept
    {
        QString origin;
        bool isAtOrigin = false; // of a request there, see authorization()
        WsCredentials credentials;
        WsAuthorization authorization;
        bool wasProxied = false; // on the way to it
        bool isFromUrl = false;  // the credentials are those of the URL
        bool wasAsked = false;   // by the server
        bool isNew = false;      // the challenge is one of this opening
    };

    bool select(const QUrl &url, bool isAtOrigin);
    void add(const QUrl &url, bool isAtOrigin);
    bool mayBeRight(const WsAuthorization &offered) const;
    Step giveUp(const QString &problem);

    QString m_urlOrigin;
    WsCredentials m_urlCredentials;
    QList<Kept> m_kept; // the one that was used last is the last
    QString m_problem;
    int m_answerCount = 0;          // in this opening
    bool m_areUrlsRejected = false; // the credentials of the URL, in this opening
    bool m_isAsking = false;        // for those of the last, which are rejected if there are any
    bool m_isProxied = false;       // the last request
    bool m_isSent = false;          // those of the last, by the last request
};

#endif // WSLOGIN_H
