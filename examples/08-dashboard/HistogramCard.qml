// SPDX-License-Identifier: MIT
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import Dashboard

// The values of the last minute by size: a bar for each size that a histogram distinguishes, and quantiles.
Card {
    id: card

    required property distribution values
    property string kind: "number"
    readonly property var counts: values.counts
    readonly property var bounds: values.bounds
    readonly property var marks: bounds.map(bound => Format.text(bound, kind))
    readonly property real most: counts.reduce((most, count) => Math.max(most, count), 1)
    readonly property string quantiles: qsTr("50 %: %1   95 %: %2   99 %: %3").arg(Format.text(values.median, kind))
        .arg(Format.text(values.p95, kind)).arg(Format.text(values.p99, kind))

    note: qsTr("%1 in a minute").arg(Format.count(values.count))
    activeFocusOnTab: true
    border.width: activeFocus ? 2 : 1
    border.color: activeFocus ? Theme.accent : Theme.line
    Accessible.role: Accessible.StaticText
    Accessible.name: title + ": " + note + (values.count > 0 ? ", " + quantiles : "")
    Accessible.focusable: true

    Row {
        id: bars
        Layout.fillWidth: true
        Layout.fillHeight: true
        Layout.minimumHeight: 70
        spacing: 3
        Repeater {
            model: card.counts.length
            Item {
                id: bar
                required property int index
                readonly property real count: card.counts[index] ?? 0
                width: (bars.width + bars.spacing) / Math.max(1, card.counts.length) - bars.spacing
                height: bars.height
                Rectangle {
                    anchors.bottom: parent.bottom
                    width: parent.width
                    height: bar.count > 0 ? Math.max(2, parent.height * bar.count / card.most) : 1
                    radius: 2
                    color: bar.count > 0 ? Theme.accent : Theme.line
                }
            }
        }
    }
    RowLayout {
        Layout.fillWidth: true
        Repeater {
            model: card.bounds.length > 0 ? [0, Math.floor((card.bounds.length - 1) / 2), card.bounds.length - 1] : []
            Text {
                id: mark
                required property int modelData
                required property int index
                Layout.fillWidth: true
                Layout.preferredWidth: 1
                horizontalAlignment: index === 0 ? Text.AlignLeft : index === 1 ? Text.AlignHCenter : Text.AlignRight
                text: card.marks[mark.modelData] ?? ""
                color: Theme.muted
                font.pixelSize: 10
                Accessible.ignored: true
            }
        }
    }
    Text {
        Layout.fillWidth: true
        text: card.values.count > 0 ? card.quantiles : qsTr("nothing yet")
        fontSizeMode: Text.HorizontalFit
        minimumPixelSize: 9
        color: Theme.text
        font.pixelSize: 12
        Accessible.ignored: true
    }
}
