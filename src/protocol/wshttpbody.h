// SPDX-License-Identifier: MIT
#ifndef WSHTTPBODY_H
#define WSHTTPBODY_H

#include "protocol/wshttphead.h"

// Reads the body of an HTTP/1.1 answer. RFC 9112 §6.3 says where it ends: after the last chunk (§7.1), after
// Content-Length bytes, or with the connection.
//
// Extensions of chunks and trailers are skipped. A coding other than chunked, such as gzip, stays as it is.
class WsBodyReader
{
public:
    enum class Result { NeedsBytes, Complete, Malformed };

    // A body that is larger than \a maxSize is Complete when that much of it has arrived.
    WsBodyReader(const WsResponseHead &head, qsizetype maxSize);

    Result receive(QByteArrayView bytes);
    const QByteArray &body() const { return m_body; }
    // Whether the body only ends with the connection.
    bool endsWithConnection() const { return m_state == State::UntilEnd; }
    // What is wrong with a body that is Malformed.
    QString problem() const { return m_problem; }

private:
    enum class State { Sized, ChunkSize, Chunk, ChunkEnd, Trailer, UntilEnd, Complete, Malformed };

    void frameByLength(const WsHeaders &headers);
    void frameByCoding(const WsResponseHead &head);
    bool isInData() const
    {
        return m_state == State::Sized || m_state == State::Chunk || m_state == State::UntilEnd;
    }
    QByteArrayView receiveData(QByteArrayView bytes);
    QByteArrayView receiveLine(QByteArrayView bytes);
    void onLine(QByteArrayView line);
    void onChunkSize(QByteArrayView line);
    void fail(const QString &problem);

    State m_state = State::UntilEnd;
    qsizetype m_maxSize;
    qsizetype m_lineBudget; // for all lines between and after the chunks
    quint64 m_left = 0;     // of the body or of the chunk
    QByteArray m_body;
    QByteArray m_line;
    QString m_problem;
};

#endif // WSHTTPBODY_H
