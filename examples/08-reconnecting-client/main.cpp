// SPDX-License-Identifier: MIT

// reconnecting-client: a window that shows how an application gets over a lost connection. Try it with
//
//     wskit listen --echo --port 8080
//
// and end and start that server while you write.
//
//     reconnecting-client [--theme T] [--check] [URL]

#include <QtCore/qcommandlineparser.h>
#include <QtCore/qurl.h>
#include <QtGui/qguiapplication.h>
#include <QtQml/qqmlapplicationengine.h>

#include <algorithm>

namespace {
void addOptions(QCommandLineParser &parser)
{
    parser.setApplicationDescription(QStringLiteral("Talk to a server that comes and goes."));
    parser.addHelpOption();
    parser.addPositionalArgument(QStringLiteral("URL"), QStringLiteral("The server: ws://127.0.0.1:8080."),
                                 QStringLiteral("[URL]"));
    parser.addOption({QStringLiteral("theme"),
                      QStringLiteral("system (as the desktop has it), light or dark."),
                      QStringLiteral("theme"), QStringLiteral("system")});
    parser.addOption({QStringLiteral("check"),
                      QStringLiteral("Go through a lost connection with a server of its own, report, and "
                                     "exit with 0 or 1.")});
}

QVariantMap initialProperties(const QCommandLineParser &parser)
{
    QVariantMap properties{{QStringLiteral("theme"), parser.value(QStringLiteral("theme"))},
                           {QStringLiteral("checks"), parser.isSet(QStringLiteral("check"))}};
    if (const QStringList arguments = parser.positionalArguments(); !arguments.isEmpty())
        properties.insert(QStringLiteral("url"), QUrl(arguments.constFirst()));
    return properties;
}
} // namespace

int main(int argc, char **argv)
{
    // Neither the help nor the check needs a display.
    const auto needsNoDisplay = [](QByteArrayView argument) {
        return argument == "--check" || argument == "--help" || argument == "-h";
    };
    if (std::any_of(argv, argv + argc, needsNoDisplay) && !qEnvironmentVariableIsSet("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");

    QGuiApplication application(argc, argv);
    QGuiApplication::setApplicationDisplayName(QStringLiteral("Reconnecting Client"));
    QCommandLineParser parser;
    addOptions(parser);
    parser.process(application);

    QQmlApplicationEngine engine;
    engine.setInitialProperties(initialProperties(parser));
    QObject::connect(
        &engine, &QQmlApplicationEngine::objectCreated, &application,
        [](const QObject *window) {
            if (!window)
                QCoreApplication::exit(1);
        },
        Qt::QueuedConnection);
    engine.load(QUrl(QStringLiteral("qrc:/qt-project.org/imports/Reconnecting/Main.qml")));
    return application.exec();
}
