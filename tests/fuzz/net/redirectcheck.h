// SPDX-License-Identifier: MIT
#ifndef REDIRECTCHECK_H
#define REDIRECTCHECK_H

#include "../pieces.h"
#include "../script.h"
#include "openingclient.h"

#include "net/client/wshops.h"

#include <QtCore/qcryptographichash.h>
#include <QtNetwork/qauthenticator.h>
#include <QtNetwork/qhostaddress.h>

// What must hold for an opening whose servers redirect the client and ask for logins: nothing secret goes to
// another origin, and nothing that was encrypted goes on in plain text.
namespace RedirectCheck {

using Fuzzing::Contact;

constexpr int MaxRedirects = 4;
constexpr const char *StartUrls[] = {"ws://example.com/chat",     "wss://example.com",
                                     "ws://localhost:81/a/b?c#d", "wss://[2001:db8::1]:444/",
                                     "http://example.com:80/",    "ws://127.0.0.1/"};

inline QUrl startUrl(Fuzzing::Script &script)
{
    return QUrl(QString::fromLatin1(StartUrls[script.below(6)]));
}

// The client, what its program has set, and what has gone where.
class Journey
{
public:
    explicit Journey(Fuzzing::Script &script)
    {
        const quint8 choice = script.byte();
        QUrl url = startUrl(script);
        m_hasUrlLogin = choice & 1;
        if (m_hasUrlLogin)
            url.setUserInfo(QStringLiteral("owner:s3cret"));
        WsHeaders headers = {{"X-Own", "1"}};
        if (choice & 2)
            headers += WsHeaders{{"Cookie", "t0ken=1"}};
        if (choice & 4)
            headers += WsHeaders{{"authorization", "Bearer t0ken"}};
        if (choice & 8)
            headers += WsHeaders{{"Proxy-Authorization", "t0ken"}};
        m_opening.client.setHeaders(headers);
        m_opening.client.setMaxRedirects(MaxRedirects);
        if (choice & 16)
            answerLogins();
        m_isOpening = m_opening.client.open(url);
    }

    QByteArray go(const QByteArrayList &answers)
    {
        if (!m_isOpening)
            return "the first URL cannot be opened";
        const QByteArray all = answers.join();
        if (all.contains("t0ken") || all.contains("s3cret")) // which would be no secrets
            return {};
        for (std::size_t number = 0;; ++number) {
            Fuzzing::OpeningClient::settle();
            if (m_opening.contacts.size() <= number)
                return checkEnd();
            if (m_opening.contacts.size() > number + 1)
                return "connects to two servers at once";
            QByteArray wrong = m_opening.readRequest();
            if (wrong.isEmpty())
                wrong = checkContact(m_opening.contacts.back());
            if (!wrong.isEmpty())
                return wrong + ", at " + m_opening.contacts.back().origin();
            answer(answers.value(qsizetype(number)));
        }
    }

private:
    // The program knows a login for whoever asks.
    void answerLogins()
    {
        QObject::connect(&m_opening.client, &WsClient::authenticationRequired, &m_opening.client,
                         [this](QAuthenticator *authenticator) {
                             m_askedOrigins.append(m_opening.contacts.back().origin());
                             authenticator->setUser(QStringLiteral("asked"));
                             authenticator->setPassword(QString::number(m_askedOrigins.size()));
                         });
    }

    bool isAtOrigin() const
    {
        return std::all_of(m_opening.contacts.begin(), m_opening.contacts.end(),
                           [this](const Contact &contact) {
                               return contact.origin() == m_opening.contacts.front().origin();
                           });
    }

    QByteArray checkContact(const Contact &contact)
    {
        if (m_opening.contacts.front().isTls && !contact.isTls)
            return "goes from TLS to plain text";
        if (contact.wire->host.isEmpty() || contact.wire->port == 0)
            return "connects to nowhere";
        const WsHeaders &headers = contact.request.headers;
        if (wsHeader(headers, "X-Own") != "1")
            return "has lost a header of the program";
        for (const char *const name : {"Cookie", "Proxy-Authorization"}) {
            if (!isAtOrigin() && wsHeaderCount(headers, name) > 0)
                return QByteArray(name) + " goes to another origin";
        }
        if (!isAtOrigin() && contact.bytes.contains("t0ken"))
            return "what is secret goes to another origin";
        return checkAuthorization(contact);
    }

