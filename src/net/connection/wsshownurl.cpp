// SPDX-License-Identifier: MIT
#include "net/connection/wsshownurl.h"

#include <QtCore/qurl.h>

#include <algorithm>

namespace {
// QUrl::errorString() goes on with this, the text in quotation marks, and all parts of the URL. Quotation
// marks in the parts are encoded.
const QLatin1String SourceMark("; source was \"");
const QLatin1String SourceEnd("\";");

// What QUrl quotes may also be one part of the URL alone, even the password.
QString sourceOf(const QUrl &url)
{
    const QString text = url.errorString();
    const qsizetype begin = text.indexOf(SourceMark) + SourceMark.size();
    const qsizetype end = text.lastIndexOf(SourceEnd);
    if (end < begin)
        return {};
    const QString source = text.sliced(begin, end - begin);
    const QString problem = wsUrlProblem(url);
    const QString start = url.scheme().isEmpty() ? QStringLiteral("//") : url.scheme() + QLatin1String("://");
    if (source.startsWith(start, Qt::CaseInsensitive) || problem.contains(QLatin1String("path")))
        return source;
    const bool isHost = problem.contains(QLatin1String("host"), Qt::CaseInsensitive)
                        || problem.contains(QLatin1String("IPv"));
    return start + (isHost ? source : url.host());
}

// In a text that is no URL nobody knows where the password ends: rather too much is taken away.
QString withoutSecrets(const QString &text)
{
    const qsizetype slashesAt = text.indexOf(QLatin1String("//"));
    const QString scheme = slashesAt < 0 ? QString() : text.first(slashesAt + 2);
    const QString rest = text.sliced(scheme.size());
    const auto isEnd = [](QChar c) { return c == QLatin1Char('?') || c == QLatin1Char('#'); };
    const auto found = std::find_if(rest.cbegin(), rest.cend(), isEnd);
    const qsizetype endAt = found == rest.cend() ? -1 : found - rest.cbegin();
    const QString head = endAt < 0 ? rest : rest.first(endAt);
    const qsizetype userEnd = head.lastIndexOf(QLatin1Char('@'));
    if (userEnd < 0 && rest.contains(QLatin1Char('@')))
        return scheme + QStringLiteral("...");
    return scheme + head.sliced(userEnd + 1);
}
} // namespace

QString wsShownUrl(const QUrl &url)
{
    if (!url.isValid())
        return withoutSecrets(sourceOf(url));
    const QUrl::FormattingOptions secrets = QUrl::RemoveUserInfo | QUrl::RemoveQuery | QUrl::RemoveFragment;
    const QString shown = url.adjusted(secrets).toDisplayString();
    return url.host().isEmpty() ? withoutSecrets(shown) : shown;
}

QString wsUrlProblem(const QUrl &url)
{
    const QString text = url.errorString();
    const qsizetype markAt = text.indexOf(SourceMark);
    return markAt < 0 ? QStringLiteral("it is invalid") : text.first(markAt);
}

QString wsHostProblem(const QUrl &url)
{
    if (url.host().isEmpty())
        return QStringLiteral("it has no host");
    return url.port() == 0 ? QStringLiteral("its port is 0") : QString();
}
