// SPDX-License-Identifier: MIT
#include "jsontext.h"

#include "toolkittexts.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>

#include <algorithm>
#include <cstring>

namespace {
// Of what is nested more deeply, the lines begin where these do. Otherwise a message of brackets and commas
// would become a thousand times as large.
constexpr int MostIndented = 20;

bool isBlank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// Returns the end of the string whose opening quotation mark is at `start`.
qsizetype endOfString(QByteArrayView json, qsizetype start)
{
    qsizetype end = start + 1;
    while (end < json.size() && json.at(end) != '"')
        end += json.at(end) == '\\' ? 2 : 1;
    return qMin(end + 1, json.size());
}

class Indenter
{
public:
    explicit Indenter(const QByteArray &json) : m_json(json) { }

    QByteArray run()
    {
        for (qsizetype i = 0; i < m_json.size();)
            i = take(i);
        return m_out;
    }

private:
    qsizetype take(qsizetype i)
    {
        const char c = m_json.at(i);
        if (c == '"') {
            const qsizetype end = endOfString(m_json, i);
            m_out += QByteArrayView(m_json).sliced(i, end - i);
            return end;
        }
        if (c == '{' || c == '[')
            return open(i);
        if (c == '}' || c == ']')
            breakLine(--m_depth);
        if (!isBlank(c))
            m_out += c;
        if (c == ':')
            m_out += ' ';
        else if (c == ',')
            breakLine(m_depth);
        return i + 1;
    }

    qsizetype open(qsizetype i)
    {
        const char c = m_json.at(i);
        m_out += c;
        qsizetype next = i + 1;
        while (next < m_json.size() && isBlank(m_json.at(next)))
            ++next;
        const char closing = c == '{' ? '}' : ']';
        if (next < m_json.size() && m_json.at(next) == closing) {
            m_out += closing;
            return next + 1;
        }
        breakLine(++m_depth);
        return next;
    }

    void breakLine(int depth)
    {
        m_out += '\n';
        m_out.append(qMin(depth, MostIndented) * 2, ' ');
    }

    const QByteArray &m_json;
    QByteArray m_out;
    int m_depth = 0;
};

// Goes through the JSON once; the nesting is limited by checkJson().
class Sorter
{
public:
    explicit Sorter(QByteArrayView json) : m_json(json) { }

    QByteArray takeValue()
    {
        skipBlanks();
        if (m_position >= m_json.size())
            return {};
        const char first = m_json.at(m_position);
        if (first == '{')
            return takeObject();
        if (first == '[')
            return takeArray();
        return takeScalar();
    }

private:
    void skipBlanks()
    {
        while (m_position < m_json.size() && isBlank(m_json.at(m_position)))
            ++m_position;
    }

    // Returns true, and skips it, if this is the next character.
    bool take(char c)
    {
        skipBlanks();
        const bool isNext = m_position < m_json.size() && m_json.at(m_position) == c;
        m_position += isNext;
        return isNext || m_position >= m_json.size();
    }

    QByteArray takeScalar()
    {
        skipBlanks();
        const qsizetype size = jsonScalarSize(m_json.sliced(m_position));
        const QByteArray scalar = m_json.sliced(m_position, size).toByteArray();
        m_position += size;
        return scalar;
    }

    QByteArray takeArray()
    {
        ++m_position;
        QByteArrayList elements;
        while (!take(']')) {
            elements.append(takeValue());
            take(',');
        }
        return '[' + elements.join(',') + ']';
    }

    QByteArray takeObject()
    {
        ++m_position;
        QByteArrayList members;
        while (!take('}')) {
            const QByteArray name = takeScalar();
            take(':');
            members.append(name + ':' + takeValue());
            take(',');
        }
        std::stable_sort(members.begin(), members.end());
        return '{' + members.join(',') + '}';
    }

    QByteArrayView m_json;
    qsizetype m_position = 0;
};
} // namespace

std::optional<JsonProblem> checkJson(const QByteArray &json)
{
    // QJsonDocument does not accept a single value, only an array that contains it.
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson('[' + json + ']', &error);
    if (error.error != QJsonParseError::NoError)
        return JsonProblem{error.errorString(),
                           qBound(qsizetype(0), qsizetype(error.offset - 1), json.size())};
    if (document.array().size() != 1)
        return JsonProblem{Toolkit::tr("not one value"), 0};
    return {};
}

QByteArray indentedJson(const QByteArray &json)
{
    return Indenter(json).run();
}

QByteArray sortedJson(const QByteArray &json)
{
    return Sorter(json).takeValue();
}

qsizetype jsonScalarSize(QByteArrayView json)
{
    if (json.startsWith('"'))
        return endOfString(json, 0);
    qsizetype size = 0;
    while (size < json.size() && !isBlank(json.at(size)) && !std::strchr(",]}:", json.at(size)))
        ++size;
    return qMax<qsizetype>(size, qMin<qsizetype>(1, json.size())); // checked JSON has no empty value
}

QString jsonString(QByteArrayView quoted)
{
    if (!quoted.contains('\\'))
        return QString::fromUtf8(quoted.size() < 2 ? QByteArrayView() : quoted.sliced(1, quoted.size() - 2));
    return QJsonDocument::fromJson('[' + quoted.toByteArray() + ']').array().at(0).toString();
}
