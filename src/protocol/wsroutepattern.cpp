// SPDX-License-Identifier: MIT
#include "protocol/wsroutepattern.h"

#include "protocol/wsutf16.h"

#include <algorithm>

using namespace Qt::StringLiterals;

QByteArrayView wsTargetPath(QByteArrayView target)
{
    const auto end = std::find_if(target.begin(), target.end(), [](char c) { return c == '?' || c == '#'; });
    return target.first(end - target.begin());
}

bool wsIsPercentEncoded(QByteArrayView path)
{
    const auto isDigit = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    };
    for (qsizetype at = path.indexOf('%'); at >= 0; at = path.indexOf('%', at + 3)) {
        if (at + 2 >= path.size() || !isDigit(path[at + 1]) || !isDigit(path[at + 2]))
            return false;
    }
    return true;
}

WsRoutePath::WsRoutePath(const QByteArray &path, qsizetype maxSegments)
    : m_path(path), m_isEncoded(path.contains('%') && wsIsPercentEncoded(path))
{
    qsizetype begin = path.startsWith('/') ? 1 : path.size() + 1;
    while (begin <= path.size()) {
        if (m_segments.size() == maxSegments) {
            m_hasMore = true;
            return;
        }
        const qsizetype slash = path.indexOf('/', begin);
        const qsizetype end = slash < 0 ? path.size() : slash;
        m_segments.append({decoded(path.sliced(begin, end - begin)), begin});
        begin = end + 1;
    }
}

// A name that begins with U+FEFF is another name than the one without.
QString WsRoutePath::decoded(const QByteArray &part) const
{
    return wsStringFromUtf8(m_isEncoded ? QByteArray::fromPercentEncoding(part) : part);
}

QString WsRoutePath::restFrom(qsizetype index) const
{
    return decoded(m_path.sliced(m_segments.at(index).begin));
}

QString WsRoutePattern::parse(const QString &text, WsRoutePattern *pattern)
{
    const QString problem = u"the route \"%1\" cannot be used: %2"_s;
    if (!text.startsWith(u'/'))
        return problem.arg(text, u"it does not begin with a slash"_s);
    if (text.contains(u'?') || text.contains(u'#'))
        return problem.arg(text, u"a route is a path, without a query; see WsRequest::query()"_s);
    WsRoutePattern parsed;
    parsed.m_text = text;
    const QStringList parts = text.sliced(1).split(u'/');
    for (const QString &part : parts) {
        Segment segment;
        QString wrong = parseSegment(part, &segment);
        if (wrong.isEmpty())
            wrong = parsed.add(segment);
        if (!wrong.isEmpty())
            return problem.arg(text, wrong);
    }
    *pattern = parsed;
    return {};
}

// Returns what is wrong, or an empty string.
QString WsRoutePattern::parseSegment(const QString &text, Segment *segment)
{
    if (!text.contains(u'{') && !text.contains(u'}')) {
        *segment = {Kind::Literal, text};
        return {};
    }
    if (text.count(u'{') != text.count(u'}'))
        return u"a brace is missing in \"%1\""_s.arg(text);
    if (!text.startsWith(u'{') || text.indexOf(u'}') != text.size() - 1)
        return u"\"%1\" is not a whole parameter: one takes everything between two slashes"_s.arg(text);
    QString name = text.sliced(1, text.size() - 2);
    const bool isRest = name.endsWith("..."_L1);
    if (isRest)
        name.chop(3);
    if (name.isEmpty())
        return u"the parameter \"%1\" has no name"_s.arg(text);
    if (name.contains(u'.'))
        return u"the name of the parameter \"%1\" contains a dot"_s.arg(text);
    *segment = {isRest ? Kind::Rest : Kind::Parameter, name};
    return {};
}

QString WsRoutePattern::add(const Segment &segment)
{
    if (!m_segments.isEmpty() && m_segments.last().kind == Kind::Rest)
        return u"{%1...} is not the last part"_s.arg(m_segments.last().text);
    const auto isSame = [&](const Segment &other) {
        return other.kind != Kind::Literal && other.text == segment.text;
    };
    if (segment.kind != Kind::Literal && std::any_of(m_segments.begin(), m_segments.end(), isSame))
        return u"two parameters are called \"%1\""_s.arg(segment.text);
    m_segments.append(segment);
    return {};
}

std::optional<QVariantMap> WsRoutePattern::match(const WsRoutePath &path) const
{
    const bool hasRest = m_segments.last().kind == Kind::Rest;
    const qsizetype count = path.segments().size();
    if (hasRest ? count < m_segments.size() : count != m_segments.size() || path.hasMore())
        return std::nullopt;
    const auto differs = [](const Segment &segment, const WsRoutePath::Segment &of) {
        if (segment.kind == Kind::Literal)
            return segment.text != of.text;
        return segment.kind == Kind::Parameter && of.text.isEmpty();
    };
    for (qsizetype i = 0; i < m_segments.size(); ++i) {
        if (differs(m_segments.at(i), path.segments().at(i)))
            return std::nullopt;
    }
    QVariantMap parameters;
    for (qsizetype i = 0; i < m_segments.size(); ++i) {
        if (m_segments.at(i).kind == Kind::Parameter)
            parameters.insert(m_segments.at(i).text, path.segments().at(i).text);
        else if (m_segments.at(i).kind == Kind::Rest)
            parameters.insert(m_segments.at(i).text, path.restFrom(i));
    }
    return parameters;
}

std::weak_ordering operator<=>(const WsRoutePattern &a, const WsRoutePattern &b)
{
    const qsizetype common = std::min(a.m_segments.size(), b.m_segments.size());
    for (qsizetype i = 0; i < common; ++i) {
        const auto &first = a.m_segments.at(i);
        const auto &second = b.m_segments.at(i);
        std::weak_ordering order = first.kind <=> second.kind;
        if (std::is_eq(order) && first.kind == WsRoutePattern::Kind::Literal)
            order = first.text.compare(second.text) <=> 0;
        if (std::is_neq(order))
            return order;
    }
    return a.m_segments.size() <=> b.m_segments.size();
}
