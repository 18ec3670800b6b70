// SPDX-License-Identifier: MIT
import QtQuick
import QtQuick.Layouts
import WsKit

// Shown when the connection is lost.
Rectangle {
    id: notice

    required property ChatClient client
    readonly property string reason: client.problem || qsTr("the server has gone")

    visible: client.isWaiting
    implicitHeight: visible ? content.implicitHeight + 14 : 0
    color: Theme.notice
    Accessible.role: Accessible.AlertMessage
    Accessible.name: message.text

    RowLayout {
        id: content
        anchors.fill: parent
        anchors.leftMargin: 16
        anchors.rightMargin: 16
        spacing: 14
        Text {
            id: message
            Layout.fillWidth: true
            horizontalAlignment: Text.AlignHCenter
            wrapMode: Text.Wrap
            maximumLineCount: 3
            elide: Text.ElideRight
            text: notice.client.state === Ws.Connecting ? qsTr("Reconnecting…")
                : notice.client.active ? qsTr("Not connected: %1. Next try in %2 s.").arg(notice.reason)
                                                                                     .arg(notice.client.secondsToRetry)
                                       : qsTr("Not connected: %1.").arg(notice.reason)
            textFormat: Text.PlainText
            color: Theme.noticeText
            font.pixelSize: 14
        }
        TextButton {
            objectName: "reconnect"
            isPrimary: false
            plainColor: Theme.noticeText
            topPadding: 5
            bottomPadding: 5
            enabled: notice.client.state === Ws.Closed
            text: qsTr("Reconnect now")
            onClicked: notice.client.tryNow()
        }
    }
}
