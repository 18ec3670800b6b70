// SPDX-License-Identifier: MIT

// qml-chat: a window for the chat of examples/demo, which it can also host.
//
//     qml-chat [--url U | --host A [--port N]] [--name NAME] [--theme T] [--terminal] [--check]

#include "leavebysignal.h"

#include <WsKit/WsServer>

#include <QtCore/qcommandlineparser.h>
#include <QtCore/qglobal.h>
#include <QtCore/qurl.h>
#include <QtGui/qguiapplication.h>
#include <QtQml/qqmlapplicationengine.h>

#include <algorithm>

namespace {
void addOptions(QCommandLineParser &parser)
{
    parser.setApplicationDescription(QStringLiteral("A chat that joins others or hosts them."));
    parser.addHelpOption();
    parser.addOption({QStringLiteral("url"), QStringLiteral("Join the chat at this address: ws://…/chat."),
                      QStringLiteral("url")});
    parser.addOption({QStringLiteral("host"),
                      QStringLiteral("Host a chat at this address (127.0.0.1: this machine only)."),
                      QStringLiteral("address")});
    parser.addOption({QStringLiteral("port"),
                      QStringLiteral("The port to host at (8080); 0 takes a free one."),
                      QStringLiteral("port"), QStringLiteral("8080")});
    parser.addOption(
        {QStringLiteral("name"), QStringLiteral("Your name in the chat."), QStringLiteral("name")});
    parser.addOption({QStringLiteral("theme"),
                      QStringLiteral("system (as the desktop has it), light or dark."),
                      QStringLiteral("theme"), QStringLiteral("system")});
    parser.addOption({QStringLiteral("size"), QStringLiteral("The size of the window: 980x680."),
                      QStringLiteral("size"), QStringLiteral("980x680")});
    parser.addOption(
        {QStringLiteral("terminal"),
         QStringLiteral("Say what is typed in the terminal, print what the window shows, and end "
                        "with the input.")});
    parser.addOption(
        {QStringLiteral("check"), QStringLiteral("Chat with itself, report, and exit with 0 or 1.")});
}

QString defaultName()
{
    const QString user = qEnvironmentVariable("USER", qEnvironmentVariable("USERNAME"));
    return user.left(1).toUpper() + user.mid(1);
}

QVariantMap initialProperties(const QCommandLineParser &parser)
{
    const QStringList size = parser.value(QStringLiteral("size")).split(u'x');
    const QString name = parser.value(QStringLiteral("name"));
    return {{QStringLiteral("width"), size.value(0).toInt()},
            {QStringLiteral("height"), size.value(1).toInt()},
            {QStringLiteral("address"), parser.value(QStringLiteral("url"))},
            {QStringLiteral("hostAddress"), parser.value(QStringLiteral("host"))},
            {QStringLiteral("hostPort"), parser.value(QStringLiteral("port")).toInt()},
            {QStringLiteral("userName"), name.isEmpty() ? defaultName() : name},
            {QStringLiteral("theme"), parser.value(QStringLiteral("theme"))},
            {QStringLiteral("usesTerminal"), parser.isSet(QStringLiteral("terminal"))},
            {QStringLiteral("checks"), parser.isSet(QStringLiteral("check"))}};
}

// On X11, Qt interprets --name itself, as X11 programs used to.
QStringList takenByPlatform(const QStringList &arguments)
{
    const qsizetype position = arguments.indexOf(QStringLiteral("--name"));
    const bool isTaken = position >= 0 && !QCoreApplication::arguments().contains(QStringLiteral("--name"));
    return isTaken ? arguments.mid(position, 2) : QStringList();
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

    QStringList arguments;
    for (int i = 0; i < argc; ++i)
        arguments.append(QString::fromLocal8Bit(argv[i]));
    QGuiApplication application(argc, argv);
    QGuiApplication::setApplicationDisplayName(QStringLiteral("WsKit Chat"));
    QCommandLineParser parser;
    addOptions(parser);
    parser.process(application.arguments() + takenByPlatform(arguments));

    QQmlApplicationEngine engine;
    engine.setInitialProperties(initialProperties(parser));
    QObject::connect(
        &engine, &QQmlApplicationEngine::objectCreated, &application,
        [](const QObject *window) {
            if (!window)
                QCoreApplication::exit(1);
        },
        Qt::QueuedConnection);
    engine.load(QUrl(QStringLiteral("qrc:/qt-project.org/imports/Chat/Main.qml")));
    // A chat that is hosted here closes with the window, and tells its guests so.
    for (const QObject *const window : engine.rootObjects())
        leaveBySignal(window->findChild<WsServer *>());
    return application.exec();
}
