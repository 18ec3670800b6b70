// SPDX-License-Identifier: MIT
import QtQml
import WsKit

// Exits 0 once a message has gone to a server of this process and come back, and the connection is closed cleanly.
QtObject {
    id: root

    property string echo
    readonly property WsServer server: WsServer {
        listening: true
        onNewConnection: connection => connection.messageReceived.connect(message => connection.send(message))
    }
    readonly property WsClient client: WsClient {
        url: root.server.url
        active: true
        onOpened: send({greeting: "Grüße"})
        onTextMessageReceived: text => {
            root.echo = text;
            close(1000);
        }
        onClosed: (code, reason, wasClean) => Qt.exit(wasClean && root.echo === '{"greeting":"Grüße"}' ? 0 : 1)
    }
    readonly property Timer timeout: Timer {
        interval: 30000
        running: true
        onTriggered: {
            console.error("no echo within 30 seconds");
            Qt.exit(1);
        }
    }
}
