// SPDX-License-Identifier: MIT
//! [program]
#include <WsKit/WsEventDispatcher>

#include <WsKit/WsServer>

#include <QtCore/QCoreApplication>

int main(int argc, char *argv[])
{
    QCoreApplication::setEventDispatcher(new WsEventDispatcher); // before the application object
    QCoreApplication app(argc, argv);
    WsServer server;
    if (!server.listen())
        return 1;
    return app.exec();
}
//! [program]
