// SPDX-License-Identifier: MIT
#include "soaklanes.h"

#include "soakmessage.h"

#include <QtCore/qhash.h>
#include <QtCore/qset.h>
#include <QtCore/qtimer.h>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace Soak;

namespace {
// An id of Redis: its time, and the number within that.
using Id = std::pair<quint64, quint64>;

Id parseId(const QByteArray &text)
{
    return {text.left(text.indexOf('-')).toULongLong(), text.mid(text.indexOf('-') + 1).toULongLong()};
}

// Publishes to a topic with a history and reads it, on whatever connection: all lanes of the topic get the
// same in the same order, and of each connection everything that was confirmed, by having come back. What was
// under way when a connection ended has either arrived or not; its number is not used again, because the next
// connection begins numbers of its own. At rest, the lane waits for a mark of all lanes of the topic, after
// which nothing can be missing.
class TopicLane : public ClientLane
{
public:
    TopicLane(const LanePlan &lanePlan, quint32 seed) : ClientLane(lanePlan, seed)
    {
        QObject::connect(&client, &WsConnection::messageReceived, &client,
                         [this](const WsMessage &message) { take(message.data()); });
        m_pace.setInterval(100ms); // or Redis would have to keep all that it can take in an hour
        m_pace.callOnTimeout(&client, [this] {
            m_burst = int(random.bounded(4U));
            goOnSoon();
        });
        m_pace.start();
    }
    QJsonObject report() override
    {
        QJsonObject report = ClientLane::report();
        report[u"sequence"_s] = u"%1 messages, %2"_s.arg(m_received).arg(m_sequence, 8, 16, QChar(u'0'));
        report[u"topic"_s] = plan.service;
        return report;
    }

protected:
    void onOpened() override
    {
        m_name = plan.name.toLatin1() + '/' + QByteArray::number(++m_epoch);
        m_published = 0;
        m_returned = 0;
        publish("after " + m_lastId);
    }
    void sendMore() override
    {
        for (; wantsMore() && m_burst > 0 && m_published - m_returned < 8; --m_burst)
            publish("message " + m_name + ' ' + QByteArray::number(m_published++) + ' '
                    + bytesFor(true, TextCell * random.bounded(40), random.generate()));
        if (!wantsMore() && m_published == m_returned && m_markedIn != m_epoch + round() * 1'000'000) {
            m_markedIn = m_epoch + round() * 1'000'000;
            publish("mark " + plan.name.toLatin1() + ' ' + QByteArray::number(round()));
        }
    }
    void onClosed() override { }
    bool isDone() const override
    {
        return m_published == m_returned && !wantsMore() && m_marks.value(round()).size() == plan.companions;
    }

private:
    void publish(const QByteArray &body)
    {
        if (client.send(withHeader(sent, Ws::Text, body))) {
            ++sent;
            ++confirmed; // in the sense of connections; messages that have not come back are counted here
        }
    }
    void take(const QByteArray &text)
    {
        const qsizetype end = text.indexOf('|');
        const QByteArray message = text.mid(end + 1);
        const QByteArray body = message.mid(HeaderSize);
        if (end <= 0 || !(parseId(m_lastId) < parseId(text.first(end))))
            account.fault(u"'%1' follows id %2"_s.arg(QString::fromLatin1(text.first(30)),
                                                      QString::fromLatin1(m_lastId)));
        if (message.mid(11, 8) != QByteArray::number(checksum(body), 16).rightJustified(8, '0'))
            account.fault(u"wrong checksum in '%1'"_s.arg(QString::fromLatin1(message.left(100))));
        m_lastId = text.left(end);
        const QByteArrayList words = body.split(' ');
        if (words.value(0) == "mark")
            takeMark(words.value(1), words.value(2).toInt());
        else
            takeMessage(text, words.value(1), words.value(2).toInt());
        goOnSoon();
    }
    void takeMark(const QByteArray &name, int ofRound)
    {
        m_marks[ofRound].insert(name);
        m_marks.remove(ofRound - 2); // or memory would grow
    }
    void takeMessage(const QByteArray &text, const QByteArray &name, int number)
    {
        const int expected = m_next.value(name);
        if (number != expected)
            account.fault(u"%1 %2 instead of %3"_s.arg(QString::fromLatin1(name)).arg(number).arg(expected));
        m_next[name] = number + 1;
        if (number == 0)
            forgetBefore(name);
        m_sequence = checksum(text, m_sequence);
        ++m_received;
        account.noteConfirmed(text.size());
        if (name == m_name)
            m_returned = number + 1;
    }

    // Of a lane's connections, nothing arrives any more after the next but one has begun.
    void forgetBefore(const QByteArray &name)
    {
        const qsizetype epochAt = name.lastIndexOf('/') + 1;
        m_next.remove(name.left(epochAt) + QByteArray::number(name.mid(epochAt).toInt() - 2));
    }

    QTimer m_pace;
    int m_burst = 0;
    QByteArray m_name; // of the publisher, as long as the connection lasts
    int m_epoch = 0;
    int m_published = 0;
    int m_returned = 0;
    int m_markedIn = 0;
    QByteArray m_lastId = "0";
    QHash<QByteArray, int> m_next;        // number, of each publisher
    QHash<int, QSet<QByteArray>> m_marks; // by round
    quint32 m_sequence = 0;
    qint64 m_received = 0;
};
} // namespace

std::unique_ptr<Lane> Soak::makeTopicLane(const LanePlan &plan, quint32 seed)
{
    return std::make_unique<TopicLane>(plan, seed);
}
