// SPDX-License-Identifier: MIT
#include "jsonpath.h"

#include "jsontext.h"
#include "toolkittexts.h"

// Reads an expression.
class JsonPathParser
{
public:
    JsonPathParser(const QString &expression, JsonPath *path) : m_text(expression), m_path(path) { }

    void run()
    {
        if (m_text.startsWith(u'$'))
            m_position = 1;
        else if (!m_text.isEmpty() && !m_text.startsWith(u'.') && !m_text.startsWith(u'['))
            readName({}); // the first name may do without its dot
        while (m_position < m_text.size() && m_path->m_problem.isEmpty())
            readStep();
        if (m_path->m_steps.size() > MaxSteps)
            m_path->m_problem = Toolkit::tr("“%1” has more than %2 steps").arg(m_text).arg(MaxSteps);
        if (m_text.isEmpty())
            m_path->m_problem = Toolkit::tr("the path is empty");
        if (!m_path->m_problem.isEmpty())
            m_path->m_steps.clear();
    }

private:
    static constexpr qsizetype MaxSteps = 60; // a set of them fits into 64 bits

    QChar at(qsizetype position) const { return position < m_text.size() ? m_text.at(position) : QChar(); }

    void fail(const QString &expected)
    {
        m_path->m_problem =
            Toolkit::tr("“%1”: %2 is expected at “%3”").arg(m_text, expected, m_text.mid(m_position, 20));
    }

    void readStep()
    {
        JsonPath::Step step;
        const bool hasDot = at(m_position) == u'.';
        step.isDeep = hasDot && at(m_position + 1) == u'.';
        m_position += step.isDeep ? 2 : hasDot ? 1 : 0;
        if (at(m_position) == u'[' && (step.isDeep || !hasDot))
            readBracket(step);
        else if (hasDot)
            readName(step);
        else
            fail(Toolkit::tr("“.” or “[”"));
    }

    void readName(JsonPath::Step step)
    {
        const qsizetype begin = m_position;
        while (m_position < m_text.size() && m_text.at(m_position) != u'.' && m_text.at(m_position) != u'[')
            ++m_position;
        step.name = m_text.mid(begin, m_position - begin);
        step.kind = step.name == u"*" ? JsonPath::Step::Kind::Any : JsonPath::Step::Kind::Name;
        if (step.name.isEmpty() || step.name.contains(u']') || step.name.contains(u'$')) {
            m_position = begin;
            fail(Toolkit::tr("a name"));
        }
        m_path->m_steps.append(step);
    }

    void readBracket(JsonPath::Step step)
    {
        const QChar first = at(++m_position);
        if (first == u'\'' || first == u'"')
            readQuoted(first, &step);
        else
            readIndex(&step);
        if (m_path->m_problem.isEmpty() && at(m_position) != u']')
            fail(QStringLiteral("“]”"));
        ++m_position;
        m_path->m_steps.append(step);
    }

    void readQuoted(QChar mark, JsonPath::Step *step)
    {
        step->kind = JsonPath::Step::Kind::Name;
        for (++m_position; m_position < m_text.size(); ++m_position) {
            if (m_text.at(m_position) == mark) {
                ++m_position;
                return;
            }
            if (m_text.at(m_position) == u'\\' && m_position + 1 < m_text.size())
                ++m_position;
            step->name += m_text.at(m_position);
        }
        fail(Toolkit::tr("a closing quotation mark"));
    }

    void readIndex(JsonPath::Step *step)
    {
        const qsizetype end = m_text.indexOf(u']', m_position);
        const QString text = m_text.mid(m_position, end < 0 ? -1 : end - m_position).trimmed();
        bool isIndex = false;
        step->index = text.toLongLong(&isIndex);
        step->kind = text == u"*" ? JsonPath::Step::Kind::Any : JsonPath::Step::Kind::Index;
        if (text != u"*" && (!isIndex || step->index < 0)) {
            fail(Toolkit::tr("an index, “*” or a name in quotation marks"));
            return;
        }
        m_position = end < 0 ? m_text.size() : end;
    }

