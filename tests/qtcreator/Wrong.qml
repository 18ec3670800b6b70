// SPDX-License-Identifier: MIT
import QtQml
import WsKit

QtObject {
    readonly property WsClient client: WsClient {
        adress: "ws://127.0.0.1:8080"
        onTextReceived: text => console.log(text)
    }
    readonly property WsServer server: WsServer {
        tcpPort: 8080
    }
}
