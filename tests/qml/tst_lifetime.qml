// SPDX-License-Identifier: MIT
import QtQuick
import QtTest
import WsKit
import WsKitTesting

// Who owns what: nothing is collected while it is used, and nothing outlives its owner.
TestCase {
    id: testCase
    name: "Lifetime"

    property EchoServer server: null

    Component {
        id: serverComponent
        EchoServer {}
    }
    Component {
        id: clientComponent
        WsClient {
            property WsServer server: null
            active: true
            url: server?.url ?? ""
        }
    }
    Component {
        id: screenComponent
        Item {
            id: screen
            property WsServer server: null
            property alias client: client
            WsClient {
                id: client
                active: true
                url: screen.server?.url ?? ""
            }
        }
    }
    Component {
        id: destructionComponent
        QtObject {
            signal gone
            Component.onDestruction: gone()
        }
    }
    property int destructions: 0

    SignalSpy {
        id: spy
    }

    function init() {
        server = createTemporaryObject(serverComponent, testCase);
    }

    function openClient() {
        const client = createTemporaryObject(clientComponent, testCase, {server});
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        return client;
    }

    function makeGarbage() {
        for (let i = 0; i < 20; ++i)
            destructionComponent.createObject(null).gone.connect(() => ++destructions);
    }

    // With proof that it has collected: of several, for what is seen on the stack is kept.
    function collect() {
        const before = destructions;
        makeGarbage();
        tryVerify(() => {
            gc();
            return destructions > before;
        }, Patience.milliseconds);
    }

    function test_conversesWhileTheCollectorRuns() {
        const client = openClient();
        let count = 0;
        client.textMessageReceived.connect(text => {
            compare(text, "message " + count);
            ++count;
            gc();
            if (count < 50)
                client.send("message " + count);
        });
        tryVerify(() => server.last !== null, Patience.milliseconds);
        server.last = null; // nothing but the signal's handler knows the connection
        collect();
        client.send("message 0");
        tryVerify(() => count === 50, Patience.milliseconds);
        collect();
        compare(server.connectionCount, 1);
        compare(client.state, Ws.Open);
    }

    function test_keepsAConnectionNobodyHolds() {
        const client = openClient();
        tryVerify(() => server.last !== null, Patience.milliseconds);
        server.last = null;
        for (let i = 0; i < 3; ++i) {
            for (const connection of server.connections)
                verify(connection.id > 0);
            server.connections[0].statistics();
            collect();
        }
        compare(server.connectionCount, 1);
        compare(client.state, Ws.Open);
    }

    function test_keepsAMessageThatWasHandedOver() {
        const client = openClient();
        const kept = [];
        client.messageReceived.connect(message => kept.push(message));
        client.binaryMessageReceived.connect(data => kept.push(data));
        client.send(new Uint8Array([1, 2, 3]).buffer);
        tryVerify(() => kept.length === 2, Patience.milliseconds);
        client.destroy();
        collect();
        compare(Array.from(new Uint8Array(kept[0].data)), [1, 2, 3]);
        compare(Array.from(new Uint8Array(kept[1])), [1, 2, 3]);
    }

    function test_deletesAConnectionThatIsClosed() {
        const client = openClient();
        tryVerify(() => server.last !== null, Patience.milliseconds);
        spy.target = server.last;
        spy.signalName = "closed";
        spy.clear();
        client.close();
        tryCompare(spy, "count", 1, Patience.milliseconds);
        tryVerify(() => server.last === null, Patience.milliseconds); // deleted, and the property knows
        spy.target = null;
    }

    function test_closesWithItsItem() {
        const screen = createTemporaryObject(screenComponent, testCase, {server});
        tryCompare(screen.client, "state", Ws.Open, Patience.milliseconds);
        tryVerify(() => server.last !== null, Patience.milliseconds);
        let heard = null;
        server.last.closed.connect((code, reason, wasClean) => heard = code);
        screen.destroy();
        tryVerify(() => heard !== null, Patience.milliseconds);
        compare(heard, Ws.GoingAway);
        tryCompare(server, "connectionCount", 0, Patience.milliseconds);
    }

    function test_closesItsClientsWithTheServer() {
        const client = openClient();
        spy.target = client;
        spy.signalName = "closed";
        spy.clear();
        const url = server.url;
        client.url = url; // no binding to what is destroyed
        server.destroy();
        tryCompare(spy, "count", 1, Patience.milliseconds);
        compare(spy.signalArguments[0][0], Ws.GoingAway);
        spy.target = null;
    }

    function test_canBeDestroyedInItsOwnHandlers_data() {
        return [
            {tag: "opened"},
            {tag: "stateChanged"},
            {tag: "messageSent"},
            {tag: "textMessageReceived"},
            {tag: "closed"}
        ];
    }
    function test_canBeDestroyedInItsOwnHandlers(row) {
        const client = clientComponent.createObject(testCase, {server, active: false});
        let isDestroyed = false;
        client[row.tag].connect(() => {
            if (!isDestroyed)
                client.destroy();
            isDestroyed = true;
            gc();
        });
        client.opened.connect(() => {
            client.send("hello");
            if (row.tag === "closed")
                client.close();
        });
        client.active = true;
        tryVerify(() => isDestroyed, Patience.milliseconds);
        tryCompare(server, "connectionCount", 0, Patience.milliseconds);
    }

    function test_doesNotLeakConnections() {
        for (let round = 0; round < 20; ++round) {
            const client = clientComponent.createObject(testCase, {server});
            tryCompare(client, "state", Ws.Open, Patience.milliseconds);
            if (round % 2)
                client.close();
            client.destroy();
            if (round % 5 === 0)
                collect();
        }
        tryCompare(server, "connectionCount", 0, Patience.milliseconds);
        tryVerify(() => server.last === null, Patience.milliseconds);
    }
}
