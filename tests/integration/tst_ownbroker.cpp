// SPDX-License-Identifier: MIT

// A broker that an application has written, with a history of its own: one that does what the reference of
// WsBroker says, and one whose answers are wrong, repeated or late.

#include "historytesting.h"
#include "presencetesting.h"

#include "../testprogram.h"

#include <thread>

using namespace HistoryTesting;

namespace {
const QString Topic = u"log"_s;

// Its service is this object, and one other that it may know.
class OwnBroker : public WsBroker
{
public:
    struct Question
    {
        int number = 0;
        QString after;
        QList<WsBrokerMessage> page; // what there was when it was asked, in the order of send()
        bool isLast = false;
        bool isComplete = false;
    };
    using WsBroker::deliver;
    using WsBroker::deliverHistory;
    using WsBroker::historyLength;
    using WsBroker::historyTimeToLive;
    using WsBroker::setState;

    OwnBroker()
    {
        setHistory(Topic, 100, 1h);
        setHistoryEnvelope(withId);
        setState(Ws::Open);
    }
    ~OwnBroker() override { endPresence(); }

    void answer(const Question &question)
    {
        deliverHistory(question.number, question.page, question.isLast, question.isComplete);
    }
    static WsBrokerMessage wrongMessage(int number) { return {Topic, "wrong", u"1-%1"_s.arg(number)}; }
    int last() const { return m_last; }
    const QList<WsBrokerMessage> &kept() const { return m_kept; }
    // As if the service had deleted everything.
    void loseHistory()
    {
        m_kept.clear();
        m_last = 0;
    }

    int pageLength = 1000;
    int deliveries = 0;
    bool saysLast = true;
    std::function<void(const Question &)> onQuestion = [this](const Question &question) { answer(question); };
    // From now on, and what was held.
    void answerAll(QList<Question> *held)
    {
        onQuestion = [this](const Question &question) { answer(question); };
        for (const Question &question : std::exchange(*held, {}))
            answer(question);
    }
    QList<WsBrokerMessage> sent;
    QPointer<OwnBroker> other;
    std::function<void()> onAsked; // instead of an answer

protected:
    bool send(const WsBrokerMessage &message) override
    {
        sent.append(message);
        const WsBrokerMessage passedOn = message.isKept() ? keep(message) : message;
        deliverLater(passedOn);
        if (other)
            other->deliverLater(passedOn);
        return true;
    }
    void subscribe(const QString &topic) override { confirmSubscription(topic); }
    void unsubscribe(const QString &) override { }
    bool keepsHistory() const override { return true; }
    void readHistory(int number, const QString &topic, const QString &after) override
    {
        QCOMPARE(topic, Topic);
        if (const auto asked = onAsked) { // which may delete this
            asked();
            return;
        }
        const int seen = after.isEmpty() ? last() - 1 : numberOf(after);
        const int begin = qMax(seen + 1, first());
        const QList<WsBrokerMessage> page = m_kept.mid(begin - first(), pageLength);
        const bool isEnd = begin + page.size() > last();
        const Question question{number, after, page, isEnd && saysLast,
                                after.isEmpty() || seen + 1 >= first()};
        QMetaObject::invokeMethod(
            this, [this, question] { onQuestion(question); }, Qt::QueuedConnection);
    }

private:
    static int numberOf(const QString &id) { return id.section(u'-', 1).toInt(); }
    int first() const { return m_last - int(m_kept.size()) + 1; }
    WsBrokerMessage keep(const WsBrokerMessage &message)
    {
        const WsBrokerMessage withItsId(message.topic(), message.data(), u"1-%1"_s.arg(++m_last));
        m_kept.append(withItsId);
        while (m_kept.size() > historyLength(message.topic()))
            m_kept.removeFirst();
        return withItsId;
    }
    void deliverLater(const WsBrokerMessage &message)
    {
        QMetaObject::invokeMethod(
            this,
            [this, message] {
                deliver(message);
                ++deliveries;
            },
            Qt::QueuedConnection);
    }

    QList<WsBrokerMessage> m_kept;
    int m_last = 0; // the number of the last message
};

// Its service answers no question by itself.
class SilentBroker : public WsBroker
{
public:
    using WsBroker::deliverHistory;

    SilentBroker()
    {
        setHistory(u"first"_s, 100, 1h);
        setHistory(u"second"_s, 100, 1h);
        setState(Ws::Open);
    }
    ~SilentBroker() override { endPresence(); }

