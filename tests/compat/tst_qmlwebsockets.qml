// SPDX-License-Identifier: MIT
import QtQuick
import QtTest
import QtWebSockets

// The QML types of Qt WebSockets. CMake makes a copy of this file that imports those of WsKit.Compat.
TestCase {
    id: testCase
    name: "QmlWebSockets"

    readonly property bool isCompat: false // true in the copy
    readonly property int patience: 60000

    property var server: null
    property var clients: [] // those of the server

    Component {
        id: clientComponent
        WebSocket {
            property var statuses: []
            property var messages: []
            property var errors: []
            onStatusChanged: status => statuses.push(status)
            onErrorStringChanged: errorString => errors.push(errorString)
            onTextMessageReceived: message => messages.push(message)
            onBinaryMessageReceived: message => messages.push(Array.from(new Uint8Array(message)))
        }
    }
    Component {
        id: serverComponent
        WebSocketServer {
            property var errors: []
            property var ports: []
            onErrorStringChanged: errorString => errors.push(errorString)
            onPortChanged: port => ports.push(port)
            onClientConnected: webSocket => {
                const statuses = [];
                webSocket.statusChanged.connect(status => statuses.push(status));
                testCase.clients.push({webSocket, statuses, first: webSocket.status});
            }
        }
    }
    Component {
        id: exampleComponent
        Item {
            id: example
            property var answers: []
            //! [server]
            WebSocketServer {
                id: server
                listen: true
                onClientConnected: webSocket => {
                    webSocket.textMessageReceived.connect(message => webSocket.sendTextMessage("echo: " + message));
                }
            }
            //! [server]
            //! [client]
            WebSocket {
                url: server.url
                active: true
                onStatusChanged: status => {
                    if (status === WebSocket.Open)
                        sendTextMessage("hello");
                    else if (status === WebSocket.Error)
                        console.warn(errorString);
                }
                onTextMessageReceived: message => example.answers.push(message)
            }
            //! [client]
        }
    }
    Component {
        id: destructionComponent
        QtObject {
            signal gone
            Component.onDestruction: gone()
        }
    }
    property int destructions: 0
    Component {
        id: observerComponent
        Connections {}
    }

    function init() {
        clients = [];
        server = createTemporaryObject(serverComponent, testCase, {listen: true});
        verify(server.port > 0);
    }

    function cleanup() {
        clients = [];
    }

    // Whether WsKit.Compat behaves as the row of the table says; see compattesting.h.
    function compatDiffers(row) {
        return isCompat;
    }

    function openClient(properties) {
        const client = createTemporaryObject(clientComponent, testCase, Object.assign({url: server.url, active: true}, properties));
        const before = clients.length;
        tryCompare(client, "status", WebSocket.Open, patience);
        tryVerify(() => clients.length === before + 1, patience);
        return client;
    }

    function lastOfServer() {
        return clients[clients.length - 1];
    }

    // With proof that garbage has been collected: of several objects, for what is seen on the stack is kept.
    function collect() {
        const before = destructions;
        for (let i = 0; i < 20; ++i)
            destructionComponent.createObject(null).gone.connect(() => ++destructions);
        tryVerify(() => {
            gc();
            return destructions > before;
        }, patience);
    }

    // --- what there is

    function test_members_data() {
        return [
            {tag: "WebSocket", component: clientComponent, members: {
                url: "", requestedSubprotocols: [], status: WebSocket.Closed, active: false, negotiatedSubprotocol: ""
            }, functions: ["sendTextMessage", "sendBinaryMessage"],
            signals: ["textMessageReceived", "binaryMessageReceived", "statusChanged", "activeChanged",
                "errorStringChanged", "urlChanged", "requestedSubprotocolsChanged", "negotiatedSubprotocolChanged"]},
            {tag: "WebSocketServer", component: serverComponent, members: {
                url: "ws://127.0.0.1:0", host: "127.0.0.1", port: 0, name: "", supportedSubprotocols: [],
                errorString: "", listen: false, accept: true
            }, functions: [], signals: ["clientConnected", "errorStringChanged", "urlChanged", "portChanged",
                "nameChanged", "supportedSubprotocolsChanged", "hostChanged", "listenChanged", "acceptChanged"]}
        ];
    }

    function test_members(data) {
        const object = createTemporaryObject(data.component, testCase);
        for (const [name, value] of Object.entries(data.members)) {
            if (Array.isArray(value))
                compare(object[name].length, 0, name);
            else
                compare(object[name], value, name);
        }
        for (const name of data.functions)
            compare(typeof object[name], "function", name);
        for (const name of data.signals)
            compare(typeof object[name].connect, "function", name);
    }

    function test_statuses() {
        compare([WebSocket.Connecting, WebSocket.Open, WebSocket.Closing, WebSocket.Closed, WebSocket.Error],
                [0, 1, 2, 3, 4]);
    }

    function test_versions_data() {
        return [
            {tag: "none", version: "", hasBinaryMessages: true},
            {tag: "1.0", version: "1.0", hasBinaryMessages: false},
            {tag: "1.1", version: "1.1", hasBinaryMessages: true}
        ];
    }

    function test_versions(data) {
        const imports = `import QtQml; import QtWebSockets ${data.version};`;
        const pair = Qt.createQmlObject(
            `${imports} QtObject { property WebSocket a: WebSocket {} property var b: WebSocketServer {} }`, testCase);
        compare(pair.a.status, WebSocket.Closed);
        let works = true;
        try {
            Qt.createQmlObject(`${imports} WebSocket { onBinaryMessageReceived: {} }`, testCase);
        } catch (error) {
            verify(error.qmlErrors[0].message.includes("is not available"));
            works = false;
        }
        compare(works, data.hasBinaryMessages);
    }

    function test_errorStringIsEmptyWithoutAnError() {
        const client = createTemporaryObject(clientComponent, testCase);
        compare(client.errorString === "", compatDiffers("errorString of a new WebSocket in QML"));
        client.url = server.url;
        client.active = true;
        tryCompare(client, "status", WebSocket.Open, patience);
        compare(client.errorString, "");
    }

    // --- a connection

    function test_programOfTheDocumentation() {
        const example = createTemporaryObject(exampleComponent, testCase);
        tryVerify(() => example.answers.length === 1, patience);
        compare(example.answers, ["echo: hello"]);
    }

    function test_conversation() {
        const client = openClient();
        compare(client.statuses, [WebSocket.Connecting, WebSocket.Open]);
        const {webSocket, first} = lastOfServer();
        compare(first, WebSocket.Open);
        compare(webSocket.active, true);
        compare(webSocket.errorString, "");
        compare(webSocket.url, server.url + "/");
        const received = [];
        webSocket.textMessageReceived.connect(message => received.push(message));
        webSocket.binaryMessageReceived.connect(message => received.push(message.byteLength));
        compare(client.sendTextMessage("h\u00e4l\ud83d\ude00"), 8);
        compare(client.sendTextMessage(""), 0);
        compare(client.sendBinaryMessage(new Uint8Array([0, 255, 1]).buffer), 3);
        compare(client.sendBinaryMessage("abc"), 3);
        tryVerify(() => received.length === 4, patience);
        compare(received, ["h\u00e4l\ud83d\ude00", "", 3, 3]);
        compare(webSocket.sendTextMessage("back"), 4);
        compare(webSocket.sendBinaryMessage(new Uint8Array([7, 0]).buffer), 2);
        tryVerify(() => client.messages.length === 2, patience);
        compare(client.messages, ["back", [7, 0]]);
        compare(client.errorString, "");
    }

    function test_emptyBinaryMessage() {
        const client = openClient();
        let size = -1;
        let hasFailed = false;
        lastOfServer().webSocket.binaryMessageReceived.connect(message => {
            try {
                size = message.byteLength;
            } catch (error) {
                hasFailed = true;
            }
        });
        compare(client.sendBinaryMessage(new ArrayBuffer(0)), 0);
        tryVerify(() => size !== -1 || hasFailed, patience);
        if (compatDiffers("empty binary message in QML") || !hasFailed) // newer versions of Qt do not fail
            compare(size, 0);
    }

    function test_closingByTheClient() {
        const client = openClient();
        const {webSocket, statuses} = lastOfServer();
        client.active = false;
        tryCompare(client, "status", WebSocket.Closed, patience);
        compare(client.statuses.slice(2), [WebSocket.Closing, WebSocket.Closed]);
        tryVerify(() => statuses.length === 2, patience);
        compare(statuses, [WebSocket.Closing, WebSocket.Closed]);
        compare(webSocket.active, true);
        compare(client.errorString, "");
    }

    function test_closingByTheServer() {
        const client = openClient();
        const {webSocket, statuses} = lastOfServer();
        webSocket.active = false;
        tryCompare(client, "status", WebSocket.Closed, patience);
        compare(client.statuses.slice(2), [WebSocket.Closing, WebSocket.Closed]);
        tryVerify(() => statuses.length === 2, patience);
        compare(statuses, [WebSocket.Closing, WebSocket.Closed]);
        compare(client.active, true);
    }

    function test_messagesBeforeTheEndArrive() {
        const client = openClient();
        let size = 0;
        lastOfServer().webSocket.textMessageReceived.connect(message => size += message.length);
        const text = "x".repeat(100000);
        for (let i = 0; i < 20; ++i)
            client.sendTextMessage(text);
        client.active = false;
        client.active = true; // with another connection
        tryVerify(() => size === 20 * text.length, patience);
        tryCompare(client, "status", WebSocket.Open, patience);
    }

    function test_activeAgain() {
        const client = openClient();
        lastOfServer().webSocket.active = false;
        tryCompare(client, "status", WebSocket.Closed, patience);
        client.active = true; // it is already
        compare(client.status, WebSocket.Closed);
        client.active = false;
        client.active = true;
        compare(client.status, WebSocket.Connecting);
        tryCompare(client, "status", WebSocket.Open, patience);
        tryVerify(() => clients.length === 2, patience);
    }

    function test_activeAgainAtOnce() {
        const client = openClient();
        client.active = false;
        client.active = true;
        tryCompare(client, "status", WebSocket.Open, patience);
        tryVerify(() => clients.length === 2, patience);
        compare(client.statuses, [WebSocket.Connecting, WebSocket.Open, WebSocket.Closing, WebSocket.Closed,
                                  WebSocket.Connecting, WebSocket.Open]);
        tryVerify(() => clients[0].statuses.length === 2, patience);
    }

    function test_urlOfAnOpenClient() {
        const client = openClient();
        client.url = server.url + "/other";
        tryVerify(() => clients.length === 2, patience);
        tryCompare(client, "status", WebSocket.Open, patience);
        compare(client.statuses, [WebSocket.Connecting, WebSocket.Open, WebSocket.Closing, WebSocket.Closed,
                                  WebSocket.Connecting, WebSocket.Open]);
        compare(lastOfServer().webSocket.url, server.url + "/other");
        client.url = "";
        tryCompare(client, "status", WebSocket.Closed, patience);
        compare(client.active, true);
    }

    function test_activeWithoutUrl() {
        const client = createTemporaryObject(clientComponent, testCase, {active: true});
        compare(client.status, WebSocket.Closed);
        client.url = server.url;
        tryCompare(client, "status", WebSocket.Open, patience);
    }

    function test_subprotocols() {
        if (!compatDiffers("agreement on a subprotocol in QML"))
            return; // the name would be freed twice
        server.supportedSubprotocols = ["b", "c"];
        const client = openClient({requestedSubprotocols: ["a", "b"]});
        tryCompare(client, "negotiatedSubprotocol", "b", patience);
        const {webSocket} = lastOfServer();
        compare(webSocket.negotiatedSubprotocol, "b");
        compare(webSocket.requestedSubprotocols.join(), "a,b");
        client.requestedSubprotocols = ["c"]; // for the next time
        compare(client.status, WebSocket.Open);
        client.active = false;
        tryCompare(client, "negotiatedSubprotocol", "", patience);
        client.active = true;
        tryCompare(client, "negotiatedSubprotocol", "c", patience);
    }

    function test_sendingWithoutAConnection() {
        const client = createTemporaryObject(clientComponent, testCase, {url: server.url});
        compare(client.sendTextMessage("lost"), 0);
        compare(client.status, WebSocket.Error);
        const text = client.errorString;
        verify(text !== "");
        client.active = true;
        compare(client.status, WebSocket.Connecting);
        compare(client.errorString, "");
        compare(client.sendBinaryMessage("lost"), 0);
        compare(client.status, WebSocket.Error);
        compare(client.errorString, text);
        tryCompare(client, "status", WebSocket.Open, patience);
        compare(client.errorString, "");
        client.sendTextMessage("first");
        const received = [];
        tryVerify(() => clients.length === 1, patience);
        lastOfServer().webSocket.textMessageReceived.connect(message => received.push(message));
        client.sendTextMessage("second");
        tryVerify(() => received.includes("second"), patience);
        verify(!received.includes("lost"));
        client.active = false;
        tryCompare(client, "status", WebSocket.Closed, patience);
        compare(client.sendTextMessage("lost"), 0);
        compare(client.status, WebSocket.Error);
    }

    function test_inactiveAfterSendingWhileConnecting() {
        if (!compatDiffers("close() while connecting"))
            return; // an error is reported
        const client = createTemporaryObject(clientComponent, testCase, {url: server.url, active: true});
        compare(client.sendTextMessage("lost"), 0);
        compare(client.status, WebSocket.Error);
        client.active = false;
        compare(client.status, WebSocket.Closed);
        openClient(); // after which the first would be there, too
        compare(clients.length, 1);
        compare(client.status, WebSocket.Closed);
        client.active = true;
        tryCompare(client, "status", WebSocket.Open, patience);
        tryVerify(() => clients.length === 2, patience);
    }

    function test_activeAgainInAHandler() {
        const client = openClient();
        const {statuses} = lastOfServer();
        client.activeChanged.connect(active => {
            if (!active)
                client.active = true;
        });
        client.active = false;
        tryVerify(() => statuses.includes(WebSocket.Closed), patience);
        tryCompare(client, "status", WebSocket.Open, patience);
        compare(client.active, true);
    }

    function test_refusal() {
        const client = createTemporaryObject(clientComponent, testCase, {url: "ws://127.0.0.1:1", active: true});
        tryVerify(() => client.statuses.length === 3, patience);
        compare(client.statuses, [WebSocket.Connecting, WebSocket.Closed, WebSocket.Error]);
        compare(client.status, WebSocket.Error);
        compare(client.errorString, "Connection refused");
        compare(client.active, true);
        client.url = server.url;
        tryCompare(client, "status", WebSocket.Open, patience);
    }

    function test_wrongUrl() {
        const client = createTemporaryObject(clientComponent, testCase, {url: "ftp://127.0.0.1/", active: true});
        tryCompare(client, "status", WebSocket.Error, patience);
        verify(client.errorString !== "");
        client.url = server.url;
        tryCompare(client, "status", WebSocket.Open, patience);
    }

    function test_clientThatIsDestroyed() {
        const client = openClient();
        const {statuses} = lastOfServer();
        client.destroy();
        tryVerify(() => statuses.includes(WebSocket.Closed), patience);
    }

    function test_ping() {
        const client = openClient();
        if (!isCompat) { // from Qt 6.10 on
            compare(typeof client.ping, typeof client.pong === "object" ? "function" : "undefined");
            return;
        }
        const pongs = [];
        client.pong.connect((elapsedTime, payload) => pongs.push([elapsedTime >= 0, payload.byteLength]));
        client.ping();
        client.ping("abc");
        tryVerify(() => pongs.length === 2, patience);
        compare(pongs, [[true, 0], [true, 3]]);
    }

    // --- a server

    function test_portOfAServer() {
        compare(server.listen, true);
        compare(server.ports, [server.port]);
        compare(server.url, "ws://127.0.0.1:" + server.port);
        const other = createTemporaryObject(serverComponent, testCase, {port: server.port});
        compare(other.url, server.url);
        other.listen = true;
        tryVerify(() => other.errorString !== "", patience);
        compare(other.listen, true);
        other.listen = false;
        other.port = 0;
        compare(other.url, "ws://127.0.0.1:0");
        other.listen = true;
        verify(other.port > 0);
        compare(other.ports.slice(-2), [0, other.port]);
        openClient({url: server.url});
    }

    function test_wrongPort_data() {
        return [{tag: "-1", port: -1}, {tag: "65536", port: 65536}];
    }

    function test_wrongPort(data) {
        const port = server.port;
        ignoreWarning(/port .*range/);
        server.port = data.port;
        compare(server.port, port);
        openClient();
    }

    function test_ipv6() {
        const other = createTemporaryObject(serverComponent, testCase, {host: "::1", listen: true});
        compare(other.url, "ws://[::1]:" + other.port);
        openClient({url: other.url});
    }

    function test_hostThatIsAName() {
        if (!compatDiffers("host of a WebSocketServer in QML"))
            return; // the server would listen on all addresses
        const local = createTemporaryObject(serverComponent, testCase, {host: "localhost", listen: true});
        openClient({url: "ws://127.0.0.1:" + local.port});
        const other = createTemporaryObject(serverComponent, testCase, {host: "nowhere.invalid", listen: true});
        compare(other.port, 0);
        verify(other.errorString.includes("nowhere.invalid"));
    }

    function test_clientsStayWhenTheServerStopsListening() {
        const client = openClient();
        const {webSocket} = lastOfServer();
        const url = server.url;
        server.listen = false;
        webSocket.sendTextMessage("still here");
        tryVerify(() => client.messages.length === 1, patience);
        compare(client.status, WebSocket.Open);
        compare(server.url, url);
        const other = createTemporaryObject(clientComponent, testCase, {url, active: true});
        tryCompare(other, "status", WebSocket.Error, patience);
        server.listen = true;
        compare(server.url, url);
        openClient();
    }

    function test_settingsOfAListeningServer() {
        const client = openClient();
        server.name = "another";
        const differs = compatDiffers("settings of a listening WebSocketServer in QML");
        if (differs) {
            const {webSocket} = lastOfServer();
            webSocket.sendTextMessage("still here");
            tryVerify(() => client.messages.length === 1, patience);
            server.port = 0;
            verify(server.port > 0);
            compare(server.listen, true);
            openClient();
            compare(client.status, WebSocket.Open);
        } else {
            tryCompare(client, "status", WebSocket.Closed, patience);
            server.port = 0;
            tryCompare(server, "listen", false, patience);
        }
    }

    function test_accept() {
        server.accept = false;
        const client = createTemporaryObject(clientComponent, testCase, {url: server.url, active: true});
        compare(client.status, WebSocket.Connecting);
        compare(clients.length, 0);
        server.accept = true;
        tryCompare(client, "status", WebSocket.Open, patience);
        tryVerify(() => clients.length === 1, patience);
    }

    function test_acceptWhenTheServerListensAnew() {
        if (!compatDiffers("accept of a WebSocketServer in QML"))
            return; // it accepts clients from then on
        server.accept = false;
        server.listen = false;
        server.listen = true;
        const client = createTemporaryObject(clientComponent, testCase, {url: server.url, active: true});
        const other = createTemporaryObject(serverComponent, testCase, {listen: true});
        openClient({url: other.url});
        compare(client.status, WebSocket.Connecting);
        compare(clients.length, 1);
        server.accept = true;
        tryCompare(client, "status", WebSocket.Open, patience);
    }

    function test_clientsOfADestroyedServer() {
        const other = createTemporaryObject(serverComponent, testCase, {listen: true});
        const client = openClient({url: other.url});
        other.destroy();
        tryVerify(() => client.status !== WebSocket.Open, patience);
    }

    // A function of its own, for what is seen on the stack is kept.
    function checkThatNothingIsSent() {
        compare(clients[0].webSocket.status, WebSocket.Closed);
        compare(clients[0].webSocket.sendTextMessage("lost"), 0);
    }

    function test_closedClientsOfAServer() {
        const count = 5;
        const observers = []; // which do not keep what they observe
        for (let i = 0; i < count; ++i) {
            const client = openClient();
            const {webSocket, statuses} = lastOfServer();
            webSocket.textMessageReceived.connect(message => webSocket.sendTextMessage(message));
            observers.push(createTemporaryObject(observerComponent, testCase, {target: webSocket}));
            client.active = false;
            tryVerify(() => statuses.includes(WebSocket.Closed), patience);
        }
        const countOfAlive = () => observers.filter(observer => observer.target !== null).length;
        collect();
        compare(countOfAlive(), count); // they are in the list
        checkThatNothingIsSent();
        clients = [];
        collect();
        if (compatDiffers("closed clients of a WebSocketServer in QML"))
            tryVerify(() => {
                gc();
                return countOfAlive() <= 1; // perhaps the last, on the stack
            }, patience);
        else
            compare(countOfAlive(), count);
    }

    function test_openClientsThatNobodyHolds() {
        const client = openClient();
        lastOfServer().webSocket.textMessageReceived.connect(message => ++testCase.destructions);
        clients = [];
        collect();
        const before = destructions;
        client.sendTextMessage("are you there?");
        tryVerify(() => destructions === before + 1, patience);
    }
}
