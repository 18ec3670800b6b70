// SPDX-License-Identifier: MIT
#ifndef WSHOPS_H
#define WSHOPS_H

#include <WsKit/wsheaders.h>

#include <QtCore/qlist.h>
#include <QtCore/qstring.h>
#include <QtCore/qurl.h>

// "wss://example.com:443": scheme, host and port (RFC 6454 §4). The scheme https counts as wss, http as ws.
// A local socket is an origin of its own.
QString wsOriginOf(const QUrl &url);

// The hops of one opening: the URL that was opened, and those that redirects have led to. All of it is
// values.
class WsHops
{
public:
    WsHops(const QUrl &url, const QByteArray &cookies, int maxRedirects);

    // The URL of the current hop.
    const QUrl &url() const { return m_hops.constLast().url; }
    bool isFirst() const { return m_hops.size() == 1; }
    // Whether all hops have been at one origin. What is secret belongs to that origin, and is not sent again
    // once a hop has left it, as another server may have chosen what follows.
    bool isAtOrigin() const { return m_isAtOrigin; }

    // Whether an answer with \a status is a redirect that is to be followed.
    bool follows(int status) const;
    // What a redirect with \a headers leads to. Returns why it must not be followed, or an empty string.
    QString resolve(const WsHeaders &headers, QUrl *next) const;
    // Goes to \a next, with these \a cookies. Returns why not, or an empty string.
    QString go(const QUrl &next, const QByteArray &cookies);

private:
    struct Hop
    {
        QUrl url;
        QByteArray cookies;
        friend bool operator==(const Hop &, const Hop &) = default;
    };

    QString chain(const QUrl &next) const;

    QList<Hop> m_hops;
    int m_maxRedirects;
    bool m_isAtOrigin = true;
};

#endif // WSHOPS_H
