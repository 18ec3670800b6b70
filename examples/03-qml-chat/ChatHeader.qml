// SPDX-License-Identifier: MIT
import QtQuick
import QtQuick.Layouts
import WsKit
import "texts.js" as Texts

Rectangle {
    id: header

    required property ChatClient client
    property bool isNarrow: false

    signal peopleWanted
    signal renameWanted
    signal leaveWanted

    readonly property string stateText: {
        if (client.isJoined)
            return Texts.connectedWith(client.people, client.ownName);
        return client.state === Ws.Connecting ? qsTr("Connecting…") : qsTr("Not connected");
    }
    readonly property color stateColor: {
        if (client.isJoined)
            return Theme.good;
        return client.state === Ws.Connecting ? Theme.wait : Theme.bad;
    }

    implicitHeight: 60
    color: Theme.panel

    RowLayout {
        anchors.fill: parent
        anchors.leftMargin: header.isNarrow ? 12 : 18
        anchors.rightMargin: header.isNarrow ? 6 : 12
        spacing: header.isNarrow ? 2 : 6

        Rectangle {
            Layout.rightMargin: 8
            implicitWidth: 36
            implicitHeight: 36
            radius: 10
            color: Theme.accent
            Icon {
                anchors.centerIn: parent
                path: "M5 4h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-5 4v-4H5a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z"
                color: Theme.accentText
            }
            UnreadBadge {
                anchors.horizontalCenter: parent.right
                anchors.verticalCenter: parent.top
                anchors.verticalCenterOffset: 3
                count: header.client.unread
            }
        }
        ColumnLayout {
            Layout.fillWidth: true
            spacing: 1
            Text {
                Layout.fillWidth: true
                text: qsTr("WsKit Chat")
                color: Theme.text
                elide: Text.ElideRight
                font.pixelSize: 17
                font.weight: Font.DemiBold
            }
            RowLayout {
                spacing: 7
                Rectangle {
                    implicitWidth: 8
                    implicitHeight: 8
                    radius: 4
                    color: header.stateColor
                }
                Text {
                    Layout.fillWidth: true
                    text: header.stateText
                    textFormat: Text.PlainText
                    color: Theme.muted
                    elide: Text.ElideRight
                    font.pixelSize: 13
                    Accessible.role: Accessible.StaticText
                    Accessible.name: text
                }
            }
        }
        TextButton {
            visible: !header.isNarrow && header.client.isJoined
            isPrimary: false
            plainColor: Theme.muted
            topPadding: 7
            bottomPadding: 7
            text: header.client.ownName
            Accessible.name: qsTr("Change your name")
            onClicked: header.renameWanted()
        }
        IconButton {
            visible: header.isNarrow
            path: "M9 4.5a3.5 3.5 0 1 1 0 7a3.5 3.5 0 1 1 0-7zM2.5 20c0-3.6 2.9-5.5 6.5-5.5s6.5 1.9 6.5 5.5"
                + "M16 5a3.5 3.5 0 0 1 0 6.5M18.5 15c1.9.8 3 2.5 3 5"
            label: qsTr("People")
            onClicked: header.peopleWanted()
        }
        ThemeButton {}
        IconButton {
            path: "M14 4.5H6a1.5 1.5 0 0 0-1.5 1.5v12a1.5 1.5 0 0 0 1.5 1.5h8M10 12h11M17.5 8.5L21 12l-3.5 3.5"
            label: qsTr("Leave the chat")
            onClicked: header.leaveWanted()
        }
    }
    Rectangle {
        anchors.bottom: parent.bottom
        width: parent.width
        height: 1
        color: Theme.line
    }
}
