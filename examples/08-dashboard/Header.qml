// SPDX-License-Identifier: MIT
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Dashboard

// What is looked at, a dot for how it is, and where another address is typed.
Rectangle {
    id: header

    required property Monitor monitor
    readonly property bool isNarrow: width < 720
    readonly property string source: {
        if (monitor.address !== "")
            return String(monitor.page) || monitor.address;
        return monitor.demo ? qsTr("Demo: a server with clients of its own, %1").arg(monitor.demo.url) : "";
    }

    signal chosen(string address)

    function focusAddress() {
        address.forceActiveFocus();
        address.selectAll();
    }

    implicitHeight: content.implicitHeight + 20
    color: Theme.panel

    GridLayout {
        id: content
        anchors.left: parent.left
        anchors.right: parent.right
        anchors.verticalCenter: parent.verticalCenter
        anchors.leftMargin: 16
        anchors.rightMargin: 12
        columns: header.isNarrow ? 1 : 2
        columnSpacing: 16
        rowSpacing: 8
        RowLayout {
            Layout.fillWidth: true
            Layout.preferredWidth: 1
            spacing: 10
            Rectangle {
                implicitWidth: 10
                implicitHeight: 10
                radius: 5
                color: header.monitor.problem !== "" ? Theme.warning : header.monitor.hasFigures ? Theme.good : Theme.idle
            }
            ColumnLayout {
                Layout.fillWidth: true
                spacing: 1
                Text {
                    Layout.fillWidth: true
                    text: header.monitor.problem !== "" ? qsTr("No answer") : header.monitor.hasFigures ? qsTr("Live")
                                                                            : qsTr("Waiting for the first figures")
                    color: Theme.text
                    font.pixelSize: 15
                    font.weight: Font.DemiBold
                    Accessible.role: Accessible.StaticText
                    Accessible.name: text
                }
                Text {
                    Layout.fillWidth: true
                    text: header.source
                    textFormat: Text.PlainText
                    elide: Text.ElideRight
                    color: Theme.muted
                    font.pixelSize: 13
                    Accessible.role: Accessible.StaticText
                    Accessible.name: text
                }
            }
        }
        RowLayout {
            Layout.fillWidth: true
            Layout.preferredWidth: 1
            spacing: 8
            TextField {
                id: address
                Layout.fillWidth: true
                padding: 8
                leftPadding: 12
                text: header.monitor.address
                placeholderText: qsTr("http://127.0.0.1:9464/metrics")
                placeholderTextColor: Theme.muted
                color: Theme.text
                selectionColor: Theme.accent
                selectedTextColor: Theme.accentText
                selectByMouse: true
                font.pixelSize: 14
                Accessible.name: qsTr("Page of metrics")
                onAccepted: header.chosen(text.trim())
                background: Rectangle {
                    radius: 8
                    color: Theme.page
                    border.width: address.activeFocus ? 2 : 1
                    border.color: address.activeFocus ? Theme.accent : Theme.line
                }
            }
            TextButton {
                isPrimary: true
                enabled: address.text.trim() !== "" && address.text.trim() !== header.monitor.address
                text: qsTr("Show")
                onClicked: header.chosen(address.text.trim())
            }
            TextButton {
                enabled: header.monitor.address !== ""
                text: qsTr("Demo")
                onClicked: header.chosen("")
            }
            TextButton {
                text: Theme.isDark ? qsTr("Light") : qsTr("Dark")
                Accessible.name: Theme.isDark ? qsTr("Light colours") : qsTr("Dark colours")
                onClicked: Theme.choice = Theme.isDark ? "light" : "dark"
            }
        }
    }
    Rectangle {
        anchors.bottom: parent.bottom
        width: parent.width
        height: 1
        color: Theme.line
    }
}
