// SPDX-License-Identifier: MIT
import QtQuick
import QtTest
import WsKit
import WsKitTesting

TestCase {
    id: testCase
    name: "Statistics"

    EchoServer {
        id: server
        requestHandler: request => {
            if (request.path === "/metrics")
                return Ws.metrics(server);
            return request.path === "/closed" ? Ws.reject(403) : Ws.accept();
        }
    }
    Component {
        id: clientComponent
        WsClient {
            property string last
            onTextMessageReceived: text => last = text
        }
    }

    function test_serverShowsWhatItCounts() {
        const client = createTemporaryObject(clientComponent, testCase, {url: server.url, active: true});
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        client.send("hello");
        tryCompare(client, "last", "hello", Patience.milliseconds);
        verify(server.subscribe(server.last, "news"));
        const refused = createTemporaryObject(clientComponent, testCase, {url: server.url + "/closed", active: true});
        tryVerify(() => (server.statistics().rejected[403] ?? 0) === 1, Patience.milliseconds);
        const statistics = server.statistics();
        compare(statistics.connections, 1);
        compare(statistics.connectionsTotal, 1);
        compare(statistics.messagesReceived, 1);
        compare(statistics.payloadBytesSent, 5);
        compare(statistics.subscribers, {"news": 1});
        compare(statistics.rejected, {"403": 1});
        verify(statistics.startTime <= new Date());
        compare(statistics.messageSize.count, 1);
        compare(statistics.messageSize.sum, 5);
        compare(statistics.messageSize.bounds[0], 64);
        compare(statistics.messageSize.bounds.length, 10);
        compare(statistics.messageSize.counts[0], 1);
        compare(statistics.messageSize.quantile(0.5), 32);
        verify(isNaN(statistics.roundTrip.quantile(0.5)));
        client.close(4001);
        tryVerify(() => server.statistics().closed[4001] === 1, Patience.milliseconds);
    }

    function test_metricsAreAnAnswer() {
        let answer = null;
        const request = new XMLHttpRequest();
        request.onreadystatechange = () => {
            if (request.readyState === XMLHttpRequest.DONE)
                answer = request.responseText;
        };
        request.open("GET", server.url.toString().replace("ws:", "http:") + "/metrics");
        request.send();
        tryVerify(() => answer !== null, Patience.milliseconds);
        verify(answer.includes("\nwskit_connections "));
        compare(request.getResponseHeader("content-type"), "text/plain; version=0.0.4; charset=utf-8");
        verify(server.metrics().byteLength > 1000);
    }
}
