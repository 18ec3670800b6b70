// SPDX-License-Identifier: MIT
//! [file]
import QtQuick
import QtQuick.Controls
import QtQuick.Layouts
import WsKit

ApplicationWindow {
    id: window

    property alias url: client.url

    width: 360
    height: 480
    visible: true
    title: client.state === Ws.Open ? qsTr("Chat") : qsTr("Chat (offline)")

    WsClient {
        id: client
        url: "ws://127.0.0.1:8080/chat"
        active: true
        reconnect.enabled: true
        reconnect.queueMessages: true
        onErrorOccurred: error => console.warn(error.text)
    }

    ColumnLayout {
        anchors.fill: parent
        ListView {
            Layout.fillWidth: true
            Layout.fillHeight: true
            clip: true
            model: WsMessageModel { connection: client }
            delegate: Label {
                required text
                padding: 6
            }
        }
        TextField {
            id: field
            Layout.fillWidth: true
            placeholderText: qsTr("Message")
            onAccepted: if (client.send(text)) clear()
        }
    }
}
//! [file]
