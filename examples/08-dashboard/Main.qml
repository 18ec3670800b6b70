// SPDX-License-Identifier: MIT
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Dashboard

ApplicationWindow {
    id: window

    // Set by the command line.
    property string address: ""
    property string theme: "system"
    property bool checks: false

    visible: true
    width: 1100
    height: 860
    minimumWidth: 320
    minimumHeight: 320
    title: qsTr("Server Dashboard")
    color: Theme.page

    Component.onCompleted: {
        Theme.choice = theme;
        monitor.demo = demo;
        if (checks)
            check.start();
        else
            choose(address);
    }
    onActiveFocusItemChanged: {
        for (let item = activeFocusItem; item; item = item.parent) {
            if (item === figures.contentItem)
                figures.reveal(activeFocusItem);
        }
    }

    // Without an address, the demo.
    function choose(address) {
        demo.active = address === "";
        monitor.address = address;
        monitor.running = true;
    }

    Demo {
        id: demo
    }
    Monitor {
        id: monitor
    }
    Shortcut {
        sequences: ["Ctrl+L", "Alt+D"]
        onActivated: header.focusAddress()
    }
    Shortcut {
        sequences: ["F5", "Ctrl+R"]
        onActivated: monitor.refresh()
    }

    ColumnLayout {
        anchors.fill: parent
        spacing: 0
        Header {
            id: header
            Layout.fillWidth: true
            monitor: monitor
            onChosen: address => window.choose(address)
        }
        Rectangle {
            Layout.fillWidth: true
            implicitHeight: problem.implicitHeight + 12
            visible: monitor.problem !== ""
            color: Theme.notice
            Accessible.role: Accessible.AlertMessage
            Accessible.name: problem.text
            Text {
                id: problem
                anchors.fill: parent
                anchors.margins: 6
                anchors.leftMargin: 16
                text: monitor.hasFigures ? qsTr("%1 The last figures are shown.").arg(monitor.problem) : monitor.problem
                textFormat: Text.PlainText
                wrapMode: Text.Wrap
                color: Theme.noticeText
                font.pixelSize: 14
                Accessible.ignored: true
            }
        }
        FiguresPage {
            id: figures
            Layout.fillWidth: true
            Layout.fillHeight: true
            monitor: monitor
        }
    }
    SelfCheck {
        id: check
        monitor: monitor
        figures: figures
    }
}
