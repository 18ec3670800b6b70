// SPDX-License-Identifier: MIT
import QtQuick
import "texts.js" as Texts

Rectangle {
    id: bubble

    required property string text
    required property real time
    required property bool isOwn
    required property real maximumWidth

    readonly property bool isLarge: Texts.isOnlyEmoji(text)
    readonly property int margin: isLarge ? 4 : 12
    readonly property color textColor: isOwn && !isLarge ? Theme.ownText : Theme.text

    implicitWidth: content.width + clock.implicitWidth + 2 * margin + 10
    implicitHeight: content.implicitHeight + (isLarge ? 0 : 15)
    radius: 16
    color: isLarge ? "transparent" : isOwn ? Theme.own : Theme.bubble
    border.width: Theme.isDark || isOwn || isLarge ? 0 : 1
    border.color: Qt.darker(Theme.page, 1.03)

    Text {
        id: content
        x: bubble.margin
        y: bubble.isLarge ? 0 : 7
        width: Math.min(implicitWidth, bubble.maximumWidth - clock.implicitWidth - 2 * bubble.margin - 10)
        text: Texts.toHtml(bubble.text, Theme.emojiFamily)
        textFormat: Texts.hasEmoji(bubble.text) ? Text.RichText : Text.StyledText
        wrapMode: Text.Wrap
        color: bubble.textColor
        linkColor: bubble.isOwn ? Theme.ownText : Theme.accent
        font.pixelSize: bubble.isLarge ? 38 : 15
        onLinkActivated: link => Qt.openUrlExternally(link)
        HoverHandler {
            enabled: content.hoveredLink !== ""
            cursorShape: Qt.PointingHandCursor
        }
    }
    Text {
        id: clock
        anchors.right: parent.right
        anchors.rightMargin: bubble.margin
        anchors.bottom: parent.bottom
        anchors.bottomMargin: 6
        text: Texts.clock(bubble.time)
        color: bubble.textColor
        opacity: 0.62
        font.pixelSize: 11
    }
}
