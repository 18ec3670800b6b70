// SPDX-License-Identifier: MIT
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Controls.Basic

Popup {
    id: picker

    readonly property var emoji: [
        "😀", "😂", "🙂", "😉", "😍", "😎", "🤔", "😮", "😢", "😭", "😡", "🥳", "😴", "🤯", "🙄", "😇",
        "👍", "👎", "👏", "🙏", "💪", "👋", "🤝", "✌️", "❤️", "💔", "🔥", "✨", "🎉", "🎂", "☕", "🍕",
        "🐶", "🐱", "🦊", "🐧", "🌈", "☀️", "🌧️", "🌍", "🚀", "💡", "🐛", "✅", "❌", "❓", "⏰", "🎵"
    ]

    signal picked(string emoji)

    padding: 8
    background: Rectangle {
        radius: 16
        color: Theme.panel
        border.color: Theme.line
    }

    Grid {
        columns: 8
        Repeater {
            model: picker.emoji
            AbstractButton {
                id: choice
                required property string modelData
                implicitWidth: 40
                implicitHeight: 40
                hoverEnabled: true
                Accessible.name: modelData
                onClicked: picker.picked(modelData)
                background: Rectangle {
                    radius: 10
                    color: choice.hovered || choice.visualFocus ? Theme.hover : "transparent"
                }
                contentItem: Text {
                    text: choice.modelData
                    font.family: Theme.emojiFamily
                    font.pixelSize: 21
                    horizontalAlignment: Text.AlignHCenter
                    verticalAlignment: Text.AlignVCenter
                }
            }
        }
    }
}
