// SPDX-License-Identifier: MIT
import QtQuick

// A line of the feed, a line that waits for that, which no server has taken yet, or a notice, which has no name.
Item {
    id: line

    required property string name
    required property string text
    required property string server
    required property double time
    required property bool isOwn

    readonly property bool isNotice: name === ""
    readonly property bool isWaiting: !isNotice && server === ""
    readonly property real side: 14
    readonly property string origin: isWaiting ? qsTr("waiting")
        : qsTr("server %1, %2").arg(server).arg(Qt.formatTime(new Date(time), "hh:mm"))

    implicitHeight: isNotice ? notice.implicitHeight : bubble.height
    Accessible.role: Accessible.ListItem
    Accessible.name: isNotice ? text : `${name}: ${text}, ${origin}`

    Text {
        id: notice
        visible: line.isNotice
        width: parent.width
        horizontalAlignment: Text.AlignHCenter
        text: line.isNotice ? line.text : ""
        color: Theme.bad
        font.pixelSize: 13
    }
    Rectangle {
        id: avatar
        visible: !line.isNotice && !line.isOwn
        x: line.side
        anchors.bottom: parent.bottom
        width: 30
        height: 30
        radius: 15
        color: Qt.hsla(Theme.hue(line.name), 0.45, 0.42, 1)
        Text {
            anchors.centerIn: parent
            text: line.name.slice(0, 1).toUpperCase()
            color: "white"
            font.pixelSize: 13
            font.weight: Font.DemiBold
        }
    }
    Rectangle {
        id: bubble
        visible: !line.isNotice
        x: line.isOwn ? parent.width - width - line.side : avatar.x + avatar.width + 8
        width: Math.max(content.width, head.width) + 24
        height: content.y + content.implicitHeight + 8
        radius: 14
        color: line.isWaiting ? "transparent" : line.isOwn ? Theme.own : Theme.bubble
        border.width: line.isOwn && !line.isWaiting ? 0 : 1
        border.color: line.isWaiting ? Theme.muted : Theme.line
        Row {
            id: head
            x: 12
            y: 6
            spacing: 8
            Text {
                visible: !line.isOwn
                width: Math.min(implicitWidth, line.width * 0.4)
                elide: Text.ElideRight
                text: line.name
                textFormat: Text.PlainText
                color: Theme.ofName(line.name)
                font.pixelSize: 12
                font.weight: Font.DemiBold
            }
            Text {
                text: line.origin
                color: Theme.muted
                font.pixelSize: 12
            }
        }
        Text {
            id: content
            x: 12
            y: head.y + head.height + 2
            width: Math.min(implicitWidth, line.width - 120)
            text: line.text
            textFormat: Text.PlainText
            wrapMode: Text.Wrap
            color: Theme.text
            opacity: line.isWaiting ? 0.7 : 1
            font.pixelSize: 15
        }
    }
}
