// SPDX-License-Identifier: MIT
import QtQuick
import QtTest
import WsKit
import WsKitTesting

TestCase {
    id: testCase
    name: "WsClient"

    property EchoServer server: null
    property EchoServer other: null

    Component {
        id: serverComponent
        EchoServer {}
    }
    Component {
        id: clientComponent
        WsClient {
            property var errors: []
            property var closings: []
            onErrorOccurred: error => errors.push({kind: error.kind, text: error.text})
            onClosed: (code, reason, wasClean) => closings.push({code, reason, wasClean})
        }
    }
    Component {
        id: activeFirstComponent
        WsClient {
            property WsServer server: null
            active: true
            url: (server?.url ?? "") + "/room"
            headers: ({"X-Token": "t"})
            subprotocols: ["chat.v1"]
            options.maxMessageSize: 16
        }
    }
    Component {
        id: activeLastComponent
        WsClient {
            property WsServer server: null
            options.maxMessageSize: 16
            subprotocols: ["chat.v1"]
            headers: ({"X-Token": "t"})
            url: (server?.url ?? "") + "/room"
            active: true
        }
    }
    Component {
        id: activeBetweenComponent
        WsClient {
            property WsServer server: null
            headers: ({"X-Token": "t"})
            url: (server?.url ?? "") + "/room"
            active: true
            options.maxMessageSize: 16
            subprotocols: ["chat.v1"]
        }
    }
    Component {
        id: boundComponent
        WsClient {
            property WsServer server: null
            active: true
            url: server?.url ?? ""
        }
    }
    Component {
        id: boundPathComponent
        WsClient {
            property WsServer server: null
            active: true
            url: (server?.url ?? "") + "/room"
        }
    }
    SignalSpy {
        id: spy
    }

    Component {
        id: activityComponent
        WsClient {
            property var told: []
            readonly property bool isActive: active
            onActiveChanged: told.push(active)
        }
    }

    Component {
        id: progressComponent
        WsClient {
            property var steps: []
            property bool isInOrder: true
            property real last: 0
            onOpeningProgressed: (step, elapsedUs) => {
                steps.push(step);
                isInOrder = isInOrder && elapsedUs >= last;
                last = elapsedUs;
            }
        }
    }

    function init() {
        server = createTemporaryObject(serverComponent, testCase);
        other = createTemporaryObject(serverComponent, testCase);
        spy.clear();
    }

    function watch(target, signalName) {
        spy.target = null;
        spy.signalName = signalName;
        spy.target = target;
        spy.clear();
    }

    function openClient(properties) {
        const client = createTemporaryObject(clientComponent, testCase, Object.assign({
            url: server.url,
            active: true
        }, properties));
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        return client;
    }

    // --- declared

    function test_reportsTheStepsOfItsOpening() {
        const client = createTemporaryObject(progressComponent, testCase, {url: server.url, active: true});
        tryCompare(client, "state", Ws.Open);
        compare(client.steps, [Ws.Resolved, Ws.Connected, Ws.Requested, Ws.Answered]);
        verify(client.isInOrder);
    }

    function test_opensWithAllPropertiesInAnyOrder_data() {
        return [
            {tag: "active first", component: activeFirstComponent},
            {tag: "active last", component: activeLastComponent},
            {tag: "active between", component: activeBetweenComponent}
        ];
    }
    function test_opensWithAllPropertiesInAnyOrder(row) {
        server.subprotocols = ["chat.v1"];
        const client = createTemporaryObject(row.component, testCase, {server});
        compare(client.state, Ws.Connecting);
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        tryVerify(() => server.last !== null, Patience.milliseconds);
        compare(server.last.request.path, "/room");
        compare(server.last.request.header("x-token"), "t");
        compare(server.last.request.headers["x-token"], "t");
        compare(client.subprotocol, "chat.v1");
        compare(server.last.subprotocol, "chat.v1");
        compare(client.options.maxMessageSize, 16);
    }

    function test_staysClosedUntilActive() {
        const client = createTemporaryObject(clientComponent, testCase, {url: server.url});
        compare(client.active, false);
        compare(client.state, Ws.Closed);
        client.active = true;
        compare(client.active, true);
        compare(client.state, Ws.Connecting);
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
    }

    function test_waitsForAUrl_data() {
        return [
            {tag: "none", component: boundComponent, path: "/"},
            {tag: "only a path", component: boundPathComponent, path: "/room"}
        ];
    }
    function test_waitsForAUrl(row) {
        server.listening = false;
        tryCompare(server, "listening", false, Patience.milliseconds);
        const client = createTemporaryObject(row.component, testCase, {server});
        watch(client, "errorOccurred");
        compare(client.active, true);
        compare(client.state, Ws.Closed);
        server.listening = true;
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        tryVerify(() => server.last !== null, Patience.milliseconds);
        compare(server.last.request.path, row.path);
        compare(spy.count, 0);
    }

    function test_comesBackWhenItsUrlDoes() {
        const client = createTemporaryObject(boundPathComponent, testCase, {server});
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        watch(client, "errorOccurred");
        server.listening = false;
        tryCompare(client, "state", Ws.Closed, Patience.milliseconds);
        compare(client.active, true);
        tryCompare(server, "connectionCount", 0, Patience.milliseconds);
        server.listening = true;
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        compare(spy.count, 0);
    }

    function test_givesUpWaitingWhenToldTo() {
        const client = createTemporaryObject(clientComponent, testCase, {active: true});
        compare(client.active, true);
        client.active = false;
        compare(client.active, false);
        watch(client, "stateChanged");
        client.url = server.url;
        client.active = true;
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        compare(spy.count, 2);
    }

    function test_closesAfterItWasOpenedWhileItWaited() {
        const client = createTemporaryObject(clientComponent, testCase, {active: true});
        watch(client, "activeChanged");
        compare(client.open(server.url), true);
        client.active = false;
        compare(client.active, false);
        compare(spy.count, 1);
        compare(client.state, Ws.Closed);
        wait(0);
        compare(client.state, Ws.Closed);
    }

    function test_stopsWaitingForAUrl_data() {
        return [
            {tag: "close", stop: client => compare(client.close(), true)},
            {tag: "close with a code", stop: client => compare(client.close(4000, "enough"), true)},
            {tag: "abort", stop: client => client.abort()}
        ];
    }
    function test_stopsWaitingForAUrl(row) {
        const client = createTemporaryObject(clientComponent, testCase, {active: true});
        watch(client, "activeChanged");
        let thrown = null;
        try {
            client.close(1001);
        } catch (error) {
            thrown = error;
        }
        compare(thrown.name, "InvalidAccessError");
        compare(client.active, true);
        row.stop(client);
        compare(client.active, false);
        compare(spy.count, 1);
        client.url = server.url;
        wait(0);
        compare(client.state, Ws.Closed);
        compare(client.closings, []);
        compare(client.close(), false);
    }

    function test_staysClosedIfItsUrlIsEmptiedAndItIsClosed_data() {
        return [
            {tag: "emptied, closed", stop: client => { client.url = ""; client.close(); }},
            {tag: "emptied, aborted", stop: client => { client.url = ""; client.abort(); }},
            {tag: "closed, emptied", stop: client => { client.close(); client.url = ""; }},
            {tag: "aborted, emptied", stop: client => { client.abort(); client.url = ""; }}
        ];
    }
    function test_staysClosedIfItsUrlIsEmptiedAndItIsClosed(row) {
        const client = openClient();
        row.stop(client);
        tryCompare(client, "active", false, Patience.milliseconds);
        compare(client.state, Ws.Closed);
        client.url = server.url;
        wait(0);
        compare(client.state, Ws.Closed);
        compare(client.active, false);
        compare(client.closings.length, 1);
    }

    Component {
        id: stubbornClient
        WsClient {
            property int depth: 0
            property int maxDepth: 0
            property int reports: 0
            url: "example.invalid/room"
            onErrorOccurred: {
                depth += 1;
                maxDepth = Math.max(maxDepth, depth);
                reports += 1;
                if (reports < 10)
                    active = true;
                depth -= 1;
            }
        }
    }
    // It once called itself until the stack overflowed.
    function test_reportsARefusalOnceTheOneBeforeIsDone() {
        const client = createTemporaryObject(stubbornClient, testCase);
        client.active = true;
        tryCompare(client, "reports", 10, Patience.milliseconds);
        compare(client.maxDepth, 1);
    }

    function test_reportsAUrlItCannotOpen_data() {
        return [{tag: "no scheme"}, {tag: "another scheme"}];
    }
    function test_reportsAUrlItCannotOpen(row) {
        const url = row.tag === "no scheme" ? "example.invalid/room" : "ftp://localhost/";
        const client = createTemporaryObject(clientComponent, testCase, {url: url, active: true});
        compare(client.errors.length, 1);
        compare(client.errors[0].kind, Ws.ErrorKind.Misuse);
        verify(client.errors[0].text.length > 0);
        compare(client.active, false);
        compare(client.state, Ws.Closed);
    }

    function test_reportsARefusedConnection() {
        const url = other.url;
        other.listening = false;
        tryCompare(other, "listening", false, Patience.milliseconds);
        const client = createTemporaryObject(clientComponent, testCase, {url: url, active: true});
        tryCompare(client, "active", false, Patience.milliseconds);
        compare(client.errors.length, 1);
        compare(client.errors[0].kind, Ws.ErrorKind.Network);
        compare(client.closings, [{code: Ws.Abnormal, reason: "", wasClean: false}]);
    }

    function test_reportsTheStatusOfARefusal() {
        server.requestHandler = () => Ws.reject(403, "not you");
        const client = createTemporaryObject(clientComponent, testCase, {url: server.url});
        let error = null;
        client.errorOccurred.connect(e => error = e);
        client.active = true;
        tryCompare(client, "state", Ws.Closed, Patience.milliseconds);
        tryVerify(() => error !== null, Patience.milliseconds);
        compare(error.kind, Ws.ErrorKind.Handshake);
        compare(error.httpStatus, 403);
        verify(error.toString() === error.text);
        compare(client.active, false);
    }

    function test_tellsOfEachChangeOfActivityOnce() {
        const client = createTemporaryObject(activityComponent, testCase, {url: server.url, active: true});
        compare(client.told, [true]);
        compare(client.isActive, true);
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        client.active = false;
        compare(client.told, [true, false]);
        compare(client.isActive, false);
        tryCompare(client, "state", Ws.Closed, Patience.milliseconds);
        client.active = true;
        compare(client.told, [true, false, true]);
        client.abort();
        tryCompare(client, "isActive", false, Patience.milliseconds);
        compare(client.told, [true, false, true, false]);
    }

    function test_waitingForAUrlIsOneActivity() {
        const client = createTemporaryObject(activityComponent, testCase, {active: true});
        watch(client, "activeChanged");
        compare(client.told, [true]);
        client.url = server.url;
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        client.url = ""; // closes it, and it waits for another
        tryCompare(client, "state", Ws.Closed, Patience.milliseconds);
        client.url = other.url;
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        compare(client.told, [true]);
        compare(spy.count, 0);
        client.active = false;
        compare(client.told, [true, false]);
        compare(spy.count, 1);
    }

    // --- changed

    function test_movesToAnotherUrl() {
        const client = openClient({});
        tryCompare(server, "connectionCount", 1, Patience.milliseconds);
        watch(client, "activeChanged");
        client.url = other.url;
        compare(client.active, true);
        tryCompare(other, "connectionCount", 1, Patience.milliseconds);
        tryCompare(server, "connectionCount", 0, Patience.milliseconds);
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        compare(client.closings.length, 1);
        compare(client.closings[0].wasClean, true);
        compare(spy.count, 0);
        client.send("hello");
        watch(client, "textMessageReceived");
        spy.wait(Patience.milliseconds);
        compare(spy.signalArguments[0][0], "hello");
    }

    function test_movesToAUrlThatCannotBeOpened() {
        const client = openClient({});
        client.url = "ftp://localhost/";
        tryCompare(client, "active", false, Patience.milliseconds);
        compare(client.errors.length, 1);
        compare(client.errors[0].kind, Ws.ErrorKind.Misuse);
    }

    function test_keepsAUrlForLaterWhileClosed() {
        const client = createTemporaryObject(clientComponent, testCase, {url: server.url});
        client.url = other.url;
        compare(client.state, Ws.Closed);
        client.active = true;
        tryCompare(other, "connectionCount", 1, Patience.milliseconds);
        compare(server.connectionCount, 0);
    }

    function test_closesAndOpensWithActive() {
        const client = openClient({});
        client.active = false;
        compare(client.active, false);
        compare(client.state, Ws.Closing);
        tryCompare(client, "state", Ws.Closed, Patience.milliseconds);
        compare(client.closings, [{code: Ws.Normal, reason: "", wasClean: true}]);
        client.active = true;
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        client.active = false;
        client.active = true;
        compare(client.active, true);
        tryVerify(() => client.closings.length === 2, Patience.milliseconds);
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
    }

    function test_opensAgainIfItIsSetActiveWhileItCloses() {
        const client = openClient({});
        client.close();
        client.active = true;
        compare(client.state, Ws.Closing);
        tryVerify(() => client.closings.length === 1, Patience.milliseconds);
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        compare(client.active, true);
    }

    function test_isNotActiveOnceThePeerHasClosed() {
        const client = openClient({});
        tryVerify(() => server.last !== null, Patience.milliseconds);
        server.last.close(4001, "enough");
        tryCompare(client, "active", false, Patience.milliseconds);
        compare(client.closings, [{code: 4001, reason: "enough", wasClean: true}]);
        compare(client.closeCode, 4001);
        compare(client.closeReason, "enough");
    }

    function test_opensByMethod() {
        const client = createTemporaryObject(clientComponent, testCase);
        compare(client.open(String(other.url)), true); // a string, as programs write it
        compare(client.active, true);
        compare(client.url, other.url);
        compare(client.open(), false);
        verify(client.errorString().length > 0);
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        client.abort();
        compare(client.closings, [{code: Ws.Abnormal, reason: "", wasClean: false}]);
        compare(client.open(), true);
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
    }

    function test_sendsNewHeadersAndNotTheOldOnes() {
        const client = openClient({
            headers: {"X-Token": "t", "X-Old": "o", "X-List": ["a", "b"], "X-Number": 7, "X-None": undefined}
        });
        tryVerify(() => server.last !== null, Patience.milliseconds);
        compare(server.last.request.header("X-List"), "a, b");
        compare(server.last.request.header("X-Number"), "7");
        verify(!server.last.request.headers.hasOwnProperty("x-none"));
        watch(client, "headersChanged");
        client.headers = {"X-Token": "u"};
        compare(spy.count, 1);
        compare(client.headers["X-Token"], "u");
        client.active = false;
        server.last = null;
        client.active = true;
        tryVerify(() => server.last !== null, Patience.milliseconds);
        compare(server.last.request.header("X-Token"), "u");
        compare(server.last.request.header("X-Old"), "");
        verify(!server.last.request.headers.hasOwnProperty("x-old"));
    }

    property list<string> topics: ["a", "b"]

    function test_sendsHeadersOfEveryKind_data() {
        return [
            {tag: "list<string>", value: topics, sent: "a, b"},
            {tag: "an empty text", value: "", sent: ""},
            {tag: "a list with an empty text", value: [""], sent: ""},
            {tag: "an object", value: {a: 1, b: ["c"]}, sent: '{"a":1,"b":["c"]}'},
            {tag: "a list of a list", value: [["a"], "b"], sent: '["a"], b'},
            {tag: "undefined", value: undefined, sent: null},
            {tag: "null", value: null, sent: null},
            {tag: "an empty list", value: [], sent: null}
        ];
    }
    function test_sendsHeadersOfEveryKind(row) {
        server.requestHandler = () => Ws.accept("", {"X-Answer": row.value});
        const client = openClient({headers: {"X-Sent": row.value}});
        tryVerify(() => server.last !== null, Patience.milliseconds);
        compare(client.errors, []);
        for (const [headers, name] of [[server.last.request.headers, "x-sent"], [client.response.headers, "x-answer"]]) {
            compare(headers.hasOwnProperty(name), row.sent !== null);
            if (row.sent !== null)
                compare(headers[name], row.sent);
        }
    }

    function test_reportsAHeaderThatIsNoText() {
        const thrown = [];
        server.requestHandler = () => {
            try {
                return Ws.accept("", {"X-Place": server});
            } catch (error) {
                thrown.push(error.message);
            }
            return Ws.accept();
        };
        const client = openClient({headers: {"X-Place": Qt.point(1, 2), "X-Lists": [topics], "X-Token": "t"}});
        tryVerify(() => server.last !== null, Patience.milliseconds);
        const problem = 'the value of the header "X-Place" cannot be sent';
        compare(client.errors, [{kind: Ws.ErrorKind.Misuse, text: problem}]);
        compare(thrown, [problem]);
        compare(server.last.request.headers["x-token"], "t");
        compare(server.last.request.headers["x-lists"], '["a","b"]');
        verify(!server.last.request.headers.hasOwnProperty("x-place"));
    }

    function test_slotMaySetOtherHeadersWhenOneIsRefused() {
        const client = createTemporaryObject(clientComponent, testCase);
        client.errorOccurred.connect(() => client.headers = {"X-New": "n"});
        client.headers = {"Connection": "close", "X-Old": "o"};
        compare(client.headers, {"X-New": "n"});
        client.url = server.url;
        client.active = true;
        tryVerify(() => server.last !== null, Patience.milliseconds);
        compare(server.last.request.header("X-New"), "n");
        verify(!server.last.request.headers.hasOwnProperty("x-old"));
    }

    function test_refusesAHeaderThatWouldBreakTheRequest() {
        const client = createTemporaryObject(clientComponent, testCase, {
            headers: {"X-Bad": "a\r\nX-Worse: b"}
        });
        compare(client.errors.length, 1);
        compare(client.errors[0].kind, Ws.ErrorKind.Misuse);
        client.headers = {"Upgrade": "h2c"};
        compare(client.errors.length, 2);
        client.url = server.url;
        client.active = true;
        tryVerify(() => server.last !== null, Patience.milliseconds);
        verify(!server.last.request.headers.hasOwnProperty("x-bad"));
        verify(!server.last.request.headers.hasOwnProperty("x-worse"));
    }

    // --- bound

    Component {
        id: watchedComponent
        QtObject {
            id: watched
            required property WsClient client
            readonly property bool isOpen: client.state === Ws.Open
            readonly property bool isActive: client.active
            readonly property string address: String(client.url)
            readonly property string chosen: client.subprotocol
            readonly property string room: client.request.path
            readonly property int code: client.closeCode
            readonly property string reason: client.closeReason
            readonly property bool isPaused: client.paused
            readonly property real limit: client.options.maxMessageSize
            readonly property real identity: client.id
        }
    }
    function test_tellsBindingsOfEveryChange() {
        server.subprotocols = ["b", "a"];
        const client = createTemporaryObject(clientComponent, testCase, {subprotocols: ["a", "b"]});
        const watched = createTemporaryObject(watchedComponent, testCase, {client: client});
        compare(watched.isOpen, false);
        client.url = server.url + "/room?a=b";
        compare(watched.address, String(client.url));
        client.active = true;
        compare(watched.isActive, true);
        tryCompare(watched, "isOpen", true, Patience.milliseconds);
        compare(watched.room, "/room");
        compare(watched.chosen, "b");
        client.paused = true;
        compare(watched.isPaused, true);
        client.paused = false;
        client.options.maxMessageSize = 4096;
        compare(watched.limit, 4096);
        compare(watched.identity, client.id);
        verify(client.id > 0);
        client.close(4002, "enough");
        tryCompare(watched, "code", 4002, Patience.milliseconds);
        compare(watched.reason, "enough");
        compare(watched.isOpen, false);
        compare(watched.isActive, false);
        client.active = true;
        compare(client.closeCode, Ws.NoStatus);
        compare(watched.code, Ws.NoStatus);
        compare(watched.reason, "");
        tryCompare(watched, "isOpen", true, Patience.milliseconds);
        client.abort();
        compare(watched.code, Ws.Abnormal);
    }

    // --- limits and pings

    function test_keepsToItsOptions() {
        const client = openClient({});
        client.options.maxMessageSize = 16;
        tryVerify(() => server.last !== null, Patience.milliseconds);
        server.last.send("0123456789abcdef");
        watch(client, "textMessageReceived");
        spy.wait(Patience.milliseconds);
        server.last.send("0123456789abcdefg");
        tryCompare(client, "state", Ws.Closed, Patience.milliseconds);
        compare(client.errors.length, 1);
        compare(client.errors[0].kind, Ws.ErrorKind.TooLarge);
    }

    function test_compressesWhereBothWantTo_data() {
        return [
            {tag: "both", client: true, server: true},
            {tag: "client alone", client: true, server: false},
            {tag: "server alone", client: false, server: true}
        ];
    }
    function test_compressesWhereBothWantTo(row) {
        const isCompressed = row.client && row.server;
        const text = "the same again ".repeat(100);
        server.compression.enabled = row.server;
        const client = createTemporaryObject(clientComponent, testCase, {url: server.url});
        client.compression.enabled = row.client;
        watch(client, "textMessageReceived");
        client.opened.connect(() => client.send(text));
        client.active = true;
        spy.wait(Patience.milliseconds);
        compare(spy.signalArguments[0][0], text);
        compare(client.extensions.startsWith("permessage-deflate"), isCompressed);
        compare(server.last.extensions, client.extensions);
        const statistics = client.statistics();
        compare(statistics.messagesReceived, 1);
        compare(statistics.payloadBytesReceived, text.length);
        compare(statistics.wireBytesReceived < text.length, isCompressed);
    }

    function test_leavesStreamsToCpp() {
        const client = openClient({binaryType: Ws.Stream});
        const texts = [];
        client.textMessageReceived.connect(text => texts.push(text));
        client.pongReceived.connect(() => {
            client.binaryType = Ws.ByteArray;
            client.send("whole");
        });
        client.send("as a stream");
        client.ping(""); // its pong comes behind the echo
        tryVerify(() => texts.length > 0, Patience.milliseconds);
        compare(texts, ["whole"]);
        compare(client.statistics().messagesReceived, 2);
    }

    function test_pingsWithAPayload() {
        const client = openClient({});
        watch(client, "pongReceived");
        compare(client.ping("abc"), true);
        spy.wait(Patience.milliseconds);
        compare(spy.signalArguments[0][0].byteLength, 3);
        verify(spy.signalArguments[0][1] >= 0);
        client.ping();
        spy.wait(Patience.milliseconds);
        compare(new Uint8Array(spy.signalArguments[1][0]).length, 0);
        verify(client.statistics().roundTripUs >= 0);
    }

    function test_countsWhatIsNotYetSent() {
        const client = openClient({});
        compare(client.bufferedAmount, 0);
        client.send("0123456789");
        verify(client.bufferedAmount >= 10);
        tryCompare(client, "bufferedAmount", 0, Patience.milliseconds);
        compare(client.statistics().messagesSent, 1);
        compare(client.statistics().payloadBytesSent, 10);
    }

    // --- redirects and logins

    function test_followsRedirects() {
        server.requestHandler = request => request.path === "/old" ? Ws.reject(301, "", {"Location": "/new"})
                                                                   : Ws.accept();
        const client = createTemporaryObject(clientComponent, testCase, {url: server.url + "/old", maxRedirects: 1});
        watch(client, "redirected");
        client.active = true;
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        compare(spy.count, 1);
        compare(String(spy.signalArguments[0][0]), String(server.url).replace(/\/?$/, "/new"));
        compare(String(client.url).endsWith("/old"), true);
    }

    function test_logsIn() {
        server.requestHandler = request => request.headers["authorization"] === "Basic dXNlcjpwYXNz"
            ? Ws.accept() : Ws.reject(401, "who?", {"WWW-Authenticate": "Basic realm=\"x\""});
        const client = createTemporaryObject(clientComponent, testCase, {url: server.url});
        const open = () => {
            const count = client.closings.length;
            client.active = true;
            tryVerify(() => client.state === Ws.Open || client.closings.length > count, Patience.milliseconds);
            return client.state === Ws.Open;
        };
        compare(open(), false);
        client.user = "user";
        client.password = "wrong";
        compare(open(), false);
        client.password = "pass";
        compare(open(), true);
        compare(client.errors.length, 2);
    }
}
