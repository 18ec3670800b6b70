// SPDX-License-Identifier: MIT
#include "clientmode.h"

#include "deflateoption.h"

#include <WsKit/WsClient>

#include <QtCore/qcoreapplication.h>

#include <cstdio>

namespace {
int fail(const QString &text)
{
    std::fprintf(stderr, "wskit_testee: %s\n", qPrintable(text));
    return 1;
}

bool configure(WsClient &client, const TesteeClientSettings &settings)
{
    client.setOptions(withDeflate(client.options(), settings.deflates));
    client.setMaxRedirects(settings.maxRedirects);
    WsReconnect reconnect;
    reconnect.setEnabled(settings.reconnects);
    client.setReconnect(reconnect);
    return (settings.proxy.isEmpty() || client.setProxy(settings.proxy))
           && (settings.caFile.isEmpty() || client.setCaCertificates(settings.caFile));
}

// What happens between two connections, for whoever reads the log of a test.
void reportProgress(WsClient &client)
{
    QObject::connect(&client, &WsClient::errorOccurred, &client,
                     [](const WsError &error) { fail(error.text()); });
    QObject::connect(&client, &WsClient::redirected, &client, [](const QUrl &url) {
        std::fprintf(stderr, "wskit_testee: redirected to %s\n",
                     qPrintable(url.toString(QUrl::RemoveUserInfo)));
    });
    QObject::connect(&client, &WsClient::reconnecting, &client, [](int attempt, int delayMs) {
        std::fprintf(stderr, "wskit_testee: attempt %d in %d ms\n", attempt, delayMs);
    });
    QObject::connect(&client, &WsClient::reconnected, &client,
                     [] { std::fputs("wskit_testee: reconnected\n", stderr); });
}
} // namespace

int runClientMode(const TesteeClientSettings &settings)
{
    WsClient client;
    if (!configure(client, settings))
        return fail(client.errorString());
    reportProgress(client);
    QObject::connect(&client, &WsClient::textMessageReceived, &client,
                     [&client](const QString &text) { client.sendText(text); });
    QObject::connect(&client, &WsClient::binaryMessageReceived, &client,
                     [&client](const QByteArray &data) { client.sendBinary(data); });
    int status = 1;
    QObject::connect(&client, &WsClient::closed, &client,
                     [&status](quint16, const QString &, bool wasClean) { status = wasClean ? 0 : 1; });
    QObject::connect(
        &client, &WsClient::activeChanged, qApp,
        [&client, &status] {
            if (!client.active())
                QCoreApplication::exit(status);
        },
        Qt::QueuedConnection);

    if (!client.open(settings.url))
        return fail(QStringLiteral("cannot open %1: %2")
                        .arg(settings.url.toString(QUrl::RemovePassword), client.errorString()));
    return QCoreApplication::exec();
}
