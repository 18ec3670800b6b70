// SPDX-License-Identifier: MIT
import QtQuick
import QtTest
import WsKit
import WsKitTesting

TestCase {
    id: testCase
    name: "Reconnection"

    property EchoServer server: null

    Component {
        id: serverComponent
        EchoServer {}
    }
    Component {
        id: clientComponent
        WsClient {
            property var told: []
            reconnect.initialDelay: 1
            reconnect.maxDelay: 50
            onReconnecting: (attempt, delayMs) => told.push("reconnecting " + attempt + " " + (delayMs <= 50))
            onReconnected: told.push("reconnected")
            onClosed: told.push("closed")
            onMessagesLost: count => told.push("lost " + count)
        }
    }
    Component {
        id: persistentComponent
        WsClient {
            property int closedCount: 0
            onClosed: {
                ++closedCount;
                active = true;
            }
        }
    }
    SignalSpy {
        id: changed
        signalName: "reconnectChanged"
    }

    function init() {
        server = createTemporaryObject(serverComponent, testCase);
        tryVerify(() => server.url.toString() !== "", Patience.milliseconds);
    }

    function openClient(properties) {
        const client = createTemporaryObject(clientComponent, testCase, properties);
        client.url = server.url;
        client.active = true;
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        tryVerify(() => server.last !== null, Patience.milliseconds);
        return client;
    }

    function test_groupsItsValues() {
        const client = createTemporaryObject(clientComponent, testCase);
        const names = ["enabled", "initialDelay", "maxDelay", "factor", "jitter", "maxAttempts", "stableAfter",
                       "queueMessages"];
        compare(names.map(name => client.reconnect[name]), [false, 1, 50, 2, 0.5, -1, 5000, false]);
        changed.target = client;
        changed.clear();
        client.reconnect.maxAttempts = 7;
        client.reconnect.jitter = 0.25;
        compare(changed.count, 2);
        compare([client.reconnect.maxAttempts, client.reconnect.jitter], [7, 0.25]);
    }

    function test_opensAgain() {
        const client = openClient({});
        client.reconnect.enabled = true;
        server.last.abort();
        tryVerify(() => client.told.includes("reconnected"), Patience.milliseconds);
        compare(client.told.slice(0, 2), ["closed", "reconnecting 1 true"]);
        compare(client.state, Ws.Open);
        compare(client.active, true);
        compare(client.reconnectAttempt, 0);
    }

    function test_waitsAndIsToldToTry() {
        const client = openClient({});
        client.reconnect.initialDelay = 3600000;
        client.reconnect.maxDelay = 3600000;
        client.reconnect.enabled = true;
        compare(client.reconnectNow(), false);
        server.last.abort();
        tryCompare(client, "reconnectAttempt", 1, Patience.milliseconds);
        compare(client.state, Ws.Closed);
        compare(client.active, true);
        compare(client.reconnectNow(), true);
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        server.last.abort();
        tryVerify(() => client.reconnectAttempt > 0, Patience.milliseconds);
        client.active = false;
        compare(client.active, false);
        compare(client.reconnectAttempt, 0);
    }

    function test_opensAgainBecauseClosedSaysSo() {
        const client = createTemporaryObject(persistentComponent, testCase, {url: server.url, active: true});
        for (let i = 1; i < 4; ++i) {
            tryCompare(client, "state", Ws.Open, Patience.milliseconds);
            tryVerify(() => server.last !== null, Patience.milliseconds);
            server.last.close(4000 + i);
            tryCompare(client, "closedCount", i, Patience.milliseconds);
            compare(client.active, true);
        }
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
    }
}
