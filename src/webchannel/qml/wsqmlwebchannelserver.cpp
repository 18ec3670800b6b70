// SPDX-License-Identifier: MIT
#include "wsqmlwebchannelserver.h"

/*!
    \qmlmodule WsKit.WebChannel
    \title WsKit Web Channel QML Types
    \brief Publishes QML objects to web pages.

    \qml
    import WsKit.WebChannel
    \endqml

    The module is a plugin of its own, so that programs without web channels do not need Qt WebChannel. It is
    not part of static builds.
*/

/*!
    \qmltype WsWebChannelServer
    \inqmlmodule WsKit.WebChannel
    \instantiates WsWebChannelServer
    \brief Publishes the objects of a WebChannel to the clients of a WsServer.

    \snippet webchannel/tst_qmlwebchannel.qml server

    Everything that QML declares in a published object can be called and set by every client: see
    \l{Web Channels} for what that means for the security of a program.

    \sa {Web Channels}
*/

/*!
    \qmlproperty WsServer WsWebChannelServer::server
    \brief The server whose clients are connected to the channel.
*/

/*!
    \qmlproperty WebChannel WsWebChannelServer::channel
    \brief The channel with the objects. Objects that are added after the first client has connected are not
    seen by it.
*/

/*!
    \qmlproperty string WsWebChannelServer::path
    \brief The path of the channel, for example \c{/channel}; empty, the default, for all paths.
*/

/*!
    \qmlproperty int WsWebChannelServer::idleTimeout
    \brief How many milliseconds a client may take to answer a property update before it is disconnected;
    30,000 by default, 0 for any time. See \l [CPP] WsWebChannelTransport::setIdleTimeout().
*/

/*!
    \qmlproperty int WsWebChannelServer::clientCount
    \readonly
    \brief The number of clients that are connected to the channel.
*/

/*!
    \qmlmethod list<WsConnection> WsWebChannelServer::clients()
    \brief Returns the clients that are connected to the channel, in no particular order.
*/

/*!
    \qmlsignal WsWebChannelServer::clientConnected(WsConnection connection)
    \brief Emitted when the client \a connection is connected to the channel.
*/

/*!
    \qmlsignal WsWebChannelServer::clientDisconnected(WsConnection connection)
    \brief Emitted when the client \a connection has closed.
*/

/*!
    \qmlsignal WsWebChannelServer::errorOccurred(wsError error, WsConnection connection)
    \brief Emitted when the client \a connection was closed because of \a error.
*/