    QString m_text;
    JsonPath *m_path;
    qsizetype m_position = 0;
};

// Goes through a checked JSON text once. With each value it knows the set of steps that may come next; bit n
// stands for step n, and the bit after the last step for a selected value. The nesting is limited by
// checkJson().
class JsonPathWalker
{
public:
    JsonPathWalker(const JsonPath &path, const QByteArray &json, qsizetype maxCount)
        : m_path(path), m_json(json), m_maxCount(maxCount)
    {
    }

    QList<QByteArrayView> run()
    {
        walkValue(skipBlanks(0), 1);
        return m_selected;
    }

private:
    using Set = quint64;

    qsizetype skipBlanks(qsizetype i) const
    {
        while (i < m_json.size() && quint8(m_json.at(i)) <= ' ')
            ++i;
        return i;
    }

    char at(qsizetype i) const { return i < m_json.size() ? m_json.at(i) : '\0'; }

    // Returns the end of the value.
    qsizetype walkValue(qsizetype begin, Set set)
    {
        const bool isSelected = (set >> m_path.m_steps.size()) & 1 && m_selected.size() < m_maxCount;
        const qsizetype place = m_selected.size();
        if (isSelected)
            m_selected.append(QByteArrayView());
        const char first = at(begin);
        const qsizetype end = first == '{' || first == '['
                                  ? walkChildren(begin, set)
                                  : begin + jsonScalarSize(QByteArrayView(m_json).sliced(begin));
        if (isSelected)
            m_selected[place] = QByteArrayView(m_json).sliced(begin, end - begin);
        return end;
    }

    qsizetype walkChildren(qsizetype begin, Set set)
    {
        const bool isObject = at(begin) == '{';
        const char closing = isObject ? '}' : ']';
        qsizetype i = skipBlanks(begin + 1);
        for (qsizetype index = 0; i < m_json.size() && at(i) != closing; ++index) {
            QString name;
            if (isObject) {
                const qsizetype size = jsonScalarSize(QByteArrayView(m_json).sliced(i));
                if (set)
                    name = jsonString(QByteArrayView(m_json).sliced(i, size));
                i = skipBlanks(skipBlanks(i + size) + 1); // after the colon
            }
            i = skipBlanks(walkValue(i, next(set, isObject, name, index)));
            if (at(i) == ',')
                i = skipBlanks(i + 1);
        }
        return qMin(i + 1, m_json.size());
    }

    Set next(Set set, bool isObject, const QString &name, qsizetype index) const
    {
        Set result = 0;
        for (qsizetype i = 0; i < m_path.m_steps.size(); ++i) {
            if (!((set >> i) & 1))
                continue;
            const JsonPath::Step &step = m_path.m_steps.at(i);
            if (step.isDeep)
                result |= Set(1) << i;
            if (matches(step, isObject, name, index))
                result |= Set(1) << (i + 1);
        }
        return result;
    }

    static bool matches(const JsonPath::Step &step, bool isObject, const QString &name, qsizetype index)
    {
        switch (step.kind) {
        case JsonPath::Step::Kind::Name:
            return isObject && step.name == name;
        case JsonPath::Step::Kind::Index:
            return !isObject && step.index == index;
        case JsonPath::Step::Kind::Any:
            return true;
        }
        return false;
    }

    const JsonPath &m_path;
    const QByteArray &m_json;
    qsizetype m_maxCount;
    QList<QByteArrayView> m_selected;
};

JsonPath::JsonPath(const QString &expression)
{
    JsonPathParser(expression, this).run();
}

QList<QByteArrayView> JsonPath::select(const QByteArray &json, qsizetype maxCount) const
{
    return m_problem.isEmpty() ? JsonPathWalker(*this, json, maxCount).run() : QList<QByteArrayView>();
}
