// SPDX-License-Identifier: MIT
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Controls.Basic

// The newest line is in view.
ListView {
    id: list

    required property ListModel rows
    required property string pageUrl

    clip: true
    model: rows
    spacing: 8
    topMargin: 14
    boundsBehavior: Flickable.StopAtBounds
    activeFocusOnTab: true
    ScrollBar.vertical: ScrollBar {}
    Accessible.role: Accessible.List
    Accessible.name: qsTr("Lines")

    onCountChanged: turn.start()

    Timer {
        id: turn
        interval: 0
        onTriggered: list.positionViewAtEnd()
    }

    delegate: Line {
        width: list.width
    }

    Text {
        anchors.centerIn: parent
        width: parent.width - 60
        visible: list.count === 0
        horizontalAlignment: Text.AlignHCenter
        wrapMode: Text.Wrap
        text: qsTr("Open %1 in a browser, write here and there, and kill a server meanwhile.").arg(list.pageUrl)
        color: Theme.muted
        font.pixelSize: 15
    }
}
