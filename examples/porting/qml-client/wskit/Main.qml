// SPDX-License-Identifier: MIT
import QtQml
import WsKit

QtObject {
    id: root
    required property url server
    required property var texts
    property int answers: 0

    property WsClient client: WsClient {
        url: root.server
        active: true
        onOpened: {
            for (const text of root.texts)
                send(text)
        }
        onErrorOccurred: console.log("error")
        onClosed: Qt.exit(root.answers === root.texts.length ? 0 : 1)
        onTextMessageReceived: text => {
            console.log("echo:", text)
            if (++root.answers === root.texts.length)
                active = false
        }
    }
}
