// SPDX-License-Identifier: MIT
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Dashboard

// Everything that is known of the server, in as many columns as there is room for.
Flickable {
    id: page

    required property Monitor monitor
    readonly property int columns: Math.max(1, Math.min(4, Math.floor((width - 12) / 258)))
    readonly property int tileColumns: columns === 4 ? 3 : columns
    // For the self check.
    readonly property alias connections: connections
    readonly property alias messages: messages
    readonly property alias skipped: skipped
    readonly property alias receivedSize: receivedSize
    readonly property alias rejected: rejected
    readonly property alias closed: closed
    readonly property alias topics: topics

    contentHeight: content.implicitHeight + 24
    clip: true
    boundsBehavior: Flickable.StopAtBounds
    opacity: monitor.hasFigures && monitor.problem !== "" ? 0.5 : 1
    ScrollBar.vertical: ScrollBar {}
    Keys.onDownPressed: flick(0, -600)
    Keys.onUpPressed: flick(0, 600)

    // Shows the card that has the focus.
    function reveal(item) {
        const y = item.mapToItem(content, 0, 0).y + 12;
        if (y < contentY)
            contentY = Math.max(0, y - 12);
        else if (y + item.height > contentY + height)
            contentY = Math.min(contentHeight - height, y + item.height + 12 - height);
    }

    ColumnLayout {
        id: content
        x: 12
        y: 12
        width: page.width - 24
        spacing: 12

        GridLayout {
            Layout.fillWidth: true
            columns: page.tileColumns
            columnSpacing: 12
            rowSpacing: 12
            FigureTile {
                id: connections
                Layout.fillWidth: true
                title: qsTr("Connections")
                note: qsTr("%1 in handshakes").arg(Format.count(page.monitor.pendingHandshakes))
                figures: [page.monitor.connections]
                kind: "count"
            }
            FigureTile {
                id: messages
                Layout.fillWidth: true
                title: qsTr("Messages")
                note: qsTr("%1 received, %2 sent").arg(Format.count(page.monitor.received.total))
                                                  .arg(Format.count(page.monitor.sent.total))
                figures: [page.monitor.received, page.monitor.sent]
                names: [qsTr("in"), qsTr("out")]
                kind: "perSecond"
            }
            FigureTile {
                Layout.fillWidth: true
                title: qsTr("Bytes on the wire")
                figures: [page.monitor.bytesReceived, page.monitor.bytesSent]
                names: [qsTr("in"), qsTr("out")]
                kind: "bytesPerSecond"
            }
            FigureTile {
                Layout.fillWidth: true
                title: qsTr("Waiting to be sent")
                figures: [page.monitor.queue]
                colors: [Theme.warning]
                kind: "bytes"
            }
            FigureTile {
                id: skipped
                Layout.fillWidth: true
                title: qsTr("Skipped for slow clients")
                note: qsTr("%1 in all").arg(Format.count(page.monitor.skipped.total))
                figures: [page.monitor.skipped]
                colors: [Theme.warning]
                kind: "perSecond"
            }
            FigureTile {
                Layout.fillWidth: true
                title: qsTr("New connections")
                note: qsTr("%1 in all").arg(Format.count(page.monitor.opened.total))
                figures: [page.monitor.opened]
                kind: "perSecond"
            }
        }
        GridLayout {
            Layout.fillWidth: true
            columns: page.columns
            columnSpacing: 12
            rowSpacing: 12
            HistogramCard {
                Layout.fillWidth: true
                title: qsTr("Handshake")
                values: page.monitor.handshakeTime
                kind: "seconds"
            }
            HistogramCard {
                Layout.fillWidth: true
                title: qsTr("Round trip")
                values: page.monitor.roundTrip
                kind: "seconds"
            }
            HistogramCard {
                id: receivedSize
                Layout.fillWidth: true
                title: qsTr("Received sizes")
                values: page.monitor.receivedSize
                kind: "bytes"
            }
            HistogramCard {
                Layout.fillWidth: true
                title: qsTr("Sent sizes")
                values: page.monitor.sentSize
                kind: "bytes"
            }
            CountsCard {
                id: topics
                Layout.fillWidth: true
                title: qsTr("Subscribers by topic")
                note: qsTr("%1 topics").arg(Format.count(page.monitor.topicCount))
                rows: page.monitor.topics
                barColor: Theme.second
            }
            CountsCard {
                id: closed
                Layout.fillWidth: true
                title: qsTr("Closed, by code")
                rows: page.monitor.closed
            }
            CountsCard {
                id: rejected
                Layout.fillWidth: true
                title: qsTr("Refused, by HTTP status")
                rows: page.monitor.rejected
                barColor: Theme.warning
            }
            CountsCard {
                Layout.fillWidth: true
                title: qsTr("Other HTTP answers, by status")
                rows: page.monitor.answered
            }
        }
    }
}
