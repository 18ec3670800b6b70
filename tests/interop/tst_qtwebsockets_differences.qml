// SPDX-License-Identifier: MIT

// What the page "Coming from QtWebSockets" says about QML, tried out with both modules.
import QtQuick
import QtTest
import QtWebSockets as Other
import WsKit
import WsKitTesting

TestCase {
    id: testCase
    name: "QtWebSocketsDifferences"

    property EchoServer server: null

    Component {
        id: serverComponent
        EchoServer {}
    }
    Component {
        id: qtComponent
        Other.WebSocket {
            property var log: []
            active: true
            onStatusChanged: status => log.push(status)
            onTextMessageReceived: message => log.push(message)
        }
    }
    Component {
        id: wskitComponent
        WsClient {
            property var log: []
            active: true
            onOpened: log.push("open")
            onErrorOccurred: log.push("error")
            onClosed: log.push("closed")
            onTextMessageReceived: text => log.push(text)
        }
    }
    Component {
        id: qtServerComponent
        Other.WebSocketServer {
            property var clients: []
            listen: true
            onClientConnected: client => clients.push(client.status)
        }
    }
    Component {
        id: wskitServerComponent
        WsServer {
            property var clients: []
            listening: true
            onNewConnection: connection => clients.push(connection.state)
        }
    }

    function init() {
        server = createTemporaryObject(serverComponent, testCase);
    }

    function test_activeAfterTheEnd() {
        const qt = createTemporaryObject(qtComponent, testCase, {url: server.url});
        tryCompare(server, "connectionCount", 1, Patience.milliseconds);
        server.last.close();
        tryCompare(qt, "status", Other.WebSocket.Closed, Patience.milliseconds);
        compare(qt.active, true);
        qt.active = true; // it is already
        tryCompare(server, "connectionCount", 0, Patience.milliseconds);
        compare(qt.status, Other.WebSocket.Closed);
        qt.active = false;
        qt.active = true;
        tryCompare(qt, "status", Other.WebSocket.Open, Patience.milliseconds);
        qt.active = false;
        tryCompare(server, "connectionCount", 0, Patience.milliseconds);

        const wskit = createTemporaryObject(wskitComponent, testCase, {url: server.url});
        tryCompare(server, "connectionCount", 1, Patience.milliseconds);
        server.last.close();
        tryCompare(wskit, "active", false, Patience.milliseconds);
        compare(wskit.log, ["open", "closed"]);
        wskit.active = true;
        tryCompare(wskit, "state", Ws.Open, Patience.milliseconds);
    }

    function test_failure() {
        const nowhere = "ws://127.0.0.1:1";
        const qt = createTemporaryObject(qtComponent, testCase, {url: nowhere});
        tryCompare(qt, "status", Other.WebSocket.Error, Patience.milliseconds);
        compare(qt.log, [Other.WebSocket.Connecting, Other.WebSocket.Closed, Other.WebSocket.Error]);
        verify(qt.errorString);
        compare(qt.active, true);
        const wskit = createTemporaryObject(wskitComponent, testCase, {url: nowhere});
        tryVerify(() => wskit.log.length === 2, Patience.milliseconds);
        compare(wskit.log, ["error", "closed"]);
        verify(wskit.errorString());
        compare(wskit.state, Ws.Closed);
        tryCompare(wskit, "active", false, Patience.milliseconds);
    }

    function test_sending() {
        const qt = createTemporaryObject(qtComponent, testCase, {url: server.url});
        tryCompare(qt, "status", Other.WebSocket.Open, Patience.milliseconds);
        qt.sendTextMessage("hello");
        tryVerify(() => qt.log.includes("hello"), Patience.milliseconds);
        const wskit = createTemporaryObject(wskitComponent, testCase, {url: server.url});
        tryCompare(wskit, "state", Ws.Open, Patience.milliseconds);
        verify(wskit.send("hello"));
        verify(wskit.send({number: 1}));
        tryVerify(() => wskit.log.length === 3, Patience.milliseconds);
        compare(wskit.log, ["open", "hello", "{\"number\":1}"]);
    }

    function test_servers() {
        const qt = createTemporaryObject(qtServerComponent, testCase);
        const wskit = createTemporaryObject(wskitServerComponent, testCase);
        compare(qt.host, "127.0.0.1");
        compare(wskit.host, "127.0.0.1");
        const first = createTemporaryObject(wskitComponent, testCase, {url: qt.url});
        tryCompare(first, "state", Ws.Open, Patience.milliseconds);
        tryVerify(() => qt.clients.length === 1, Patience.milliseconds);
        compare(qt.clients, [Other.WebSocket.Open]);
        const second = createTemporaryObject(qtComponent, testCase, {url: wskit.url});
        tryCompare(second, "status", Other.WebSocket.Open, Patience.milliseconds);
        tryVerify(() => wskit.clients.length === 1, Patience.milliseconds);
        compare(wskit.clients, [Ws.Open]);
    }
}
