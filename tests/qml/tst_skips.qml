// SPDX-License-Identifier: MIT
import QtQuick
import QtTest
import WsKit
import WsKitTesting

TestCase {
    id: testCase
    name: "Skips"

    Component {
        id: serverComponent
        EchoServer {
            property var skips: []
            options.maxBufferedAmount: 2000000
            onMessagesSkipped: (connection, topic, count) => skips.push({connection, topic, count})
        }
    }
    Component {
        id: clientComponent
        WsClient {
            active: true
        }
    }

    // More than the system takes, before the client can read any of it. Returns how many messages were skipped.
    function sendTooMuch(send) {
        const message = "x".repeat(1000000);
        let skipped = 0;
        for (let i = 0; i < 30; ++i)
            skipped += 1 - send(message);
        return skipped;
    }

    function test_skippedMessagesAreReported_data() {
        return [
            {tag: "published", topic: "news"},
            {tag: "broadcast", topic: ""},
        ];
    }

    function test_skippedMessagesAreReported(data) {
        const server = createTemporaryObject(serverComponent, testCase);
        const client = createTemporaryObject(clientComponent, testCase, {url: server.url});
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        tryVerify(() => server.last !== null, Patience.milliseconds);
        const peer = server.last;
        if (data.topic !== "")
            verify(server.subscribe(peer, data.topic));
        const skipped = sendTooMuch(message => data.topic === "" ? server.broadcast(message)
                                                                 : server.publish(data.topic, message));
        verify(skipped > 0);
        compare(server.skips.length, 0); // not in the middle of what sends
        tryVerify(() => server.skips.reduce((sum, skip) => sum + skip.count, 0) === skipped, Patience.milliseconds);
        for (const skip of server.skips) {
            compare(skip.connection, peer);
            compare(skip.topic, data.topic);
        }
        compare(peer.statistics().messagesSkipped, skipped);
    }

    Component {
        id: strictComponent
        EchoServer {
            options.maxBufferedAmount: 2000000
            // As the reference has it, with a lower limit.
            onMessagesSkipped: (connection, topic, count) => {
                if (connection.statistics().messagesSkipped > 10)
                    connection.close(1008, "too slow for " + topic)
            }
        }
    }

    function test_handlerMayCloseWhoIsSlow() {
        const server = createTemporaryObject(strictComponent, testCase);
        const client = createTemporaryObject(clientComponent, testCase, {url: server.url});
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        tryVerify(() => server.last !== null, Patience.milliseconds);
        verify(server.subscribe(server.last, "news"));
        verify(sendTooMuch(message => server.publish("news", message)) > 10);
        tryCompare(client, "state", Ws.Closed, Patience.milliseconds);
        compare(client.closeCode, 1008);
        compare(client.closeReason, "too slow for news");
    }

    // A server that is destroyed reports nothing any more.
    function test_serverMayGoWithSkippedMessages() {
        const server = serverComponent.createObject(testCase);
        const client = createTemporaryObject(clientComponent, testCase, {url: server.url});
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        tryVerify(() => server.last !== null, Patience.milliseconds);
        verify(sendTooMuch(message => server.broadcast(message)) > 0);
        server.destroy();
        tryCompare(client, "state", Ws.Closed, Patience.milliseconds);
    }
}
