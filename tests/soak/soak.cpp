// SPDX-License-Identifier: MIT

// Good clients among hostile ones, on servers that are restarted and killed; see ../README.md:
//
//     wskit_soak --minutes N [--seed N] [--calm] [--peaceful]

#include "soakreport.h"

#include <QtCore/qcommandlineparser.h>
#include <QtCore/qcoreapplication.h>

#include <cstdio>

int main(int argc, char **argv)
{
    using namespace Qt::StringLiterals;
    QCoreApplication application(argc, argv);
    QCommandLineParser parser;
    parser.addHelpOption();
    parser.addOptions({{u"minutes"_s, u"How long. There are nine rounds at least, however long they take."_s,
                        u"minutes"_s, u"2"_s},
                       {u"seed"_s, u"Of everything random; otherwise a new one."_s, u"number"_s},
                       {u"calm"_s, u"Nothing is restarted, stopped or killed."_s},
                       {u"peaceful"_s, u"Without hostile clients."_s}});
    parser.process(application);
    Soak::Settings settings;
    settings.minutes = parser.value(u"minutes"_s).toDouble();
    settings.seed =
        parser.isSet(u"seed"_s) ? parser.value(u"seed"_s).toUInt() : QRandomGenerator::global()->generate();
    settings.isCalm = parser.isSet(u"calm"_s);
    settings.isPeaceful = parser.isSet(u"peaceful"_s);
    std::printf("seed %u\n", settings.seed);
    std::fflush(stdout);
    Soak::Course course(settings);
    course.run();
    Soak::printReport(course);
    return course.faults.isEmpty() ? 0 : 1;
}
