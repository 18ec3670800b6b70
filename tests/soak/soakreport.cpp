// SPDX-License-Identifier: MIT
#include "soakreport.h"

#include <algorithm>
#include <cstdio>

using namespace Soak;

namespace {
constexpr double MiB = 1024 * 1024;

void printLine(const QString &text)
{
    std::printf("%s\n", qPrintable(text));
}

QString inMiB(qint64 bytes)
{
    return QString::number(double(bytes) / MiB, 'f', 1);
}

// By service, of all servers.
void printLanes(const QJsonArray &lanes)
{
    static const QStringList columns{u"connections"_s, u"confirmed"_s,       u"bytes"_s,
                                     u"unconfirmed"_s, u"failed attempts"_s, u"slow attempts"_s};
    QMap<QString, QHash<QString, qint64>> sums;
    for (const QJsonValue &lane : lanes) {
        for (const QString &service : {lane[u"service"_s].toString(), u"all"_s}) {
            for (const QString &column : columns)
                sums[service][column] += lane[column].toInteger();
        }
    }
    printLine(u"\nGood clients: %1 lanes"_s.arg(lanes.size()));
    printLine(u"%1 connections   messages       MiB  in flight at an end  attempts failed  timed out"_s.arg(
        u""_s, -12));
    for (auto row = sums.begin(); row != sums.end(); ++row)
        printLine(u"%1 %2 %3 %4 %5 %6 %7"_s.arg(row.key(), -12)
                      .arg(row->value(u"connections"_s), 11)
                      .arg(row->value(u"confirmed"_s), 10)
                      .arg(inMiB(row->value(u"bytes"_s)), 9)
                      .arg(row->value(u"unconfirmed"_s), 20)
                      .arg(row->value(u"failed attempts"_s), 16)
                      .arg(row->value(u"slow attempts"_s), 10));
}

void printCounts(const QString &title, const QJsonObject &counts)
{
    printLine(u"\n%1"_s.arg(title));
    for (auto entry = counts.begin(); entry != counts.end(); ++entry)
        printLine(u"%1 %2"_s.arg(entry.value().toInteger(), 11).arg(entry.key()));
}

// At most this many of the points.
void printFigures(const QString &name, const QList<Figures> &points)
{
    constexpr qsizetype Most = 13;
    printLine(u"\n%1, %2 quiet points"_s.arg(name).arg(points.size() - 1));
    printLine(u"  point  held KiB  resident KiB  descriptors  threads"_s);
    const qsizetype step = qMax<qsizetype>(1, (points.size() + Most - 2) / Most);
    for (qsizetype i = 0; i < points.size(); ++i) {
        if (i % step != 0 && i != points.size() - 1)
            continue;
        const Figures &point = points.at(i);
        printLine(u"%1 %2 %3 %4 %5"_s.arg(i, 7)
                      .arg(point.held / 1024, 9)
                      .arg(point.resident / 1024, 13)
                      .arg(point.descriptors, 12)
                      .arg(point.threads, 8));
    }
}

void printSite(const Site &site)
{
    const auto longest = std::max_element(site.figures.begin(), site.figures.end(),
                                          [](const auto &a, const auto &b) { return a.size() < b.size(); });
    QJsonObject counts;
    for (auto entry = site.totals.begin(); entry != site.totals.end(); ++entry) {
        if (entry.key() != u"figures" && entry.key() != u"quiet" && entry.value() != 0)
            counts[entry.key()] = entry.value();
    }
    printCounts(u"%1: %2 processes; counted at quiet points:"_s.arg(site.kind.name).arg(site.figures.size()),
                counts);
    printFigures(u"The process of '%1' with most"_s.arg(site.kind.name), longest.value());
}
} // namespace

void Soak::printReport(const Course &course)
{
    printLine(u"\n%1 rounds in %2 s"_s.arg(course.rounds).arg(course.elapsed.elapsed() / 1000));
    printLanes(course.lanes);
    printCounts(u"Hostile attempts"_s, course.hostile.value(u"attempts"_s).toObject());
    printCounts(u"How they ended"_s, course.hostile.value(u"outcomes"_s).toObject());
    QJsonObject disturbances;
    for (auto entry = course.disturbances.begin(); entry != course.disturbances.end(); ++entry)
        disturbances[entry.key()] = entry.value();
    printCounts(u"Disturbances"_s, disturbances);
    for (const auto &site : course.sites)
        printSite(*site);
    for (auto entry = course.clientFigures.begin(); entry != course.clientFigures.end(); ++entry)
        printFigures(entry.key(), entry.value());
    printLine(course.faults.isEmpty() ? u"\nNo faults."_s : u"\n%1 faults:"_s.arg(course.faults.size()));
    for (const QString &fault : course.faults)
        printLine(u"  "_s + fault);
}
