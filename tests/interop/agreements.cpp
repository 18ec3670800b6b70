// SPDX-License-Identifier: MIT
#include "agreements.h"

#include "integrationtesting.h"

using namespace Qt::StringLiterals;

namespace {
constexpr qint64 LargestHead = 1000; // of a handshake

const QString References = u"references to the message before"_s;
const QString Alone = u"compressed, each alone"_s;
const QString Plain = u"not compressed"_s;

int windowBitsOf(const QUrlQuery &parameters, const QString &name)
{
    const int value = parameters.queryItemValue(name).toInt();
    return value == 0 ? Agreements::LargestWindow : value;
}
} // namespace

// Hexadecimal digits, of which half can be saved.
QByteArray Agreements::noise()
{
    return (QCryptographicHash::hash("1", QCryptographicHash::Sha512).toHex()
            + QCryptographicHash::hash("2", QCryptographicHash::Sha512).toHex())
        .first(240);
}

WsCompression Agreements::compression(bool takesOver, bool peerTakesOver, int windowBits, int peerWindowBits)
{
    WsCompression compression;
    compression.setEnabled(true);
    compression.setContextTakeover(takesOver);
    compression.setPeerContextTakeover(peerTakesOver);
    compression.setWindowBits(windowBits);
    compression.setPeerWindowBits(peerWindowBits);
    return compression;
}

Agreements::Agreement Agreements::agreementOf(const QUrlQuery &parameters)
{
    return {{!parameters.hasQueryItem(u"server_no_context_takeover"_s),
             windowBitsOf(parameters, u"server_max_window_bits"_s)},
            {!parameters.hasQueryItem(u"client_no_context_takeover"_s),
             windowBitsOf(parameters, u"client_max_window_bits"_s)}};
}

Agreements::Agreement Agreements::agreementOf(QString extensions)
{
    const bool isDeflate = extensions.startsWith(u"permessage-deflate"_s);
    return agreementOf(isDeflate ? QUrlQuery(extensions.remove(u' ').replace(u';', u'&')) : QUrlQuery());
}

bool Agreements::isWithin(const Direction &agreed, const Direction &wanted)
{
    return agreed.takesOver <= wanted.takesOver && agreed.windowBits <= wanted.windowBits;
}

QString Agreements::sentAs(qint64 wireBytes)
{
    if (wireBytes < LargestHead + Repetitions * 40)
        return References;
    return wireBytes < LargestHead + Repetitions * 170 ? Alone : Plain;
}

// zlib cannot make a window of 2^8: who is told to use it sends as it is.
QString Agreements::expected(const Direction &ours)
{
    if (ours.windowBits < SmallestWindow)
        return Plain;
    return ours.takesOver ? References : Alone;
}

QString Agreements::expectedOfPeer(const Direction &theirs)
{
    return expected({theirs.takesOver, qMax(theirs.windowBits, SmallestWindow)});
}