    QByteArray checkAuthorization(const Contact &contact) const
    {
        const QByteArray value = wsHeader(contact.request.headers, "Authorization");
        if (value.isNull() || value == "Bearer t0ken")
            return {};
        if (wsHeaderCount(contact.request.headers, "Authorization") > 1)
            return "two logins";
        const bool isBasic = value.startsWith("Basic ");
        const QByteArray login = isBasic ? QByteArray::fromBase64(value.sliced(6)) : value;
        if (!isAtOrigin() && !m_askedOrigins.contains(contact.origin()))
            return "a login goes to an origin that was not asked about: " + value;
        if (isBasic && login == "owner:s3cret" && !isAtOrigin())
            return "the login of the URL goes to another origin";
        if (isBasic && login != "owner:s3cret" && !login.startsWith("asked:"))
            return "an unknown login: " + login;
        const bool isUnasked = m_opening.contacts.size() == 1;
        const bool isConfidential = contact.isTls || contact.wire->host == QLatin1String("localhost")
                                    || QHostAddress(contact.wire->host).isLoopback();
        return isUnasked && !isConfidential ? QByteArray("a password that nobody has asked for in plain text")
                                            : QByteArray();
    }

    QByteArray checkEnd() const
    {
        if (m_opening.contacts.size() > 1 + MaxRedirects + WsLogin::MaxAnswers)
            return "goes on for ever";
        const QByteArray text = m_opening.client.errorString().toUtf8();
        return text.contains("s3cret") || text.contains("t0ken") ? "the error shows what is secret: " + text
                                                                 : QByteArray();
    }

    void answer(const QByteArray &text)
    {
        const std::shared_ptr<FakeWire> wire = m_opening.contacts.back().wire;
        const QByteArray rest = text.mid(1);
        const QByteArray end = "\r\nContent-Length: 0\r\n\r\n";
        switch (text.isEmpty() ? 5 : quint8(text[0]) % 6) {
        case 0:
            wire->feed("HTTP/1.1 302 Found\r\nLocation: " + rest + end);
            break;
        case 1:
            wire->feed("HTTP/1.1 401 Who\r\nWWW-Authenticate: " + rest + end);
            break;
        case 2:
            wire->feed("HTTP/1.1 307 There\r\nContent-Length: 3\r\nLocation: " + rest + "\r\n\r\nabc");
            break;
        case 3:
            wire->feed("HTTP/1.1 103 Hints\r\nLink: a\r\n\r\nHTTP/1.1 401 Who\r\n" + rest + end);
            break;
        case 4:
            wire->feed(rest);
            break;
        default:
            accept(*wire);
        }
        Fuzzing::OpeningClient::settle();
        if (!wire->isCut && !wire->isFinished && m_opening.client.state() != Ws::Open)
            wire->end();
    }

    void accept(FakeWire &wire)
    {
        const QByteArray key = wsHeader(m_opening.contacts.back().request.headers, "Sec-WebSocket-Key");
        wire.feed(wsAcceptanceBytes(key, {}, {}));
    }

    Fuzzing::OpeningClient m_opening;
    QByteArrayList m_askedOrigins;
    bool m_hasUrlLogin = false;
    bool m_isOpening = false;
};

// --- one redirect, as a value

inline QByteArray checkNext(const QUrl &from, const QUrl &next)
{
    const bool isTls = next.scheme() == QLatin1String("wss");
    if (!isTls && next.scheme() != QLatin1String("ws"))
        return "the scheme is " + next.scheme().toUtf8();
    if (!isTls && (from.scheme() == QLatin1String("wss") || from.scheme() == QLatin1String("https")))
        return "leads from TLS to plain text";
    if (!next.userInfo().isEmpty() || next.hasFragment() || next.host().isEmpty())
        return "has a login or a fragment, or no host";
    const QUrl again = QUrl::fromEncoded(next.toEncoded(), QUrl::StrictMode);
    if (!again.isValid() || again != next || wsOriginOf(again) != wsOriginOf(next))
        return "written it is another";
    return {};
}

inline QByteArray checkHops(const QByteArrayList &locations, const QUrl &start)
{
    WsHops hops(start, {}, MaxRedirects);
    bool isAtOrigin = true;
    int count = 0;
    for (const QByteArray &location : locations) {
        QUrl next;
        if (!wsIsFieldValue(location) || !hops.resolve({{"location", location}}, &next).isEmpty())
            continue;
        if (const QByteArray wrong = checkNext(hops.url(), next); !wrong.isEmpty())
            return wrong + ": " + next.toEncoded();
        if (!hops.go(next, {}).isEmpty())
            continue;
        isAtOrigin = isAtOrigin && wsOriginOf(next) == wsOriginOf(start);
        if (++count > MaxRedirects || hops.url() != next)
            return "goes on for ever";
        if (hops.isAtOrigin() != isAtOrigin)
            return "does not know whether it has left the origin";
    }
    return {};
}

inline QByteArray check(const QByteArray &input)
{
    Fuzzing::Script script(input);
    if (script.byte() % 4 == 0) {
        const QUrl start = startUrl(script);
        return checkHops(Fuzzing::textsIn(script.bytes(input.size())).mid(0, 10), start);
    }
    Journey journey(script);
    return journey.go(Fuzzing::textsIn(script.bytes(input.size())));
}

} // namespace RedirectCheck

#endif // REDIRECTCHECK_H
