// SPDX-License-Identifier: MIT
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts

ColumnLayout {
    id: field

    required property string label
    property alias text: input.text
    property alias placeholderText: input.placeholderText
    property alias validator: input.validator
    property alias maximumLength: input.maximumLength

    signal accepted

    spacing: 5

    function focusInput() {
        input.forceActiveFocus();
        input.selectAll();
    }

    Label {
        text: field.label
        color: Theme.text
        font.pixelSize: 13
        font.weight: Font.DemiBold
    }
    TextField {
        id: input
        Layout.fillWidth: true
        padding: 10
        color: Theme.text
        placeholderTextColor: Theme.muted
        selectionColor: Theme.accent
        selectedTextColor: Theme.accentText
        selectByMouse: true
        Accessible.name: field.label
        onAccepted: field.accepted()
        background: Rectangle {
            radius: 10
            color: Theme.page
            border.width: input.activeFocus ? 2 : 1
            border.color: input.activeFocus ? Theme.accent : Theme.line
        }
    }
}
