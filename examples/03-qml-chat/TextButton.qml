// SPDX-License-Identifier: MIT
import QtQuick
import QtQuick.Controls.Basic

Button {
    id: button

    property bool isPrimary: true
    property color plainColor: Theme.text

    hoverEnabled: true
    leftPadding: 16
    rightPadding: 16
    topPadding: 9
    bottomPadding: 9
    font.weight: Font.DemiBold
    opacity: enabled ? 1 : 0.45

    contentItem: Text {
        text: button.text
        textFormat: Text.PlainText
        font: button.font
        color: button.isPrimary ? Theme.accentText : button.plainColor
        horizontalAlignment: Text.AlignHCenter
        verticalAlignment: Text.AlignVCenter
        elide: Text.ElideRight
    }
    background: Rectangle {
        radius: 10
        color: !button.isPrimary ? "transparent" : button.hovered || button.down ? Theme.accentStrong : Theme.accent
        border.width: button.visualFocus ? 2 : button.isPrimary ? 0 : 1
        border.color: button.visualFocus ? Theme.text : button.plainColor
    }
}
