// SPDX-License-Identifier: MIT
import QtQuick
import QtTest
import WsKit

TestCase {
    id: testCase
    name: "Values"

    WsClient {
        id: client
        options.maxMessageSize: 65536
        options.handshakeTimeout: 1500
        options.connectTimeout: 500
        options.tcpNoDelay: false
        compression.enabled: true
        compression.windowBits: 15
    }
    WsServer {
        id: server
        options.maxMessageSize: 5000000000
        options.pingInterval: 0
        compression.threshold: 512
    }

    function test_namesTheEnumerations() {
        compare([Ws.Connecting, Ws.Open, Ws.Closing, Ws.Closed], [0, 1, 2, 3]);
        compare([Ws.Text, Ws.Binary], [0, 1]);
        compare([Ws.ByteArray, Ws.Stream], [0, 1]);
        compare([Ws.Normal, Ws.GoingAway, Ws.MessageTooBig, Ws.TlsHandshake], [1000, 1001, 1009, 1015]);
        compare(Ws.ErrorKind.None, 0);
        compare(Ws.ErrorKind.TooLarge, 6);
        compare(Ws.ErrorKind.Handler, 10);
        compare([WsMessageModel.Received, WsMessageModel.Sent], [0, 1]);
    }

    function test_groupsOptions() {
        compare(client.options.maxMessageSize, 65536);
        compare(client.options.handshakeTimeout, 1500);
        compare(client.options.connectTimeout, 500);
        compare(client.options.tcpNoDelay, false);
        compare(client.options.maxFrameSize, 16 * 1024 * 1024);
        compare(server.options.maxMessageSize, 5000000000);
        compare(server.options.pingInterval, 0);
    }

    SignalSpy {
        id: optionsChanged
        target: client
        signalName: "optionsChanged"
    }
    function test_writesOptionsOneByOneOrAtOnce() {
        optionsChanged.clear();
        client.options.closeTimeout = 250;
        compare(client.options.closeTimeout, 250);
        compare(client.options.maxMessageSize, 65536);
        compare(optionsChanged.count, 1);
        const options = server.options;
        client.options = options;
        compare(client.options.maxMessageSize, 5000000000);
        compare(optionsChanged.count, 2);
        client.options.maxMessageSize = 65536;
        compare(server.options.maxMessageSize, 5000000000); // values, not references
        compare(options.maxMessageSize, 5000000000);
    }

    function test_groupsCompression() {
        compare(client.compression.enabled, true);
        compare(client.compression.windowBits, 15);
        compare(client.compression.level, 6);
        compare(client.options.compression.enabled, true);
        compare(client.options.maxMessageSize, 65536);
        compare(server.compression.enabled, false);
        compare(server.compression.threshold, 512);
        compare(server.options.pingInterval, 0);
    }

    function test_writesCompressionOneByOneOrAtOnce() {
        optionsChanged.clear();
        client.compression.level = 1;
        compare(client.options.compression.level, 1);
        compare(optionsChanged.count, 1);
        client.compression = server.compression;
        compare(client.options.compression.threshold, 512);
        compare(optionsChanged.count, 2);
        client.compression.windowBits = 99; // counts as the nearest
        compare(client.compression.windowBits, 15);
    }

    SignalSpy {
        id: binaryTypeChanged
        target: client
        signalName: "binaryTypeChanged"
    }
    function test_namesTheBinaryType() {
        compare(client.binaryType, Ws.ByteArray);
        client.binaryType = Ws.Stream;
        compare(client.binaryType, Ws.Stream);
        compare(binaryTypeChanged.count, 1);
        client.binaryType = Ws.ByteArray;
    }

    function test_makesResponses() {
        const accepted = Ws.accept("chat.v1", {"X-A": "b"});
        compare(accepted.status, 101);
        compare(accepted.subprotocol, "chat.v1");
        compare(accepted.headers, {"x-a": "b"});
        const rejected = Ws.reject(403, "no");
        compare(rejected.status, 403);
        compare(rejected.text, "no");
        compare(rejected.body.byteLength, 2);
        compare(Ws.reject(503).text, "");
        compare(Ws.html("<p>").headers["content-type"], "text/html; charset=utf-8");
        compare(Ws.text("Grüße").text, "Grüße");
        compare(Ws.notFound().status, 404);
        compare(Ws.reject(401, "x", {"Set-Cookie": "a=b"}).headers["set-cookie"], "a=b");
    }

    function test_createsNoConnection() {
        let thrown = null;
        try {
            Qt.createQmlObject("import WsKit; WsConnection {}", testCase);
        } catch (error) {
            thrown = error;
        }
        verify(thrown !== null);
        verify(/WsConnection cannot be created; use WsClient/.test(String(thrown.qmlErrors[0].message)));
    }
}
