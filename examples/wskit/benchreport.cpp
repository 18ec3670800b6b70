// SPDX-License-Identifier: MIT
#include "benchreport.h"

#include "bench.h"
#include "messagetext.h"
#include "texts.h"
#include "translations.h"

#include <QtCore/qjsonarray.h>
#include <QtCore/qlocale.h>

namespace {
struct Percentile
{
    const char *name;
    double percent;
};

constexpr Percentile percentiles[] = {{"p50", 50}, {"p90", 90}, {"p99", 99}, {"p99.9", 99.9}};

double perSecond(double amount, const BenchResult &result)
{
    return result.seconds > 0 ? amount / result.seconds : 0;
}

double messagesPerSecond(const BenchResult &result)
{
    return perSecond(double(result.latencies.count()), result);
}

// Payloads in one direction; each is also sent back.
double megabytesPerSecond(const BenchSettings &settings, const BenchResult &result)
{
    return messagesPerSecond(result) * double(settings.size) / 1e6;
}

QString typeName(const BenchSettings &settings)
{
    return settings.type == Ws::Text ? QStringLiteral("text") : QStringLiteral("binary");
}

QString grouped(qint64 number)
{
    return Translations::locale().toString(number);
}

QString decimal(double number, int digits)
{
    QLocale locale = Translations::locale();
    locale.setNumberOptions(QLocale::OmitGroupSeparator);
    return locale.toString(number, 'f', digits);
}

QString milliseconds(LatencyHistogram::Duration duration)
{
    return decimal(double(duration.count()) / 1e6, 3) + QStringLiteral(" ms");
}

double microseconds(LatencyHistogram::Duration duration)
{
    return double(duration.count()) / 1000;
}

QString latencyText(const LatencyHistogram &latencies)
{
    if (latencies.count() == 0)
        return Tool::tr("no echo came");
    QStringList parts{QStringLiteral("min ") + milliseconds(latencies.minimum())};
    for (const auto &[name, percent] : percentiles)
        parts += QLatin1String(name) + u' ' + milliseconds(latencies.percentile(percent));
    parts += QStringLiteral("max ") + milliseconds(latencies.maximum());
    return parts.join(QStringLiteral(", "));
}

QString failureText(const QMap<QString, int> &failures)
{
    QString text;
    for (auto failure = failures.cbegin(); failure != failures.cend(); ++failure)
        text +=
            Tool::tr("failed     %1: %2\n").arg(QString::number(failure.value()), inOneLine(failure.key()));
    return text;
}

QJsonObject latencyJson(const LatencyHistogram &latencies)
{
    QJsonObject object{{QStringLiteral("min"), microseconds(latencies.minimum())},
                       {QStringLiteral("max"), microseconds(latencies.maximum())}};
    for (const auto &[name, percent] : percentiles)
        object[QLatin1String(name)] = microseconds(latencies.percentile(percent));
    return object;
}

QJsonArray failuresJson(const QMap<QString, int> &failures)
{
    QJsonArray array;
    for (auto failure = failures.cbegin(); failure != failures.cend(); ++failure)
        array.append(QJsonObject{{QStringLiteral("text"), failure.key()},
                                 {QStringLiteral("clients"), failure.value()}});
    return array;
}
} // namespace

QString progressText(const BenchResult &result)
{
    return Tool::tr("%1 s: %2 messages a second, half of them within %3")
        .arg(decimal(result.seconds, 1), grouped(qint64(messagesPerSecond(result))),
             milliseconds(result.latencies.percentile(50)));
}

QString reportText(const BenchSettings &settings, const BenchResult &result)
{
    return Tool::tr("messages   %1 of %2 B, %3, in %4 s: %5 a second, %6 MB a second each way\n"
                    "latency    %7\n"
                    "clients    %8 of %9 served, %10 in flight each\n")
               .arg(grouped(result.latencies.count()), grouped(settings.size), typeName(settings),
                    decimal(result.seconds, 1), grouped(qint64(messagesPerSecond(result))),
                    decimal(megabytesPerSecond(settings, result), 1), latencyText(result.latencies),
                    QString::number(result.served), QString::number(settings.clientCount))
               .arg(settings.inFlight)
           + failureText(result.failures);
}

QJsonObject reportJson(const BenchSettings &settings, const BenchResult &result)
{
    return {
        {QStringLiteral("url"), settings.client.url.toString(QUrl::RemoveUserInfo)},
        {QStringLiteral("type"), typeName(settings)},
        {QStringLiteral("size"), settings.size},
        {QStringLiteral("clients"), settings.clientCount},
        {QStringLiteral("inFlight"), settings.inFlight},
        {QStringLiteral("seconds"), result.seconds},
        {QStringLiteral("messages"), qint64(result.latencies.count())},
        {QStringLiteral("messagesPerSecond"), messagesPerSecond(result)},
        {QStringLiteral("megabytesPerSecond"), megabytesPerSecond(settings, result)},
        {QStringLiteral("latencyUs"), latencyJson(result.latencies)},
        {QStringLiteral("served"), result.served},
        {QStringLiteral("failures"), failuresJson(result.failures)},
    };
}
