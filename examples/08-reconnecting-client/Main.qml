// SPDX-License-Identifier: MIT
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Reconnecting

ApplicationWindow {
    id: window

    // Set by the command line.
    property url url: "ws://127.0.0.1:8080"
    property string theme: "system"
    property bool checks: false

    visible: true
    width: 520
    height: 560
    minimumWidth: 300
    minimumHeight: 320
    title: qsTr("Reconnecting Client")
    color: Theme.page

    Component.onCompleted: {
        Theme.choice = theme;
        composer.focusInput();
        if (checks)
            check.start();
        else
            client.active = true;
    }

    Client {
        id: client
        url: window.url
    }
    Shortcut {
        sequences: ["F5", "Ctrl+R"]
        enabled: client.isAway && !client.isTrying
        onActivated: banner.tryNow()
    }

    ColumnLayout {
        anchors.fill: parent
        spacing: 0
        Header {
            Layout.fillWidth: true
            client: client
        }
        ConnectionBanner {
            id: banner
            Layout.fillWidth: true
            client: client
        }
        MessageList {
            id: messages
            Layout.fillWidth: true
            Layout.fillHeight: true
            model: client.rows
        }
        Composer {
            id: composer
            Layout.fillWidth: true
            enabled: client.active && (client.isOnline || client.isAway)
            onSaid: text => client.say(text)
        }
    }
    SelfCheck {
        id: check
        client: client
        banner: banner
        composer: composer
    }
}
