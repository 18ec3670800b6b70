// SPDX-License-Identifier: MIT
import QtQuick
import QtTest
import WsKit
import WsKitTesting

// The models as a ListView has them; how they are models at all is tested without QML.
TestCase {
    id: testCase
    name: "Models"
    width: 400
    height: 400
    visible: true
    when: windowShown

    property EchoServer server: null
    property WsClient client: null

    Component {
        id: serverComponent
        EchoServer {}
    }
    Component {
        id: clientComponent
        WsClient {
            property WsServer server: null
            active: true
            url: (server?.url ?? "") + "/room"
            subprotocols: ["chat.v1"]
        }
    }
    Component {
        id: messagesComponent
        ListView {
            width: 400
            height: 400
            model: WsMessageModel {
            }
            delegate: Text {
                id: line
                required property int direction
                required property date time
                required property int type
                required text
                required property int size
                required property var model
                readonly property string arrow: direction === WsMessageModel.Sent ? ">" : "<"
                readonly property string line: arrow + (type === Ws.Text ? text : "[" + size + "]")
            }
        }
    }
    Component {
        id: connectionsComponent
        ListView {
            width: 400
            height: 400
            model: WsConnectionModel {
            }
            delegate: Text {
                required property WsConnection connection
                required property string address
                required property string path
                required property string subprotocol
                required property date opened
                required property real bytesSent
                required property real bytesReceived
                required property real messagesSent
                required property real messagesReceived
                required property var model
                text: address + path
            }
        }
    }
    Component {
        id: boundComponent
        ListView {
            id: bound
            property list<string> shown // by delegates that have gone
            width: 400
            height: 400
            model: WsConnectionModel {
            }
            delegate: Text {
                required property WsConnection connection
                required property var model
                readonly property bool isOpen: connection.state === Ws.Open
                text: connection.id + " " + model.connection.request.path + (isOpen ? "" : " closed")
                Component.onDestruction: bound.note(text) // qmllint disable unqualified
            }
            function note(text) {
                const texts = Array.from(shown);
                texts.push(text);
                shown = texts;
            }
        }
    }
    Component {
        id: removalComponent
        Transition {
            NumberAnimation {
                property: "opacity"
                to: 0
                duration: 100
            }
        }
    }
    SignalSpy {
        id: inserted
        signalName: "rowsInserted"
    }
    SignalSpy {
        id: removed
        signalName: "rowsRemoved"
    }

    function init() {
        server = createTemporaryObject(serverComponent, testCase, {subprotocols: ["chat.v1"]});
        client = createTemporaryObject(clientComponent, testCase, {server});
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        tryVerify(() => server.last !== null, Patience.milliseconds);
    }

    function showMessages() {
        const view = createTemporaryObject(messagesComponent, testCase);
        view.model.connection = client;
        inserted.target = view.model;
        removed.target = view.model;
        inserted.clear();
        removed.clear();
        return view;
    }

    function lines(view) {
        view.forceLayout();
        const result = [];
        for (let row = 0; row < view.count; ++row)
            result.push(view.itemAtIndex(row)?.line);
        return result;
    }

    // --- messages

    function test_showsMessagesOfBothDirections() {
        const view = showMessages();
        const before = new Date();
        client.send("hello");
        tryCompare(view, "count", 2, Patience.milliseconds);
        client.send(new Uint8Array([1, 2, 3]));
        tryCompare(view, "count", 4, Patience.milliseconds);
        compare(lines(view), [">hello", "<hello", ">[3]", "<[3]"]);
        const first = view.itemAtIndex(0);
        verify(first.time >= before && first.time <= new Date());
        compare(first.size, 5);
        compare(first.model.message.text, "hello");
        compare(view.itemAtIndex(3).model.data.byteLength, 3);
        compare(view.itemAtIndex(3).text, "");
    }

    function test_keepsTheNewest() {
        const view = showMessages();
        view.model.maximumCount = 3;
        for (let i = 0; i < 4; ++i)
            server.last.send(i);
        tryCompare(view, "count", 3, Patience.milliseconds);
        compare(lines(view), ["<1", "<2", "<3"]);
        server.last.send(4);
        tryVerify(() => lines(view)[2] === "<4", Patience.milliseconds);
        compare(lines(view), ["<2", "<3", "<4"]);
        view.model.maximumCount = 1;
        compare(lines(view), ["<4"]);
    }

    function test_clears() {
        const view = showMessages();
        compare(view.model.maximumCount, 1000);
        client.send("a");
        tryCompare(view, "count", 2, Patience.milliseconds);
        client.send("b");
        view.model.clear();
        compare(view.count, 0);
        tryCompare(view, "count", 1, Patience.milliseconds); // the echo of b came later
        compare(lines(view), ["<b"]);
    }

    function test_keepsRowsOverAReconnect() {
        const view = showMessages();
        client.send("a");
        tryCompare(view, "count", 2, Patience.milliseconds);
        client.active = false;
        tryCompare(client, "state", Ws.Closed, Patience.milliseconds);
        client.active = true;
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        client.send("b");
        tryCompare(view, "count", 4, Patience.milliseconds);
    }

    function test_keepsRowsOfAConnectionThatIsGone() {
        const view = showMessages();
        view.model.connection = server.last;
        client.send("a");
        tryCompare(view, "count", 2, Patience.milliseconds);
        compare(lines(view), ["<a", ">a"]);
        client.close();
        tryVerify(() => view.model.connection === null, Patience.milliseconds);
        compare(view.count, 2);
    }

    function test_addsThousandsInAFewSteps() {
        const view = showMessages();
        view.model.maximumCount = 500;
        for (let i = 0; i < 4000; ++i)
            server.last.send(i);
        const last = () => view.model.index(view.count - 1, 0);
        tryVerify(() => view.count === 500
                        && view.model.data(last(), WsMessageModel.TextRole) === "3999", Patience.milliseconds);
        verify(inserted.count <= 300, inserted.count + " insertions");
        verify(removed.count <= inserted.count);
    }

    // --- connections

    function showConnections() {
        const view = createTemporaryObject(connectionsComponent, testCase);
        view.model.server = server;
        view.forceLayout();
        return view;
    }

    function test_rowsKeepTheirBytes() {
        const view = createTemporaryObject(messagesComponent, testCase);
        view.model.connection = server.last;
        server.last.binaryMessageReceived.connect(data => new Uint8Array(data).fill(0));
        client.send(new Uint8Array([1, 2, 3]));
        tryCompare(view, "count", 2, Patience.milliseconds); // and the echo
        view.forceLayout();
        for (const row of [0, 1]) {
            const model = view.itemAtIndex(row).model;
            new Uint8Array(model.data).fill(9);
            new Uint8Array(model.message.data).fill(9);
            compare(Array.from(new Uint8Array(model.data)), [1, 2, 3]);
            compare(Array.from(new Uint8Array(model.message.data)), [1, 2, 3]);
        }
    }

    function test_showsConnections() {
        const view = showConnections();
        compare(view.count, 1);
        const row = view.itemAtIndex(0);
        compare(row.connection, server.last);
        compare(row.model.id, server.last.id);
        compare(row.address, "127.0.0.1");
        compare(row.path, "/room");
        compare(row.subprotocol, "chat.v1");
        verify(Math.abs(new Date() - row.opened) < 60000);
        const second = createTemporaryObject(clientComponent, testCase, {url: server.url + "/other"});
        tryCompare(view, "count", 2, Patience.milliseconds);
        view.forceLayout();
        compare(view.itemAtIndex(1).path, "/other");
        client.close();
        tryCompare(view, "count", 1, Patience.milliseconds);
        view.forceLayout();
        compare(view.itemAtIndex(0).path, "/other");
        second.close();
        tryCompare(view, "count", 0, Patience.milliseconds);
    }

    function test_delegatesOfAClientThatLeavesKeepItsConnection_data() {
        return [
            {tag: "closed", how: "close", isAnimated: false},
            {tag: "cut", how: "abort", isAnimated: false},
            {tag: "closed, with a transition", how: "close", isAnimated: true},
            {tag: "cut, with a transition", how: "abort", isAnimated: true}
        ];
    }

    function test_delegatesOfAClientThatLeavesKeepItsConnection(data) {
        failOnWarning(/TypeError|Cannot read/);
        const view = createTemporaryObject(boundComponent, testCase);
        if (data.isAnimated)
            view.remove = createTemporaryObject(removalComponent, testCase);
        view.model.server = server;
        view.forceLayout();
        const id = server.last.id;
        compare(view.itemAtIndex(0).text, id + " /room");
        client[data.how]();
        tryCompare(view, "count", 0, Patience.milliseconds);
        tryVerify(() => view.shown.length === 1, Patience.milliseconds);
        compare(view.shown[0], id + " /room closed");
    }

    function test_countsTrafficBothWays() {
        const view = showConnections();
        const row = view.itemAtIndex(0);
        client.send("12345");
        server.last.send("123");
        tryCompare(row, "messagesReceived", 1, Patience.milliseconds);
        compare(row.bytesReceived, 5);
        tryCompare(row, "messagesSent", 2, Patience.milliseconds); // the echo too
        compare(row.bytesSent, 8);
    }

    function test_followsItsServer() {
        const view = showConnections();
        compare(view.count, 1);
        view.model.server = null;
        compare(view.count, 0);
        view.model.server = server;
        compare(view.count, 1);
        client.url = server.url; // no binding to what is destroyed
        server.destroy();
        tryCompare(view, "count", 0, Patience.milliseconds);
        compare(view.model.server, null);
    }
}
