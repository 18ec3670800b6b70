// SPDX-License-Identifier: MIT
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts

Rectangle {
    id: panel

    required property ChatClient client
    required property ChatHost host

    signal renameWanted

    color: Theme.panel

    ColumnLayout {
        anchors.fill: parent
        anchors.margins: 14
        spacing: 8
        Text {
            Layout.leftMargin: 6
            text: qsTr("Here now · %1").arg(panel.client.people.length)
            color: Theme.muted
            font.pixelSize: 12
            font.weight: Font.DemiBold
        }
        ListView {
            Layout.fillWidth: true
            Layout.fillHeight: true
            clip: true
            boundsBehavior: Flickable.StopAtBounds
            model: panel.client.people
            delegate: RowLayout {
                id: person
                required property string modelData
                readonly property bool isSelf: modelData === panel.client.ownName
                width: ListView.view.width
                height: 40
                spacing: 10
                Avatar {
                    Layout.leftMargin: 6
                    name: person.modelData
                }
                Text {
                    Layout.fillWidth: true
                    text: person.modelData
                    textFormat: Text.PlainText
                    color: Theme.text
                    elide: Text.ElideRight
                    font.pixelSize: 15
                }
                IconButton {
                    visible: person.isSelf
                    implicitWidth: 32
                    implicitHeight: 32
                    path: "M4 20h4L19 9l-4-4L4 16v4z"
                    label: qsTr("Change your name")
                    onClicked: panel.renameWanted()
                }
            }
        }
        InviteCard {
            Layout.fillWidth: true
            visible: panel.host.listening
            host: panel.host
        }
    }
    Rectangle {
        width: 1
        height: parent.height
        color: Theme.line
    }
}
