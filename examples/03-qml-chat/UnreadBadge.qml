// SPDX-License-Identifier: MIT
import QtQuick

Rectangle {
    id: badge

    required property int count

    visible: count > 0
    implicitHeight: 20
    implicitWidth: Math.max(implicitHeight, number.implicitWidth + 10)
    radius: height / 2
    color: Theme.bad
    border.width: 2
    border.color: Theme.panel

    Text {
        id: number
        anchors.centerIn: parent
        text: badge.count > 99 ? "99+" : badge.count
        color: "white"
        font.pixelSize: 11
        font.weight: Font.Bold
    }
}
