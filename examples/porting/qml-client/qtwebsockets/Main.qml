// SPDX-License-Identifier: MIT
import QtQml
import QtWebSockets

QtObject {
    id: root
    required property url server
    required property var texts
    property int answers: 0

    property WebSocket socket: WebSocket {
        url: root.server
        active: true
        onStatusChanged: status => {
            if (status === WebSocket.Open) {
                for (const text of root.texts)
                    sendTextMessage(text)
            } else if (status === WebSocket.Error) {
                console.log("error")
            } else if (status === WebSocket.Closed) {
                Qt.exit(root.answers === root.texts.length ? 0 : 1)
            }
        }
        onTextMessageReceived: message => {
            console.log("echo:", message)
            if (++root.answers === root.texts.length)
                active = false
        }
    }
}
