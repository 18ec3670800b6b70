// SPDX-License-Identifier: MIT
import QtQuick
import QtTest
import WsKit
import WsKitTesting

// A server that goes away and comes back, and what an application sees of it.
TestCase {
    id: testCase
    name: "WsReconnect"

    property EchoServer server: null

    Component {
        id: serverComponent
        EchoServer {
            property var texts: []
            options.closeTimeout: 100
            onNewConnection: connection => connection.textMessageReceived.connect(text => texts.push(text))
        }
    }
    Component {
        id: clientComponent
        WsClient {
            property var attempts: []
            property int closings: 0
            property int lost: 0
            property int reconnections: 0
            reconnect.enabled: true
            reconnect.initialDelay: 20
            reconnect.maxDelay: 50
            reconnect.jitter: 0
            onReconnecting: (attempt, delayMs) => attempts.push({attempt, delayMs})
            onReconnected: reconnections += 1
            onMessagesLost: count => lost += count
            onClosed: closings += 1
        }
    }
    Component {
        id: plainComponent
        WsClient {}
    }

    function init() {
        server = createTemporaryObject(serverComponent, testCase);
    }

    function openClient(component) {
        const client = createTemporaryObject(component, testCase, {url: server.url, active: true});
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        tryVerify(() => server.last !== null, Patience.milliseconds);
        return client;
    }

    // The server is gone, and its port is kept for it.
    function stopServer() {
        server.port = server.serverPort;
        server.listening = false;
        tryCompare(server, "connectionCount", 0, Patience.milliseconds);
    }

    function startServer() {
        server.last = null;
        server.listening = true;
    }

    function test_defaultIsNotToReconnect() {
        const client = createTemporaryObject(plainComponent, testCase);
        compare(client.reconnect.enabled, false);
        compare(client.reconnect.initialDelay, 500);
        compare(client.reconnect.maxDelay, 30000);
        compare(client.reconnect.factor, 2);
        compare(client.reconnect.jitter, 0.5);
        compare(client.reconnect.maxAttempts, -1);
        compare(client.reconnect.stableAfter, 5000);
        compare(client.reconnect.queueMessages, false);
        compare(client.reconnectAttempt, 0);
    }


    function test_comesBackWhenTheServerDoes() {
        const client = openClient(clientComponent);
        stopServer();
        tryVerify(() => client.attempts.length >= 2, Patience.milliseconds);
        compare(client.active, true);
        compare(client.attempts[0], {attempt: 1, delayMs: 20});
        compare(client.attempts[1], {attempt: 2, delayMs: 40});
        verify(client.reconnectAttempt > 0);
        startServer();
        tryCompare(client, "reconnections", 1, Patience.milliseconds);
        compare(client.state, Ws.Open);
        verify(client.closings >= 2);
    }

    function test_whatIsSentMeanwhileArrivesInOrder() {
        const client = openClient(clientComponent);
        client.reconnect.queueMessages = true;
        stopServer();
        tryVerify(() => client.attempts.length > 0, Patience.milliseconds);
        for (const text of ["a", "b", "c"])
            compare(client.send(text), true);
        startServer();
        tryCompare(server, "texts", ["a", "b", "c"], Patience.milliseconds);
        compare(client.lost, 0);
    }


    function test_canBeToldToStop() {
        const client = openClient(clientComponent);
        client.reconnect.initialDelay = 1e8;
        client.reconnect.maxDelay = 1e8;
        stopServer();
        tryVerify(() => client.attempts.length === 1, Patience.milliseconds);
        client.active = false;
        compare(client.active, false);
        compare(client.reconnectAttempt, 0);
        compare(client.reconnectNow(), false);
        client.active = true;
        compare(client.state, Ws.Connecting);
    }

}
