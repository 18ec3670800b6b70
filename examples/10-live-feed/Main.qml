// SPDX-License-Identifier: MIT
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import LiveFeed

ApplicationWindow {
    id: window

    // Set by main().
    required property Cluster cluster
    property string userName: "Window"
    property string theme: "system"
    readonly property Feed feed: client
    readonly property var running: cluster.running

    visible: true
    width: 620
    height: 640
    minimumWidth: 340
    minimumHeight: 360
    title: qsTr("Live Feed")
    color: Theme.page

    Component.onCompleted: {
        Theme.choice = theme;
        client.active = true;
        composer.focusInput();
    }

    function killOrStart(server) {
        if (running.includes(server))
            cluster.kill(server);
        else
            cluster.startServer(server);
    }

    Feed {
        id: client
        name: window.userName
        url: window.cluster.feedUrl
    }
    Shortcut {
        sequences: ["F8"]
        onActivated: window.killOrStart(window.cluster.servers[0])
    }
    Shortcut {
        sequences: ["F9"]
        onActivated: window.killOrStart(window.cluster.servers[1])
    }

    ColumnLayout {
        anchors.fill: parent
        spacing: 0
        Header {
            Layout.fillWidth: true
            cluster: window.cluster
            running: window.running
            currentServer: client.server
            onKillOrStartWanted: server => window.killOrStart(server)
        }
        ConnectionNotice {
            Layout.fillWidth: true
            feed: client
        }
        LineList {
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.bottomMargin: 14
            rows: client.rows
            pageUrl: String(window.cluster.pageUrl)
        }
        Composer {
            id: composer
            Layout.fillWidth: true
            onSaid: text => client.say(text)
        }
    }
}
