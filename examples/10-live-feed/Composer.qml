// SPDX-License-Identifier: MIT
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts

// The line to write in. Enter says it, also while there is no connection.
Rectangle {
    id: composer

    signal said(string text)

    function focusInput() {
        input.forceActiveFocus();
    }

    function submit() {
        if (input.text.trim() === "")
            return;
        said(input.text.trim());
        input.clear();
    }

    implicitHeight: content.implicitHeight + 20
    color: Theme.panel

    RowLayout {
        id: content
        anchors.fill: parent
        anchors.margins: 10
        spacing: 8
        TextField {
            id: input
            Layout.fillWidth: true
            padding: 9
            leftPadding: 12
            maximumLength: 2000
            placeholderText: qsTr("Write a line")
            placeholderTextColor: Theme.muted
            color: Theme.text
            selectionColor: Theme.accent
            selectedTextColor: Theme.accentText
            selectByMouse: true
            font.pixelSize: 15
            Accessible.name: qsTr("Line")
            onAccepted: composer.submit()
            background: Rectangle {
                radius: 10
                color: Theme.page
                border.width: input.activeFocus ? 2 : 1
                border.color: input.activeFocus ? Theme.accent : Theme.line
            }
        }
        TextButton {
            isPrimary: true
            topPadding: 9
            bottomPadding: 9
            enabled: input.text.trim() !== ""
            text: qsTr("Say")
            onClicked: composer.submit()
        }
    }
    Rectangle {
        width: parent.width
        height: 1
        color: Theme.line
    }
}
