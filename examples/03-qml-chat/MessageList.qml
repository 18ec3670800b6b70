// SPDX-License-Identifier: MIT
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Controls.Basic

// The messages. The newest is at the bottom and is kept in view unless the user has scrolled up.
Item {
    id: view

    required property ListModel rows
    property int unread: 0
    readonly property bool isAtEnd: list.atYEnd || list.contentHeight <= list.height

    property var newRows: [] // not reported yet: the view creates them in its own order
    property int lastShown: -1

    signal rowShown(string description)
    signal pictureOpened(string source)

    function tellOfNewRows() {
        for (const row of newRows.sort((a, b) => a.id - b.id)) {
            if (row.id > lastShown)
                rowShown(row.description);
            lastShown = Math.max(lastShown, row.id);
        }
        newRows = [];
    }

    function showEnd() {
        list.positionViewAtBeginning();
    }

    ListView {
        id: list
        readonly property real side: Math.max(14, (view.width - 860) / 2)
        anchors.fill: parent
        clip: true
        model: view.rows
        verticalLayoutDirection: ListView.BottomToTop
        boundsBehavior: Flickable.StopAtBounds
        Accessible.role: Accessible.List
        Accessible.name: qsTr("Messages")
        topMargin: 12
        bottomMargin: 12
        delegate: MessageRow {
            x: list.side
            width: list.width - 2 * list.side
            onShown: (id, description) => {
                view.newRows.push({id: id, description: description});
                turn.start();
            }
            onPictureOpened: source => view.pictureOpened(source)
        }
        ScrollBar.vertical: ScrollBar {}
    }

    Timer {
        id: turn
        interval: 0
        onTriggered: view.tellOfNewRows()
    }

    Column {
        anchors.centerIn: parent
        width: parent.width - 60
        spacing: 4
        visible: list.count === 0
        Text {
            width: parent.width
            horizontalAlignment: Text.AlignHCenter
            text: qsTr("Nothing said yet")
            color: Theme.text
            font.pixelSize: 17
            font.weight: Font.DemiBold
        }
        Text {
            width: parent.width
            horizontalAlignment: Text.AlignHCenter
            wrapMode: Text.Wrap
            text: qsTr("Write the first message, or open the page in a browser and talk to yourself.")
            color: Theme.muted
            font.pixelSize: 15
        }
    }

    TextButton {
        anchors.horizontalCenter: parent.horizontalCenter
        anchors.bottom: parent.bottom
        anchors.bottomMargin: 8
        visible: !view.isAtEnd
        topPadding: 6
        bottomPadding: 6
        font.pixelSize: 13
        text: view.unread === 0 ? qsTr("To the newest ↓") : qsTr("New messages: %1 ↓").arg(view.unread)
        onClicked: view.showEnd()
    }
}
