// SPDX-License-Identifier: MIT
import QtQuick
import QtQuick.Layouts

// A panel with a title.
Rectangle {
    id: card

    property string title
    property string note // at the right of the title
    default property alias content: column.data

    implicitWidth: 260
    implicitHeight: column.implicitHeight + 24
    radius: 10
    color: Theme.panel
    border.width: 1
    border.color: Theme.line

    ColumnLayout {
        id: column
        anchors.fill: parent
        anchors.margins: 12
        spacing: 6
        RowLayout {
            Layout.fillWidth: true
            Text {
                Layout.fillWidth: true
                text: card.title
                elide: Text.ElideRight
                color: Theme.muted
                font.pixelSize: 13
                font.weight: Font.DemiBold
                Accessible.ignored: true
            }
            Text {
                text: card.note
                color: Theme.muted
                font.pixelSize: 12
                Accessible.ignored: true
            }
        }
    }
}
