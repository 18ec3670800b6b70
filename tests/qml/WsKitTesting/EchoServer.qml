// SPDX-License-Identifier: MIT
import WsKit

// Sends back what it gets, over wss:// where isTls is set.
WsServer {
    id: server

    property bool isTls: false
    property WsConnection last: null // the connection that came last

    certificateFile: isTls ? Certificates.server : ""
    privateKeyFile: isTls ? Certificates.serverKey : ""
    listening: true
    onNewConnection: connection => {
        last = connection;
        connection.messageReceived.connect(message => connection.send(message));
    }
}
