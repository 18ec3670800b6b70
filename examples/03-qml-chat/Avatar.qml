// SPDX-License-Identifier: MIT
import QtQuick
import "texts.js" as Texts

Rectangle {
    id: avatar

    required property string name

    implicitWidth: 28
    implicitHeight: 28
    radius: width / 2
    color: Qt.hsla(Texts.hue(name), 0.45, 0.42, 1)

    Text {
        anchors.centerIn: parent
        text: Texts.initials(avatar.name)
        textFormat: Text.PlainText
        color: "white"
        font.pixelSize: Math.round(avatar.width * 0.41)
        font.weight: Font.DemiBold
    }
}
