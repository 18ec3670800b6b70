// SPDX-License-Identifier: MIT
#include "soakcourse.h"

#include "soakplans.h"
#include "soakverdict.h"

#include <cstdio>

using namespace Soak;

namespace {
constexpr int LongPatience = 10 * Patient::Patience; // for what is long, such as 16 MiB on a busy machine

// Survives being killed, as long as the system does not end.
const QStringList RedisOptions{u"--appendonly"_s, u"yes"_s, u"--appendfsync"_s, u"no"_s};

void pass(int milliseconds)
{
    (void)Patient::waitFor([] { return false; }, milliseconds);
}
} // namespace

Course::Course(const Settings &settings)
    : m_settings(settings), m_random(settings.seed), m_redis(RedisOptions)
{
}

void Course::run()
{
    elapsed.start();
    const auto isLongEnough = [this] {
        return rounds >= LeastPoints && double(elapsed.elapsed()) >= m_settings.minutes * 60'000;
    };
    bool goesOn = begin();
    while (goesOn && !isLongEnough())
        goesOn = playRound();
    if (goesOn)
        finish();
}

void Course::fault(const QString &text)
{
    std::printf("FAULT at %.1f s: %s\n", double(elapsed.elapsed()) / 1000, qPrintable(text));
    std::fflush(stdout);
    faults.append(text);
}

bool Course::begin()
{
    if (!m_redis.isRunning()) {
        fault(u"Redis does not start"_s);
        return false;
    }
    for (const Site::Kind &kind : siteKinds()) {
        sites.push_back(std::make_unique<Site>(kind, m_redis.url(), m_fault));
        if (!sites.back()->start())
            return false;
    }
    const auto seed = [this] { return QString::number(m_random.generate()); };
    addClients({QStringLiteral(SOAK_CLIENT), u"--seed"_s, seed(), u"--epoll"_s});
    addClients({QStringLiteral(SOAK_CLIENT), u"--seed"_s, seed()});
    addClients({QStringLiteral(SOAK_PYTHON), u"-B"_s, QStringLiteral(SOAK_WEBSOCKETS),
                QStringLiteral(WSKIT_TEST_CERTIFICATES "/ca.crt"), seed()});
    addLanes();
    if (m_settings.isPeaceful)
        return true;
    QJsonArray targets;
    for (const auto &site : sites)
        targets.append(site->target());
    const QStringList command{QStringLiteral(SOAK_PYTHON), u"-B"_s, QStringLiteral(SOAK_HOSTILE), seed()};
    m_hostile = std::make_unique<Process>(u"hostile clients"_s, command, m_fault);
    m_hostile->send({{u"targets"_s, targets}});
    return true;
}

void Course::addClients(const QStringList &command)
{
    const QString name = u"clients %1"_s.arg(m_clients.size());
    m_clients.push_back(std::make_unique<Process>(name, command, m_fault));
}

// Those on WsKit share the lanes, and the last ones have their own.
void Course::addLanes()
{
    std::vector<QJsonArray> plans(m_clients.size());
    size_t next = 0;
    for (const auto &site : sites) {
        for (const QJsonObject &plan : plansFor(*site))
            plans[next++ % (plans.size() - 1)].append(plan);
        for (const QJsonObject &plan : pythonPlansFor(*site))
            plans.back().append(plan);
    }
    for (size_t i = 0; i < plans.size(); ++i)
        m_clients[i]->send({{u"lanes"_s, plans[i]}});
}

bool Course::playRound()
{
    ++rounds;
    for (const auto &client : m_clients)
        client->send({{u"do"_s, u"work"_s}, {u"round"_s, rounds}});
    if (m_hostile)
        m_hostile->send({{u"do"_s, u"work"_s}});
    work();
    if (!rest())
        return false;
    checkRound();
    std::printf("round %d, until %.1f s\n", rounds, double(elapsed.elapsed()) / 1000);
    std::fflush(stdout);
    return true;
}

// Short rounds at first, so that there are enough of them.
void Course::work()
{
    const int length = qBound(4'000, int(m_settings.minutes * 60'000 / 15), 60'000);
    QElapsedTimer worked;
    worked.start();
    while (worked.elapsed() < length && !Process::hasLostOne) {
        pass(between(length / 8, length / 3));
        if (!m_settings.isCalm)
            disturb();
    }
}

void Course::disturb()
{
    if (between(0, 4) == 0) {
        killRedis();
        return;
    }
    std::vector<Site *> restless;
    for (const auto &site : sites) {
        if (site->kind.isRestless)
            restless.push_back(site.get());
    }
    disturbServer(restless[size_t(between(0, int(restless.size()) - 1))]);
}

void Course::disturbServer(Site *site)
{
    switch (between(0, 4)) {
    case 0:
    case 1:
        ++disturbances[u"servers restarted"_s];
        (void)site->restart();
        break;
    case 2:
    case 3:
        ++disturbances[u"servers killed"_s];
        (void)site->killAndStart();
        break;
    default:
        ++disturbances[u"servers stopped for a moment"_s];
        site->pause();
        pass(between(50, 1500));
        site->resume();
    }
}

void Course::killRedis()
{
    ++disturbances[u"Redis killed"_s];
    m_redis.stop();
    pass(between(0, 300));
    if (!m_redis.start())
        fault(u"Redis does not start again"_s);
}

bool Course::rest()
{
    return restHostile() && restClients()
           && std::all_of(sites.begin(), sites.end(), [this](const auto &site) {
                  const bool isSettled = site->settle();
                  if (!isSettled)
                      fault(u"%1 does not answer"_s.arg(site->kind.name));
                  return isSettled;
              });
}

