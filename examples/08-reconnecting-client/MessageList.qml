// SPDX-License-Identifier: MIT
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Controls.Basic

ListView {
    id: list

    clip: true
    spacing: 6
    topMargin: 12
    bottomMargin: 12
    boundsBehavior: Flickable.StopAtBounds
    activeFocusOnTab: true
    keyNavigationEnabled: true
    ScrollBar.vertical: ScrollBar {}
    Accessible.role: Accessible.List
    Accessible.name: qsTr("Messages")

    function nameOf(status) {
        switch (status) {
        case "waiting": return qsTr("Waiting for the connection");
        case "doubtful": return qsTr("May not have arrived");
        case "unsent": return qsTr("Not sent");
        }
        return "";
    }

    onCountChanged: turn.start()

    Timer {
        id: turn
        interval: 0
        onTriggered: list.positionViewAtEnd()
    }

    delegate: Item {
        id: row

        required property string text
        required property bool isOwn
        required property string status
        readonly property string note: list.nameOf(status)
        readonly property bool isDone: note === ""

        width: list.width
        implicitHeight: bubble.height + (note === "" ? 0 : noteText.implicitHeight + 2)
        Accessible.role: Accessible.ListItem
        Accessible.name: note === "" ? text : text + ", " + note

        Rectangle {
            id: bubble
            x: row.isOwn ? parent.width - width - 16 : 16
            width: content.width + 24
            height: content.implicitHeight + 14
            radius: 14
            color: !row.isOwn ? Theme.bubble : row.isDone ? Theme.own : "transparent"
            border.width: row.isOwn && row.isDone ? 0 : 1
            border.color: row.isOwn ? Theme.idle : Theme.line
            Behavior on color {
                ColorAnimation { duration: 300 }
            }
            Text {
                id: content
                x: 12
                y: 7
                width: Math.min(implicitWidth, list.width - 90)
                text: row.text
                textFormat: Text.PlainText
                wrapMode: Text.Wrap
                color: Theme.text
                opacity: row.isDone ? 1 : 0.75
                font.pixelSize: 15
            }
        }
        Text {
            id: noteText
            anchors.right: parent.right
            anchors.rightMargin: 20
            anchors.top: bubble.bottom
            anchors.topMargin: 2
            visible: text !== ""
            text: row.note
            color: Theme.muted
            font.pixelSize: 12
        }
    }

    Text {
        anchors.centerIn: parent
        width: parent.width - 60
        visible: list.count === 0
        horizontalAlignment: Text.AlignHCenter
        wrapMode: Text.Wrap
        text: qsTr("Write something. If the server goes away, it waits here and is sent later.")
        color: Theme.muted
        font.pixelSize: 15
    }
}
