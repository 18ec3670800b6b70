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

    // The most that may have come since \a start, with the burst.
    function allowedBy(rate, start) {
        return rate + rate * (Date.now() - start + 1) / 1000 + 1;
    }

    function test_flood_is_slowed_down() {
        const rate = 20;
        const server = createTemporaryObject(serverComponent, testCase);
        server.options.maxMessagesPerSecond = rate;
        server.options.rateLimitPolicy = Ws.SlowDown;
        const client = createTemporaryObject(clientComponent, testCase, {url: server.url});
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        const start = Date.now();
        for (let i = 0; i < 1000; ++i)
            client.send("x");
        tryVerify(() => server.received >= 2 * rate, Patience.milliseconds);
        verify(server.received <= allowedBy(rate, start));
        compare(client.state, Ws.Open);
        compare(server.errors, []);
        server.options.maxMessagesPerSecond = 0;
        server.connections[0].options.maxMessagesPerSecond = 0;
        tryCompare(server, "received", 1000, Patience.milliseconds); // which are late, and not lost
    }

    function test_limit_of_one_connection_changes() {
        const rate = 20;
        const server = createTemporaryObject(serverComponent, testCase);
        server.options.maxMessagesPerSecond = 0;
        const client = createTemporaryObject(clientComponent, testCase, {url: server.url});
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        client.options.maxMessagesPerSecond = rate;
        client.options.rateLimitPolicy = Ws.SlowDown;
        compare(client.options.rateLimitPolicy, Ws.SlowDown);
        tryVerify(() => server.connections.length === 1, Patience.milliseconds);
        let received = 0;
        client.messageReceived.connect(() => ++received);
        const start = Date.now();
        for (let i = 0; i < 1000; ++i)
            server.connections[0].send("x");
        tryVerify(() => received >= 2 * rate, Patience.milliseconds);
        verify(received <= allowedBy(rate, start));
        compare(client.state, Ws.Open);
        client.options.maxMessagesPerSecond = 0;
        tryVerify(() => received === 1000, Patience.milliseconds);
    }
}
