// SPDX-License-Identifier: MIT
//! [file]
#include <QtGui/QGuiApplication>
#include <QtQml/QQmlApplicationEngine>

int main(int argc, char **argv)
{
    QGuiApplication app(argc, argv);
    QQmlApplicationEngine engine(QUrl(QStringLiteral("qrc:/Chat/Main.qml")));
    return engine.rootObjects().isEmpty() ? 1 : app.exec();
}
//! [file]
