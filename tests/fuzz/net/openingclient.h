// SPDX-License-Identifier: MIT
#ifndef OPENINGCLIENT_H
#define OPENINGCLIENT_H

#include "../../unit/fakeclock.h"
#include "../../unit/faketransport.h"

#include "net/client/wsclient_p.h"
#include "net/connection/wslocalurl.h"
#include "protocol/wsauthority.h"
#include "protocol/wsserverhandshake.h"

#include <WsKit/WsClient>

#include <QtCore/qloggingcategory.h>

#include <memory>
#include <vector>

// A client without a network, whose servers the fuzzers play.
namespace Fuzzing {

// A server that the client has connected to, and the request that it gets.
struct Contact
{
    std::shared_ptr<FakeWire> wire = std::make_shared<FakeWire>();
    bool isTls = false;
    QByteArray bytes;
    WsRequestHead request;

    // As the origins of URLs.
    QByteArray origin() const
    {
        return (isTls ? "wss " : "ws ") + wire->host.toUtf8() + ' ' + QByteArray::number(wire->port);
    }
};

class OpeningClient
{
public:
    OpeningClient()
    {
        WsClientPrivate::of(&client)->makeTransport = [this](bool isTls) {
            Contact contact;
            contact.isTls = isTls;
            contact.wire->isEncrypted = isTls;
            contacts.push_back(contact);
            return contact.wire->makeTransport();
        };
    }
    ~OpeningClient()
    {
        client.abort();
        settle();
    }
    Q_DISABLE_COPY_MOVE(OpeningClient)

    static void settle()
    {
        for (int i = 0; i < 3; ++i) {
            QCoreApplication::sendPostedEvents();
            QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        }
    }

    // The last server accepts the TCP connection and reads the request. Returns what is wrong with that.
    QByteArray readRequest()
    {
        Contact &contact = contacts.back();
        contact.wire->connect();
        settle();
        contact.bytes = contact.wire->takeWritten();
        if (const WsHttpError error = wsParseRequestHead(contact.bytes, 100, &contact.request))
            return "the request cannot be parsed: " + error.text.toUtf8() + ": " + contact.bytes;
        if (const WsHttpError error = wsCheckRequest(contact.request))
            return "the request is refused: " + error.text.toUtf8() + ": " + contact.bytes;
        if (const WsHttpError error = wsCheckUpgradeRequest(contact.request))
            return "the upgrade is refused: " + error.text.toUtf8() + ": " + contact.bytes;
        return checkHost(contact);
    }

    FakeClock clock;
    std::vector<Contact> contacts;
    WsClient client;

private:
    // The header Host names the server, without a zone.
    static QByteArray checkHost(const Contact &contact)
    {
        const QByteArray header = wsHeader(contact.request.headers, "Host");
        const auto authority = wsParseAuthority(header);
        QString host = contact.wire->host;
        if (host.contains(QLatin1Char(':'))) {
            const QString address = host.left(host.indexOf(QLatin1Char('%')));
            host = QLatin1Char('[') + (address.isEmpty() ? host : address) + QLatin1Char(']');
        }
        const int port = authority && authority->port >= 0 ? authority->port : contact.isTls ? 443 : 80;
        const QByteArray ace = host.startsWith(QLatin1Char('[')) ? host.toLatin1() : QUrl::toAce(host);
        if (!authority || authority->host != (ace.isEmpty() ? host.toUtf8() : ace)
            || port != contact.wire->port)
            return "the header Host is " + header + " instead of " + host.toUtf8() + ", port "
                   + QByteArray::number(contact.wire->port);
        return {};
    }
};

} // namespace Fuzzing

#endif // OPENINGCLIENT_H
