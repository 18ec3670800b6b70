// SPDX-License-Identifier: MIT

// A price feed to many clients, some of which read less than is published: what the server's memory and CPU
// time are, whether the fast clients get every update, and how old the values are that the slow ones read.
//
//     bench_feed [--way key|drop|skip] [--seconds 60] [--clients 1000] [--slow 100] [--slow-bytes 20000]
//                [--updates 1000] [--keys 100] [--threads 0] [--max-growth 64]
//
// key: published with a key; drop: without one, with Ws::DropOldest and 64 KiB at most; skip: without one,
// and with the defaults.
//
// Exits with 1 if a fast client misses an update, if with keys a slow one does not end with the last value of
// each, or if the memory grows by more than --max-growth MiB.

#include "feedclients.h"

#include <WsKit/WsEventDispatcher>
#include <WsKit/WsServer>

#include <QtCore/qcommandlineparser.h>
#include <QtCore/qcoreapplication.h>
#include <QtCore/qfile.h>
#include <QtCore/qprocess.h>
#include <QtCore/qtimer.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <limits>

#include <sys/resource.h>

namespace {
using namespace Qt::StringLiterals;

constexpr int TickMs = 20;
constexpr int Padding = 80;
constexpr int ReportUs = 5'000'000;

void raiseDescriptorLimit()
{
    rlimit limit = {};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

double cpuSeconds()
{
    timespec time = {};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return double(time.tv_sec) + double(time.tv_nsec) / 1e9;
}

double residentMiB()
{
    QFile file(u"/proc/self/statm"_s);
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    return file.readAll().split(' ').value(1).toDouble() * 4096 / 1024 / 1024;
}

class Feed
{
public:
    explicit Feed(const QCommandLineParser &parser)
        : m_way(parser.value(u"way"_s)), m_seconds(parser.value(u"seconds"_s).toInt()),
          m_updates(parser.value(u"updates"_s).toInt()), m_clients(parser.value(u"clients"_s).toInt()),
          m_slow(parser.value(u"slow"_s).toInt()), m_keys(parser.value(u"keys"_s).toInt()),
          m_maxGrowth(maxGrowth(parser))
    {
        WsOptions options;
        options.setPingInterval({}); // the clients answer none
        if (m_way == u"drop") {
            options.setSlowSubscriber(Ws::DropOldest);
            options.setMaxBufferedAmount(64 * 1024);
        }
        m_server.setOptions(options);
        m_server.setMaxConnections(m_clients + 1);
        m_server.setMaxConnectionsPerAddress(m_clients + 1);
        m_server.setMaxPendingHandshakes(m_clients + 1);
        m_server.setThreadCount(parser.value(u"threads"_s).toInt());
        m_server.setConnectionHandler(
            [this](WsConnection *connection) { m_server.subscribe(connection, u"prices"_s); });
        if (!m_server.listen())
            qFatal("%s", qPrintable(m_server.errorString()));
        m_reader.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        QObject::connect(&m_reader, &QProcess::readyRead, &m_reader, [this] { onOutput(); });
        QObject::connect(&m_reader, &QProcess::finished, &m_reader, [this] {
            printResult();
            QCoreApplication::exit(judge() ? 0 : 1);
        });
        m_reader.start(QCoreApplication::applicationFilePath(),
                       {u"--port"_s, QString::number(m_server.serverPort()), u"--clients"_s,
                        QString::number(m_clients), u"--slow"_s, QString::number(m_slow), u"--slow-bytes"_s,
                        parser.value(u"slow-bytes"_s), u"--keys"_s, QString::number(m_keys)});
        m_tick.setTimerType(Qt::PreciseTimer);
        QObject::connect(&m_tick, &QTimer::timeout, &m_tick, [this] { publishDue(); });
    }

private:
    // In MiB. A queue for each slow client grows as long as it is slow, which "skip" shows.
    static double maxGrowth(const QCommandLineParser &parser)
    {
        const bool isBounded = parser.value(u"way"_s) != u"skip" || parser.isSet(u"max-growth"_s);
        return isBounded ? parser.value(u"max-growth"_s).toDouble() : std::numeric_limits<double>::max();
    }

    void onOutput()
    {
        m_output += m_reader.readAll();
        if (m_begin == 0 && m_output.startsWith("ready\n"))
            start();
    }

    void start()
    {
        m_begin = feedTimeUs();
        m_residentAtBegin = residentMiB();
        m_cpuAtBegin = cpuSeconds();
        std::printf("%8s %10s %12s %12s %8s\n", "seconds", "RSS MiB", "queued MiB", "skipped", "CPU %");
        m_tick.start(TickMs);
    }

    void publishDue()
    {
        const qint64 passed = feedTimeUs() - m_begin;
        const qint64 due = std::min<qint64>(passed * m_updates / 1'000'000, qint64(m_seconds) * m_updates);
        for (; m_published < due; ++m_published)
            publishNext();
        const bool isOver = m_published == qint64(m_seconds) * m_updates;
        const bool isJustOver = isOver && m_secondsTaken == 0;
        if (isJustOver) {
            m_cpuAtEnd = cpuSeconds();
            m_secondsTaken = double(passed) / 1e6;
        }
        if (isJustOver || (!isOver && passed >= m_nextReport))
            report(passed);
        if (isOver && queuedBytes() == 0) { // the rest is up to the system and the clients
            m_tick.stop();
            m_reader.closeWriteChannel();
        }
    }

    qint64 queuedBytes() const
    {
        qint64 queued = 0;
        const QList<WsConnection *> connections = m_server.connections();
        for (const WsConnection *connection : connections)
            queued += connection->bufferedAmount();
        return queued;
    }

    void publishNext()
    {
        const qint64 key = m_published * 7919 % m_keys;
        const QString text = u"%1 %2 %3 %4"_s.arg(m_published).arg(key).arg(feedTimeUs()).arg(m_padding);
        m_accepted += m_way == u"key" ? m_server.publish(u"prices"_s, text, QString::number(key))
                                      : m_server.publish(u"prices"_s, text);
    }

    void report(qint64 passed)
    {
        m_nextReport += ReportUs;
        qint64 skipped = 0;
        const QList<WsConnection *> connections = m_server.connections();
        for (const WsConnection *connection : connections)
            skipped += connection->statistics().messagesSkipped;
        const double resident = residentMiB();
        m_mostResident = std::max(m_mostResident, resident);
        const double cpu = 100 * (cpuSeconds() - m_cpuAtBegin) * 1e6 / double(std::max<qint64>(passed, 1));
        std::printf("%8.1f %10.1f %12.2f %12lld %8.1f\n", double(passed) / 1e6, resident,
                    double(queuedBytes()) / 1024 / 1024, static_cast<long long>(skipped), cpu);
        std::fflush(stdout);
    }

    QByteArray result(const char *name) const
    {
        const QList<QByteArray> lines = m_output.split('\n');
        for (const QByteArray &line : lines) {
            if (line.startsWith(QByteArray(name) + ' '))
                return line.mid(qsizetype(qstrlen(name)) + 1);
        }
        return "?";
    }

    void printResult()
    {
        const double delivered = result("fast_messages").toDouble() + result("slow_messages").toDouble();
        const double cpu = m_cpuAtEnd - m_cpuAtBegin;
        std::printf("\n%-58s %s\n", "way", qPrintable(m_way));
        std::printf("%-58s %lld in %.1f s\n", "updates published", static_cast<long long>(m_published),
                    m_secondsTaken);
        std::printf("%-58s %.1f -> %.1f\n", "RSS of the server in MiB: with all clients, most",
                    m_residentAtBegin, m_mostResident);
        std::printf("%-58s %.1f s, %.2f us a message\n", "CPU time of the server", cpu,
                    cpu * 1e6 / delivered);
        std::printf("%-58s %s of %d\n", "fast clients that got every update",
                    result("fast_complete").constData(), m_clients - m_slow);
        std::printf("%-58s %s of %d\n", "slow clients that got the last value of every key",
                    result("slow_current").constData(), m_slow);
        std::printf("%-58s %s\n", "messages that slow clients got", result("slow_messages").constData());
        for (const char *speed : {"fast", "slow"}) {
            const QByteArray name = QByteArray(speed) + "_age_";
            const QByteArray title =
                QByteArray("age when a ") + speed + " client reads it, ms: median, 99 %, most";
            std::printf("%-58s %s, %s, %s\n", title.constData(), result(name + "median").constData(),
                        result(name + "99").constData(), result(name + "max").constData());
        }
        std::fflush(stdout);
    }

    bool judge() const
    {
        const int fast = m_clients - m_slow;
        const double growth = m_mostResident - m_residentAtBegin;
        QStringList faults;
        if (m_reader.exitStatus() != QProcess::NormalExit || m_reader.exitCode() != 0)
            faults.append(u"the clients have failed"_s);
        if (result("fast_complete").toInt() != fast
            || result("fast_messages").toLongLong() != m_published * fast)
            faults.append(u"fast clients have missed updates"_s);
        if (m_way == u"key" && result("slow_current").toInt() != m_slow)
            faults.append(u"slow clients have old values"_s);
        if (growth > m_maxGrowth)
            faults.append(u"the memory has grown by %1 MiB"_s.arg(growth, 0, 'f', 1));
        for (const QString &fault : std::as_const(faults))
            std::fprintf(stderr, "bench_feed: %s\n", qPrintable(fault));
        return faults.isEmpty();
    }

    const QString m_way;
    const int m_seconds;
    const int m_updates;
    const int m_clients;
    const int m_slow;
    const int m_keys;
    const double m_maxGrowth;
    const QString m_padding = QString(Padding, u'x');
    WsServer m_server;
    QProcess m_reader;
    QTimer m_tick;
    QByteArray m_output;
    qint64 m_begin = 0;
    qint64 m_nextReport = 0;
    qint64 m_published = 0;
    qint64 m_accepted = 0;
    double m_cpuAtBegin = 0;
    double m_cpuAtEnd = 0;
    double m_secondsTaken = 0;
    double m_residentAtBegin = 0;
    double m_mostResident = 0;
};
} // namespace

int main(int argc, char **argv)
{
    raiseDescriptorLimit();
    QCoreApplication::setEventDispatcher(new WsEventDispatcher);
    const QCoreApplication application(argc, argv);
    QCommandLineParser parser;
    parser.addHelpOption();
    parser.addOptions(
        {{u"way"_s, u"key, drop or skip"_s, u"way"_s, u"key"_s},
         {u"seconds"_s, u"how long it publishes"_s, u"count"_s, u"60"_s},
         {u"clients"_s, u"how many clients there are"_s, u"count"_s, u"1000"_s},
         {u"slow"_s, u"how many of them are slow"_s, u"count"_s, u"100"_s},
         {u"slow-bytes"_s, u"what a slow one reads in a second"_s, u"bytes"_s, u"20000"_s},
         {u"updates"_s, u"updates in a second"_s, u"count"_s, u"1000"_s},
         {u"keys"_s, u"how many keys there are"_s, u"count"_s, u"100"_s},
         {u"threads"_s, u"of the server"_s, u"count"_s, u"0"_s},
         {u"max-growth"_s, u"of the server's memory; by default none with skip"_s, u"MiB"_s, u"64"_s},
         {u"port"_s, u"be the clients"_s, u"port"_s}});
    parser.process(application);
    if (parser.isSet(u"port"_s)) {
        return runFeedClients({parser.value(u"port"_s).toUShort(), parser.value(u"clients"_s).toInt(),
                               parser.value(u"slow"_s).toInt(), parser.value(u"slow-bytes"_s).toInt(),
                               parser.value(u"keys"_s).toInt()});
    }
    const Feed feed(parser);
    return QCoreApplication::exec();
}
