// SPDX-License-Identifier: MIT
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts

// One or two figures: what they are now, and a chart of what they were.
Card {
    id: tile

    property var figures: [] // of the type figure
    property var names: [] // of them, if there are two
    property var colors: [Theme.accent, Theme.second]
    property string kind: "number"
    // What a reader sees, and a screen reader says.
    readonly property var values: figures.map(figure => Format.text(figure.now, kind))
    readonly property string spoken: values.map((value, i) => i < names.length ? names[i] + " " + value : value).join(", ")

    activeFocusOnTab: true
    border.width: activeFocus ? 2 : 1
    border.color: activeFocus ? Theme.accent : Theme.line
    Accessible.role: Accessible.StaticText
    Accessible.name: title + ": " + spoken + (note === "" ? "" : ", " + note)
    Accessible.focusable: true

    RowLayout {
        Layout.fillWidth: true
        Layout.preferredHeight: 30
        spacing: 14
        Repeater {
            model: tile.values.length
            RowLayout {
                id: value
                required property int index
                spacing: 5
                Text {
                    text: tile.values[value.index] ?? ""
                    color: tile.names.length > 0 ? tile.colors[value.index] : Theme.text
                    font.pixelSize: tile.names.length > 1 && tile.width < 320 ? 15 : 22
                    font.weight: Font.DemiBold
                    Accessible.ignored: true
                }
                Text {
                    Layout.alignment: Qt.AlignBaseline
                    visible: text !== ""
                    text: tile.names[value.index] ?? ""
                    color: Theme.muted
                    font.pixelSize: 12
                    Accessible.ignored: true
                }
            }
        }
        Item {
            Layout.fillWidth: true
        }
    }
    LineChart {
        Layout.fillWidth: true
        Layout.fillHeight: true
        histories: tile.figures.map(figure => figure.history)
        colors: tile.colors
        kind: tile.kind
    }
}
