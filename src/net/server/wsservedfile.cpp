// SPDX-License-Identifier: MIT
#include "net/server/wsservedfile.h"

#include "protocol/wshttpanswer.h"
#include "protocol/wsretryafter.h"

#include <QtCore/qdatetime.h>
#include <QtCore/qfileinfo.h>
#include <QtCore/qmimedatabase.h>

#include <algorithm>

#ifdef Q_OS_UNIX
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace {
QByteArray contentType(const QString &path)
{
    const QString type = QMimeDatabase().mimeTypeForFile(path).name();
    const bool isText =
        type.startsWith(QLatin1StringView("text/")) || type.endsWith(QLatin1StringView("javascript"));
    return type.toLatin1() + (isText ? "; charset=utf-8" : "");
}

// Its size and the time of its last change in nanoseconds, or in what the system has.
QByteArray tagOf(qint64 size, qint64 time)
{
    return '"' + QByteArray::number(size, 16) + '-' + QByteArray::number(time, 16) + '"';
}

#ifdef Q_OS_UNIX
qint64 modificationTime(const struct stat &status)
{
#ifdef Q_OS_DARWIN
    const timespec time = status.st_mtimespec;
#else
    const timespec time = status.st_mtim;
#endif
    return qint64(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

int statusOf(int systemError)
{
    switch (systemError) {
    case EMFILE:
    case ENFILE:
    case ENOMEM:
        return 503;
    case EIO:
    case EOVERFLOW:
        return 500;
    default:
        return 404; // it is not there, or nothing that strangers may read
    }
}
#endif

// The client is not told the path, nor why.
WsHttpError errorOf(int status)
{
    if (status == 404)
        return {404, QStringLiteral("Not Found"), {}};
    return {status, QStringLiteral("the file of the answer cannot be opened"), {}};
}

void addIfMissing(WsHeaders *headers, const QByteArray &name, const QByteArray &value)
{
    if (wsHeaderCount(*headers, name) == 0 && !value.isEmpty())
        headers->append({name, value});
}
} // namespace

std::unique_ptr<WsServedFile> WsServedFile::open(const QString &path, WsHttpError *error)
{
    std::unique_ptr<WsServedFile> file(new WsServedFile);
    file->m_path = path;
    if (const int status = file->openFile(path); status != 0) {
        *error = errorOf(status);
        return nullptr;
    }
    file->m_left = file->m_size;
    return file;
}

// Returns 0, or the status of the answer. Size and time are those of what is read, also if another file
// replaces it. Without O_NONBLOCK, a named pipe would wait for somebody who writes.
int WsServedFile::openFile(const QString &path)
{
    constexpr auto Mode = QIODevice::ReadOnly | QIODevice::Unbuffered;
#ifdef Q_OS_UNIX
    if (!path.startsWith(u':')) { // not a resource
        const int descriptor = ::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (descriptor < 0)
            return statusOf(errno);
        struct stat status = {};
        const bool isFile = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
        if (!isFile || !m_file.open(descriptor, Mode, QFileDevice::AutoCloseHandle)) {
            ::close(descriptor);
            return isFile ? 500 : 404;
        }
        m_size = status.st_size;
        m_version = {tagOf(m_size, modificationTime(status)), qint64(status.st_mtime)};
        return 0;
    }
#endif
    m_file.setFileName(path);
    if (!QFileInfo(path).isFile() || !m_file.open(Mode))
        return 404;
    m_size = m_file.size();
    const QDateTime modified = m_file.fileTime(QFileDevice::FileModificationTime);
    if (modified.isValid())
        m_version = {tagOf(m_size, modified.toMSecsSinceEpoch()), modified.toSecsSinceEpoch()};
    return 0;
}

WsResponse WsServedFile::answerTo(const WsRequestHead &request, const WsResponse &response)
{
    WsResponse answer = response;
    const WsHeaders own = response.headers();
    const qint64 now = QDateTime::currentSecsSinceEpoch();
    if (wsHeaderCount(own, "ETag") > 0)
        m_version.tag = wsHeader(own, "ETag");
    if (wsHeaderCount(own, "Last-Modified") > 0)
        m_version.modified = wsParseHttpDate(wsHeader(own, "Last-Modified"), now);
    WsHeaders headers = own;
    addIfMissing(&headers, "ETag", m_version.tag);
    if (m_version.modified)
        addIfMissing(&headers, "Last-Modified", wsHttpDate(*m_version.modified));
    const bool isGet = request.method == "GET";
    const bool isConditional = response.status() == 200 && (isGet || request.method == "HEAD");
    const bool isUnwanted = isConditional && wsIsForAnotherVersion(request.headers, m_version, now);
    if (isUnwanted || (isConditional && wsIsUnchanged(request.headers, m_version, now))) {
        m_left = 0;
        answer.setStatus(isUnwanted ? 412 : 304);
        answer.setHeaders(headers);
        return answer;
    }
    if (isConditional)
        addIfMissing(&headers, "Accept-Ranges", "bytes");
    addIfMissing(&headers, "Content-Type", contentType(m_path));
    answer.setHeaders(headers);
    const std::optional<WsByteRange> range =
        isConditional && isGet ? wsRequestedRange(request.headers, m_size, m_version, now) : std::nullopt;
    return range ? part(*range, answer) : answer;
}

// RFC 9110 §14.4
WsResponse WsServedFile::part(const WsByteRange &range, const WsResponse &whole)
{
    WsResponse answer = whole;
    WsHeaders headers = whole.headers();
    const QByteArray size = QByteArray::number(m_size);
    const QByteArray last = QByteArray::number(range.start + range.size - 1);
    answer.setStatus(range.size > 0 ? 206 : 416);
    headers.append({"Content-Range",
                    range.size > 0 ? "bytes " + QByteArray::number(range.start) + '-' + last + '/' + size
                                   : "bytes */" + size});
    answer.setHeaders(headers);
    m_left = m_file.seek(range.start) ? range.size : 0;
    return answer;
}

QByteArray WsServedFile::read()
{
    QByteArray piece(std::min(PieceSize, m_left), Qt::Uninitialized);
    const qint64 size = m_file.read(piece.data(), piece.size());
    if (size <= 0)
        return {};
    piece.truncate(size);
    m_left -= size;
    return piece;
}
