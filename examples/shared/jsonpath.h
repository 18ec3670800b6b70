// SPDX-License-Identifier: MIT
#ifndef JSONPATH_H
#define JSONPATH_H

#include <QtCore/qbytearray.h>
#include <QtCore/qlist.h>
#include <QtCore/qstring.h>

// A part of JSONPath (RFC 9535), which selects values of a JSON text:
//
//   $                     the whole text
//   .name, ['a name']     the member of this name
//   [0]                   the element of this index
//   .*, [*]               all members or elements
//   ..name, ..[0], ..*    the same at any depth
//
// The leading `$` may be left out: `.a.b`, or `a.b`.
class JsonPath
{
public:
    explicit JsonPath(const QString &expression);

    // Empty, or what is wrong with the expression.
    const QString &problem() const { return m_problem; }

    // The selected values in the order of the text, as they are written there. The JSON must have been
    // checked with checkJson(), and must outlive the result. At most `maxCount` values are returned.
    QList<QByteArrayView> select(const QByteArray &json, qsizetype maxCount = 100'000) const;

private:
    friend class JsonPathParser;
    friend class JsonPathWalker;

    struct Step
    {
        enum class Kind { Name, Index, Any };

        Kind kind = Kind::Any;
        bool isDeep = false; // at any depth
        QString name;
        qsizetype index = 0;
    };

    QList<Step> m_steps;
    QString m_problem;
};

#endif // JSONPATH_H
