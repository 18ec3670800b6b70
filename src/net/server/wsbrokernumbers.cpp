// SPDX-License-Identifier: MIT
#include "net/server/wsbrokernumbers.h"

#include <QtCore/qcryptographichash.h>
#include <QtCore/qrandom.h>

#include <array>
#include <cstring>

namespace {
const std::array<quint64, 2> &secret()
{
    static const std::array<quint64, 2> secret{QRandomGenerator::system()->generate64(),
                                               QRandomGenerator::system()->generate64()};
    return secret;
}

template <class Values>
void add(QCryptographicHash *hash, const Values *values, qsizetype count)
{
    hash->addData(QByteArrayView(reinterpret_cast<const char *>(values), count * qsizetype(sizeof(Values))));
}
} // namespace

WsBrokerStream WsBrokerStream::of(const QString &topic)
{
    return of(topic, {}, 0);
}

WsBrokerStream WsBrokerStream::of(const QString &topic, const QUuid &origin, quint64 subscription)
{
    QCryptographicHash hash(QCryptographicHash::Blake2s_128);
    add(&hash, secret().data(), 2);
    add(&hash, &subscription, 1);
    add(&hash, &origin, 1);
    add(&hash, topic.constData(), topic.size());
    const QByteArray bytes = hash.result();
    WsBrokerStream stream;
    std::memcpy(&stream.high, bytes.constData(), sizeof stream.high);
    std::memcpy(&stream.low, bytes.constData() + sizeof stream.high, sizeof stream.low);
    return stream;
}

// What comes back after it was forgotten was last used in an earlier generation, so its numbers only grow.
quint64 WsBrokerNumbers::next(const WsBrokerStream &topic)
{
    if (quint64 *const last = m_last.find(topic))
        return ++*last;
    quint64 *const first = m_last.insert(topic, 0);
    return *first = (m_last.generation() << EraShift) + 1;
}

WsBrokerGaps::Arrival WsBrokerGaps::arrive(const WsBrokerStream &stream, quint64 number)
{
    Arrived *const known = m_arrived.find(stream);
    if (!known) {
        m_arrived.insert(stream, {number});
        return {};
    }
    const bool isLate = number <= known->last;
    const quint64 distance = isLate ? known->last - number : number - known->last;
    if (distance > MaxJump) {
        *known = {number};
        return {};
    }
    if (!isLate) {
        known->last = number;
        known->before = distance < Window ? known->before << distance : 0;
        if (distance <= Window)
            known->before |= quint64(1) << (distance - 1);
        return {qint64(distance - 1), true};
    }
    const quint64 bit = distance == 0 || distance > Window ? 0 : quint64(1) << (distance - 1);
    if (bit == 0 || known->before & bit)
        return {0, false};
    known->before |= bit;
    return {-1, true};
}