bool Course::restHostile()
{
    if (!m_hostile)
        return true;
    m_hostile->send({{u"do"_s, u"rest"_s}});
    const std::optional<QJsonValue> report = m_hostile->wait(u"resting"_s, LongPatience);
    if (report)
        hostile = report->toObject();
    else
        fault(u"the hostile clients do not rest"_s);
    return report.has_value();
}

bool Course::restClients()
{
    lanes = {};
    for (const auto &client : m_clients)
        client->send({{u"do"_s, u"rest"_s}});
    for (size_t i = 0; i < m_clients.size(); ++i) {
        const std::optional<QJsonValue> reports = waitForRest(m_clients[i].get());
        if (!reports) {
            fault(u"clients do not come to rest"_s);
            return false;
        }
        for (const QJsonValue &report : reports->toArray()) {
            lanes.append(report);
            noteEnds(report);
        }
        // In the same line, if they are to be flat.
        if (const auto figures = m_clients[i]->wait(u"figures"_s, 0))
            clientFigures[u"clients %1"_s.arg(i)].append(Figures::fromJson(figures->toObject()));
    }
    return true;
}

// If it takes long, the log says who works.
std::optional<QJsonValue> Course::waitForRest(Process *client)
{
    const QDeadlineTimer deadline(LongPatience);
    std::optional<QJsonValue> reports;
    while (!reports && !deadline.hasExpired() && !Process::hasLostOne) {
        reports = client->wait(u"resting"_s, Patient::Patience / 2);
        if (reports)
            break;
        client->send({{u"do"_s, u"tell"_s}});
        QStringList activities;
        const auto working = client->wait(u"working"_s, Patient::Patience / 60);
        for (const QJsonValue &activity : working.value_or(QJsonValue()).toArray())
            activities.append(activity.toString());
        std::printf("still at work at %.1f s: %s\n", double(elapsed.elapsed()) / 1000,
                    qPrintable(activities.join(u", "_s)));
        std::fflush(stdout);
    }
    return reports;
}

void Course::checkRound()
{
    for (const auto &site : sites) {
        if (!site->kind.isRestless)
            checkSums(*site);
    }
    checkSequences();
}

// Of the connections that both ends have closed, the server has got what the clients have sent.
void Course::checkSums(const Site &site)
{
    for (const QString &what : {u"messages"_s, u"connections"_s}) {
        qint64 expected = 0;
        for (const QJsonValue &lane : std::as_const(lanes)) {
            if (lane[u"server"_s].toString() == site.kind.name)
                expected += lane[u"clean "_s + what].toInteger();
        }
        if (site.sums.value(what).toInteger() != expected)
            fault(u"%1 has counted %2 %3 instead of %4"_s.arg(site.kind.name)
                      .arg(site.sums.value(what).toInteger())
                      .arg(what)
                      .arg(expected));
    }
}

void Course::checkSequences()
{
    QHash<QString, QString> sequences; // by topic
    for (const QJsonValue &lane : std::as_const(lanes)) {
        const QString sequence = lane[u"sequence"_s].toString();
        const QString topic = lane[u"topic"_s].toString();
        if (sequence.isEmpty())
            continue;
        if (sequences.contains(topic) && sequences.value(topic) != sequence)
            fault(u"%1 has got %2 of %3, and another client %4"_s.arg(lane[u"name"_s].toString(), sequence,
                                                                      topic, sequences.value(topic)));
        sequences[topic] = sequence;
    }
}

void Course::finish()
{
    if (m_hostile && !m_hostile->finish())
        fault(u"the hostile clients have not ended well"_s);
    for (const auto &client : m_clients) {
        if (!client->finish())
            fault(u"the clients have not ended well"_s);
    }
    for (const auto &site : sites) {
        if (!site->finish())
            fault(u"%1 has not ended well"_s.arg(site->kind.name));
        for (auto entry = site->figures.begin(); entry != site->figures.end(); ++entry) {
            for (const QString &text : flatnessFaults(site->kind.name, entry.value()))
                fault(text);
        }
    }
    for (auto entry = clientFigures.begin(); entry != clientFigures.end(); ++entry) {
        for (const QString &text : flatnessFaults(entry.key(), entry.value()))
            fault(text);
    }
    checkEnds();
    checkThatAllWorked();
}

void Course::noteEnds(const QJsonValue &lane)
{
    const QJsonObject ends = lane[u"ends"_s].toObject();
    for (auto end = ends.begin(); end != ends.end(); ++end) {
        const int generation = end.key().section(u' ', 0, 0).section(u'-', 1).toInt();
        m_ends.append({lane[u"name"_s].toString(), generation, end.key().section(u' ', 1).toInt()});
    }
}

// Connections end by themselves only if their server has left or was killed.
void Course::checkEnds()
{
    QHash<int, Fate> fates;
    for (const auto &site : sites)
        fates.insert(site->fates);
    for (const End &end : std::as_const(m_ends)) {
        const Fate fate = fates.value(end.generation, Fate::Running);
        if (fate == Fate::Running || (end.code != Ws::GoingAway && end.code != Ws::Abnormal))
            fault(u"%1 was closed with %2 by process %3"_s.arg(end.lane).arg(end.code).arg(end.generation));
    }
}

void Course::checkThatAllWorked()
{
    for (const QJsonValue &lane : std::as_const(lanes)) {
        if (lane[u"confirmed"_s].toInteger() < rounds)
            fault(u"%1 has done nothing"_s.arg(lane[u"name"_s].toString()));
    }
    const QJsonObject attempts = hostile.value(u"attempts"_s).toObject();
    for (auto entry = attempts.begin(); entry != attempts.end(); ++entry) {
        if (entry.value().toInteger() == 0)
            fault(u"no hostile client has tried '%1'"_s.arg(entry.key()));
    }
}
