// SPDX-License-Identifier: MIT
#include "hexdump.h"

namespace {
constexpr qsizetype BytesPerLine = 16;
constexpr qsizetype HexWidth = BytesPerLine * 3;

QString characters(QByteArrayView bytes)
{
    QString text(bytes.size(), u'.');
    for (qsizetype i = 0; i < bytes.size(); ++i) {
        if (bytes[i] >= 0x20 && bytes[i] < 0x7f)
            text[i] = QLatin1Char(bytes[i]);
    }
    return text;
}
} // namespace

QString hexLine(QByteArrayView bytes)
{
    return QString::fromLatin1(bytes.toByteArray().toHex(' '));
}

QString hexDump(QByteArrayView bytes)
{
    QString dump;
    dump.reserve((bytes.size() / BytesPerLine + 1) * 78);
    for (qsizetype offset = 0; offset < bytes.size(); offset += BytesPerLine) {
        const QByteArrayView line = bytes.sliced(offset, qMin(BytesPerLine, bytes.size() - offset));
        dump += QStringLiteral("%1  ").arg(offset, 8, 16, QLatin1Char('0'));
        dump += hexLine(line.first(qMin<qsizetype>(8, line.size()))).leftJustified(HexWidth / 2);
        dump += u' ';
        dump += line.size() > 8 ? hexLine(line.sliced(8)).leftJustified(HexWidth / 2)
                                : QString(HexWidth / 2, u' ');
        dump += QLatin1String(" |") + characters(line) + QLatin1String("|\n");
    }
    return dump;
}
