// SPDX-License-Identifier: MIT
import QtQuick
import QtTest
import WsKit
import WsKitTesting

TestCase {
    id: testCase
    name: "WsServer"

    component RecordingServer: EchoServer {
        property var errors: []
        property var rejections: []
        onErrorOccurred: error => errors.push({kind: error.kind, text: error.text})
        onConnectionRejected: (error, address) => rejections.push({
            status: error.httpStatus,
            text: error.text,
            address: address.toString()
        })
    }

    property RecordingServer server: null

    Component {
        id: serverComponent
        RecordingServer {}
    }
    Component {
        id: listeningFirstComponent
        WsServer {
            property int freePort: 0
            listening: true
            host: "127.0.0.2"
            port: freePort
            subprotocols: ["chat.v1"]
            options.maxMessageSize: 8
            maxConnections: 2
            maxConnectionsPerAddress: 2
            maxPendingHandshakes: 2
            allowedHosts: ["127.0.0.2"]
            allowedOrigins: ["https://example.org"]
            requestHandler: () => Ws.accept()
        }
    }
    Component {
        id: listeningLastComponent
        WsServer {
            property int freePort: 0
            requestHandler: () => Ws.accept()
            allowedOrigins: ["https://example.org"]
            allowedHosts: ["127.0.0.2"]
            maxPendingHandshakes: 2
            maxConnectionsPerAddress: 2
            maxConnections: 2
            options.maxMessageSize: 8
            subprotocols: ["chat.v1"]
            port: freePort
            host: "127.0.0.2"
            listening: true
        }
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
        id: spy
    }

    function init() {
        server = createTemporaryObject(serverComponent, testCase);
    }

    function watch(target, signalName) {
        spy.target = null;
        spy.signalName = signalName;
        spy.target = target;
        spy.clear();
    }

    function client(properties) {
        return createTemporaryObject(clientComponent, testCase, Object.assign({server}, properties));
    }

    function openClient(properties) {
        const before = server.connectionCount;
        const opened = client(properties);
        tryCompare(opened, "state", Ws.Open, Patience.milliseconds);
        tryCompare(server, "connectionCount", before + 1, Patience.milliseconds);
        return opened;
    }

    // The status that a client with \a properties is refused with.
    function refusal(properties) {
        const refused = client(Object.assign({active: false}, properties));
        let status = -1;
        refused.errorOccurred.connect(error => status = error.httpStatus);
        refused.active = true;
        tryVerify(() => status !== -1, Patience.milliseconds);
        return status;
    }

    function fetch(path, method) {
        const request = new XMLHttpRequest(); // qmllint disable unqualified
        let isDone = false;
        request.onreadystatechange = () => isDone = request.readyState === 4;
        request.open(method ?? "GET", String(server.url).replace("ws:", "http:") + path);
        request.send();
        tryVerify(() => isDone, Patience.milliseconds);
        return {
            status: request.status,
            text: request.responseText,
            type: request.getResponseHeader("Content-Type")
        };
    }

    // --- listening

    function test_listensWithAllPropertiesInAnyOrder_data() {
        return [
            {tag: "listening first", component: listeningFirstComponent},
            {tag: "listening last", component: listeningLastComponent}
        ];
    }
    function test_listensWithAllPropertiesInAnyOrder(row) {
        const freePort = server.serverPort;
        server.listening = false;
        tryCompare(server, "listening", false, Patience.milliseconds);
        const declared = createTemporaryObject(row.component, testCase, {freePort});
        compare(declared.listening, true);
        compare(String(declared.url), "ws://127.0.0.2:" + freePort);
        compare(declared.port, freePort);
        compare(declared.serverPort, freePort);
        compare(declared.options.maxMessageSize, 8);
        compare(declared.subprotocols, ["chat.v1"]);
        compare(declared.maxConnections, 2);
        compare(declared.maxConnectionsPerAddress, 2);
        compare(declared.maxPendingHandshakes, 2);
        compare(declared.allowedHosts, ["127.0.0.2"]);
        compare(declared.allowedOrigins, ["https://example.org"]);
    }

    function test_choosesAFreePort() {
        compare(server.port, 0);
        verify(server.serverPort > 0);
        compare(String(server.url), "ws://127.0.0.1:" + server.serverPort);
    }

    function test_stopsAndListensAgain() {
        const first = openClient({url: server.url});
        watch(first, "closed");
        server.listening = false;
        compare(server.listening, false);
        compare(String(server.url), "");
        compare(server.serverPort, 0);
        spy.wait(Patience.milliseconds);
        compare(Array.from(spy.signalArguments[0]), [Ws.GoingAway, "", true]);
        tryCompare(server, "connectionCount", 0, Patience.milliseconds);
        server.listening = true;
        compare(server.listening, true);
        openClient();
    }

    function test_leavesWithACode_data() {
        return [
            {tag: "without arguments", leave: () => server.close(), code: Ws.GoingAway, reason: ""},
            {tag: "a code", leave: () => server.close(1012), code: 1012, reason: ""},
            {tag: "a reason", leave: () => server.close(4000, "moved"), code: 4000, reason: "moved"},
            {tag: "a time", leave: () => server.close(1012, "soon", 60000), code: 1012, reason: "soon"}
        ];
    }
    function test_leavesWithACode(row) {
        const first = openClient({url: server.url});
        watch(first, "closed");
        compare(server.draining, false);
        row.leave();
        compare(server.draining, true);
        compare(server.listening, false);
        spy.wait(Patience.milliseconds);
        compare(Array.from(spy.signalArguments[0]), [row.code, row.reason, true]);
        tryCompare(server, "draining", false, Patience.milliseconds);
        compare(server.connectionCount, 0);
    }

    function test_leavesAtOnce() {
        openClient({url: server.url});
        watch(server, "closed");
        server.close(1012, "now", 0);
        compare(spy.count, 1);
        compare(server.draining, false);
    }

    function test_staysIfTheCodeMayNotBeSent() {
        openClient();
        server.close(1006);
        compare(server.errorString(), "the close code 1006 may not be sent");
        compare(server.errors, [{kind: Ws.ErrorKind.Misuse, text: "the close code 1006 may not be sent"}]);
        let thrown = null;
        try {
            server.close(70000);
        } catch (error) {
            thrown = error;
        }
        verify(thrown instanceof RangeError);
        compare(thrown.message, "the close code 70000 may not be sent");
        compare(server.draining, false);
        compare(server.listening, true);
    }

    function test_listensAgainWhenTheOldClientsHaveGone() {
        const first = openClient();
        server.listening = false;
        server.listening = true;
        tryCompare(server, "listening", true, Patience.milliseconds);
        tryCompare(first, "state", Ws.Open, Patience.milliseconds); // its URL is bound to the server's
        tryCompare(server, "connectionCount", 1, Patience.milliseconds);
    }

    function test_staysClosedWhenItIsClosedMeanwhile() {
        const last = openClient({url: server.url, paused: true});
        last.options.highWaterMark = 1024;
        const message = new Uint8Array(1000000);
        for (let i = 0; i < 20; ++i)
            verify(server.last.send(message)); // the Close follows it
        server.listening = false;
        server.listening = true;
        server.close(1001, "for good");
        compare(server.draining, true);
        last.abort();
        tryCompare(server, "draining", false, Patience.milliseconds);
        compare(server.listening, false);
        server.listening = true;
        compare(server.listening, true);
    }

    function test_movesToAnAddressThatWasSetBeforeListening() {
        const other = createTemporaryObject(serverComponent, testCase);
        const port = other.serverPort;
        other.listening = false;
        tryCompare(other, "listening", false, Patience.milliseconds);
        server.port = port;
        server.listening = true; // as it is
        tryCompare(server, "serverPort", port, Patience.milliseconds);
    }

    function test_movesToAnotherAddress() {
        const other = createTemporaryObject(serverComponent, testCase);
        const port = other.serverPort;
        other.listening = false;
        tryCompare(other, "listening", false, Patience.milliseconds);
        const bound = openClient();
        watch(server, "listeningChanged");
        server.host = "127.0.0.2";
        server.port = port;
        tryVerify(() => String(server.url) === "ws://127.0.0.2:" + port, Patience.milliseconds);
        compare(spy.count, 2); // once off and once on, for both changes
        tryCompare(bound, "state", Ws.Open, Patience.milliseconds);
        compare(bound.url, server.url);
    }

    Component {
        id: severalWaysComponent
        EchoServer {
            listening: false
            localMode: 0o660
        }
    }
    function test_listensOnSeveralHostsAndALocalSocket() {
        const path = "wskit-tst-server-" + Math.random() + ".sock";
        const several = createTemporaryObject(severalWaysComponent, testCase,
                                              {hosts: ["127.0.0.1", "::1"], localPath: path});
        compare(several.localMode, 0o660);
        compare(several.host, "127.0.0.1");
        several.listening = true;
        compare(several.errorString(), "");
        const urls = Array.from(several.urls, url => String(url));
        compare(urls.length, 3);
        compare(urls[0], String(several.url));
        compare(urls[1], "ws://[::1]:" + several.serverPort);
        verify(urls[2].startsWith("ws+unix:///") && urls[2].endsWith(path));
        for (const url of several.urls)
            tryCompare(client({url}), "state", Ws.Open, Patience.milliseconds);
        tryCompare(several, "connectionCount", 3, Patience.milliseconds);
    }

    function test_listensOnTheLocalSocketAlone() {
        const path = "wskit-tst-server-" + Math.random() + ".sock";
        server.host = "";
        server.localPath = path;
        tryVerify(() => String(server.url).endsWith(path), Patience.milliseconds); // it listens again
        compare(server.urls.length, 1);
        compare(server.serverPort, 0);
        tryCompare(client({url: server.url}), "state", Ws.Open, Patience.milliseconds);
    }

    function test_listensOnAllAddresses_data() {
        return [
            {tag: "IPv4 and IPv6", host: "*", reached: ["127.0.0.1", "[::1]"]},
            {tag: "IPv4", host: "0.0.0.0", reached: ["127.0.0.1"]},
            {tag: "IPv6", host: "::", reached: ["[::1]"]}
        ];
    }
    function test_listensOnAllAddresses(row) {
        watch(server, "listeningChanged");
        server.host = row.host;
        tryCompare(spy, "count", 2, Patience.milliseconds); // once off and once on
        for (const host of row.reached)
            tryCompare(client({url: "ws://" + host + ":" + server.serverPort}), "state", Ws.Open, Patience.milliseconds);
    }

    function test_sharesThePort() {
        watch(server, "listeningChanged");
        server.reusePort = true;
        tryCompare(spy, "count", 2, Patience.milliseconds); // once off and once on
        const other = createTemporaryObject(serverComponent, testCase, {reusePort: true, port: server.serverPort});
        compare(other.listening, true);
        compare(String(other.url), String(server.url));
    }

    function test_warnsOfAModeThatIsNone() {
        ignoreWarning(/localMode 660000 is not in the range from 0 to 0o777/);
        server.localMode = 660000;
        compare(server.localMode, 0);
    }

    function test_saysWhySystemdHasPassedNothing() {
        compare(server.listenFromSystemd(), false);
        verify(server.errorString().startsWith("systemd has passed no sockets"));
    }

    Component {
        id: stubbornServer
        WsServer {
            property int depth: 0
            property int maxDepth: 0
            property int reports: 0
            onErrorOccurred: {
                depth += 1;
                maxDepth = Math.max(maxDepth, depth);
                reports += 1;
                if (reports < 10)
                    listening = true;
                depth -= 1;
            }
        }
    }
    function test_reportsARefusalOnceTheOneBeforeIsDone_data() {
        return [{tag: "an address that is taken", certificate: ""},
                {tag: "a certificate that is not there", certificate: "file:///absent.pem"}];
    }
    function test_reportsARefusalOnceTheOneBeforeIsDone(row) {
        const other = createTemporaryObject(stubbornServer, testCase,
                                            {port: server.serverPort, certificateFile: row.certificate});
        other.listening = true;
        tryCompare(other, "reports", 10, Patience.milliseconds);
        compare(other.maxDepth, 1);
    }

    function test_reportsAnAddressThatIsTaken() {
        const second = createTemporaryObject(serverComponent, testCase, {port: server.serverPort});
        compare(second.listening, false);
        compare(second.errors.length, 1);
        compare(second.errors[0].kind, Ws.ErrorKind.Network);
        verify(second.errorString().length > 0);
        second.port = 0;
        second.listening = true;
        compare(second.listening, true);
    }

    function test_warnsOfAPortThatIsNone() {
        ignoreWarning(/port 70000 is not in the range from 0 to 65535/);
        server.port = 70000;
        compare(server.port, 0);
        compare(server.listening, true);
    }

    // --- requests

    function test_answersByPath() {
        server.requestHandler = request => {
            switch (request.path) {
            case "/":
                return Ws.html("<h1>Grüße</h1>");
            case "/text":
                return Ws.text("text");
            case "/json":
                return Ws.reject(200, {a: 1}, {"Content-Type": "application/json"});
            case "/bytes":
                return Ws.reject(200, new Uint8Array([104, 105]).buffer);
            case "/secret":
                return Ws.reject(401, "who are you?", {"WWW-Authenticate": "Basic realm=\"x\""});
            case "/chat":
                return Ws.accept();
            default:
                return Ws.notFound();
            }
        };
        compare(fetch("/"), {status: 200, text: "<h1>Grüße</h1>", type: "text/html; charset=utf-8"});
        compare(fetch("/text"), {status: 200, text: "text", type: "text/plain; charset=utf-8"});
        compare(fetch("/json"), {status: 200, text: '{"a":1}', type: "application/json"});
        compare(fetch("/bytes").text, "hi");
        compare(fetch("/nothing").status, 404);
        compare(fetch("/chat").status, 426);
        compare(refusal({url: server.url + "/secret"}), 401);
        compare(refusal({url: server.url + "/nothing"}), 404);
        openClient({url: server.url + "/chat"});
        compare(server.last.request.path, "/chat");
        compare(server.rejections.filter(rejection => rejection.status === 401).length, 1);
        compare(server.rejections[0].address, "127.0.0.1");
        compare(server.errors, []);
    }

    function test_answersByAnObject() {
        server.requestHandler = request => {
            switch (request.path) {
            case "/text":
                return {body: "text"};
            case "/json":
                return {status: 201, body: {a: 1}, headers: {"Content-Type": "application/json"}};
            case "/file":
                return {file: Qt.resolvedUrl("tst_server.qml"), headers: {"Content-Type": "text/x-qml"}};
            case "/chat":
                return {status: 101, subprotocol: "two"};
            default:
                return Promise.resolve({status: 404});
            }
        };
        compare(fetch("/text"), {status: 200, text: "text", type: "text/plain; charset=utf-8"});
        compare(fetch("/json"), {status: 201, text: '{"a":1}', type: "application/json"});
        const file = fetch("/file");
        compare(file.status, 200);
        compare(file.type, "text/x-qml");
        verify(file.text.startsWith("// SPDX") || file.text.startsWith("import"));
        compare(fetch("/nothing").status, 404);
        compare(openClient({url: server.url + "/chat", subprotocols: ["one", "two"]}).subprotocol, "two");
        compare(server.errors, []);
    }

    function test_sendsFilesOfAFolder() {
        server.requestHandler = request => request.isWebSocketUpgrade ? Ws.accept() : Ws.file(Qt.resolvedUrl("."), request);
        compare(fetch("/tst_server.qml").status, 200);
        compare(fetch("/none.qml").status, 404);
        compare(fetch("/..%2fqml/tst_server.qml").status, 404);
        server.requestHandler = () => Ws.file(Qt.resolvedUrl("tst_server.qml"));
        compare(fetch("/").status, 200);
        compare(Ws.file("/a#b").file, "/a#b");
        compare(Ws.file("qrc:/a").file, ":/a");
    }

    function test_readsTheBody() {
        server.maxRequestBody = 1000;
        compare(server.maxRequestBody, 1000);
        server.requestHandler = request => ({body: [request.method, request.text, request.body.byteLength].join(" ")});
        const ask = (method, body) => {
            const http = new XMLHttpRequest();
            let answer = "";
            http.onreadystatechange = () => {
                if (http.readyState === XMLHttpRequest.DONE)
                    answer = http.status + " " + http.responseText;
            };
            http.open(method, server.url.toString().replace("ws:", "http:"));
            http.send(body);
            tryVerify(() => answer !== "", Patience.milliseconds);
            return answer;
        };
        compare(ask("POST", "Grüße"), "200 POST Grüße 7");
        verify(ask("POST", "x".repeat(1001)).startsWith("413 "));
        compare(ask("GET"), "200 GET  0");
        compare(Ws.accept().body.byteLength, 0);
        server.maxRequestBody = 0;
    }

    function test_showsTheRequest() {
        let seen = null;
        server.requestHandler = request => {
            seen = request;
            return Ws.accept();
        };
        openClient({
            url: server.url + "/a%20b?room=x%20y&n=1&n=2",
            subprotocols: ["one", "two"],
            headers: {
                "Origin": "http://127.0.0.1:" + server.serverPort,
                "Cookie": "a=1; b=2; a=3",
                "X-Token": "t"
            }
        });
        compare(seen.method, "GET");
        compare(seen.target, "/a%20b?room=x%20y&n=1&n=2");
        compare(seen.path, "/a b");
        compare(seen.query, {room: "x y", n: "1"});
        compare(seen.cookies, {a: "1", b: "2"});
        compare(seen.headers["x-token"], "t");
        compare(seen.header("X-TOKEN"), "t");
        compare(seen.subprotocols, ["one", "two"]);
        compare(seen.origin, "http://127.0.0.1:" + server.serverPort);
        compare(seen.peerAddress, "127.0.0.1");
        verify(seen.peerPort > 0);
        compare(seen.isEncrypted, false);
        compare(seen.isWebSocketUpgrade, true);
        compare(String(seen), "GET /a%20b?room=x%20y&n=1&n=2");
    }

    function test_acceptsWithASubprotocolAndHeaders() {
        server.requestHandler = () => Ws.accept("two", {"X-Answer": "yes", "Set-Cookie": ["a=1", "b=2"]});
        const opened = openClient({subprotocols: ["one", "two"]});
        compare(opened.subprotocol, "two");
        compare(opened.response.status, 101);
        compare(opened.response.headers["x-answer"], "yes");
        compare(opened.response.headers["set-cookie"], "a=1, b=2");
    }

    function test_acceptsEveryoneWithoutAHandler() {
        server.requestHandler = () => Ws.notFound();
        compare(refusal(), 404);
        server.requestHandler = null;
        openClient();
    }

    function test_answers500WhereTheHandlerFails_data() {
        return [
            {tag: "throws", handler: () => { throw new Error("broken"); }, warning: /Error: broken/,
             kind: Ws.ErrorKind.Handler},
            {tag: "throws a text", handler: () => { throw "no"; }, warning: /requestHandler: no$/,
             kind: Ws.ErrorKind.Handler},
            {tag: "throws an answer", handler: () => { throw Ws.accept(); }, warning: /requestHandler: /,
             kind: Ws.ErrorKind.Handler},
            {tag: "throws an object", handler: () => { throw {status: 200, body: "fine"}; },
             warning: /requestHandler: /, kind: Ws.ErrorKind.Handler},
            {tag: "throws nothing", handler: () => { throw undefined; }, warning: /requestHandler: undefined/,
             kind: Ws.ErrorKind.Handler},
            {tag: "throws a promise", handler: () => { throw Promise.resolve(Ws.accept()); },
             warning: /requestHandler: /, kind: Ws.ErrorKind.Handler},
            {tag: "an error", handler: () => new Error("broken"), warning: /Error: broken is not a wsResponse/,
             kind: Ws.ErrorKind.Misuse},
            {tag: "calls itself for ever", handler: () => server.requestHandler(), warning: /RangeError/,
             kind: Ws.ErrorKind.Handler},
            {tag: "nothing", handler: () => undefined, warning: /undefined is not a wsResponse/,
             kind: Ws.ErrorKind.Misuse},
            {tag: "a number", handler: () => 404, warning: /404 is not a wsResponse/,
             kind: Ws.ErrorKind.Misuse}
        ];
    }
    function test_answers500WhereTheHandlerFails(row) {
        server.requestHandler = row.handler;
        ignoreWarning(row.warning);
        compare(refusal(), 500);
        compare(server.errors.length, 1);
        compare(server.errors[0].kind, row.kind);
        server.requestHandler = () => Ws.accept();
        openClient();
    }

    function test_answersOnceAPromiseIsKept() {
        const waiting = [];
        server.requestHandler = request => new Promise(resolve => waiting.push({request, resolve}));
        const accepted = client({url: server.url + "/yes"});
        tryVerify(() => waiting.length === 1, Patience.milliseconds);
        compare(accepted.state, Ws.Connecting);
        gc();
        waiting[0].resolve(Ws.accept());
        tryCompare(accepted, "state", Ws.Open, Patience.milliseconds);
        compare(server.last.request.path, "/yes");
        server.requestHandler = () => Promise.resolve(Ws.notFound());
        compare(refusal(), 404);
    }

    function test_answers500WhereAPromiseIsBroken_data() {
        return [
            {tag: "an error", reason: new Error("broken"), warning: /Error: broken/},
            {tag: "a text", reason: "no", warning: /requestHandler: no$/},
            {tag: "an object", reason: {status: 101}, warning: /requestHandler: /},
            {tag: "an answer", reason: Ws.accept(), warning: /requestHandler: /}
        ];
    }
    function test_answers500WhereAPromiseIsBroken(row) {
        server.requestHandler = () => Promise.reject(row.reason);
        ignoreWarning(row.warning);
        compare(refusal(), 500);
        compare(server.errors.length, 1);
        compare(server.errors[0].kind, Ws.ErrorKind.Handler);
    }

    function test_takesOnlyAFunctionAsHandler() {
        const handler = () => Ws.accept();
        server.requestHandler = handler;
        ignoreWarning(/requestHandler must be a function or null/);
        server.requestHandler = 7;
        compare(server.requestHandler, handler);
    }

    // --- who may connect

    function test_keepsToTheOrigins() {
        const stranger = {"Origin": "https://example.org"};
        compare(refusal({headers: stranger}), 403);
        server.allowedOrigins = ["https://example.org"];
        openClient({headers: stranger});
        compare(refusal({headers: {"Origin": "https://example.com"}}), 403);
        server.allowedOrigins = ["*"];
        openClient({headers: {"Origin": "https://example.com"}});
    }

    function test_keepsToTheHosts() {
        server.allowedHosts = ["example.org"];
        compare(refusal(), 403);
        server.allowedHosts = ["example.org", "127.0.0.1"];
        openClient();
    }

    function test_keepsToMaxConnections() {
        server.maxConnections = 1;
        const first = openClient();
        compare(refusal(), 503);
        first.close();
        tryCompare(server, "connectionCount", 0, Patience.milliseconds);
        openClient();
    }

    function test_keepsToMaxConnectionsPerAddress() {
        server.maxConnectionsPerAddress = 1;
        openClient();
        compare(refusal(), 503);
    }

    function test_believesTrustedProxies() {
        const headers = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"};
        let seen = null;
        server.requestHandler = request => {
            seen = request;
            return Ws.accept();
        };
        compare(server.trustedProxies, []);
        openClient({headers});
        compare(seen.peerAddress, "127.0.0.1");
        server.trustedProxies = ["127.0.0.1"];
        openClient({headers});
        compare(seen.peerAddress, "203.0.113.7");
        compare(seen.peerPort, 0);
        compare(seen.proxyAddress, "127.0.0.1");
        compare(seen.isEncrypted, true);
        compare(server.proxyProtocol, false);
        server.proxyProtocol = true;
        compare(refusal(), 0);
        compare(server.rejections.length, 1);
        verify(server.rejections[0].text.includes("proxyProtocol"), server.rejections[0].text);
        server.trustedProxies = ["10"];
        compare(server.errors[0].kind, Ws.ErrorKind.Misuse);
        openClient();
    }

    function test_keepsToItsOptions() {
        server.options.maxMessageSize = 8;
        compare(server.options.maxMessageSize, 8);
        const opened = openClient();
        compare(server.last.options.maxMessageSize, 8);
        watch(opened, "closed");
        opened.send("123456789");
        spy.wait(Patience.milliseconds);
        compare(spy.signalArguments[0][0], Ws.MessageTooBig);
    }

    function test_choosesASubprotocol() {
        server.subprotocols = ["v2", "v1"];
        compare(openClient({subprotocols: ["v1", "v2"]}).subprotocol, "v2");
        compare(openClient({subprotocols: ["v1"]}).subprotocol, "v1");
        compare(openClient().subprotocol, "");
    }

    // --- connections

    function test_listsItsConnections() {
        watch(server, "connectionCountChanged");
        const clients = [openClient(), openClient(), openClient()];
        compare(spy.count, 3);
        compare(server.connections.length, 3);
        const ids = Array.from(server.connections).map(connection => connection.id);
        compare(new Set(ids).size, 3);
        for (const connection of server.connections)
            compare(connection.state, Ws.Open);
        clients[1].close();
        tryCompare(server, "connectionCount", 2, Patience.milliseconds);
        compare(server.connections.length, 2);
    }

    Component {
        id: repeaterComponent
        Repeater {
            property WsServer server: null
            model: server?.connections ?? null
            delegate: Item {
                required property WsConnection modelData
                readonly property string path: modelData ? modelData.request.path : ""
            }
        }
    }
    function test_isAModelByItsConnections() {
        const repeater = createTemporaryObject(repeaterComponent, testCase, {server});
        compare(repeater.count, 0);
        openClient({url: server.url + "/room"});
        compare(repeater.count, 1);
        compare(repeater.itemAt(0).path, "/room");
    }

    function test_publishesToSubscribers() {
        const heard = ["", ""];
        heard.forEach((_, i) => openClient().textMessageReceived.connect(text => heard[i] += text));
        const [first, second] = server.connections;
        verify(server.subscribe(first, "news") && server.subscribe(second, "news"));
        compare(server.topics(), ["news"]);
        compare(server.publish("news", "a"), 2);
        compare(server.publish("news", {b: 1}, second), 1);
        compare(server.publish("sports", "nobody"), 0);
        tryVerify(() => [...heard].sort().join() === 'a,a{"b":1}', Patience.milliseconds);
        verify(server.unsubscribe(first, "news"));
        compare(server.subscriberCount("news"), 1);
        compare(server.threadCount, 0);
    }

    function test_publishesWithAKey() {
        const heard = ["", ""];
        heard.forEach((_, i) => openClient().textMessageReceived.connect(text => heard[i] += text));
        const [first, second] = server.connections;
        verify(server.subscribe(first, "prices") && server.subscribe(second, "prices"));
        compare(server.publish("prices", "a", "EURUSD"), 2);
        compare(server.publish("prices", {b: 1}, "EURUSD", second), 1);
        compare(server.publish("prices", "c", ""), 2);
        compare(server.publish("prices", "d", null), 2); // no connection is left out
        compare(server.publish("prices", "e", null, second), 1);
        compare(server.publish("prices", "f", undefined, second), 1);
        tryVerify(() => [...heard].sort().join() === 'acd,a{"b":1}cdef', Patience.milliseconds);
        compare(first.statistics().messagesSkipped, 0);
    }

    // Opens a client that does not read, and one that does: \a send, which gets the numbers from 1 on, is called
    // whenever the latter has got a message, until the former has missed some.
    function sendBesideASlowClient(send) {
        const padding = "x".repeat(20000);
        const run = {slow: openClient(), slowHeard: [], fastHeard: [], sent: 0, accepted: 0};
        run.slowEnd = server.last;
        run.skipped = () => run.slowEnd.statistics().messagesSkipped;
        run.slow.textMessageReceived.connect(text => run.slowHeard.push(parseInt(text)));
        run.slow.paused = true;
        run.sendNext = () => run.accepted += send(++run.sent + padding);
        openClient().textMessageReceived.connect(text => {
            run.fastHeard.push(parseInt(text));
            if (run.skipped() < 10 && run.sent < 5000)
                run.sendNext();
        });
        for (const connection of server.connections)
            verify(server.subscribe(connection, "prices"));
        run.sendNext();
        tryVerify(() => run.skipped() >= 10 || run.sent === 5000, Patience.milliseconds);
        tryCompare(run.fastHeard, "length", run.sent, Patience.milliseconds);
        return run;
    }

    function test_slowClientGetsTheCurrentValueOfAKey_data() {
        return [{tag: "string", key: "EURUSD"}, {tag: "number", key: 7}, {tag: "boolean", key: false}];
    }

    function test_slowClientGetsTheCurrentValueOfAKey(data) {
        const run = sendBesideASlowClient(text => server.publish("prices", text, data.key));
        verify(run.skipped() >= 10);
        compare(run.accepted, 2 * run.sent);
        run.slow.paused = false;
        tryVerify(() => run.slowHeard[run.slowHeard.length - 1] === run.sent, Patience.milliseconds);
        compare(run.slowHeard.length + run.skipped(), run.sent);
    }

    function test_slowClientGetsTheNewestMessages() {
        server.options.slowSubscriber = Ws.DropOldest;
        server.options.maxBufferedAmount = 100000;
        compare(server.options.slowSubscriber, Ws.DropOldest);
        const run = sendBesideASlowClient(text => server.broadcast(text));
        verify(run.skipped() >= 10);
        compare(run.accepted, 2 * run.sent);
        run.slow.paused = false;
        tryVerify(() => run.slowHeard[run.slowHeard.length - 1] === run.sent, Patience.milliseconds);
        compare(run.slowHeard.length + run.skipped(), run.sent);
        compare(run.slowHeard, [...run.slowHeard].sort((a, b) => a - b));
    }

    function test_broadcasts() {
        const heard = ["", "", ""];
        const clients = heard.map((_, i) => {
            const opened = openClient();
            opened.textMessageReceived.connect(text => heard[i] += text);
            opened.binaryMessageReceived.connect(data => heard[i] += "<" + data.byteLength + ">");
            return opened;
        });
        const firstEnd = server.connections[0];
        compare(server.broadcast("a"), 3);
        compare(server.broadcast(new Uint8Array(4)), 3);
        compare(server.broadcast({b: 1}, firstEnd), 2);
        tryVerify(() => heard.filter(text => text === 'a<4>{"b":1}').length === 2, Patience.milliseconds);
        compare(heard.filter(text => text === "a<4>").length, 1);
        compare(firstEnd.broadcast("c"), true);
        tryVerify(() => heard.filter(text => text === 'a<4>{"b":1}c').length === 2, Patience.milliseconds);
        compare(clients[0].broadcast("nobody"), false);
        server.connections[1].inBroadcasts = false;
        compare(server.broadcast("d"), 2);
        let thrown = null;
        try {
            server.broadcast(undefined);
        } catch (error) {
            thrown = error;
        }
        verify(thrown instanceof TypeError);
    }

    function test_losesNoMessageBeforeTheHandlerIsConnected() {
        const opened = client();
        const echoes = [];
        opened.textMessageReceived.connect(text => echoes.push(text));
        opened.opened.connect(() => {
            opened.send("first");
            opened.send("second");
        });
        tryVerify(() => echoes.length === 2, Patience.milliseconds);
        compare(echoes, ["first", "second"]);
    }

    // --- bound

    Component {
        id: watchedComponent
        QtObject {
            required property WsServer server
            readonly property bool isListening: server.listening
            readonly property string address: String(server.url)
            readonly property int number: server.serverPort
            readonly property int count: server.connectionCount
            readonly property int listed: server.connections.length
            readonly property real limit: server.options.maxMessageSize
        }
    }
    function test_tellsBindingsOfEveryChange() {
        const watched = createTemporaryObject(watchedComponent, testCase, {server: server});
        compare(watched.isListening, true);
        compare(watched.number, server.serverPort);
        openClient();
        compare(watched.count, 1);
        compare(watched.listed, 1);
        server.options.maxMessageSize = 4096;
        compare(watched.limit, 4096);
        server.listening = false;
        compare(watched.isListening, false);
        compare(watched.address, "");
        compare(watched.number, 0);
        tryCompare(watched, "count", 0, Patience.milliseconds);
        compare(watched.listed, 0);
    }
}
