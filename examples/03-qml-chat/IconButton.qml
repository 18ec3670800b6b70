// SPDX-License-Identifier: MIT
import QtQuick
import QtQuick.Controls.Basic

RoundButton {
    id: button

    required property string path
    required property string label
    property bool isPrimary: false

    readonly property color restColor: isPrimary ? Theme.accent : "transparent"
    readonly property color hoverColor: isPrimary ? Theme.accentStrong : Theme.hover

    implicitWidth: 40
    implicitHeight: 40
    hoverEnabled: true
    opacity: enabled ? 1 : 0.45
    Accessible.name: label
    ToolTip.visible: hovered && !checked
    ToolTip.delay: 600
    ToolTip.text: label

    contentItem: Item {
        Icon {
            anchors.centerIn: parent
            path: button.path
            color: button.isPrimary ? Theme.accentText : button.hovered || button.checked ? Theme.text : Theme.muted
        }
    }
    background: Rectangle {
        radius: height / 2
        color: button.enabled && (button.hovered || button.checked || button.down) ? button.hoverColor : button.restColor
        border.width: button.visualFocus ? 2 : 0
        border.color: Theme.accent
    }
}
