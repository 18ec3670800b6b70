// SPDX-License-Identifier: MIT
#ifndef WSREQUESTBODY_H
#define WSREQUESTBODY_H

#include "protocol/wshttphead.h"

// Reads the body of an HTTP/1.1 request, by Content-Length or by chunks (RFC 9112 §6 and §7.1).
//
// It is read as strictly as the head: two readers that find its end in different places let others smuggle
// requests past one of them. Extensions of chunks and trailers are checked, and skipped.
class WsRequestBodyReader
{
public:
    enum class Result { NeedsBytes, Complete, Malformed, TooLarge };

    // wsCheckRequest() has accepted \a head. All extensions and trailers together may take \a maxExtras
    // bytes.
    WsRequestBodyReader(const WsRequestHead &head, qint64 maxSize, qsizetype maxExtras);

    // Takes what belongs to the body from the beginning of \a bytes. The memory that the body takes is at
    // most twice that of what has arrived, and at most maxSize.
    Result receive(QByteArrayView *bytes);
    QByteArray takeBody();
    // Of a body that is not Complete: how many more bytes belong to it for certain, at least 1.
    qint64 awaited() const { return m_left > 0 ? m_left : 1; }
    // What is wrong with a body that is Malformed or TooLarge.
    QString problem() const { return m_problem; }

private:
    enum class State { Sized, ChunkSize, Chunk, ChunkEnd, Trailer, Complete, Malformed, TooLarge };

    void receiveData(QByteArrayView *bytes);
    void receiveLine(QByteArrayView *bytes);
    bool payForLine(qsizetype before);
    void onLine(QByteArrayView line);
    void onChunkSize(QByteArrayView line);
    void onTrailer(QByteArrayView line);
    void expectData(quint64 size, State state);
    void fail(const QString &problem, State state = State::Malformed);

    State m_state = State::Complete;
    qint64 m_maxSize;
    qsizetype m_extrasLeft;
    qint64 m_left = 0; // of the body or of the chunk
    QByteArray m_body;
    QByteArray m_line;
    QString m_problem;
};

#endif // WSREQUESTBODY_H
