// SPDX-License-Identifier: MIT

// Python's websockets.

#include "compressiontest.h"
#include "processpeer.h"

#include <QtCore/qcoreapplication.h>
#include <QtTest/qtest.h>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    CompressionTest test(std::make_unique<ProcessPeer>(QStringLiteral(INTEROP_PYTHON),
                                                       QStringLiteral(INTEROP_PEERS "/websockets_server.py"),
                                                       QStringLiteral(INTEROP_PEERS "/websockets_client.py")),
                         9);
    return QTest::qExec(&test, argc, argv);
}