    QStringList sent;          // topics
    QHash<QString, int> asked; // the last question about each topic
    QString answeredMeanwhile; // while the broker subscribes to something else

protected:
    bool send(const WsBrokerMessage &message) override
    {
        sent.append(message.topic());
        return true;
    }
    void subscribe(const QString &topic) override
    {
        const int number = topic == answeredMeanwhile ? 0 : asked.take(answeredMeanwhile);
        if (number != 0) // as if a slot of errorOccurred() ran an event loop
            deliverHistory(number, {}, true, true);
        confirmSubscription(topic);
    }
    void unsubscribe(const QString &) override { }
    bool keepsHistory() const override { return true; }
    void readHistory(int number, const QString &topic, const QString &) override { asked[topic] = number; }
};

void publish(HistorySite *site, int begin, int end)
{
    for (int i = begin; i < end; ++i)
        site->server.publish(Topic, QString::number(i));
}

void holdAllQuestions(OwnBroker *broker, QList<OwnBroker::Question> *held)
{
    broker->onQuestion = [held](const OwnBroker::Question &question) { held->append(question); };
}

// They begin before the first message. Those of the process, which begin at the end, are answered.
void holdQuestionsOfConnections(OwnBroker *broker, QList<OwnBroker::Question> *held)
{
    broker->onQuestion = [broker, held](const OwnBroker::Question &question) {
        if (question.after.startsWith(u'0'))
            held->append(question);
        else
            broker->answer(question);
    };
}
} // namespace

class TestOwnBroker : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void clientGoesOnWhereItWas_data();
    void clientGoesOnWhereItWas();
    void limitsAreKnown();
    void whatIsForgottenIsReported();
    void wrongAnswersChangeNothing_data();
    void wrongAnswersChangeNothing();
    void answerToASubscriberThatHasGoneChangesNothing();
    void answerOfAnEarlierConnectionChangesNothing();
    void lostEndOfAHistoryTakesNothingBack();
    void historyThatBeginsAnewIsReported();
    void historyThatBeginsAnewDuringTheQuestion();
    void secondDeliveryIsIgnored();
    void secondDeliveryTakesNothingFromAShortHistory();
    void brokerThatIsDeletedAtAQuestion();
    void otherTopicsPassAHistoryOfUnknownEnd();
    void answerWhileTheBrokerSubscribesKeepsTheOrder();
    void whatWaitsForAHistoryIsKeptOrRefused_data();
    void whatWaitsForAHistoryIsKeptOrRefused();
    void membersLeaveWithTheBroker();
};

void TestOwnBroker::clientGoesOnWhereItWas_data()
{
    QTest::addColumn<int>("pageLength");
    QTest::addColumn<bool>("saysLast");
    QTest::newRow("one page") << 1000 << true;
    QTest::newRow("many pages") << 3 << true;
    QTest::newRow("one page, never the last") << 1000 << false;
    QTest::newRow("many pages, never the last") << 3 << false;
}

void TestOwnBroker::clientGoesOnWhereItWas()
{
    QFETCH(const int, pageLength);
    QFETCH(const bool, saysLast);
    OwnBroker broker;
    broker.pageLength = pageLength;
    broker.saysLast = saysLast;
    HistorySite site(&broker);
    Reader reader(Topic);
    QVERIFY(reader.open(site));
    publish(&site, 0, 10);
    WS_TRY_COMPARE(reader.messages, numbersUntil(10));
    QVERIFY(reader.leave());
    publish(&site, 10, 30);
    QVERIFY(reader.open(site));
    WS_TRY_COMPARE(reader.reports, QStringList(u"replayed log yes"_s));
    publish(&site, 30, 40);
    WS_TRY_COMPARE(reader.messages, numbersUntil(40));
    QCOMPARE(reader.withoutId, 0);
}

void TestOwnBroker::limitsAreKnown()
{
    OwnBroker broker;
    QCOMPARE(broker.historyLength(Topic), 100);
    QCOMPARE(broker.historyTimeToLive(Topic), 1h);
    QCOMPARE(broker.historyLength(u"other"_s), 0);
    QVERIFY(broker.publish(Topic, WsMessage::text("kept")));
    QVERIFY(broker.publish(u"other"_s, WsMessage::text("not kept")));
    WS_TRY_COMPARE(broker.sent.size(), 2);
    QVERIFY(broker.sent.at(0).isKept());
    QVERIFY(!broker.sent.at(1).isKept());
}

