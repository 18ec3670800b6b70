// SPDX-License-Identifier: MIT
#include "textdiff.h"

#include "hexdump.h"
#include "jsontext.h"
#include "messagetext.h"

#include <QtCore/qstringlist.h>

#include <algorithm>

namespace {
using Kind = DiffLine::Kind;
constexpr qsizetype MaxEdits = 1000; // bounds the memory, which grows with its square
constexpr qsizetype MaxJsonSize = 4 * 1024 * 1024;

QStringList linesOf(const QString &text)
{
    QStringList lines = text.split(u'\n');
    if (lines.constLast().isEmpty())
        lines.removeLast();
    return lines;
}

// Myers' algorithm on what is between the common beginning and the common end. `m_furthest` holds, for each
// number of edits, how far each diagonal gets.
class Myers
{
public:
    Myers(QList<QString> before, QList<QString> after)
        : m_before(std::move(before)), m_after(std::move(after))
    {
    }

    QList<DiffLine> run()
    {
        const qsizetype limit = std::min(MaxEdits, m_before.size() + m_after.size());
        QList<qsizetype> furthest(2 * limit + 3, 0);
        for (qsizetype edits = 0; edits <= limit; ++edits) {
            if (advance(edits, limit, &furthest))
                return trace(edits);
        }
        return replaceAll();
    }

private:
    // Where the best way to a diagonal comes from: from above (an added line), or from the left.
    static bool comesFromAbove(const QList<qsizetype> &furthest, qsizetype k, qsizetype edits, qsizetype mid)
    {
        return k == -edits || (k != edits && furthest.at(mid + k - 1) < furthest.at(mid + k + 1));
    }

    // Returns true if the end is reached.
    bool advance(qsizetype edits, qsizetype limit, QList<qsizetype> *furthest)
    {
        const qsizetype mid = limit + 1;
        m_furthest.append(furthest->mid(mid - edits - 1, 2 * edits + 3));
        for (qsizetype k = -edits; k <= edits; k += 2) {
            qsizetype x = comesFromAbove(*furthest, k, edits, mid) ? furthest->at(mid + k + 1)
                                                                   : furthest->at(mid + k - 1) + 1;
            while (x < m_before.size() && x - k < m_after.size() && m_before.at(x) == m_after.at(x - k))
                ++x;
            (*furthest)[mid + k] = x;
            if (x >= m_before.size() && x - k >= m_after.size())
                return true;
        }
        return false;
    }

    // The way back from the end.
    QList<DiffLine> trace(qsizetype edits) const
    {
        QList<DiffLine> lines;
        qsizetype x = m_before.size();
        qsizetype y = m_after.size();
        for (qsizetype d = edits; d >= 0; --d) {
            const QList<qsizetype> &furthest = m_furthest.at(d);
            const qsizetype k = x - y;
            const bool isAdded = comesFromAbove(furthest, k, d, d + 1);
            const qsizetype fromK = isAdded ? k + 1 : k - 1;
            const qsizetype fromX = d == 0 ? 0 : furthest.at(d + 1 + fromK);
            const qsizetype fromY = d == 0 ? 0 : fromX - fromK;
            const qsizetype afterEdit = d == 0 || isAdded ? fromX : fromX + 1;
            while (x > afterEdit)
                lines.append({Kind::Same, m_before.at(--x)});
            if (d > 0)
                lines.append(isAdded ? DiffLine{Kind::Added, m_after.at(fromY)}
                                     : DiffLine{Kind::Removed, m_before.at(fromX)});
            x = fromX;
            y = fromY;
        }
        std::reverse(lines.begin(), lines.end());
        return lines;
    }

    QList<DiffLine> replaceAll() const
    {
        QList<DiffLine> lines;
        for (const QString &line : m_before)
            lines.append({Kind::Removed, line});
        for (const QString &line : m_after)
            lines.append({Kind::Added, line});
        return lines;
    }

