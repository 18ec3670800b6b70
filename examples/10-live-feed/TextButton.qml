// SPDX-License-Identifier: MIT
import QtQuick
import QtQuick.Controls.Basic

Button {
    id: button

    property bool isPrimary: false
    property color plainColor: Theme.text

    hoverEnabled: true
    leftPadding: 14
    rightPadding: 14
    topPadding: 6
    bottomPadding: 6
    font.pixelSize: 14
    font.weight: Font.DemiBold
    opacity: enabled ? 1 : 0.45

    contentItem: Text {
        text: button.text
        font: button.font
        color: button.isPrimary ? Theme.accentText : button.plainColor
        horizontalAlignment: Text.AlignHCenter
        verticalAlignment: Text.AlignVCenter
    }
    background: Rectangle {
        radius: 8
        color: !button.isPrimary ? button.hovered ? Theme.panel : "transparent"
            : button.hovered || button.down ? Theme.accentStrong : Theme.accent
        border.width: button.visualFocus ? 2 : button.isPrimary ? 0 : 1
        border.color: button.visualFocus ? Theme.text : button.plainColor
    }
}
