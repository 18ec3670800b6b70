// SPDX-License-Identifier: MIT
#include "soaklanes.h"

#include "soakmessage.h"

#include <WsKit/WsMessageStream>

#include <QtCore/qpointer.h>

using namespace Qt::StringLiterals;
using namespace Soak;

namespace {
constexpr qsizetype PieceSize = 64 * 1024;
constexpr int MostPieces = 320; // 20 MiB, which is more than a message may have that is no stream

// Writes one stream after another, and reads each as it comes back.
class StreamLane : public ClientLane
{
public:
    StreamLane(const LanePlan &lanePlan, quint32 seed) : ClientLane(lanePlan, seed)
    {
        client.setBinaryType(Ws::Stream);
        QObject::connect(&client, &WsConnection::messageStarted, &client,
                         [this](WsMessageStream *stream) { read(stream); });
    }

protected:
    void onOpened() override { m_isUnderWay = false; }
    void sendMore() override
    {
        if (m_isUnderWay || !wantsMore())
            return;
        WsMessageStream *const stream = client.openMessage(random.bounded(2) == 0 ? Ws::Text : Ws::Binary);
        if (!stream) {
            account.fault(u"no stream: "_s + client.errorString());
            return;
        }
        m_isUnderWay = true;
        ++sent;
        m_written = {};
        m_piecesLeft = int(random.bounded(random.bounded(20) == 0 ? MostPieces : MostPieces / 20));
        QObject::connect(stream, &QIODevice::bytesWritten, stream, [this, stream] { write(stream); });
        write(stream);
    }
    void onClosed() override { }
    bool isDone() const override { return sent == confirmed && !wantsMore(); }

private:
    struct Sum
    {
        qint64 size = 0;
        quint32 checksum = 0;

        void add(const QByteArray &bytes)
        {
            size += bytes.size();
            checksum = Soak::checksum(bytes, checksum);
        }
        bool operator==(const Sum &other) const { return size == other.size && checksum == other.checksum; }
    };

    void write(WsMessageStream *stream)
    {
        while (m_piecesLeft > 0 && stream->bytesToWrite() < 8 * PieceSize) {
            const bool isNoise = !stream->isText() && random.bounded(2) == 0;
            const QByteArray piece = bytesFor(!isNoise, PieceSize, random.generate());
            const qint64 written = stream->write(piece);
            if (written < 0)
                return; // the connection has ended
            if (written != piece.size())
                account.fault(u"a stream took %1 bytes of a piece"_s.arg(written));
            m_written.add(piece);
            --m_piecesLeft;
        }
        if (m_piecesLeft == 0 && stream->isOpen())
            stream->close();
    }
    void read(WsMessageStream *stream)
    {
        m_read = {};
        QObject::connect(stream, &QIODevice::readyRead, stream,
                         [this, stream] { m_read.add(stream->readAll()); });
        QObject::connect(stream, &QIODevice::readChannelFinished, stream, [this, stream] {
            m_read.add(stream->readAll());
            if (stream->isComplete())
                finish();
        });
        m_read.add(stream->readAll());
    }
    void finish()
    {
        if (!m_isUnderWay || !(m_read == m_written))
            account.fault(
                u"a stream of %1 bytes came back with %2 bytes"_s.arg(m_written.size).arg(m_read.size));
        m_isUnderWay = false;
        ++confirmed;
        account.noteConfirmed(m_read.size);
        if (mayOpenAnew() && random.bounded(20U) == 0)
            endNow(LaneAccount::Wanted::Close);
        goOnSoon();
    }

    bool m_isUnderWay = false;
    int m_piecesLeft = 0;
    Sum m_written;
    Sum m_read;
};
} // namespace

std::unique_ptr<Lane> Soak::makeStreamLane(const LanePlan &plan, quint32 seed)
{
    return std::make_unique<StreamLane>(plan, seed);
}
