// SPDX-License-Identifier: MIT
import QtQuick
import QtQuick.Layouts
import WsKit

// Whom the client talks to, a dot for how it is, and the button that connects or disconnects.
Rectangle {
    id: header

    required property Client client
    readonly property string status: {
        if (client.isOnline)
            return qsTr("Online");
        return client.active ? qsTr("Connecting") : qsTr("Offline");
    }

    implicitHeight: content.implicitHeight + 20
    color: Theme.panel

    RowLayout {
        id: content
        anchors.fill: parent
        anchors.leftMargin: 16
        anchors.rightMargin: 12
        spacing: 10
        Rectangle {
            implicitWidth: 10
            implicitHeight: 10
            radius: 5
            color: header.client.isOnline ? Theme.good : header.client.active ? Theme.wait : Theme.idle
            Behavior on color {
                ColorAnimation { duration: 300 }
            }
        }
        ColumnLayout {
            Layout.fillWidth: true
            spacing: 1
            Text {
                Layout.fillWidth: true
                text: header.status
                color: Theme.text
                font.pixelSize: 15
                font.weight: Font.DemiBold
                Accessible.role: Accessible.StaticText
                Accessible.name: text
            }
            Text {
                Layout.fillWidth: true
                text: !header.client.active && header.client.problem !== "" ? header.client.problem
                                                                           : String(header.client.url)
                textFormat: Text.PlainText
                elide: Text.ElideRight
                color: Theme.muted
                font.pixelSize: 13
            }
        }
        TextButton {
            objectName: "connect"
            isPrimary: !header.client.active
            text: header.client.active ? qsTr("Disconnect") : qsTr("Connect")
            enabled: header.client.state !== Ws.Closing
            onClicked: header.client.active = !header.client.active
        }
    }
    Rectangle {
        anchors.bottom: parent.bottom
        width: parent.width
        height: 1
        color: Theme.line
    }
}
