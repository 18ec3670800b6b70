// SPDX-License-Identifier: MIT
import QtQuick
import QtQuick.Controls
import WsKit

Column {
    //! [reconnect]
    WsClient {
        id: client
        url: "wss://example.com/news"
        active: true
        reconnect.enabled: true
        reconnect.queueMessages: true
        onOpened: client.send("subscribe news")
    }
    Button {
        text: "Try now"
        visible: client.reconnectAttempt > 0
        onClicked: client.reconnectNow()
    }
    //! [reconnect]
}
