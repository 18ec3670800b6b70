// SPDX-License-Identifier: MIT
#include "clientoptions.h"

#include "commandline.h"

void addClientOptions(CommandLine &line)
{
    line.addArgument(QStringLiteral("URL"), QStringLiteral("ws://host:port/path or wss://…"));
    line.addOption({{QStringLiteral("H"), QStringLiteral("header")},
                    QStringLiteral("Send this header with the request. May be repeated."),
                    QStringLiteral("Name: value")});
    line.addOption({{QStringLiteral("s"), QStringLiteral("subprotocol")},
                    QStringLiteral("Offer this subprotocol. May be repeated, the preferred one first."),
                    QStringLiteral("name")});
    line.addOption({{QStringLiteral("o"), QStringLiteral("origin")},
                    QStringLiteral("Send this Origin, as a page of that site would."),
                    QStringLiteral("origin")});
    line.addOption({{QStringLiteral("k"), QStringLiteral("insecure")},
                    QStringLiteral("Accept any certificate, whoever it belongs to.")});
    line.addOption({{QStringLiteral("c"), QStringLiteral("compress")},
                    QStringLiteral("Offer to compress messages (permessage-deflate).")});
}

namespace {
bool readHeaders(const CommandLine &line, WsHeaders *headers)
{
    const QStringList values = line.values("header");
    for (const QString &value : values) {
        const qsizetype colon = value.indexOf(u':');
        if (colon <= 0)
            return false;
        headers->append({value.left(colon).toUtf8(), value.mid(colon + 1).trimmed().toUtf8()});
    }
    if (line.isSet("origin"))
        headers->append({QByteArrayLiteral("Origin"), line.value("origin").toUtf8()});
    return true;
}
} // namespace

QString readClientSettings(const CommandLine &line, ClientSettings *settings)
{
    settings->url = QUrl(line.argument(0));
    if (!settings->url.isValid() || settings->url.host().isEmpty())
        return QStringLiteral("“%1” is no URL of a WebSocket").arg(line.argument(0));
    if (!readHeaders(line, &settings->headers))
        return QStringLiteral("--header needs “Name: value”");
    settings->subprotocols = line.values("subprotocol");
    settings->ignoresTlsErrors = line.isSet("insecure");
    settings->isCompressed = line.isSet("compress");
    return {};
}

QString configureClient(WsClient &client, const ClientSettings &settings)
{
    for (const auto &[name, value] : settings.headers) {
        if (!client.setHeader(name, value))
            return QStringLiteral("not a header that can be set: %1").arg(QString::fromUtf8(name));
    }
    client.setSubprotocols(settings.subprotocols);
    WsOptions options = client.options();
    WsCompression compression = options.compression();
    compression.setEnabled(settings.isCompressed);
    options.setCompression(compression);
    client.setOptions(options);
    if (settings.ignoresTlsErrors)
        client.ignoreSslErrors();
    return {};
}
