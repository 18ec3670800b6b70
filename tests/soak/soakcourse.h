// SPDX-License-Identifier: MIT
#ifndef SOAKCOURSE_H
#define SOAKCOURSE_H

#include "soakprocess.h"

#include <QtCore/qelapsedtimer.h>
#include <QtCore/qjsonarray.h>
#include <QtCore/qmap.h>
#include <QtCore/qrandom.h>

#include <vector>

namespace Soak {
struct Settings
{
    quint32 seed = 0;
    double minutes = 0;
    bool isCalm = false;     // nothing is restarted or killed
    bool isPeaceful = false; // no hostile clients
};

// One soak: Redis, the servers, the good clients and the hostile ones. They work for a while and rest then,
// again and again. At rest everything is accounted for, and the figures are noted; what is wrong becomes a
// fault.
class Course
{
public:
    explicit Course(const Settings &settings);
    void run();

    QStringList faults;
    QMap<QString, int> disturbances;
    std::vector<std::unique_ptr<Site>> sites;
    QJsonArray lanes;                             // their last reports
    QHash<QString, QList<Figures>> clientFigures; // by process
    QJsonObject hostile;                          // the last report
    int rounds = 0;
    QElapsedTimer elapsed;

private:
    bool begin();
    bool playRound();
    void work();
    bool rest();
    void finish();

    void addClients(const QStringList &command);
    void addLanes();
    void disturb();
    void disturbServer(Site *site);
    void killRedis();
    void checkRound();
    void checkSums(const Site &site);
    void checkSequences();
    void noteEnds(const QJsonValue &lane);
    void checkEnds();
    void checkThatAllWorked();
    bool restHostile();
    bool restClients();
    std::optional<QJsonValue> waitForRest(Process *client);
    void fault(const QString &text);
    int between(int least, int most) { return int(m_random.bounded(least, most + 1)); }

    // Of a connection whose lane did not want it.
    struct End
    {
        QString lane;
        int generation; // of the server
        int code;
    };

    const Settings m_settings;
    QRandomGenerator m_random;
    const Report m_fault = [this](const QString &text) { fault(text); };
    RedisTesting::Redis m_redis;
    QList<End> m_ends;
    std::vector<std::unique_ptr<Process>> m_clients;
    std::unique_ptr<Process> m_hostile;
};
} // namespace Soak

#endif // SOAKCOURSE_H
