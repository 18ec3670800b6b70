// SPDX-License-Identifier: MIT
#ifndef PIECES_H
#define PIECES_H

#include <QtCore/qbytearraylist.h>
#include <QtCore/qbytearrayview.h>

// What the fuzzers of parsers have in common.
namespace Fuzzing {

// The texts that an input consists of.
constexpr char Separator = '\x1F';

inline QByteArrayList textsIn(const QByteArray &input)
{
    return input.split(Separator);
}

inline QList<QByteArrayView> piecesOf(QByteArrayView bytes, qsizetype size)
{
    QList<QByteArrayView> pieces;
    for (; bytes.size() > size; bytes = bytes.sliced(size))
        pieces.append(bytes.first(size));
    pieces.append(bytes);
    return pieces;
}

// What comes of \a bytes must not depend on the pieces in which they come. read() is called with a list of
// pieces.
template <typename Read>
QByteArray checkPieces(const QByteArray &bytes, const Read &read)
{
    const auto whole = read(piecesOf(bytes, qMax(bytes.size(), qsizetype(1))));
    for (const qsizetype size : {1, 2, 7, 100}) {
        if (!(read(piecesOf(bytes, size)) == whole))
            return "read differently in pieces of " + QByteArray::number(size);
    }
    return {};
}

// For parsers that get the first bytes of a connection again and again, until they know enough: nothing that
// follows may change what they have found. wantsMore() of a result tells whether they do not know enough yet.
template <typename Read, typename WantsMore>
QByteArray checkBeginnings(QByteArrayView bytes, const Read &read, const WantsMore &wantsMore)
{
    const auto whole = read(bytes);
    bool isKnown = false;
    for (qsizetype size = 0; size <= bytes.size(); ++size) {
        const auto result = read(bytes.first(size));
        if (wantsMore(result) ? isKnown : !(result == whole))
            return "changed its mind after " + QByteArray::number(size) + " bytes";
        isKnown = !wantsMore(result);
    }
    return {};
}

// The first of several findings, each of which is empty if all is well.
template <typename... Checks>
QByteArray firstOf(const Checks &...checks)
{
    QByteArray wrong;
    (void)((wrong = checks(), !wrong.isEmpty()) || ...);
    return wrong;
}

} // namespace Fuzzing

#endif // PIECES_H
