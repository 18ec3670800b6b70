// SPDX-License-Identifier: MIT
import QtQuick
import QtQuick.Controls.Basic

CheckBox {
    id: box

    hoverEnabled: true
    padding: 0
    spacing: 10

    indicator: Rectangle {
        y: (box.height - height) / 2
        implicitWidth: 20
        implicitHeight: 20
        radius: 6
        color: box.checked ? Theme.accent : box.hovered ? Theme.hover : Theme.page
        border.width: box.visualFocus ? 2 : box.checked ? 0 : 1
        border.color: box.visualFocus ? Theme.text : Theme.muted

        Icon {
            anchors.centerIn: parent
            visible: box.checked
            path: "M5 13l4.5 4.5L19 7.5"
            color: Theme.accentText
            scale: 0.7
        }
    }
    contentItem: Text {
        leftPadding: box.indicator.width + box.spacing
        text: box.text
        textFormat: Text.PlainText
        color: Theme.text
        verticalAlignment: Text.AlignVCenter
        wrapMode: Text.Wrap
    }
}
