// SPDX-License-Identifier: MIT
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Dialogs
import QtQuick.Layouts

// The input field. Enter sends the message, Shift+Enter begins a new line.
Item {
    id: composer

    property bool canSend: true
    property bool isDropTarget: false

    signal said(string text)
    signal pictureChosen(url file)

    implicitHeight: frame.height + 22

    function focusInput() {
        input.forceActiveFocus();
    }

    function type(text) {
        input.insert(input.cursorPosition, text);
    }

    function submit() {
        if (!canSend || input.text.trim() === "")
            return;
        said(input.text);
        input.clear();
    }

    Rectangle {
        id: frame
        y: 8
        x: (composer.width - width) / 2
        width: Math.min(860, composer.width - 24)
        height: Math.min(148, Math.max(48, input.implicitHeight + 8))
        radius: 24
        color: Theme.panel
        border.width: composer.isDropTarget ? 2 : 1
        border.color: input.activeFocus || composer.isDropTarget ? Theme.accent : Theme.line

        RowLayout {
            anchors.fill: parent
            anchors.margins: 4
            spacing: 2
            IconButton {
                id: emojiButton
                Layout.alignment: Qt.AlignBottom
                checked: emojiPicker.visible
                path: "M12 3a9 9 0 1 1 0 18a9 9 0 1 1 0-18zM8.5 14.2c.8 1.3 2 2 3.5 2s2.7-.7 3.5-2M9 9.5h.01M15 9.5h.01"
                label: qsTr("Emoji")
                onClicked: emojiPicker.open()
                EmojiPicker {
                    id: emojiPicker
                    y: -height - 12
                    onPicked: emoji => composer.type(emoji)
                    onClosed: composer.focusInput()
                }
            }
            IconButton {
                Layout.alignment: Qt.AlignBottom
                enabled: composer.canSend
                path: "M6 4.5h12a2.5 2.5 0 0 1 2.5 2.5v10a2.5 2.5 0 0 1-2.5 2.5H6A2.5 2.5 0 0 1 3.5 17V7A2.5 2.5 0 0 1 6 4.5z"
                    + "M9 8.5a1.5 1.5 0 1 1 0 3a1.5 1.5 0 1 1 0-3zM4 17l4.5-4 3.5 3 4-4.5 4.5 4.5"
                label: qsTr("Send a picture")
                onClicked: dialog.open()
            }
            ScrollView {
                Layout.fillWidth: true
                Layout.fillHeight: true
                TextArea {
                    id: input
                    placeholderText: qsTr("Message")
                    placeholderTextColor: Theme.muted
                    color: Theme.text
                    selectionColor: Theme.accent
                    selectedTextColor: Theme.accentText
                    selectByMouse: true
                    font.pixelSize: 15
                    wrapMode: TextEdit.Wrap
                    textFormat: TextEdit.PlainText
                    topPadding: 10
                    bottomPadding: 10
                    background: null
                    Accessible.name: qsTr("Message")
                    Keys.onPressed: event => {
                        const isEnter = event.key === Qt.Key_Return || event.key === Qt.Key_Enter;
                        event.accepted = isEnter && !(event.modifiers & Qt.ShiftModifier);
                        if (event.accepted)
                            composer.submit();
                    }
                }
            }
            IconButton {
                Layout.alignment: Qt.AlignBottom
                isPrimary: true
                enabled: composer.canSend && input.text.trim() !== ""
                path: "M12 19V5M6 11l6-6 6 6"
                label: qsTr("Send")
                onClicked: composer.submit()
            }
        }
    }
    FileDialog {
        id: dialog
        title: qsTr("Send a picture")
        nameFilters: [qsTr("Pictures (*.png *.jpg *.jpeg *.gif *.webp)")]
        onAccepted: composer.pictureChosen(selectedFile)
    }
}
