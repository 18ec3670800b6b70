// SPDX-License-Identifier: MIT
import QtQml
import WsKit

QtObject {
    readonly property WsClient client: WsClient {
        url: "ws://127.0.0.1:8080"
        options.pingInterval: 20000
        reconnect.enabled: true
        onTextMessageReceived: text => console.log(text, state === Ws.Open)
    }
    readonly property WsServer server: WsServer {
        port: 8080
        onNewConnection: connection => connection.send("hello")
    }
}
