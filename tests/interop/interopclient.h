// SPDX-License-Identifier: MIT
#ifndef INTEROPCLIENT_H
#define INTEROPCLIENT_H

#include "interopserver.h"

#include "integrationtesting.h"

// A WsClient that keeps what it is told.
struct InteropClient
{
    explicit InteropClient(const QUrl &server, const WsCompression &compression = {})
    {
        client.setSslConfiguration(IntegrationTesting::tlsConfiguration());
        client.setUrl(server);
        WsOptions options = IntegrationTesting::patientOptions();
        options.setCompression(compression);
        client.setOptions(options);
        QObject::connect(&client, &WsClient::messageReceived, &client,
                         [this](const WsMessage &message) { messages.append(message); });
        QObject::connect(&client, &WsClient::errorOccurred, &client,
                         [this](const WsError &error) { errors.append(error); });
        QObject::connect(&client, &WsClient::closed, &client,
                         [this](quint16 code, const QString &reason, bool wasClean) {
                             endings.append({{}, code, reason, wasClean});
                         });
    }

    // At the path of the server's URL.
    bool open(const QString &path, const QString &query = {})
    {
        QUrl url = client.url();
        url.setPath(path);
        url.setQuery(query.isEmpty() ? QString() : query);
        return client.open(url)
               && IntegrationTesting::waitFor([this] { return client.state() != Ws::Connecting; })
               && client.state() == Ws::Open;
    }

    bool close(quint16 code = Ws::Normal, const QString &reason = {})
    {
        return client.close(code, reason)
               && IntegrationTesting::waitFor([this] { return !endings.isEmpty(); })
               && endings.first().code == code && endings.first().wasClean;
    }

    WsClient client;
    QList<WsMessage> messages;
    QList<WsError> errors;
    QList<InteropServer::Ending> endings;
};

#endif // INTEROPCLIENT_H
