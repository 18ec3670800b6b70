// SPDX-License-Identifier: MIT
#ifndef WSROUTEPATTERN_H
#define WSROUTEPATTERN_H

#include <QtCore/qbytearray.h>
#include <QtCore/qbytearrayview.h>
#include <QtCore/qlist.h>
#include <QtCore/qstring.h>
#include <QtCore/qvariant.h>

#include <compare>
#include <optional>

// The path of a request as patterns see it: what is between its slashes, percent-decoded if it is encoded
// correctly. Only as many segments are taken apart as the longest pattern has.
class WsRoutePath
{
public:
    WsRoutePath(const QByteArray &path, qsizetype maxSegments);

    struct Segment
    {
        QString text;
        qsizetype begin = 0; // in the path
    };
    const QList<Segment> &segments() const { return m_segments; }
    bool hasMore() const { return m_hasMore; }
    // The path from the segment at \a index to its end.
    QString restFrom(qsizetype index) const;

private:
    QString decoded(const QByteArray &part) const;

    QByteArray m_path;
    QList<Segment> m_segments;
    bool m_hasMore = false;
    bool m_isEncoded = false;
};

// The path of the target of a parsed request, as it was sent.
QByteArrayView wsTargetPath(QByteArrayView target);
// Whether two hexadecimal digits follow each percent sign (RFC 3986 §2.1). A \a path of which this is not
// true is not decoded at all, as by QUrl: what decides by WsRequest::path() and what decides by a route must
// not take the same request for different ones.
bool wsIsPercentEncoded(QByteArrayView path);

// The pattern of a route, for example "/chat/{room}" or "/files/{path...}".
class WsRoutePattern
{
public:
    // Returns why \a text is not a pattern, or an empty string.
    static QString parse(const QString &text, WsRoutePattern *pattern);

    QString text() const { return m_text; }
    qsizetype segmentCount() const { return m_segments.size(); }
    // The parameters, or nothing if \a path does not match.
    std::optional<QVariantMap> match(const WsRoutePath &path) const;

    // What is less is more specific. Patterns that match the same paths are equal.
    friend std::weak_ordering operator<=>(const WsRoutePattern &a, const WsRoutePattern &b);
    friend bool operator==(const WsRoutePattern &a, const WsRoutePattern &b) { return std::is_eq(a <=> b); }

private:
    enum class Kind { Literal, Parameter, Rest }; // the more specific, the less
    struct Segment
    {
        Kind kind = Kind::Literal;
        QString text; // or the name
    };
    static QString parseSegment(const QString &text, Segment *segment);
    QString add(const Segment &segment);

    QString m_text;
    QList<Segment> m_segments;
};

#endif // WSROUTEPATTERN_H
