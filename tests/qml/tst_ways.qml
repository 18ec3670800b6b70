// SPDX-License-Identifier: MIT
import QtQuick
import QtTest
import WsKit
import WsKitTesting

// The ways to a server: redirects, logging in, proxies and pinned certificates.
TestCase {
    id: testCase
    name: "WsClientWays"

    property EchoServer server: null
    property EchoServer other: null
    readonly property string wrongPin: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

    Component {
        id: serverComponent
        EchoServer {}
    }
    Component {
        id: clientComponent
        WsClient {
            property var errors: []
            property var redirects: []
            property var questions: []
            property var answer: null // a function, called with the host that asks
            onErrorOccurred: error => errors.push({kind: error.kind, status: error.httpStatus, text: error.text})
            onRedirected: url => redirects.push(String(url))
            onCredentialsRequired: (realm, isProxy, host) => {
                questions.push({realm, isProxy, host});
                if (answer)
                    answer(host);
            }
        }
    }

    function init() {
        server = createTemporaryObject(serverComponent, testCase);
        other = createTemporaryObject(serverComponent, testCase);
    }

    function redirectTo(location) {
        server.requestHandler = request => request.path === "/old" ? Ws.reject(307, "", {Location: location})
                                                                   : Ws.accept();
    }

    // Ada's password is "love".
    function guard(guarded) {
        guarded.requestHandler = request => request.header("Authorization") === "Basic " + Qt.btoa("ada:love")
            ? Ws.accept() : Ws.reject(401, "", {"WWW-Authenticate": 'Basic realm="the engine"'});
    }

    function hostOf(ofServer) {
        return String(ofServer.url).replace("ws://", "");
    }

    function create(properties) {
        return createTemporaryObject(clientComponent, testCase, properties);
    }

    // --- redirects

    function test_followsRedirects() {
        redirectTo(String(other.url) + "/new");
        const client = create({url: server.url + "/old", maxRedirects: 1, active: true});
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        compare(client.redirects, [String(other.url) + "/new"]);
        tryVerify(() => other.last !== null, Patience.milliseconds);
        compare(other.last.request.path, "/new");
        compare(client.errors, []);
    }

    function test_followsNoRedirectByDefault() {
        redirectTo("/new");
        const client = create({url: server.url + "/old", active: true});
        tryCompare(client, "active", false, Patience.milliseconds);
        compare(client.maxRedirects, 0);
        compare(client.redirects, []);
        compare(client.errors.length, 1);
        compare(client.errors[0].status, 307);
    }

    // --- logging in

    function test_logsInAsTheUserThatIsSet() {
        guard(server);
        const client = create({url: server.url, user: "ada", password: "love", active: true});
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        compare(client.questions, []);
    }

    function test_logsInAsTheHandlerSays() {
        guard(server);
        const client = create({url: server.url});
        client.answer = () => {
            client.user = "ada";
            client.password = "love";
        };
        client.active = true;
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        compare(client.questions, [{realm: "the engine", isProxy: false, host: hostOf(server)}]);
    }

    function test_failsIfNobodyKnowsAPassword() {
        guard(server);
        const client = create({url: server.url, active: true});
        tryCompare(client, "active", false, Patience.milliseconds);
        compare(client.questions.length, 1);
        compare(client.errors.length, 1);
        compare(client.errors[0].status, 401);
        client.user = "ada"; // as a dialog does that takes its time
        client.password = "love";
        client.active = true;
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
    }

    function test_asksAgainIfThePasswordIsRefused() {
        guard(server);
        const client = create({url: server.url, user: "ada", password: "hate", active: true});
        tryCompare(client, "active", false, Patience.milliseconds);
        compare(client.questions, [{realm: "the engine", isProxy: false, host: hostOf(server)}]);
        verify(!client.errors[0].text.includes("hate"));
    }

    function test_tellsNoOtherServerThePassword() {
        guard(other);
        redirectTo(String(other.url) + "/new");
        const client = create({url: server.url + "/old", maxRedirects: 1, user: "ada", password: "love",
                               active: true});
        tryCompare(client, "active", false, Patience.milliseconds);
        compare(client.questions, [{realm: "the engine", isProxy: false, host: hostOf(other)}]);
        compare(other.last, null);
    }

    function test_answerGoesToTheServerThatHasAsked_data() {
        return [{tag: "at once", isAtOnce: true}, {tag: "by a dialog", isAtOnce: false}];
    }
    function test_answerGoesToTheServerThatHasAsked(row) {
        guard(other);
        redirectTo(String(other.url) + "/new");
        const client = create({url: server.url + "/old", maxRedirects: 1});
        const answer = host => {
            client.user = "ada";
            client.password = host === hostOf(other) ? "love" : "hate";
        };
        if (row.isAtOnce)
            client.answer = answer;
        client.active = true;
        if (!row.isAtOnce) {
            tryCompare(client, "active", false, Patience.milliseconds);
            answer(client.questions[0].host);
            client.active = true;
        }
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        compare(client.questions.length, 1);
        compare(client.questions[0].host, hostOf(other));
    }

    // The first server may ask as well, for what the user has told the second.
    function test_answerDoesNotGoToAnotherServer() {
        guard(other);
        redirectTo(String(other.url) + "/new");
        const client = create({url: server.url + "/old", maxRedirects: 1, active: true});
        tryCompare(client, "active", false, Patience.milliseconds);
        guard(server);
        client.user = "ada";
        client.password = "love";
        client.active = true;
        tryCompare(client, "active", false, Patience.milliseconds);
        compare(client.questions.map(question => question.host), [hostOf(other), hostOf(server)]);
        compare(server.last, null);
        client.password = "love"; // now it is the answer to that server
        client.active = true;
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        tryVerify(() => server.last !== null, Patience.milliseconds);
    }

    // The user has not answered; the program knows the name for another server.
    function test_userThatIsSetIsForTheServerOfTheUrl() {
        guard(server);
        guard(other);
        const client = create({url: server.url, active: true});
        tryCompare(client, "active", false, Patience.milliseconds);
        client.url = other.url;
        client.user = "ada";
        client.password = "love";
        client.active = true;
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
        compare(client.questions.length, 1);
    }

    // --- proxies

    function test_reportsWhatIsNoProxy() {
        const client = create({url: server.url, proxy: "gopher://127.0.0.1:1"});
        compare(client.errors.length, 1);
        compare(client.errors[0].kind, Ws.ErrorKind.Misuse);
        client.active = true; // which does not go without the proxy
        tryCompare(client, "active", false, Patience.milliseconds);
        compare(client.errors.length, 2);
        compare(client.errors[1].text, client.errors[0].text);
        compare(server.last, null);
    }

    function test_reportsAProxyThatIsNotThere_data() {
        return [{tag: "http"}, {tag: "socks5"}];
    }
    function test_reportsAProxyThatIsNotThere(row) {
        const client = create({url: server.url, proxy: row.tag + "://127.0.0.1:1", active: true});
        tryCompare(client, "active", false, Patience.milliseconds);
        compare(client.errors.length, 1);
        compare(client.errors[0].kind, Ws.ErrorKind.Proxy);
        client.proxy = "none";
        client.active = true;
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
    }

    // --- pinned certificates

    function test_opensNothingWithAPinThatIsNone() {
        const tls = createTemporaryObject(serverComponent, testCase, {isTls: true});
        const client = create({url: tls.url, caFile: Certificates.authority, pinnedCertificates: ["nonsense"],
                               active: true});
        tryCompare(client, "active", false, Patience.milliseconds);
        compare(client.errors.length, 1);
        compare(client.errors[0].kind, Ws.ErrorKind.Misuse);
        compare(tls.last, null);
    }

    function test_opensNothingWithoutTlsIfAKeyIsPinned() {
        const client = create({url: server.url, active: true, pinnedCertificates: [testCase.wrongPin]});
        compare(client.active, false);
        compare(client.errors.length, 1);
        compare(server.last, null);
        client.pinnedCertificates = ["nonsense"];
        client.active = true;
        tryCompare(client, "active", false, Patience.milliseconds);
        compare(client.errors.length, 2);
        compare(server.last, null);
    }

    function test_refusesAnotherKeyThanThePinned() {
        const tls = createTemporaryObject(serverComponent, testCase, {isTls: true});
        const client = create({url: tls.url, caFile: Certificates.authority, active: true,
                               pinnedCertificates: [testCase.wrongPin]});
        tryCompare(client, "active", false, Patience.milliseconds);
        compare(client.errors[0].kind, Ws.ErrorKind.Tls);
        compare(tls.last, null);
        client.pinnedCertificates = [];
        client.active = true;
        tryCompare(client, "state", Ws.Open, Patience.milliseconds);
    }
}
