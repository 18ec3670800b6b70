// SPDX-License-Identifier: MIT
import QtQuick
import QtTest
import WsKit
import "../../src/doc/snippets" as Snippets

TestCase {
    id: test
    name: "Snippets"
    when: windowShown

    Component {
        id: echo
        Snippets.Echo { }
    }
    Component {
        id: chat
        Snippets.Chat { }
    }
    Component {
        id: client
        WsClient { active: true }
    }
    WsServer {
        id: server
        listening: true
        onNewConnection: connection => connection.textMessageReceived.connect(text => server.broadcast(text))
    }

    function test_serverAnswersTheClientBesideIt() {
        const item = createTemporaryObject(echo, test)
        tryCompare(item, "answer", "hello", 60000)
    }

    function isShown(item, text) {
        return (item.text === text && item.contentWidth > 0)
            || Array.from(item.children).some(child => isShown(child, text))
    }

    function test_chatConnectsAgainToItsServer() {
        const window = createTemporaryObject(chat, test, { url: server.url })
        tryCompare(window, "title", "Chat", 60000)
        verify(server.connectionCount > 0)
        server.broadcast("hello")
        tryVerify(() => isShown(window.contentItem, "hello"), 60000)
    }
}
