// SPDX-License-Identifier: MIT
#include <WsKit/wsrequest.h>
#include <WsKit/wsresponse.h>

#include "protocol/wsfilerequest.h"
#include "protocol/wsroutepattern.h"

#include <QtCore/qfileinfo.h>

#include <optional>

namespace {
// \a path without symbolic links, if it is inside \a root.
std::optional<QString> insideOf(const QString &root, const QString &path)
{
    const QString folder = QFileInfo(root).canonicalFilePath();
    const QString found = QFileInfo(path).canonicalFilePath();
    const bool isInside = found == folder || found.startsWith(folder.endsWith(u'/') ? folder : folder + u'/');
    return folder.isEmpty() || found.isEmpty() || !isInside ? std::nullopt : std::optional(found);
}

WsResponse withStatus(int status, const QByteArray &text, const WsHeaders &headers)
{
    return WsResponse::reject(status, text, headers);
}
} // namespace

/*!
    \overload

    Returns the answer to \a request for a file in the folder \a root: the path of the request is that of the
    file in the folder.

    \code
    server.setRequestHandler([](const WsRequest &request) {
        if (request.isWebSocketUpgrade())
            return WsResponse::accept();
        return WsResponse::file(u"/usr/share/chat/www"_s, request);
    });
    \endcode

    Nothing outside \a root is ever sent. A path with a segment \c . or \c .. , an encoded slash or a NUL, and
    a symbolic link that leads out of the folder, are answered by 404 (Not Found), as is what does not exist or
    is no regular file. On Windows the same holds for a backslash and a colon. So is a path with two slashes in
    a row: a route such as \c {/private/{path...}} does not match \c //private/x and must not be evaded by it.
    For the same reason, so is a path with a percent sign that two hexadecimal digits do not follow.
    Files whose names begin with a dot are sent like all others.

    A folder is answered by its \c index.html, or by 404 if there is none. If the path of a folder does not
    end with a slash, the answer is 301 (Moved Permanently) to the path that does, so that relative links in
    the page work.

    The method has to be \c GET or \c HEAD; all others are answered by 405 (Method Not Allowed).

    This function looks the file up in the file system, in the thread in which it is called: the server's
    thread, if it is the request handler that calls it.
*/
WsResponse WsResponse::file(const QString &root, const WsRequest &request)
{
    if (request.method() != "GET" && request.method() != "HEAD")
        return withStatus(405, "Method Not Allowed\n", {{"Allow", "GET, HEAD"}});
    const QByteArray target = request.target();
    const QString name = wsFileName(target);
    const std::optional<QString> path =
        name.isNull() || root.isEmpty() ? std::nullopt : insideOf(root, root + u'/' + name);
    if (!path)
        return notFound();
    const bool hasSlash = wsTargetPath(target).endsWith('/');
    const QFileInfo info(*path);
    if (info.isFile())
        return hasSlash ? notFound() : file(*path);
    if (!info.isDir())
        return notFound();
    if (!hasSlash)
        return withStatus(301, {}, {{"Location", wsWithSlash(target)}});
    const std::optional<QString> index = insideOf(root, *path + QLatin1StringView("/index.html"));
    return index && QFileInfo(*index).isFile() ? file(*index) : notFound();
}