void TestOwnBroker::whatIsForgottenIsReported()
{
    OwnBroker broker;
    broker.setHistory(Topic, 3);
    HistorySite site(&broker);
    Reader reader(Topic);
    QVERIFY(reader.open(site));
    publish(&site, 0, 1);
    WS_TRY_COMPARE(reader.messages, numbersUntil(1));
    QVERIFY(reader.leave());
    publish(&site, 1, 10);
    QVERIFY(reader.open(site));
    WS_TRY_COMPARE(reader.reports, QStringList(u"replayed log no"_s));
    QCOMPARE(reader.messages, numbersUntil(1) + numbersUntil(10).mid(7));
}

void TestOwnBroker::wrongAnswersChangeNothing_data()
{
    QTest::addColumn<bool>("isBefore");
    QTest::addColumn<int>("offset");
    QTest::newRow("numbers of the future") << true << 1000;
    QTest::newRow("numbers that never come") << true << -1000;
    QTest::newRow("second answers") << false << 0;
}

void TestOwnBroker::wrongAnswersChangeNothing()
{
    QFETCH(const bool, isBefore);
    QFETCH(const int, offset);
    OwnBroker broker;
    broker.onQuestion = [&](const OwnBroker::Question &question) {
        if (!isBefore)
            broker.answer(question);
        for (const bool isLast : {false, true}) {
            broker.deliverHistory(question.number + offset, {OwnBroker::wrongMessage(broker.last() + 1)},
                                  isLast, false);
        }
        if (isBefore)
            broker.answer(question);
    };
    HistorySite site(&broker);
    publish(&site, 0, 10);
    Reader reader(Topic, u"0"_s);
    QVERIFY(reader.open(site));
    WS_TRY_COMPARE(reader.reports, QStringList(u"replayed log yes"_s));
    publish(&site, 10, 20);
    WS_TRY_COMPARE(reader.messages, numbersUntil(20));
}

void TestOwnBroker::answerToASubscriberThatHasGoneChangesNothing()
{
    OwnBroker broker;
    QList<OwnBroker::Question> held;
    holdQuestionsOfConnections(&broker, &held);
    HistorySite site(&broker);
    publish(&site, 0, 10);
    Reader reader(Topic, u"0"_s);
    QVERIFY(reader.open(site));
    WS_TRY_COMPARE(held.size(), 1);
    QVERIFY(reader.leave());
    WS_TRY_COMPARE(site.server.connectionCount(), 0);
    broker.answer(held.takeFirst());

    Reader next(Topic, u"0"_s);
    QVERIFY(next.open(site));
    WS_TRY_COMPARE(held.size(), 1);
    broker.answer(held.takeFirst());
    WS_TRY_COMPARE(next.messages, numbersUntil(10));
    WS_TRY_COMPARE(next.reports, QStringList(u"replayed log yes"_s));
    QCOMPARE(reader.messages, QStringList());
}

void TestOwnBroker::answerOfAnEarlierConnectionChangesNothing()
{
    OwnBroker broker;
    QList<OwnBroker::Question> held;
    const auto answer = [&](const OwnBroker::Question &question) { broker.answer(question); };
    holdQuestionsOfConnections(&broker, &held);
    HistorySite site(&broker);
    publish(&site, 0, 10);
    Reader reader(Topic, u"0"_s);
    QVERIFY(reader.open(site));
    WS_TRY_COMPARE(held.size(), 1);
    broker.onQuestion = answer;
    broker.setState(Ws::Connecting);
    broker.deliverHistory(held.constFirst().number, {OwnBroker::wrongMessage(1)}, true, false);
    broker.setState(Ws::Open);
    broker.deliverHistory(held.constFirst().number, {OwnBroker::wrongMessage(1)}, true, false);
    WS_TRY_COMPARE(reader.messages, numbersUntil(10));
    WS_TRY_COMPARE(reader.reports, QStringList(u"replayed log yes"_s));
}

// What is left of it when the connection asks for the last part is not known any more.
void TestOwnBroker::lostEndOfAHistoryTakesNothingBack()
{
    OwnBroker broker;
    QList<OwnBroker::Question> held;
    broker.onQuestion = [&](const OwnBroker::Question &question) {
        if (held.isEmpty() && question.after != u"1-2"_s) // of the process itself
            broker.answer(question);
        else
            held.append(question);
    };
    HistorySite site(&broker);
    QStringList reports;
    site.server.setReplayHandler(
        [&](WsConnection *, const QString &, const QString &lastId, bool isComplete) {
            reports.append(lastId + (isComplete ? u" yes"_s : u" no"_s));
        });
    publish(&site, 0, 3);
    Reader reader(Topic, u"1-2"_s);
    QVERIFY(reader.open(site));
    WS_TRY_COMPARE(held.size(), 1);
    publish(&site, 3, 5);
    WS_TRY_COMPARE(broker.deliveries, 5);
    broker.answer(held.at(0));
    WS_TRY_COMPARE(held.size(), 2);
    broker.deliverHistory(held.at(1).number, held.at(1).page.mid(0, 1), false, true);
    WS_TRY_COMPARE(held.size(), 3);
    QCOMPARE(held.at(2).after, u"1-4"_s);
    broker.deliverHistory(held.at(2).number, {}, true, false);
    WS_TRY_COMPARE(reports, QStringList(u"1-4 no"_s));
    publish(&site, 5, 6);
    WS_TRY_COMPARE(reader.messages, (QStringList{u"2"_s, u"3"_s, u"5"_s}));
}

