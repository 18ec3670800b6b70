// SPDX-License-Identifier: MIT

// The good clients of a soak:
//
//     wskit_soak_client [--epoll] [--seed N]
//
// {"lanes": [PLAN...]} says what they are to do, {"do": "work", "round": N} lets them begin, and {"do":
// "rest"} is answered by {"resting": [REPORT...]} when all of them have completed what they had begun and
// have closed.

#include "soakfigures.h"
#include "soaklanes.h"
#include "soaklines.h"

#include "../integration/proxytesting.h"

#include <WsKit/WsEventDispatcher>

#include <QtCore/qcommandlineparser.h>
#include <QtCore/qcoreapplication.h>
#include <QtCore/qjsonarray.h>
#include <QtCore/qtimer.h>

#include <algorithm>
#include <cstdlib>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace Soak;

namespace {
std::unique_ptr<Lane> makeLane(const LanePlan &plan, quint32 seed)
{
    if (plan.receiving == u"waiting")
        return makeBlockingLane(plan, seed);
    if (plan.service.startsWith(u"topics"))
        return makeTopicLane(plan, seed);
    return plan.service == u"stream" ? makeStreamLane(plan, seed) : makeEchoLane(plan, seed);
}

class Clients
{
public:
    explicit Clients(quint32 seed) : m_random(seed), m_proxy(QNetworkProxy::HttpProxy)
    {
        m_looking.setInterval(20ms);
        m_looking.callOnTimeout(&m_looking, [this] { lookWhetherAllRest(); });
    }
    void obey(const QJsonObject &command)
    {
        const QString what = command.value(u"do"_s).toString();
        if (what == u"work") {
            for (const auto &lane : m_lanes)
                lane->work(command.value(u"round"_s).toInt());
        } else if (what == u"rest") {
            for (const auto &lane : m_lanes)
                lane->rest();
            m_looking.start();
        } else if (what == u"tell") { // who does not rest
            say({{u"working"_s, working()}});
        }
        const QJsonArray plans = command.value(u"lanes"_s).toArray();
        for (const QJsonValue &plan : plans)
            add(plan.toObject());
    }

    bool areResting() const
    {
        return std::all_of(m_lanes.begin(), m_lanes.end(),
                           [](const auto &lane) { return lane->isResting(); });
    }

private:
    void add(QJsonObject plan)
    {
        if (plan.value(u"proxied"_s).toBool())
            plan[u"proxy"_s] = u"http://127.0.0.1:%1"_s.arg(m_proxy.serverPort());
        m_lanes.push_back(makeLane(LanePlan(plan), m_random.generate()));
    }
    QJsonArray reports()
    {
        QJsonArray reports;
        for (const auto &lane : m_lanes)
            reports.append(lane->report());
        return reports;
    }
    QJsonArray working() const
    {
        QJsonArray activities;
        for (const auto &lane : m_lanes) {
            if (!lane->isResting())
                activities.append(lane->activity());
        }
        return activities;
    }
    void lookWhetherAllRest()
    {
        if (!areResting())
            return;
        // QThread::wait() returns a bit before the thread is gone from the system.
        constexpr int MostLooks = 1500;
        if (m_threads > 0 && Figures::now().threads > m_threads && ++m_looks < MostLooks)
            return;
        m_looks = 0;
        m_looking.stop();
        m_proxy.tunnels.removeAll(nullptr);
        m_proxy.destinations.clear();
        Figures::giveBackFreeMemory();
        const Figures figures = Figures::now();
        m_threads = m_threads == 0 ? figures.threads : m_threads;
        say({{u"resting"_s, reports()}, {u"figures"_s, figures.toJson()}});
    }

    QRandomGenerator m_random;
    QTimer m_looking;
    int m_looks = 0;   // in vain
    int m_threads = 0; // at the first rest
    IntegrationTesting::WorkingProxy m_proxy;
    std::vector<std::unique_ptr<Lane>> m_lanes;
};
} // namespace

int main(int argc, char **argv)
{
    Figures::limitFreeMemory();
    for (int i = 1; i < argc; ++i) {
        if (qstrcmp(argv[i], "--epoll") == 0)
            QCoreApplication::setEventDispatcher(new WsEventDispatcher);
    }
    QCoreApplication application(argc, argv);
    QCommandLineParser parser;
    parser.addOptions({{u"epoll"_s, u"With WsKit's event dispatcher."_s},
                       {u"seed"_s, u"Of everything random."_s, u"number"_s, u"1"_s}});
    parser.process(application);
    Clients clients(parser.value(u"seed"_s).toUInt());
    const Commands commands([&](const QJsonObject &command) { clients.obey(command); });
    const int code = QCoreApplication::exec();
    if (!clients.areResting()) // the soak was ended by force, and what waits for a server may wait forever
        std::_Exit(1);
    return code;
}
