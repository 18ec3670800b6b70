// SPDX-License-Identifier: MIT

// Runs Main.qml of either library: sends its arguments, prints the answers and closes.
//
//     porting-qml-client-qtwebsockets url [text]...
//     porting-qml-client-wskit url [text]...

#include <QtCore/QCoreApplication>
#include <QtCore/QUrl>
#include <QtQml/QQmlApplicationEngine>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    QQmlApplicationEngine engine;
    engine.setInitialProperties({{QStringLiteral("server"), QUrl(application.arguments().value(1))},
                                 {QStringLiteral("texts"), application.arguments().mid(2)}});
    engine.load(QUrl(QStringLiteral("qrc:/Main.qml")));
    return engine.rootObjects().isEmpty() ? 1 : application.exec();
}