// Its ids are smaller, and the broker stays connected.
void TestOwnBroker::historyThatBeginsAnewIsReported()
{
    OwnBroker broker;
    HistorySite site(&broker);
    Reader reader(Topic);
    QVERIFY(reader.open(site));
    publish(&site, 0, 10);
    WS_TRY_COMPARE(reader.messages, numbersUntil(10));
    broker.loseHistory();
    publish(&site, 10, 15);
    WS_TRY_COMPARE(reader.messages, numbersUntil(15));
    WS_TRY_COMPARE(reader.reports, QStringList(u"replayed log no"_s));
    publish(&site, 15, 30);
    WS_TRY_COMPARE(reader.messages, numbersUntil(30));
    QCOMPARE(reader.lastId, u"1-20"_s);
    QCOMPARE(reader.reports.size(), 1);
}

void TestOwnBroker::secondDeliveryIsIgnored()
{
    OwnBroker broker;
    HistorySite site(&broker);
    Reader reader(Topic);
    QVERIFY(reader.open(site));
    for (int i = 0; i < 50; i += 5) {
        publish(&site, i, i + 5);
        WS_TRY_COMPARE(reader.messages, numbersUntil(i + 5));
        for (const int again : {4, 2, 3, 3, 0})
            broker.deliver(broker.kept().at(i + again));
        publish(&site, 50 + i, 50 + i + 5);
        for (const int again : {4, 2, 3, 3, 0})
            broker.deliver(broker.kept().at(i + again));
        WS_TRY_COMPARE(reader.messages, numbersUntil(i + 5) + numbersUntil(50 + i + 5).mid(50 + i));
        reader.messages = numbersUntil(i + 5);
    }
    QCOMPARE(reader.reports, QStringList());
}

void TestOwnBroker::historyThatBeginsAnewDuringTheQuestion()
{
    OwnBroker broker;
    QList<OwnBroker::Question> held;
    HistorySite site(&broker);
    Reader reader(Topic);
    QVERIFY(reader.open(site));
    publish(&site, 0, 10);
    WS_TRY_COMPARE(reader.messages, numbersUntil(10));
    holdAllQuestions(&broker, &held);
    broker.deliver(broker.kept().at(7));
    WS_TRY_COMPARE(held.size(), 1);
    broker.loseHistory();
    publish(&site, 10, 15);
    WS_TRY_COMPARE(broker.deliveries, 15);
    broker.answerAll(&held); // with the end of before
    publish(&site, 15, 17);
    WS_TRY_COMPARE(reader.messages, numbersUntil(17));
    WS_TRY_COMPARE(reader.reports, QStringList(u"replayed log no"_s));
    QCOMPARE(reader.lastId, u"1-7"_s);
}

// It forgets what a copy would have to be looked up for.
void TestOwnBroker::secondDeliveryTakesNothingFromAShortHistory()
{
    OwnBroker broker;
    broker.setHistory(Topic, 1, 1h);
    QList<OwnBroker::Question> held;
    HistorySite site(&broker);
    Reader reader(Topic);
    QVERIFY(reader.open(site));
    publish(&site, 0, 9);
    WS_TRY_COMPARE(reader.messages, numbersUntil(9));
    const WsBrokerMessage copied = broker.kept().constLast();
    publish(&site, 9, 10);
    WS_TRY_COMPARE(reader.messages, numbersUntil(10));
    holdAllQuestions(&broker, &held);
    broker.deliver(copied);
    WS_TRY_COMPARE(held.size(), 1);
    publish(&site, 10, 12);
    WS_TRY_COMPARE(reader.messages, numbersUntil(12));
    broker.answerAll(&held);
    publish(&site, 12, 14);
    WS_TRY_COMPARE(reader.messages, numbersUntil(14));
    QCOMPARE(reader.reports, QStringList());
}

