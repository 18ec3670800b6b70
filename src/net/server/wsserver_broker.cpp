// SPDX-License-Identifier: MIT

// Topics beyond one process.

#include <WsKit/wsserver.h>

#include "net/server/wsbrokerhub.h"
#include "net/server/wsserver_p.h"

/*!
    Connects the topics of this server with those of all servers that use the same \a broker, in other
    processes and on other machines. From then on publish() reaches the subscribers of all of them.

    publish() still returns the number of connections of this server that have accepted the message; how many
    there are elsewhere is not known. broadcast() reaches only the connections of this server. The parameter
    \c except of publish() has no meaning for other servers.

    Several servers of a process can share one broker. The server does not own it. Without a broker, which is
    the default, if \a broker is null, or after it was deleted, the topics are those of this server alone.
    Topics to which connections have subscribed already are subscribed at the new broker, and given up at the
    one before.

    If the server closes or is deleted, its topics are given up with its connections. It keeps its broker
   after close().

    The function may be called from any thread. \a broker may live in another thread than the server.

    \sa WsBroker, {Beyond One Machine}
*/
void WsServer::setBroker(WsBroker *broker)
{
    const std::shared_ptr<WsBrokerHub> hub = broker ? WsBrokerHub::of(broker) : nullptr;
    d->run([hub](WsServerPrivate &server) { server.home->setBrokerHub(hub); });
}

/*! Returns the broker that was set by setBroker(), or null if there is none or it was deleted. */
WsBroker *WsServer::broker() const
{
    const std::shared_ptr<WsBrokerHub> hub = d->home->brokerHub();
    return hub ? hub->broker() : nullptr;
}