    QList<QString> m_before;
    QList<QString> m_after;
    QList<QList<qsizetype>> m_furthest;
};

bool isJson(const QByteArray &message)
{
    return message.size() <= MaxJsonSize && !checkJson(message);
}

QString comparedJson(const QByteArray &message)
{
    return QString::fromUtf8(indentedJson(sortedJson(message)));
}

QString shownMessage(const QByteArray &message)
{
    return message.isValidUtf8() ? messageText(message) : hexDump(message);
}

// --- the unified format

struct Hunk
{
    qsizetype begin = 0;
    qsizetype end = 0;
};

QList<Hunk> findHunks(const QList<DiffLine> &lines, qsizetype context)
{
    QList<Hunk> hunks;
    for (qsizetype i = 0; i < lines.size(); ++i) {
        if (lines.at(i).kind == Kind::Same)
            continue;
        const Hunk hunk{std::max<qsizetype>(0, i - context), std::min(lines.size(), i + 1 + context)};
        if (!hunks.isEmpty() && hunk.begin <= hunks.constLast().end)
            hunks.last().end = hunk.end;
        else
            hunks.append(hunk);
    }
    return hunks;
}

// "12,3": the first line and their number.
QString range(qsizetype first, qsizetype count)
{
    return QStringLiteral("%1,%2").arg(count == 0 ? first - 1 : first).arg(count);
}

qsizetype countOther(const QList<DiffLine> &lines, qsizetype begin, qsizetype end, Kind other)
{
    return std::count_if(lines.cbegin() + begin, lines.cbegin() + end,
                         [other](const DiffLine &line) { return line.kind != other; });
}
} // namespace

QList<DiffLine> diffLines(const QString &before, const QString &after)
{
    QStringList a = linesOf(before);
    QStringList b = linesOf(after);
    qsizetype head = 0;
    while (head < a.size() && head < b.size() && a.at(head) == b.at(head))
        ++head;
    qsizetype tail = 0;
    while (tail < a.size() - head && tail < b.size() - head
           && a.at(a.size() - 1 - tail) == b.at(b.size() - 1 - tail))
        ++tail;

    QList<DiffLine> lines;
    for (qsizetype i = 0; i < head; ++i)
        lines.append({Kind::Same, a.at(i)});
    lines += Myers(a.mid(head, a.size() - head - tail), b.mid(head, b.size() - head - tail)).run();
    for (qsizetype i = a.size() - tail; i < a.size(); ++i)
        lines.append({Kind::Same, a.at(i)});
    return lines;
}

QList<DiffLine> diffMessages(const QByteArray &before, const QByteArray &after)
{
    if (isJson(before) && isJson(after))
        return diffLines(comparedJson(before), comparedJson(after));
    return diffLines(shownMessage(before), shownMessage(after));
}

bool isSameJson(const QByteArray &before, const QByteArray &after)
{
    return isJson(before) && isJson(after) && sortedJson(before) == sortedJson(after);
}

QString unifiedDiff(const QList<DiffLine> &lines, qsizetype context)
{
    QString text;
    qsizetype before = 1;
    qsizetype after = 1;
    qsizetype done = 0;
    const QList<Hunk> hunks = findHunks(lines, context);
    for (const Hunk &hunk : hunks) {
        before += countOther(lines, done, hunk.begin, Kind::Added);
        after += countOther(lines, done, hunk.begin, Kind::Removed);
        done = hunk.begin;
        text += QStringLiteral("@@ -%1 +%2 @@\n")
                    .arg(range(before, countOther(lines, hunk.begin, hunk.end, Kind::Added)),
                         range(after, countOther(lines, hunk.begin, hunk.end, Kind::Removed)));
        for (qsizetype i = hunk.begin; i < hunk.end; ++i) {
            static constexpr char16_t signs[] = {u' ', u'-', u'+'};
            text += QChar(signs[size_t(lines.at(i).kind)]) + lines.at(i).text + u'\n';
        }
    }
    return text;
}
