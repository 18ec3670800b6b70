// SPDX-License-Identifier: MIT
import QtQuick
import WsKit

// Shown while there is no connection.
Rectangle {
    id: notice

    required property Feed feed

    visible: feed.state !== Ws.Open && feed.reconnectAttempt > 0
    implicitHeight: visible ? message.implicitHeight + 14 : 0
    color: Theme.notice
    Accessible.role: Accessible.AlertMessage
    Accessible.name: message.text

    Text {
        id: message
        anchors.centerIn: parent
        width: parent.width - 32
        horizontalAlignment: Text.AlignHCenter
        wrapMode: Text.Wrap
        text: qsTr("Looking for another server…")
        color: Theme.noticeText
        font.pixelSize: 14
    }
}
