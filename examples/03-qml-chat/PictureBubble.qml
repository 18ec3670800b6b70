// SPDX-License-Identifier: MIT
import QtQuick
import "texts.js" as Texts

Rectangle {
    id: bubble

    required property string source
    required property string caption
    required property real time
    required property bool isOwn
    required property real maximumWidth

    readonly property bool isReady: image.status === Image.Ready || image.status === Image.Error
    readonly property bool isBroken: image.status === Image.Error
    readonly property size pictureSize: Qt.size(image.implicitWidth, image.implicitHeight)

    signal opened

    implicitWidth: Math.max(image.width, isBroken ? 200 : 120) + 10
    implicitHeight: image.height + 34
    radius: 12
    color: isOwn ? Theme.own : Theme.bubble
    border.width: Theme.isDark || isOwn ? 0 : 1
    border.color: Qt.darker(Theme.page, 1.03)

    Image {
        id: image
        readonly property real factor: Math.min(1, Math.min(340, bubble.maximumWidth - 10) / Math.max(1, implicitWidth),
                                                320 / Math.max(1, implicitHeight))
        x: 5
        y: 5
        width: implicitWidth * factor
        height: implicitHeight * factor
        source: bubble.source
        smooth: true
        mipmap: true
        Accessible.role: Accessible.Graphic
        Accessible.name: bubble.caption
        TapHandler {
            onTapped: bubble.opened()
        }
        HoverHandler {
            cursorShape: Qt.PointingHandCursor
        }
    }
    Text {
        anchors.left: parent.left
        anchors.right: clock.left
        anchors.bottom: parent.bottom
        anchors.margins: 9
        anchors.bottomMargin: 7
        text: bubble.isBroken ? qsTr("%1 cannot be shown").arg(bubble.caption) : bubble.caption
        textFormat: Text.PlainText
        color: bubble.isOwn ? Theme.ownText : Theme.text
        opacity: 0.75
        elide: Text.ElideMiddle
        font.pixelSize: 12
    }
    Text {
        id: clock
        anchors.right: parent.right
        anchors.rightMargin: 10
        anchors.bottom: parent.bottom
        anchors.bottomMargin: 7
        text: Texts.clock(bubble.time)
        color: bubble.isOwn ? Theme.ownText : Theme.text
        opacity: 0.62
        font.pixelSize: 11
    }
}
