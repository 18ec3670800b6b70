// SPDX-License-Identifier: MIT
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import LiveFeed

// Where the page is, and a card for each server.
Rectangle {
    id: header

    required property Cluster cluster
    required property var running
    required property string currentServer

    signal killOrStartWanted(string server)

    implicitHeight: content.implicitHeight + 24
    color: Theme.panel

    ColumnLayout {
        id: content
        anchors.fill: parent
        anchors.margins: 12
        anchors.leftMargin: 16
        anchors.rightMargin: 16
        spacing: 10
        RowLayout {
            spacing: 12
            Text {
                text: qsTr("Live Feed")
                color: Theme.text
                font.pixelSize: 17
                font.weight: Font.DemiBold
            }
            Text {
                Layout.fillWidth: true
                horizontalAlignment: Text.AlignRight
                text: qsTr("in a browser: <a href=\"%1\">%1</a>").arg(String(header.cluster.pageUrl))
                textFormat: Text.StyledText
                elide: Text.ElideLeft
                color: Theme.muted
                linkColor: Theme.accent
                font.pixelSize: 13
                onLinkActivated: link => Qt.openUrlExternally(link)
            }
        }
        RowLayout {
            spacing: 10
            Repeater {
                model: header.cluster.servers
                ServerCard {
                    required property string modelData
                    Layout.fillWidth: true
                    name: modelData
                    isRunning: header.running.includes(modelData)
                    isCurrent: header.currentServer === modelData
                    onKillOrStartWanted: header.killOrStartWanted(modelData)
                }
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
