// SPDX-License-Identifier: MIT
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts

// The first page: join a chat, or host one.
Rectangle {
    id: page

    property alias address: addressField.text
    property alias name: nameField.text
    property bool isJoining: false
    property string joinProblem: ""
    property string hostProblem: ""
    readonly property string problem: isJoining ? "" : hosts ? hostProblem : joinProblem
    readonly property bool hosts: tabs.currentIndex === 1

    signal joinWanted(string address, string name)
    signal hostWanted(string address, int port, string name)
    signal cancelled

    color: Theme.page
    onVisibleChanged: {
        if (visible)
            nameField.focusInput();
    }
    onJoinProblemChanged: {
        if (joinProblem !== "" && !hosts)
            addressField.focusInput();
    }

    function accept() {
        if (isJoining)
            return;
        if (nameField.text.trim() === "")
            nameField.focusInput();
        else if (hosts)
            hostWanted(reachSwitch.checked ? "0.0.0.0" : "127.0.0.1", Number(portField.text), nameField.text.trim());
        else
            joinWanted(addressField.text, nameField.text.trim());
    }

    // Keeps mouse events from the items behind the page.
    MouseArea {
        anchors.fill: parent
    }

    Rectangle {
        anchors.centerIn: parent
        width: Math.min(400, page.width - 32)
        height: form.implicitHeight + 52
        radius: 18
        color: Theme.panel
        border.color: Theme.line

        ColumnLayout {
            id: form
            anchors.fill: parent
            anchors.margins: 26
            spacing: 14

            RowLayout {
                spacing: 12
                Rectangle {
                    implicitWidth: 40
                    implicitHeight: 40
                    radius: 12
                    color: Theme.accent
                    Icon {
                        anchors.centerIn: parent
                        path: "M5 4h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-5 4v-4H5a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z"
                        color: Theme.accentText
                    }
                }
                Text {
                    text: qsTr("WsKit Chat")
                    color: Theme.text
                    font.pixelSize: 21
                    font.weight: Font.DemiBold
                }
            }
            TabBar {
                id: tabs
                Layout.fillWidth: true
                Layout.topMargin: 4
                spacing: 4
                padding: 4
                background: Rectangle {
                    radius: 12
                    color: Theme.page
                }
                Repeater {
                    model: [qsTr("Join"), qsTr("Host")]
                    TabButton {
                        id: tab
                        required property string modelData
                        text: modelData
                        contentItem: Text {
                            text: tab.text
                            color: tab.checked ? Theme.text : Theme.muted
                            font.weight: Font.DemiBold
                            horizontalAlignment: Text.AlignHCenter
                            verticalAlignment: Text.AlignVCenter
                        }
                        background: Rectangle {
                            radius: 9
                            color: tab.checked ? Theme.panel : "transparent"
                            border.width: tab.visualFocus ? 2 : tab.checked ? 1 : 0
                            border.color: tab.visualFocus ? Theme.accent : Theme.line
                        }
                    }
                }
            }
            LabelledField {
                id: nameField
                Layout.fillWidth: true
                label: qsTr("Your name")
                maximumLength: 32
                onAccepted: page.accept()
            }
            LabelledField {
                id: addressField
                Layout.fillWidth: true
                visible: !page.hosts
                label: qsTr("Address of the chat")
                placeholderText: "ws://localhost:8080/chat"
                onAccepted: page.accept()
            }
            LabelledField {
                id: portField
                Layout.fillWidth: true
                visible: page.hosts
                label: qsTr("Port")
                text: "8080"
                validator: IntValidator {
                    bottom: 0
                    top: 65535
                }
                onAccepted: page.accept()
            }
            ChatCheckBox {
                id: reachSwitch
                visible: page.hosts
                text: qsTr("Let other machines join too")
            }
            Text {
                objectName: "problem"
                Layout.fillWidth: true
                visible: page.problem !== ""
                Accessible.role: Accessible.AlertMessage
                Accessible.name: text
                text: page.problem
                textFormat: Text.PlainText
                color: Theme.bad
                wrapMode: Text.Wrap
            }
            TextButton {
                Layout.fillWidth: true
                topPadding: 12
                bottomPadding: 12
                enabled: !page.isJoining
                text: page.isJoining ? qsTr("Joining…") : page.hosts ? qsTr("Host a chat") : qsTr("Join the chat")
                onClicked: page.accept()
            }
            TextButton {
                Layout.fillWidth: true
                visible: page.isJoining
                isPrimary: false
                text: qsTr("Cancel")
                onClicked: page.cancelled()
            }
        }
    }
    ThemeButton {
        anchors.top: parent.top
        anchors.right: parent.right
        anchors.margins: 12
    }
}
