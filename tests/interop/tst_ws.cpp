// SPDX-License-Identifier: MIT

// npm's ws.

#include "interoptest.h"
#include "processpeer.h"

#include <QtTest/qtest.h>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    qputenv("NODE_PATH", INTEROP_NODE_MODULES);
    InteropTest test(std::make_unique<ProcessPeer>(QStringLiteral(INTEROP_NODE),
                                                   QStringLiteral(INTEROP_PEERS "/ws_server.js"),
                                                   QStringLiteral(INTEROP_PEERS "/ws_client.js")));
    return QTest::qExec(&test, argc, argv);
}
