// SPDX-License-Identifier: MIT
#ifndef WSBROKERNUMBERS_H
#define WSBROKERNUMBERS_H

#include <QtCore/qhash.h>
#include <QtCore/qstring.h>
#include <QtCore/quuid.h>

#include <utility>

// A topic, or what one origin publishes to it, as 128 bits of a hash: names can have any length. The hash has
// a secret of the process in it, so that nobody finds two names with the same one.
struct WsBrokerStream
{
    quint64 high = 0;
    quint64 low = 0;

    static WsBrokerStream of(const QString &topic);
    // \a subscription is different each time the topic is subscribed: what was published in between is not
    // missed.
    static WsBrokerStream of(const QString &topic, const QUuid &origin, quint64 subscription);

    friend bool operator==(const WsBrokerStream &one, const WsBrokerStream &other)
    {
        return one.high == other.high && one.low == other.low;
    }
    friend size_t qHash(const WsBrokerStream &stream, size_t seed) { return size_t(stream.low) ^ seed; }
};
Q_DECLARE_TYPEINFO(WsBrokerStream, Q_PRIMITIVE_TYPE);

// A value for each stream, of which at least \a max are remembered: those that were used last. There are two
// generations; what is used moves to the new one, and when that is full, the old one is forgotten.
template <class Value>
class WsRecentStreams
{
public:
    static constexpr qsizetype Max = 250'000;

    explicit WsRecentStreams(qsizetype max = Max) : m_max(max) { }

    // Null if it is not known.
    Value *find(const WsBrokerStream &stream)
    {
        if (const auto known = m_new.find(stream); known != m_new.end())
            return &*known;
        const auto old = m_old.constFind(stream);
        return old == m_old.constEnd() ? nullptr : insert(stream, Value(*old));
    }
    Value *insert(const WsBrokerStream &stream, const Value &value)
    {
        if (m_new.size() >= m_max) {
            m_old = std::exchange(m_new, {});
            ++m_generation;
        }
        return &*m_new.insert(stream, value);
    }
    // How many times streams were forgotten.
    quint64 generation() const { return m_generation; }

private:
    qsizetype m_max;
    QHash<WsBrokerStream, Value> m_new;
    QHash<WsBrokerStream, Value> m_old;
    quint64 m_generation = 0;
};

// The numbers of the messages that go out, from 1 on for each topic. A topic that was forgotten begins anew,
// in a later era, which is the upper part of a number.
class WsBrokerNumbers
{
public:
    static constexpr int EraShift = 40;

    explicit WsBrokerNumbers(qsizetype max = WsRecentStreams<quint64>::Max) : m_last(max) { }
    quint64 next(const WsBrokerStream &topic);

private:
    WsRecentStreams<quint64> m_last;
};

// The numbers of the messages that come in, and how many are missing between them. Missing are those between
// two messages of the same stream that both arrive.
class WsBrokerGaps
{
public:
    // How far behind the highest number a message may arrive late.
    static constexpr quint64 Window = 64;
    // Numbers that are further apart have nothing to do with each other: the stream begins anew.
    static constexpr quint64 MaxJump = quint64(1) << 32;

    struct Arrival
    {
        qint64 missed = 0; // how many before it have not arrived; -1: it was counted as one of these
        bool isNew = true; // false: it has arrived before, or is too late to tell
    };

    explicit WsBrokerGaps(qsizetype max = WsRecentStreams<quint64>::Max) : m_arrived(max) { }
    Arrival arrive(const WsBrokerStream &stream, quint64 number);

private:
    struct Arrived
    {
        quint64 last;
        quint64 before = ~quint64(0); // bit 0: the one before it has arrived as well, or is not missed; …
    };
    WsRecentStreams<Arrived> m_arrived;
};

#endif // WSBROKERNUMBERS_H
