// SPDX-License-Identifier: MIT

// npm's ws.

#include "compressiontest.h"
#include "processpeer.h"

#include <QtCore/qcoreapplication.h>
#include <QtTest/qtest.h>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    qputenv("NODE_PATH", INTEROP_NODE_MODULES);
    CompressionTest test(std::make_unique<ProcessPeer>(QStringLiteral(INTEROP_NODE),
                                                       QStringLiteral(INTEROP_PEERS "/ws_server.js"),
                                                       QStringLiteral(INTEROP_PEERS "/ws_client.js")),
                         8);
    return QTest::qExec(&test, argc, argv);
}
