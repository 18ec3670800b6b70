// SPDX-License-Identifier: MIT
import QtQuick
import QtQuick.Layouts
import WsKit

// Shows what others need to join the chat that this window hosts, and who is connected.
Rectangle {
    id: card

    required property ChatHost host

    implicitHeight: content.implicitHeight + 24
    radius: 12
    color: Theme.page

    WsConnectionModel {
        id: connections
        server: card.host
    }

    ColumnLayout {
        id: content
        anchors.fill: parent
        anchors.margins: 12
        spacing: 6
        Text {
            text: qsTr("You host this chat")
            color: Theme.text
            font.pixelSize: 13
            font.weight: Font.DemiBold
        }
        TextEdit {
            Layout.fillWidth: true
            text: card.host.pageUrl
            readOnly: true
            selectByMouse: true
            wrapMode: TextEdit.WrapAnywhere
            color: Theme.muted
            selectionColor: Theme.accent
            font.pixelSize: 12
            Accessible.name: qsTr("Address")
        }
        Text {
            Layout.fillWidth: true
            text: qsTr("Connections: %1").arg(connections.count)
            color: Theme.muted
            font.pixelSize: 12
        }
        TextButton {
            Layout.fillWidth: true
            topPadding: 7
            bottomPadding: 7
            font.pixelSize: 13
            text: qsTr("Open the page")
            onClicked: Qt.openUrlExternally(card.host.pageUrl)
        }
    }
}
