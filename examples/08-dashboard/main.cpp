// SPDX-License-Identifier: MIT

// dashboard: shows what a server does, while it does it. Without an address it shows a demo: a busy server
// with clients of its own.
//
//     dashboard [--theme T] [--size WxH] [--check] [URL]
//
// Try it with the page of metrics of any WsServer, see WsServer::metrics():
//
//     dashboard http://127.0.0.1:9464/metrics

#include <QtCore/qcommandlineparser.h>
#include <QtGui/qguiapplication.h>
#include <QtQml/qqmlapplicationengine.h>

#include <algorithm>

namespace {
void addOptions(QCommandLineParser &parser)
{
    parser.setApplicationDescription(QStringLiteral("Show what a WebSocket server does."));
    parser.addHelpOption();
    parser.addPositionalArgument(
        QStringLiteral("URL"),
        QStringLiteral("The page of metrics of a server: http://127.0.0.1:9464/metrics. "
                       "Without it, a demo is shown."),
        QStringLiteral("[URL]"));
    parser.addOption({QStringLiteral("theme"),
                      QStringLiteral("system (as the desktop has it), light or dark."),
                      QStringLiteral("theme"), QStringLiteral("system")});
    parser.addOption({QStringLiteral("size"), QStringLiteral("The size of the window: 1100x860."),
                      QStringLiteral("size"), QStringLiteral("1100x860")});
    parser.addOption(
        {QStringLiteral("check"),
         QStringLiteral("Compare what is shown of a server with what was sent to it, report, and "
                        "exit with 0 or 1.")});
}

QVariantMap initialProperties(const QCommandLineParser &parser)
{
    const QStringList size = parser.value(QStringLiteral("size")).split(u'x');
    return {{QStringLiteral("width"), size.value(0).toInt()},
            {QStringLiteral("height"), size.value(1).toInt()},
            {QStringLiteral("address"), parser.positionalArguments().value(0)},
            {QStringLiteral("theme"), parser.value(QStringLiteral("theme"))},
            {QStringLiteral("checks"), parser.isSet(QStringLiteral("check"))}};
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
    QGuiApplication::setApplicationDisplayName(QStringLiteral("Server Dashboard"));
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
    engine.load(QUrl(QStringLiteral("qrc:/qt-project.org/imports/Dashboard/Main.qml")));
    return application.exec();
}
