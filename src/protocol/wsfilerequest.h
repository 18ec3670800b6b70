// SPDX-License-Identifier: MIT
#ifndef WSFILEREQUEST_H
#define WSFILEREQUEST_H

#include "protocol/wshttphead.h"

#include <QtCore/qbytearray.h>
#include <QtCore/qstring.h>

#include <optional>

// What a request for a file says about it, as functions on values: which file of a folder, whether the client
// has it already, and which part of it is wanted.

// What distinguishes the versions of a file; either may be missing.
struct WsFileVersion
{
    QByteArray tag;                 // with its quotation marks, RFC 9110 §8.8.3
    std::optional<qint64> modified; // in seconds since 1970
};

struct WsByteRange
{
    qint64 start = 0;
    qint64 size = 0;
};

// The file that \a target names, as names from the folder on: "/a%20b/c?d" is "a b/c". Null if no file can
// have such a name: it leads elsewhere, or has a character that no name has, or an empty segment, or a
// percent sign that encodes nothing. What looks at the path before, such as a route, takes "//a" for another
// path than "/a".
QString wsFileName(QByteArrayView target);
// The path of \a target with a slash at its end, and the query, for a redirect within the same server.
QByteArray wsWithSlash(QByteArrayView target);

// RFC 9110 §13.2.2, looked at before all other conditions: whether a request with these \a headers is only
// for another version, and so is answered by 412 (Precondition Failed). \a now in seconds since 1970.
bool wsIsForAnotherVersion(const WsHeaders &headers, const WsFileVersion &version, qint64 now);
// RFC 9110 §13.2.2: whether a GET or HEAD with these \a headers is answered by 304 (Not Modified). \a now in
// seconds since 1970.
bool wsIsUnchanged(const WsHeaders &headers, const WsFileVersion &version, qint64 now);
// RFC 9110 §14.2: the part of \a size bytes that a GET with these \a headers asks for; a part without bytes
// if there is none (416). Empty: all of it, also if several parts are asked for.
std::optional<WsByteRange> wsRequestedRange(const WsHeaders &headers, qint64 size,
                                            const WsFileVersion &version, qint64 now);

#endif // WSFILEREQUEST_H
