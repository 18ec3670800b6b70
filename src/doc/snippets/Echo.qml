// SPDX-License-Identifier: MIT
//! [file]
import QtQuick
import WsKit

Item {
    id: root

    property string answer

    WsServer {
        id: server
        listening: true
        onNewConnection: connection =>
            connection.messageReceived.connect(message => connection.send(message))
    }
    WsClient {
        id: client
        url: server.url
        active: true
        onOpened: send("hello")
        onTextMessageReceived: text => root.answer = text
        onErrorOccurred: error => console.warn(error.text)
    }
}
//! [file]
