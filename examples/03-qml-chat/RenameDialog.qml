// SPDX-License-Identifier: MIT
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts

Popup {
    id: dialog

    signal accepted(string name)

    function ask(name) {
        field.text = name;
        open();
        field.focusInput();
    }

    function accept() {
        const name = field.text.trim();
        if (name !== "")
            accepted(name);
        close();
    }

    anchors.centerIn: parent
    modal: true
    padding: 24
    width: Math.min(360, parent.width - 32)
    background: Rectangle {
        radius: 18
        color: Theme.panel
        border.color: Theme.line
    }

    ColumnLayout {
        anchors.fill: parent
        spacing: 14
        LabelledField {
            id: field
            Layout.fillWidth: true
            label: qsTr("Your name")
            maximumLength: 32
            onAccepted: dialog.accept()
        }
        TextButton {
            Layout.fillWidth: true
            text: qsTr("Change it")
            onClicked: dialog.accept()
        }
    }
}
