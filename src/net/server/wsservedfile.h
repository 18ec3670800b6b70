// SPDX-License-Identifier: MIT
#ifndef WSSERVEDFILE_H
#define WSSERVEDFILE_H

#include "protocol/wsfilerequest.h"

#include <WsKit/wsresponse.h>

#include <QtCore/qfile.h>

#include <memory>

// A file that is sent as the body of an answer, piece by piece.
class WsServedFile
{
public:
    // How much is read at a time, and so how much of it is in memory.
    static constexpr qint64 PieceSize = 64 * 1024;

    // Opens the file at \a path. Returns null, and stores the answer in \a error, if there is no such file,
    // it is not a regular one, or it cannot be read.
    static std::unique_ptr<WsServedFile> open(const QString &path, WsHttpError *error);

    // Completes \a response, whose body the file is, with the headers that the application has not set. What
    // is returned may be 206, 304, 412 or 416, if \a request asks for a part, has the file already, or is
    // only for another version of it.
    WsResponse answerTo(const WsRequestHead &request, const WsResponse &response);
    // How much of it is to be sent yet; after answerTo() all of what the answer announces.
    qint64 left() const { return m_left; }
    // The next piece; null if there is none although there should be, because the file was made shorter.
    QByteArray read();

private:
    WsServedFile() = default;

    int openFile(const QString &path);
    WsResponse part(const WsByteRange &range, const WsResponse &whole);

    QString m_path;
    QFile m_file;
    WsFileVersion m_version;
    qint64 m_size = 0;
    qint64 m_left = 0;
};

#endif // WSSERVEDFILE_H
