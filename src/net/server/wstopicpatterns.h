// SPDX-License-Identifier: MIT
#ifndef WSTOPICPATTERNS_H
#define WSTOPICPATTERNS_H

#include <QtCore/qhash.h>
#include <QtCore/qstring.h>

#include <algorithm>
#include <optional>

// Values for topics: for a single one, or for all that begin in the same way, which is written with * at the
// end. The most exact one counts.
template <typename Value>
class WsTopicPatterns
{
public:
    void set(const QString &topics, const Value &value)
    {
        if (topics.endsWith(u'*'))
            m_beginnings.insert(topics.chopped(1), value);
        else
            m_topics.insert(topics, value);
    }
    // Whether there is another value than this one.
    bool hasOther(const Value &value) const
    {
        const auto isOther = [&value](const Value &each) { return each != value; };
        return std::any_of(m_topics.begin(), m_topics.end(), isOther)
               || std::any_of(m_beginnings.begin(), m_beginnings.end(), isOther);
    }
    std::optional<Value> find(const QString &topic) const
    {
        if (const auto exact = m_topics.constFind(topic); exact != m_topics.constEnd())
            return *exact;
        std::optional<Value> found;
        qsizetype longest = -1;
        for (auto each = m_beginnings.begin(); each != m_beginnings.end(); ++each) {
            if (each.key().size() > longest && topic.startsWith(each.key())) {
                longest = each.key().size();
                found = each.value();
            }
        }
        return found;
    }

private:
    QHash<QString, Value> m_topics;
    QHash<QString, Value> m_beginnings;
};

#endif // WSTOPICPATTERNS_H
