// SPDX-License-Identifier: MIT

// wskit-service: a small service to copy from. Clients join rooms, and what one says in a room everybody in
// it hears. The rest is what a server needs in production:
//
//     configuration.cpp   settings from the environment, and an error for each that is wrong
//     jsonlog.cpp         one line of JSON for each event
//     service.cpp         the WsServer: limits, routes, health, metrics, rooms, certificates
//     systemd.cpp         what systemd wants to know
//     main.cpp            the order of it all, and the signals: SIGTERM drains, SIGHUP reads certificates
//     selfcheck.cpp       `wskit-service --check` runs the program through its whole life
//
// wskit-service.service, .socket and .env install it as a service of systemd that is started by its first
// client. Without them:
//
//     SERVICE_PORT=8080 wskit-service
//     wskit connect 'ws://127.0.0.1:8080/rooms/kitchen?name=ann'

#include "configuration.h"
#include "jsonlog.h"
#include "leavebysignal.h"
#include "reloadsignal.h"
#include "selfcheck.h"
#include "service.h"

#include <QtCore/QCommandLineParser>
#include <QtCore/QCoreApplication>

#include <csignal>
#include <cstdio>

namespace {
// EX_CONFIG of sysexits.h. The unit file says that a restart does not help.
constexpr int WrongConfiguration = 78;

struct Task
{
    bool isCheck = false;
    bool isTest = false;
};

Task readArguments(const QCoreApplication &application)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("Rooms in which everybody hears everybody: "
                       "ws://host:port/rooms/kitchen?name=ann\n\n"
                       "Environment, each with its default:\n")
        + Configuration::help()
        + QStringLiteral("\nSignals: SIGTERM lets the clients go and ends with 0, "
                         "SIGHUP reads the certificate again."));
    parser.addHelpOption();
    parser.addVersionOption();
    const QCommandLineOption test(QStringLiteral("test"),
                                  QStringLiteral("Say whether the environment is right, and end."));
    const QCommandLineOption check(QStringLiteral("check"),
                                   QStringLiteral("Run the service through its whole life, and end."));
    parser.addOptions({test, check});
    parser.process(application);
    return {parser.isSet(check), parser.isSet(test)};
}

int run(const Configuration &configuration)
{
    // The access log is off unless somebody wants it. The rules of QT_LOGGING_RULES still come first.
    QLoggingCategory::setFilterRules(QStringLiteral("wskit.access.info=true"));
    Service service(configuration);
    leaveBySignal(&service.server(), configuration.drainTime);
    onReloadSignal(&service, [&service] { service.reload(); });
    if (!service.start())
        return 1;
    const int status = QCoreApplication::exec();
    qCInfo(serviceLog, "ended");
    return status;
}
} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationVersion(QStringLiteral("1.0"));
    const Task task = readArguments(application);
    if (task.isCheck)
        return runSelfCheck();

#ifdef SIGPIPE
    std::signal(SIGPIPE, SIG_IGN); // the end of what reads the log is not that of the service
#endif
    logAsJson();
    Configuration configuration;
    const QStringList problems = configuration.read(QProcessEnvironment::systemEnvironment());
    for (const QString &problem : problems)
        qCCritical(serviceLog).noquote() << problem;
    if (!problems.isEmpty())
        return WrongConfiguration;
    return task.isTest ? 0 : run(configuration);
}
