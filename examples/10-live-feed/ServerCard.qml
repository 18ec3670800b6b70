// SPDX-License-Identifier: MIT
import QtQuick
import QtQuick.Layouts

// A server: whether it runs, whether this window is connected to it, and the button that kills or starts it.
Rectangle {
    id: card

    required property string name
    required property bool isRunning
    required property bool isCurrent

    readonly property string status: isCurrent ? qsTr("This window is here")
        : isRunning ? qsTr("Running") : qsTr("Dead")

    signal killOrStartWanted

    implicitWidth: 200
    implicitHeight: content.implicitHeight + 16
    radius: 10
    color: isCurrent ? Theme.own : Theme.page
    border.width: 1
    border.color: isCurrent ? Theme.accent : Theme.line
    Behavior on color {
        ColorAnimation { duration: 200 }
    }

    RowLayout {
        id: content
        anchors.fill: parent
        anchors.margins: 8
        anchors.leftMargin: 12
        spacing: 10
        Rectangle {
            implicitWidth: 10
            implicitHeight: 10
            radius: 5
            color: card.isRunning ? Theme.good : Theme.bad
        }
        ColumnLayout {
            Layout.fillWidth: true
            spacing: 1
            Text {
                Layout.fillWidth: true
                text: qsTr("Server %1").arg(card.name)
                elide: Text.ElideRight
                color: Theme.text
                font.pixelSize: 14
                font.weight: Font.DemiBold
                Accessible.role: Accessible.StaticText
                Accessible.name: text + ", " + card.status
            }
            Text {
                Layout.fillWidth: true
                text: card.status
                elide: Text.ElideRight
                color: Theme.muted
                font.pixelSize: 12
            }
        }
        TextButton {
            plainColor: card.isRunning ? Theme.bad : Theme.good
            text: card.isRunning ? qsTr("Kill") : qsTr("Start")
            Accessible.name: qsTr("%1 server %2").arg(text).arg(card.name)
            onClicked: card.killOrStartWanted()
        }
    }
}