// By a slot of the error that it reports.
void TestOwnBroker::brokerThatIsDeletedAtAQuestion()
{
    auto broker = std::make_unique<OwnBroker>();
    HistorySite site(broker.get());
    Reader reader(Topic);
    QVERIFY(reader.open(site));
    publish(&site, 0, 10);
    WS_TRY_COMPARE(reader.messages, numbersUntil(10));
    const WsBrokerMessage copied = broker->kept().at(7);
    broker->onAsked = [&] { broker.reset(); };
    broker->deliver(copied);
    QVERIFY(!broker);
    site.server.publish(u"plain"_s, u"goes on"_s);
    QCOMPARE(reader.messages, numbersUntil(10));
}

void TestOwnBroker::otherTopicsPassAHistoryOfUnknownEnd()
{
    OwnBroker broker;
    QList<OwnBroker::Question> held;
    holdAllQuestions(&broker, &held);
    HistorySite site(&broker);
    Reader reader(Topic);
    QVERIFY(reader.open(site));
    WS_TRY_COMPARE(held.size(), 1);
    publish(&site, 0, 2);
    site.server.publish(u"plain"_s, u"passes"_s);
    publish(&site, 2, 3);
    WS_TRY_COMPARE(broker.sent.size(), 1);
    QCOMPARE(broker.sent.constFirst().topic(), u"plain"_s);
    broker.answerAll(&held);
    WS_TRY_COMPARE(reader.messages, numbersUntil(3));
    QCOMPARE(reader.withoutId, 0);
}

void TestOwnBroker::answerWhileTheBrokerSubscribesKeepsTheOrder()
{
    SilentBroker broker;
    HistorySite site(&broker);
    Reader reader(u"first"_s);
    QVERIFY(reader.open(site));
    WS_TRY_VERIFY(broker.asked.contains(u"first"_s));
    site.server.publish(u"first"_s, u"1"_s);
    broker.answeredMeanwhile = u"first"_s;
    std::thread([&] { site.server.publish(u"second"_s, u"1"_s); }).join();
    QVERIFY(site.server.subscribe(site.server.connections().constFirst(), u"second"_s));
    WS_TRY_VERIFY(broker.asked.contains(u"second"_s));
    WS_TRY_COMPARE(broker.sent, QStringList({u"first"_s}));
    broker.deliverHistory(broker.asked.take(u"second"_s), {}, true, true);
    WS_TRY_COMPARE(broker.sent, QStringList({u"first"_s, u"second"_s}));
}

void TestOwnBroker::whatWaitsForAHistoryIsKeptOrRefused_data()
{
    QTest::addColumn<bool>("queues");
    QTest::newRow("kept") << true;
    QTest::newRow("refused") << false;
}

// If the connection ends before the end of the history is known.
void TestOwnBroker::whatWaitsForAHistoryIsKeptOrRefused()
{
    QFETCH(const bool, queues);
    OwnBroker broker;
    broker.setQueueMessages(queues);
    QList<OwnBroker::Question> held;
    holdAllQuestions(&broker, &held);
    HistorySite site(&broker);
    Reader reader(Topic);
    QVERIFY(reader.open(site));
    WS_TRY_COMPARE(held.size(), 1);
    publish(&site, 0, 3);
    site.server.publish(u"plain"_s, u"passes"_s);
    WS_TRY_COMPARE(broker.sent.size(), 1);
    broker.setState(Ws::Connecting);
    broker.answerAll(&held);
    publish(&site, 3, 4);
    broker.setState(Ws::Open);
    publish(&site, 4, 5);
    WS_TRY_COMPARE(reader.messages, numbersUntil(5));
    QCOMPARE(reader.withoutId, queues ? 0 : 4);
    QCOMPARE(broker.messagesUnsent(), queues ? 0 : 4);
}

void TestOwnBroker::membersLeaveWithTheBroker()
{
    OwnBroker broker;
    auto leaving = std::make_unique<OwnBroker>();
    leaving->other = &broker;
    broker.other = leaving.get();
    for (OwnBroker *each : {&broker, leaving.get()})
        each->setPresence(u"room"_s, 1h); // so that nobody is forgotten meanwhile
    House here(&broker);
    House there(leaving.get());
    (void)here.enter(u"ann"_s);
    (void)there.enter(u"bob"_s);
    WS_TRY_COMPARE(here.members(), QStringList({u"ann"_s, u"bob"_s}));
    leaving.reset();
    WS_TRY_COMPARE(here.members(), QStringList(u"ann"_s));
    WS_TRY_VERIFY(here.areEventsRight());
}

WSKIT_TEST(TestOwnBroker)
#include "tst_ownbroker.moc"
