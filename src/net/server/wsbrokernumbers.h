// SPDX-License-Identifier: MIT
#ifndef WSBROKERNUMBERS_H
#define WSBROKERNUMBERS_H

#include <QtCore/qhash.h>
#include <QtCore/qstring.h>
#include <QtCore/quuid.h>

// The numbers of the messages that go out, from 1 on for each topic. What is remembered is limited: with more
// topics all begin anew, in the next era, which is the upper part of a number.
class WsBrokerNumbers
{
public:
    static constexpr int EraShift = 40;
    static constexpr qsizetype MaxTopics = 100'000;

    explicit WsBrokerNumbers(qsizetype maxTopics = MaxTopics) : m_maxTopics(maxTopics) { }
    quint64 next(const QString &topic);

private:
    const qsizetype m_maxTopics;
    QHash<QString, quint64> m_last;
    quint64 m_era = 0;
};

// The numbers of the messages that come in, and how many are missing between them. Missing are those between
// two messages of the same origin and topic that both arrive.
class WsBrokerGaps
{
public:
    static constexpr qsizetype MaxOrigins = 1'000;

    struct Arrival
    {
        qint64 missed = 0; // how many before it have not arrived
        bool isNew = true; // false: it has arrived before
    };
    Arrival arrive(const QString &topic, const QUuid &origin, quint64 number);
    // The topic is given up: what is published until it is wanted again is not missed.
    void forget(const QString &topic) { m_last.remove(topic); }

private:
    QHash<QString, QHash<QUuid, quint64>> m_last;
};

#endif // WSBROKERNUMBERS_H
