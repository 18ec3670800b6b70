// SPDX-License-Identifier: MIT
#include "clientmode.h"

#include "deflateoption.h"

#include <WsKit/WsClient>

#include <QtCore/qcoreapplication.h>

#include <cstdio>

int runClientMode(const QUrl &url, bool deflates)
{
    WsClient client;
    client.setOptions(withDeflate(client.options(), deflates));
    QObject::connect(&client, &WsClient::textMessageReceived, &client,
                     [&client](const QString &text) { client.sendText(text); });
    QObject::connect(&client, &WsClient::binaryMessageReceived, &client,
                     [&client](const QByteArray &data) { client.sendBinary(data); });
    QObject::connect(&client, &WsClient::errorOccurred, &client, [](const WsError &error) {
        std::fprintf(stderr, "wskit_testee: %s\n", qPrintable(error.text()));
    });
    QObject::connect(
        &client, &WsClient::closed, qApp,
        [](quint16, const QString &, bool wasClean) { QCoreApplication::exit(wasClean ? 0 : 1); },
        Qt::QueuedConnection);

    if (!client.open(url)) {
        std::fprintf(stderr, "wskit_testee: cannot open %s: %s\n", qPrintable(url.toString()),
                     qPrintable(client.errorString()));
        return 1;
    }
    return QCoreApplication::exec();
}
