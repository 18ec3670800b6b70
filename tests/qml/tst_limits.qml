// SPDX-License-Identifier: MIT
import QtQuick
import QtTest
import WsKit
import WsKitTesting

TestCase {
    id: testCase
    name: "Limits"

    Component {
        id: serverComponent
        WsServer {
            id: limited

            property int received: 0
            property var errors: []
            host: "127.0.0.1"
            port: 0
            listening: true
            maxConnections: 10
            maxConnectionsPerAddress: 5
            maxPendingHandshakes: 20
            maxTotalBufferedAmount: 8589934592
            options {
                maxMessagesPerSecond: 3
                maxBytesPerSecond: 1000000
                rateLimitPolicy: Ws.Disconnect
            }
            onNewConnection: connection => {
                connection.messageReceived.connect(() => ++limited.received);
                connection.errorOccurred.connect(error => limited.errors.push({kind: error.kind, text: error.text}));
            }
        }
    }
    Component {
        id: clientComponent
        WsClient {
            active: true
        }
    }

    function test_limits_are_properties() {
        const server = createTemporaryObject(serverComponent, testCase);
        compare(server.maxConnections, 10);
        compare(server.maxConnectionsPerAddress, 5);
        compare(server.maxPendingHandshakes, 20);
        compare(server.maxTotalBufferedAmount, 8589934592);
        compare(server.options.maxMessagesPerSecond, 3);
        compare(server.options.maxBytesPerSecond, 1000000);
        compare(server.options.rateLimitPolicy, Ws.Disconnect);
        server.options.maxBytesPerSecond = 5000000000;
        compare(server.options.maxBytesPerSecond, 5000000000);
        server.maxTotalBufferedAmount = 0;
        compare(server.maxTotalBufferedAmount, 0);
    }

    function test_flood_closes() {
        const server = createTemporaryObject(serverComponent, testCase);
        const client = createTemporaryObject(clientComponent, testCase, {url: server.url});
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        for (let i = 0; i < 20; ++i)
            client.send("x");
        tryCompare(client, "state", Ws.Closed, Patience.milliseconds);
        compare(client.closeCode, Ws.PolicyViolation);
        compare(server.errors, [{
            kind: Ws.ErrorKind.Overflow,
            text: "the peer sends more than maxMessagesPerSecond (3)"
        }]);
        verify(server.received >= 3);
        verify(server.received < 20);
    }

    function test_limit_of_one_connection_changes() {
        const server = createTemporaryObject(serverComponent, testCase);
        server.options.maxMessagesPerSecond = 0;
        const client = createTemporaryObject(clientComponent, testCase, {url: server.url});
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        client.options.maxMessagesPerSecond = 2;
        client.options.rateLimitPolicy = Ws.SlowDown;
        compare(client.options.rateLimitPolicy, Ws.SlowDown);
        tryVerify(() => server.connections.length === 1, Patience.milliseconds);
        let received = 0;
        client.messageReceived.connect(() => ++received);
        for (let i = 0; i < 3; ++i)
            server.connections[0].send("x");
        tryVerify(() => received === 3, Patience.milliseconds);
        compare(client.state, Ws.Open);
    }
}
