// SPDX-License-Identifier: MIT
#ifndef SOAKSTREAM_H
#define SOAKSTREAM_H

#include <WsKit/WsMessageStream>

#include <QtCore/qpointer.h>

namespace Soak {
// Writes to \a out what \a in brings, never much ahead of the network, and ends it with \a in. Belongs to \a
// out.
class StreamEcho : public QObject
{
public:
    StreamEcho(WsMessageStream *in, WsMessageStream *out) : QObject(out), m_in(in), m_out(out)
    {
        connect(in, &QIODevice::readyRead, this, [this] { pass(); });
        connect(in, &QIODevice::readChannelFinished, this, [this] { pass(); });
        connect(out, &QIODevice::bytesWritten, this, [this] { pass(); });
        pass();
    }

private:
    static constexpr qsizetype PieceSize = 64 * 1024;

    void pass()
    {
        while (m_out->isOpen() && m_out->bytesToWrite() < 4 * PieceSize) {
            if (m_piece.isEmpty() && m_in)
                m_piece = m_in->read(PieceSize);
            if (m_piece.isEmpty())
                break;
            const qint64 written = m_out->write(m_piece);
            if (written <= 0)
                return;
            m_piece.remove(0, written);
        }
        m_isWhole = m_isWhole || (m_in && m_in->isComplete());
        if (m_isWhole && m_piece.isEmpty() && (!m_in || m_in->bytesAvailable() == 0) && m_out->isOpen())
            m_out->close();
    }

    const QPointer<WsMessageStream> m_in;
    WsMessageStream *const m_out;
    QByteArray m_piece;
    bool m_isWhole = false;
};
} // namespace Soak

#endif // SOAKSTREAM_H
