%{Cpp:LicenseTemplate}\
#include <QtGui/QGuiApplication>
#include <QtQml/QQmlApplicationEngine>

int main(int argc, char *argv[])
{
    QGuiApplication app(argc, argv);
    QQmlApplicationEngine engine(QUrl(QStringLiteral("qrc:/qt-project.org/imports/%{ModuleUri}/Main.qml")));
    return engine.rootObjects().isEmpty() ? 1 : app.exec();
}
