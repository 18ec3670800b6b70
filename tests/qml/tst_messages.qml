// SPDX-License-Identifier: MIT
import QtQuick
import QtTest
import WsKit
import WsKitTesting

TestCase {
    id: testCase
    name: "Messages"

    property WsServer server: null
    property WsConnection serverSide: null
    property WsClient client: null

    Component {
        id: serverComponent
        WsServer {
            property bool isTls: false
            certificateFile: isTls ? Certificates.server : ""
            privateKeyFile: isTls ? Certificates.serverKey : ""
            listening: true
        }
    }
    Component {
        id: clientComponent
        WsClient {
            property WsServer server: null
            active: true
            url: server?.url ?? ""
            caFile: Certificates.authority
        }
    }
    SignalSpy {
        id: spy
    }

    function init_data() {
        return [{tag: "ws", isTls: false}, {tag: "wss", isTls: true}];
    }

    function open(isTls) {
        serverSide = null;
        server = createTemporaryObject(serverComponent, testCase, {isTls: isTls});
        server.newConnection.connect(connection => serverSide = connection);
        client = createTemporaryObject(clientComponent, testCase, {server});
        tryVerify(() => serverSide !== null, Patience.milliseconds);
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        compare(String(server.url).startsWith(isTls ? "wss://" : "ws://"), true);
        compare(client.isEncrypted, isTls);
        compare(serverSide.isEncrypted, isTls);
    }

    // What \a receiver gets when \a sender sends \a value, as [type, text or list of bytes].
    function passed(sender, receiver, value) {
        let result = null;
        const onText = text => result = ["text", text];
        const onBinary = data => {
            verify(data instanceof ArrayBuffer);
            result = ["binary", Array.from(new Uint8Array(data))];
        };
        receiver.textMessageReceived.connect(onText);
        receiver.binaryMessageReceived.connect(onBinary);
        compare(sender.send(value), true);
        tryVerify(() => result !== null, Patience.milliseconds);
        receiver.textMessageReceived.disconnect(onText);
        receiver.binaryMessageReceived.disconnect(onBinary);
        return result;
    }

    function bytes(...values) {
        return new Uint8Array(values).buffer;
    }

    function values() {
        const eight = bytes(1, 2, 3, 4, 5, 6, 7, 8);
        const cyclic = {name: "x"};
        return [
            ["hello", ["text", "hello"]],
            ["", ["text", ""]],
            ["Grüße \u{1F600}", ["text", "Grüße \u{1F600}"]],
            [42, ["text", "42"]],
            [-0.5, ["text", "-0.5"]],
            [1e21, ["text", "1e+21"]],
            [NaN, ["text", "NaN"]],
            [true, ["text", "true"]],
            [false, ["text", "false"]],
            [null, ["text", "null"]],
            [{b: 1, a: [true, null, "x"]}, ["text", '{"b":1,"a":[true,null,"x"]}']],
            [{}, ["text", "{}"]],
            [[1, "2", {c: 3}], ["text", '[1,"2",{"c":3}]']],
            [new Date(0), ["text", '"1970-01-01T00:00:00.000Z"']],
            [bytes(), ["binary", []]],
            [eight, ["binary", [1, 2, 3, 4, 5, 6, 7, 8]]],
            [new Uint8Array(eight), ["binary", [1, 2, 3, 4, 5, 6, 7, 8]]],
            [new Uint8Array(eight, 2, 3), ["binary", [3, 4, 5]]],
            [new Uint8Array(eight).subarray(6), ["binary", [7, 8]]],
            [new Uint16Array(eight, 2, 2), ["binary", [3, 4, 5, 6]]],
            [new Float64Array(eight), ["binary", [1, 2, 3, 4, 5, 6, 7, 8]]],
            [new DataView(eight, 1, 2), ["binary", [2, 3]]],
            [bytes(0, 255, 128, 10), ["binary", [0, 255, 128, 10]]]
        ];
    }

    function test_sendsByTheTypeOfTheValue(row) {
        open(row.isTls);
        for (const [value, expected] of values()) {
            compare(passed(client, serverSide, value), expected);
            compare(passed(serverSide, client, value), expected);
        }
    }

    function test_reportsFrames(row) {
        open(row.isTls);
        const told = [];
        const list = buffer => Array.from(new Uint8Array(buffer));
        serverSide.textFrameReceived.connect((frame, isFinal) => told.push([frame, isFinal]));
        serverSide.textMessageReceived.connect(text => told.push(text));
        serverSide.binaryFrameReceived.connect((frame, isFinal) => told.push([list(frame), isFinal]));
        serverSide.binaryMessageReceived.connect(data => told.push(list(data)));
        client.options.fragmentSize = 4;
        client.send("Grüße!");
        client.send(bytes(1, 2, 3, 4, 5));
        client.send("");
        compare(client.flush(), true);
        compare(client.flush(), false);
        tryVerify(() => told.length === 8, Patience.milliseconds);
        compare(told, [["Grü", false], ["ße!", true], "Grüße!",
                       [[1, 2, 3, 4], false], [[5], true], [1, 2, 3, 4, 5], ["", true], ""]);
    }

    function test_limitsTheReadBuffer(row) {
        open(row.isTls);
        compare(client.options.readBufferSize, 262144);
        client.options.readBufferSize = 0;
        compare(client.options.readBufferSize, 1024);
        const large = "x".repeat(300000);
        compare(passed(serverSide, client, large), ["text", large]);
    }

    function test_throwsForWhatIsNoMessage(row) {
        open(row.isTls);
        const cyclic = {};
        cyclic.self = cyclic;
        spy.target = serverSide;
        spy.signalName = "messageReceived";
        spy.clear();
        for (const value of [undefined, () => 1, Symbol("s"), cyclic, {toJSON: () => undefined}]) {
            for (const sender of [client, serverSide]) {
                let thrown = null;
                try {
                    sender.send(value);
                } catch (error) {
                    thrown = error;
                }
                verify(thrown instanceof TypeError);
            }
        }
        compare(passed(client, serverSide, "after"), ["text", "after"]);
        compare(spy.count, 1);
    }

    function test_sendsNothingWhileClosed(row) {
        open(row.isTls);
        client.close();
        compare(client.send("late"), false);
        tryCompare(client, "state", Ws.Closed, Patience.milliseconds);
        compare(client.send("later"), false);
        verify(client.errorString().length > 0);
    }

    function test_handsOverMessagesAsValues(row) {
        open(row.isTls);
        const received = [];
        serverSide.messageReceived.connect(message => received.push(message));
        client.send("Grüße");
        client.send(bytes(1, 2, 3));
        tryVerify(() => received.length === 2, Patience.milliseconds);
        const [text, binary] = received;
        compare(text.type, Ws.Text);
        compare(text.isText, true);
        compare(text.text, "Grüße");
        compare(text.size, 7);
        compare(text.data.byteLength, 7);
        compare(binary.type, Ws.Binary);
        compare(binary.isText, false);
        compare(binary.size, 3);
        compare(Array.from(new Uint8Array(binary.data)), [1, 2, 3]);
        compare(passed(serverSide, client, text), ["text", "Grüße"]);
        compare(passed(serverSide, client, binary), ["binary", [1, 2, 3]]);
    }

    function list(buffer) {
        return Array.from(new Uint8Array(buffer));
    }

    function test_writingIntoAnArrayChangesNoMessage(row) {
        open(row.isTls);
        const heard = [];
        serverSide.binaryFrameReceived.connect(frame => new Uint8Array(frame).fill(1));
        serverSide.messageReceived.connect(message => {
            heard.push(message);
            new Uint8Array(message.data).fill(2);
        });
        serverSide.messageReceived.connect(message => heard.push(list(message.data)));
        serverSide.binaryMessageReceived.connect(data => {
            heard.push(list(data));
            new Uint8Array(data).fill(3);
        });
        for (const size of [3, 100000]) {
            const sent = new Array(size).fill(7);
            client.send(new Uint8Array(sent));
            tryVerify(() => heard.length === 3, Patience.milliseconds);
            const [message, ofMessage, data] = heard.splice(0);
            verify(list(message.data).join() === sent.join());
            verify(ofMessage.join() === sent.join());
            verify(data.join() === sent.join());
        }
    }

    // More than the system takes at once.
    function test_writingIntoAnArrayChangesNothingThatIsQueued(row) {
        open(row.isTls);
        const count = 12;
        const array = new Uint8Array(1000000).fill(7);
        serverSide.messageSent.connect(message => new Uint8Array(message.data).fill(0));
        const bytes = [];
        client.binaryMessageReceived.connect(data => {
            const view = new Uint8Array(data);
            bytes.push(view[0], view[view.length - 1]);
        });
        for (let i = 0; i < count; ++i)
            compare(serverSide.send(array), true);
        verify(serverSide.bufferedAmount > array.length);
        array.fill(1);
        tryVerify(() => bytes.length === 2 * count, Patience.milliseconds);
        compare(bytes, new Array(2 * count).fill(7));
    }

    function test_connectsAndDisconnectsHandlers(row) {
        open(row.isTls);
        const heard = [];
        const first = text => heard.push("first " + text);
        const second = text => heard.push("second " + text);
        client.textMessageReceived.connect(first);
        client.textMessageReceived.connect(second);
        serverSide.send("a");
        tryVerify(() => heard.length === 2, Patience.milliseconds);
        client.textMessageReceived.disconnect(first);
        serverSide.send("b");
        tryVerify(() => heard.length === 3, Patience.milliseconds);
        client.textMessageReceived.disconnect(second);
        compare(passed(serverSide, client, "c"), ["text", "c"]);
        compare(heard, ["first a", "second a", "second b"]);
    }

    function test_tellsWhatItHasSent(row) {
        open(row.isTls);
        const sent = [];
        client.messageSent.connect(message => sent.push(message.text));
        client.send("one");
        client.send({two: 2});
        compare(sent, ["one", '{"two":2}']);
        client.close();
        client.send("three");
        compare(sent.length, 2);
    }
}
