// SPDX-License-Identifier: MIT
import QtQuick
import QtTest
import WsKit
import WsKitTesting

// close() throws where a browser's does.
TestCase {
    id: testCase
    name: "Close"

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
            url: server?.url ?? ""
        }
    }
    SignalSpy {
        id: clientClosed
        target: testCase.client
        signalName: "closed"
    }

    function init() {
        server = createTemporaryObject(serverComponent, testCase);
        client = createTemporaryObject(clientComponent, testCase, {server});
        tryVerify(() => server.last !== null, Patience.milliseconds);
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        clientClosed.clear();
    }

    function thrownBy(call) {
        try {
            call();
        } catch (error) {
            return error;
        }
        return null;
    }

    function test_takesTheCodesOfABrowser_data() {
        return [
            {tag: "1000", code: 1000},
            {tag: "3000", code: 3000},
            {tag: "4999", code: 4999},
            {tag: "a number as text", code: "4000", expected: 4000},
            {tag: "rounded", code: 3999.6, expected: 4000}
        ];
    }
    function test_takesTheCodesOfABrowser(row) {
        compare(client.close(row.code, "bye"), true);
        tryCompare(clientClosed, "count", 1, Patience.milliseconds);
        compare(clientClosed.signalArguments[0][0], row.expected ?? row.code);
        compare(clientClosed.signalArguments[0][2], true);
    }

    // A server is no page.
    function test_serverTakesTheCodesOfTheProtocol_data() {
        return [
            {tag: "1000", code: 1000},
            {tag: "1001", code: Ws.GoingAway},
            {tag: "1008", code: Ws.PolicyViolation},
            {tag: "1011", code: Ws.InternalError},
            {tag: "1014", code: 1014},
            {tag: "3000", code: 3000},
            {tag: "4999", code: 4999},
            {tag: "a number as text", code: "1008", expected: 1008},
            {tag: "rounded", code: 1007.6, expected: 1008}
        ];
    }
    function test_serverTakesTheCodesOfTheProtocol(row) {
        compare(server.last.close(row.code, "bye"), true);
        tryCompare(clientClosed, "count", 1, Patience.milliseconds);
        compare(Array.from(clientClosed.signalArguments[0]), [row.expected ?? row.code, "bye", true]);
    }

    function test_serverMaySendNoCode() {
        compare(server.last.close(Ws.NoStatus), true);
        tryCompare(clientClosed, "count", 1, Patience.milliseconds);
        compare(Array.from(clientClosed.signalArguments[0]), [Ws.NoStatus, "", true]);
    }

    function test_throwsInvalidAccessError_data() {
        const rows = [];
        for (const code of [0, 999, 1006, 1015, 2999, 5000, 65536 + 1000, -1, NaN, "x", {}])
            rows.push({tag: String(code), code: code, ofServer: true});
        for (const code of [1001, 1005, 1008])
            rows.push({tag: String(code), code: code, ofServer: false});
        return rows;
    }
    function test_throwsInvalidAccessError(row) {
        for (const connection of row.ofServer ? [client, server.last] : [client]) {
            const error = thrownBy(() => connection.close(row.code));
            verify(error instanceof Error);
            compare(error.name, "InvalidAccessError");
            compare(connection.state, Ws.Open);
        }
        if (row.ofServer)
            compare(thrownBy(() => server.last.close(row.code)).message, `the close code ${row.code} may not be sent`);
    }

    function test_throwsSyntaxErrorForALongReason() {
        for (const connection of [client, server.last]) {
            const error = thrownBy(() => connection.close(1000, "é".repeat(62)));
            verify(error instanceof SyntaxError);
            compare(connection.state, Ws.Open);
        }
        server.last.close(1000, "é".repeat(61) + "x");
        tryCompare(clientClosed, "count", 1, Patience.milliseconds);
        compare(clientClosed.signalArguments[0][1], "é".repeat(61) + "x");
    }

    function test_isNormalWithoutArguments_data() {
        return [{tag: "none", parameters: []}, {tag: "undefined", parameters: [undefined, undefined]}];
    }
    function test_isNormalWithoutArguments(row) {
        server.last.close(...row.parameters);
        tryCompare(clientClosed, "count", 1, Patience.milliseconds);
        compare(Array.from(clientClosed.signalArguments[0]), [1000, "", true]);
        compare(client.closeCode, 1000);
    }

    function test_tellsThePeerCodeAndReason() {
        let heard = null;
        server.last.closed.connect((code, reason, wasClean) => heard = [code, reason, wasClean]);
        client.close(4321, "Grüße");
        tryVerify(() => heard !== null, Patience.milliseconds);
        compare(heard, [4321, "Grüße", true]);
        tryCompare(server, "connectionCount", 0, Patience.milliseconds);
    }

    function test_doesNothingWhenClosedAlready() {
        client.close();
        compare(client.close(4000), false);
        tryCompare(client, "state", Ws.Closed, Patience.milliseconds);
        compare(client.close(4000), false);
        compare(clientClosed.count, 1);
        compare(client.closeCode, 1000);
    }
}
