// SPDX-License-Identifier: MIT
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Chat

ApplicationWindow {
    id: window

    // Set by the command line.
    property string address: ""
    property string hostAddress: ""
    property int hostPort: 8080
    property string userName: ""
    property string theme: "system"
    property bool usesTerminal: false
    property bool checks: false

    readonly property bool isNarrow: width < 720

    visible: true
    width: 980
    height: 680
    minimumWidth: 320
    minimumHeight: 420
    title: client.unread > 0 ? qsTr("(%1) WsKit Chat").arg(client.unread) : qsTr("WsKit Chat")
    color: Theme.page
    // For items that use the style unchanged: tool tips and the file dialog.
    palette {
        window: Theme.panel
        windowText: Theme.text
        base: Theme.page
        text: Theme.text
        button: Theme.hover
        buttonText: Theme.text
        highlight: Theme.accent
        highlightedText: Theme.accentText
        light: Theme.hover
        midlight: Theme.line
        mid: Theme.line
        dark: Theme.muted
        toolTipBase: Theme.panel
        toolTipText: Theme.text
    }

    Component.onCompleted: {
        Theme.choice = theme;
        if (checks)
            check.start();
        else if (hostAddress !== "")
            hostAndJoin(hostAddress, hostPort, userName);
        else if (address !== "")
            client.join(address, userName);
    }

    function hostAndJoin(address, port, name) {
        if (host.start(address, port))
            client.join(host.pageUrl.replace("//0.0.0.0:", "//127.0.0.1:"), name);
    }

    function leave() {
        client.leave();
        host.listening = false;
    }

    ChatHost {
        id: host
    }
    ChatClient {
        id: client
        isRead: window.active && messages.isAtEnd
        onJoinFailed: host.listening = false
    }
    Terminal {
        id: terminal
        reading: window.usesTerminal && client.isJoined
        onLineRead: line => client.say(line)
        onFinished: window.close()
    }

    ColumnLayout {
        anchors.fill: parent
        spacing: 0
        ChatHeader {
            Layout.fillWidth: true
            client: client
            isNarrow: window.isNarrow
            onPeopleWanted: drawer.open()
            onRenameWanted: renameDialog.ask(client.ownName)
            onLeaveWanted: window.leave()
        }
        RowLayout {
            spacing: 0
            ColumnLayout {
                spacing: 0
                ConnectionNotice {
                    Layout.fillWidth: true
                    client: client
                }
                MessageList {
                    id: messages
                    Layout.fillWidth: true
                    Layout.fillHeight: true
                    rows: client.rows
                    unread: client.unread
                    onPictureOpened: source => viewer.show(source)
                    onRowShown: description => {
                        if (window.usesTerminal)
                            terminal.print(description);
                    }
                }
                Composer {
                    id: composer
                    Layout.fillWidth: true
                    canSend: client.isJoined
                    isDropTarget: dropArea.containsDrag
                    onSaid: text => {
                        client.say(text);
                        messages.showEnd();
                    }
                    onPictureChosen: file => client.sendPicture(file)
                }
            }
            PeoplePanel {
                Layout.fillHeight: true
                implicitWidth: 236
                visible: !window.isNarrow
                client: client
                host: host
                onRenameWanted: renameDialog.ask(client.ownName)
            }
        }
    }
    DropArea {
        id: dropArea
        anchors.fill: parent
        keys: ["text/uri-list"]
        onDropped: drop => {
            for (const file of drop.urls)
                client.sendPicture(file);
        }
    }
    JoinPage {
        id: joinPage
        anchors.fill: parent
        visible: !client.hasJoined
        name: window.userName
        address: window.address
        isJoining: client.isJoining
        joinProblem: client.problem
        hostProblem: host.problem
        onJoinWanted: (address, name) => client.join(address || "ws://localhost:8080/chat", name)
        onCancelled: window.leave()
        onHostWanted: (address, port, name) => window.hostAndJoin(address, port, name)
    }
    Drawer {
        id: drawer
        edge: Qt.RightEdge
        width: Math.min(280, window.width * 0.8)
        height: window.height
        enabled: window.isNarrow
        interactive: window.isNarrow && client.hasJoined
        background: null
        PeoplePanel {
            anchors.fill: parent
            client: client
            host: host
            onRenameWanted: {
                drawer.close();
                renameDialog.ask(client.ownName);
            }
        }
    }
    PictureViewer {
        id: viewer
    }
    RenameDialog {
        id: renameDialog
        onAccepted: name => client.rename(name)
    }
    SelfCheck {
        id: check
        host: host
        client: client
        page: joinPage
        list: messages
        composer: composer
    }
}
