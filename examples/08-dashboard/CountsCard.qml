// SPDX-License-Identifier: MIT
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts

// A list of what was counted, the most frequent first.
Card {
    id: card

    property var rows: [] // { label, count }
    property string empty: qsTr("none")
    property color barColor: Theme.accent
    readonly property real most: rows.length > 0 ? Math.max(1, rows[0].count) : 1
    readonly property var lines: rows.map(row => row.label + ": " + Format.count(row.count))

    implicitHeight: 190

    ListView {
        id: list
        Layout.fillWidth: true
        Layout.fillHeight: true
        clip: true
        model: card.rows.length
        boundsBehavior: Flickable.StopAtBounds
        activeFocusOnTab: true
        keyNavigationEnabled: true
        ScrollBar.vertical: ScrollBar {}
        Accessible.role: Accessible.List
        Accessible.name: card.title + (card.rows.length === 0 ? ": " + card.empty : "")
        delegate: Item {
            id: row
            required property int index
            readonly property var entry: card.rows[index] ?? ({label: "", count: 0})
            width: list.width
            implicitHeight: 24
            Accessible.role: Accessible.ListItem
            Accessible.name: card.lines[index] ?? ""
            Rectangle {
                anchors.verticalCenter: parent.verticalCenter
                width: Math.max(2, parent.width * row.entry.count / card.most)
                height: 20
                radius: 4
                color: card.barColor
                opacity: 0.18
            }
            Rectangle {
                anchors.fill: parent
                radius: 4
                color: "transparent"
                border.width: list.activeFocus && list.currentIndex === row.index ? 1 : 0
                border.color: Theme.accent
            }
            Text {
                anchors.left: parent.left
                anchors.leftMargin: 6
                anchors.right: number.left
                anchors.rightMargin: 8
                anchors.verticalCenter: parent.verticalCenter
                text: row.entry.label
                textFormat: Text.PlainText
                elide: Text.ElideRight
                color: Theme.text
                font.pixelSize: 13
                Accessible.ignored: true
            }
            Text {
                id: number
                anchors.right: parent.right
                anchors.rightMargin: 8
                anchors.verticalCenter: parent.verticalCenter
                text: Format.count(row.entry.count)
                color: Theme.text
                font.pixelSize: 13
                font.weight: Font.DemiBold
                Accessible.ignored: true
            }
        }
        Text {
            visible: card.rows.length === 0
            text: card.empty
            color: Theme.muted
            font.pixelSize: 13
            Accessible.ignored: true
        }
    }
}
