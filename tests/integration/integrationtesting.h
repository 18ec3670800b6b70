// SPDX-License-Identifier: MIT
#ifndef INTEGRATIONTESTING_H
#define INTEGRATIONTESTING_H

#include "rawtesting.h"

#include <WsKit/WsClient>
#include <WsKit/WsServer>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qpointer.h>
#include <QtCore/qregularexpression.h>
#include <QtCore/qtimer.h>
#include <QtCore/qvariant.h>
#include <QtTest/qsignalspy.h>
#include <QtTest/qtest.h>

// What the integration tests share: a server and a client of it, and what a connection told in its order.

namespace IntegrationTesting {
// Rows for a test that holds over ws:// and wss:// alike.
inline void addSchemes()
{
    QTest::addColumn<bool>("isTls");
    QTest::newRow("ws") << false;
    QTest::newRow("wss") << true;
}

// The same, each compressed or not.
inline void addTransports()
{
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<bool>("isCompressed");
    for (const bool isTls : {false, true}) {
        for (const bool isCompressed : {false, true})
            QTest::addRow("%s%s", isTls ? "wss" : "ws", isCompressed ? ", compressed" : "") << isTls << isCompressed;
    }
}

// For peers that are programs of their own: a loaded machine may keep one of them from answering for long.
inline WsOptions patientOptions(WsOptions options = {})
{
    options.setHandshakeTimeout(std::chrono::milliseconds(Patience));
    options.setCloseTimeout(std::chrono::milliseconds(Patience));
    options.setPongTimeout(std::chrono::milliseconds(Patience));
    return options;
}

inline WsOptions compressedOptions(bool isCompressed, WsOptions options = {})
{
    WsCompression compression;
    compression.setEnabled(isCompressed);
    options.setCompression(compression);
    return options;
}

// --- what a connection told

// Everything in its order, as text: "opened", "text hello", "error Protocol", "closed 1000 'bye' clean"…
class Events : public QObject
{
public:
    explicit Events(WsConnection *connection)
    {
        const auto add = [this](const QString &event) { all.append(event); };
        connect(connection, &WsConnection::stateChanged, this,
                [this](Ws::State state) { states.append(state); });
        connect(connection, &WsConnection::opened, this, [add] { add(u"opened"_s); });
        connect(connection, &WsConnection::messageReceived, this, [this, add](const WsMessage &message) {
            ++messageCount;
            payloadSize += message.data().size();
            if (keepsMessages)
                add((message.isText() ? u"text "_s : u"binary "_s) + QString::fromUtf8(message.data()));
        });
        connect(connection, &WsConnection::errorOccurred, this, [this, add](const WsError &error) {
            errors.append(error);
            add(u"error "_s + QVariant::fromValue(error.kind()).toString());
        });
        connect(connection, &WsConnection::closed, this,
                [add](quint16 code, const QString &reason, bool wasClean) {
                    add(u"closed %1 '%2' %3"_s.arg(QString::number(code), reason,
                                                   wasClean ? u"clean"_s : u"unclean"_s));
                });
    }

    QStringList startingWith(const QString &prefix) const { return all.filter(QRegularExpression(u'^' + prefix)); }
    QStringList messages() const { return startingWith(u"(text|binary) "_s); }
    // The errors and the closed() in their order: of a right ending there is exactly one closed(), at the end.
    QString ending() const { return startingWith(u"(error|closed) "_s).join(u", "); }
    bool isClosed() const { return !startingWith(u"closed "_s).isEmpty(); }

    QStringList all;
    QList<Ws::State> states;
    QList<WsError> errors;
    qint64 messageCount = 0;
    qint64 payloadSize = 0;
    bool keepsMessages = true;
};

// --- a server and a client of it

struct Pair
{
    explicit Pair(bool isTls = false)
    {
        server.setConnectionHandler([this](WsConnection *connection) { record(connection); });
        if (isTls)
            server.setSslConfiguration(serverTls());
        client.setSslConfiguration(tlsConfiguration());
    }

    void setOptions(const WsOptions &options)
    {
        server.setOptions(options);
        client.setOptions(options);
    }

    QUrl url() const
    {
        QUrl url = server.serverUrl();
        url.setHost(u"localhost"_s);
        return url;
    }

    bool start() { return (server.isListening() || server.listen()) && client.open(url()); }
    bool waitUntilOpen()
    {
        return waitFor([this] { return client.state() == Ws::Open && peer; });
    }
    bool open() { return start() && waitUntilOpen(); }

    WsClient client;
    QPointer<WsConnection> peer;
    Events events{&client};
    std::shared_ptr<Events> peerEvents;
    WsServer server; // the first to be destroyed: its threads call record()

private:
    // Called in the connection's thread. What is recorded belongs to the thread of the test.
    void record(WsConnection *connection)
    {
        const auto recorded = std::make_shared<Events>(connection);
        recorded->moveToThread(events.thread());
        QMetaObject::invokeMethod(&events, [this, recorded, told = QPointer(connection)] {
            peer = told;
            peerEvents = recorded;
        });
    }
};

} // namespace IntegrationTesting

#endif // INTEGRATIONTESTING_H
