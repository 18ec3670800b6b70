// SPDX-License-Identifier: MIT
import QtQuick
import QtTest
import WsKit
import WsKitTesting

// Routes, and what their functions and the request handler may return besides a wsResponse.
TestCase {
    id: testCase
    name: "Routes"

    component RecordingServer: EchoServer {
        property var errors: []
        onErrorOccurred: error => errors.push({kind: error.kind, text: error.text})
    }

    property RecordingServer server: null

    Component {
        id: serverComponent
        RecordingServer {}
    }
    Component {
        id: declaredComponent
        RecordingServer {
            routes: ({
                    "/chat/{room}": request => request.parameters.room === "secret" ? Ws.reject(403) : Ws.accept(),
                    "/chat/news": () => Ws.reject(410)
                })
        }
    }
    Component {
        id: clientComponent
        WsClient {
            active: true
        }
    }

    function init() {
        server = createTemporaryObject(serverComponent, testCase);
    }

    function client(path, properties) {
        const url = server.url + path;
        return createTemporaryObject(clientComponent, testCase, Object.assign({url}, properties));
    }

    function openClient(path, properties) {
        const before = server.connectionCount;
        const opened = client(path, properties);
        tryCompare(opened, "state", Ws.Open, Patience.milliseconds);
        tryCompare(server, "connectionCount", before + 1, Patience.milliseconds);
        return opened;
    }

    // The status that a client is refused with.
    function refusal(path) {
        const refused = client(path, {active: false});
        let status = -1;
        refused.errorOccurred.connect(error => status = error.httpStatus);
        refused.active = true;
        tryVerify(() => status !== -1, Patience.milliseconds);
        return status;
    }

    function test_declaredRoutesAnswer() {
        server = createTemporaryObject(declaredComponent, testCase);
        openClient("/chat/qt");
        compare(server.last.request.parameters, {room: "qt"});
        compare(refusal("/chat/secret"), 403);
        compare(refusal("/chat/news"), 410);
        compare(refusal("/"), 404);
    }

    function test_requestHandlerAnswersWhatNoRouteMatches() {
        const asked = [];
        server.requestHandler = request => {
            asked.push(request.path);
            return Ws.reject(402);
        };
        server.routes = {"/files/{path...}": request => Ws.reject(request.parameters.path === "a/b" ? 409 : 500)};
        compare(refusal("/files/a/b"), 409);
        compare(refusal("/other"), 402);
        compare(asked, ["/other"]);
    }

    function test_routesAreReplacedAsAWhole() {
        let changes = 0;
        server.routesChanged.connect(() => ++changes);
        const routes = {"/old": () => Ws.accept()};
        server.routes = routes;
        server.routes = routes;
        compare(changes, 1);
        compare(server.routes, routes);
        openClient("/old");
        server.routes = {"/new": () => Ws.accept()};
        compare(refusal("/old"), 404);
        openClient("/new");
        server.routes = null;
        openClient("/anything");
        compare(changes, 3);
    }

    function test_routeMayAnswerByAPromise() {
        const waiting = [];
        server.routes = {"/{name}": request => new Promise(resolve => waiting.push(resolve))};
        const waitingClient = client("/ann");
        tryVerify(() => waiting.length === 1, Patience.milliseconds);
        compare(waitingClient.state, Ws.Connecting);
        gc();
        waiting[0]({user: "ann"});
        tryCompare(waitingClient, "state", Ws.Open, Patience.milliseconds);
        compare(server.last.user, "ann");
    }

    function test_routeThatThrowsIsAnsweredWith500() {
        server.routes = {"/a": () => { throw new Error("broken"); }};
        ignoreWarning(/the route "\/a": Error: broken/);
        compare(refusal("/a"), 500);
        compare(server.errors.length, 1);
        compare(server.errors[0].kind, Ws.ErrorKind.Handler);
    }

    function test_badRoutesAreLeftOut() {
        ignoreWarning(/the route "chat" cannot be used: it does not begin with a slash/);
        ignoreWarning(/the route "\/nothing" has no handler/);
        server.routes = {"chat": () => Ws.accept(), "/nothing": 7, "/good": () => Ws.accept()};
        compare(server.errors.map(error => error.kind), [Ws.ErrorKind.Misuse, Ws.ErrorKind.Misuse]);
        openClient("/good");
        compare(refusal("/nothing"), 404);
        ignoreWarning(/routes must be an object or null/);
        server.routes = 7;
        openClient("/good");
    }

    function test_routesMayChangeThemselves() {
        server.routes = {
            "/": () => {
                server.routes = {"/": () => Ws.reject(410)};
                gc();
                return Ws.reject(409);
            }
        };
        compare(refusal("/"), 409);
        compare(refusal("/"), 410);
    }

    function test_objectIsAResponse_data() {
        return [
            {tag: "options alone", response: {options: {maxMessageSize: 8}}, size: 8, user: ""},
            {tag: "user alone", response: {user: "ann"}, size: 64, user: "ann"},
            {tag: "both", response: {user: "ann", options: {maxMessageSize: 8}}, size: 8, user: "ann"},
            {tag: "undefined ones", response: {user: "ann", options: undefined, body: undefined}, size: 64, user: "ann"},
            {tag: "undefined option", response: {user: "ann", options: {
                maxMessageSize: undefined, pingInterval: undefined, compression: undefined
            }}, size: 64, user: "ann"},
            {tag: "undefined option of compression", response: {options: {
                maxMessageSize: 8, compression: {threshold: undefined}
            }}, size: 8, user: ""},
            {tag: "status", response: {status: 101, headers: {"X-A": "b"}}, size: 64, user: ""}
        ];
    }
    function test_objectIsAResponse(row) {
        server.options.maxMessageSize = 64;
        server.options.pingInterval = 12345;
        server.requestHandler = () => row.response;
        openClient("/");
        compare(server.last.options.maxMessageSize, row.size);
        compare(server.last.options.pingInterval, 12345); // the server's
        compare(server.last.options.compression.threshold, server.options.compression.threshold);
        compare(server.last.user, row.user);
    }

    function test_optionsDecideAboutCompression() {
        server.compression.enabled = true;
        server.requestHandler = request =>
            request.path === "/plain" ? ({options: {compression: {enabled: false}}}) : Ws.accept();
        verify(openClient("/", {"compression.enabled": true}).extensions.startsWith("permessage-deflate"));
        compare(openClient("/plain", {"compression.enabled": true}).extensions, "");
        compare(server.last.options.compression.enabled, false);
        compare(server.last.options.compression.threshold, server.compression.threshold);
    }

    function test_objectMayBeAnAnswerOverHttp_data() {
        return [
            {tag: "with all", response: {status: 418, body: {tea: true}, headers: {"Content-Type": "application/json"}},
             status: 418, text: '{"tea":true}', type: "application/json"},
            {tag: "body alone", response: {body: "<tea>"}, status: 200, text: "<tea>",
             type: "text/plain; charset=utf-8"},
            {tag: "user as well", response: {body: "tea", user: "ann"}, status: 200, text: "tea",
             type: "text/plain; charset=utf-8"},
            {tag: "headers alone", response: {headers: {"Content-Type": "x/y"}}, status: 200, text: "", type: "x/y"}
        ];
    }
    function test_objectMayBeAnAnswerOverHttp(row) {
        server.requestHandler = () => row.response;
        const request = new XMLHttpRequest(); // qmllint disable unqualified
        let isDone = false;
        request.onreadystatechange = () => isDone = request.readyState === 4;
        request.open("GET", String(server.url).replace("ws:", "http:") + "/");
        request.send();
        tryVerify(() => isDone, Patience.milliseconds);
        compare(request.status, row.status);
        compare(request.responseText, row.text);
        compare(request.getResponseHeader("Content-Type"), row.type);
    }

    function test_responseTakesAUserAndOptions() {
        const limited = server.options;
        limited.maxMessageSize = 8;
        server.requestHandler = () => {
            const response = Ws.accept();
            response.user = "ann";
            response.options = limited;
            return response;
        };
        openClient("/");
        compare(server.last.user, "ann");
        compare(server.last.options.maxMessageSize, 8);
    }

    function test_objectThatIsNoResponseIs500_data() {
        return [
            {tag: "empty", response: {}, warning: /an object without properties is not a wsResponse/},
            {tag: "unknown", response: {usr: "ann"}, warning: /a response has no property "usr"/},
            {tag: "unknown option", response: {options: {maxSize: 8}}, warning: /there is no option "maxSize"/},
            {tag: "unknown option of compression", response: {options: {compression: {on: true}}},
             warning: /there is no option "on"/},
            {tag: "option of another type", response: {options: {maxMessageSize: "much"}},
             warning: /the option "maxMessageSize" cannot be "much"/},
            {tag: "option that is null", response: {options: {maxMessageSize: null}},
             warning: /the option "maxMessageSize" cannot be/},
            {tag: "options that are none", response: {options: 8}, warning: /options is "8" instead of an object/},
            {tag: "a list", response: [101], warning: /101 is not a wsResponse/}
        ];
    }
    function test_objectThatIsNoResponseIs500(row) {
        server.requestHandler = () => row.response;
        ignoreWarning(row.warning);
        compare(refusal("/"), 500);
        compare(server.errors.map(error => error.kind), [Ws.ErrorKind.Misuse]);
    }
}
