// SPDX-License-Identifier: MIT
import QtQuick
import "texts.js" as Texts

// One row of the list: a text, a picture or an event.
Item {
    id: row

    required property int rowId
    required property string kind
    required property string name
    required property string text
    required property real time
    required property string source
    required property bool isOwn
    required property bool isFailure
    required property bool follows
    required property bool isFollowed

    readonly property bool isEvent: kind === "event"
    readonly property bool hasName: !isOwn && !isEvent && !follows
    readonly property real maximumWidth: Math.min(620, width - (isOwn ? 44 : 58))
    readonly property real contentY: hasName ? who.y + who.implicitHeight + 2 : follows ? 3 : 14
    readonly property Item content: isEvent ? event : kind === "picture" ? pictureBubble : textBubble
    readonly property bool isReady: kind !== "picture" || pictureBubble.isReady

    property bool isComplete: false

    signal shown(int id, string description)
    signal pictureOpened(string source)

    implicitHeight: content.y + content.implicitHeight
    Accessible.role: Accessible.ListItem
    Accessible.name: describe()
    Component.onCompleted: {
        isComplete = true;
        tellIfReady();
    }
    onIsReadyChanged: tellIfReady()

    function contentX(contentWidth) {
        return isOwn ? width - contentWidth : 38;
    }

    function tellIfReady() {
        if (isReady && isComplete)
            shown(rowId, describe());
    }

    function describe() {
        if (kind === "picture")
            return `${name}: [${text} ${pictureBubble.pictureSize.width}x${pictureBubble.pictureSize.height}]`;
        return isEvent ? `* ${text}` : `${name}: ${text}`;
    }

    Text {
        id: who
        visible: row.hasName
        x: 42
        y: 12
        width: row.width - x
        text: row.name
        textFormat: Text.PlainText
        elide: Text.ElideRight
        color: Theme.ofName(Texts.hue(row.name))
        font.pixelSize: 12
        font.weight: Font.DemiBold
    }
    Avatar {
        visible: !row.isOwn && !row.isEvent && !row.isFollowed
        anchors.bottom: parent.bottom
        name: row.name
    }
    EventLabel {
        id: event
        visible: row.isEvent
        width: row.width
        text: row.isEvent ? row.text : ""
        isFailure: row.isFailure
    }
    TextBubble {
        id: textBubble
        visible: row.kind === "text"
        x: row.contentX(width)
        y: row.contentY
        text: visible ? row.text : ""
        time: row.time
        isOwn: row.isOwn
        maximumWidth: row.maximumWidth
    }
    PictureBubble {
        id: pictureBubble
        visible: row.kind === "picture"
        x: row.contentX(width)
        y: row.contentY
        source: row.source
        caption: row.text
        time: row.time
        isOwn: row.isOwn
        maximumWidth: row.maximumWidth
        onOpened: row.pictureOpened(row.source)
    }
}
