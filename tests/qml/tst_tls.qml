// SPDX-License-Identifier: MIT
import QtQuick
import QtTest
import WsKit
import WsKitTesting

TestCase {
    id: testCase
    name: "TLS"

    component TlsServer: WsServer {
        property var errors: []
        property WsConnection last: null
        certificateFile: Certificates.server
        privateKeyFile: Certificates.serverKey
        listening: true
        onErrorOccurred: error => errors.push({kind: error.kind, text: error.text})
        onNewConnection: connection => last = connection
    }

    property TlsServer server: null

    Component {
        id: serverComponent
        TlsServer {}
    }
    Component {
        id: plainFirstComponent
        WsServer {
            listening: true
            privateKeyFile: Certificates.serverKey
            certificateFile: Certificates.server
        }
    }
    Component {
        id: clientComponent
        WsClient {
            property var errors: []
            property WsServer server: null
            active: true
            url: server?.url ?? ""
            onErrorOccurred: error => errors.push({kind: error.kind, text: error.text})
        }
    }

    Component {
        id: spyComponent
        SignalSpy {}
    }

    function init() {
        server = createTemporaryObject(serverComponent, testCase);
    }

    function client(properties) {
        return createTemporaryObject(clientComponent, testCase, Object.assign({server}, properties));
    }

    function verifyOpens(properties) {
        const opened = client(properties);
        tryCompare(opened, "state", Ws.Open, Patience.milliseconds);
        compare(opened.isEncrypted, true);
        return opened;
    }

    function verifyFails(properties) {
        const refused = client(properties);
        tryVerify(() => refused.errors.length > 0, Patience.milliseconds);
        compare(refused.errors[0].kind, Ws.ErrorKind.Tls);
        tryCompare(refused, "state", Ws.Closed, Patience.milliseconds);
        compare(refused.active, false);
        compare(refused.errorString(), refused.errors[0].text);
        return refused.errors[0].text;
    }

    function test_listensWithTheCertificateInAnyOrder() {
        const declared = createTemporaryObject(plainFirstComponent, testCase);
        compare(String(declared.url), "wss://127.0.0.1:" + declared.serverPort);
        compare(String(server.url), "wss://127.0.0.1:" + server.serverPort);
    }

    function test_trustsTheAuthority() {
        verifyOpens({caFile: Certificates.authority});
        tryVerify(() => server.last !== null, Patience.milliseconds);
        compare(server.last.isEncrypted, true);
        compare(server.last.request.isEncrypted, true);
    }

    function test_refusesAnUnknownAuthority() {
        verifyFails();
    }

    function test_refusesAnotherName() {
        server = createTemporaryObject(serverComponent, testCase, {
            certificateFile: Certificates.elsewhere,
            privateKeyFile: Certificates.elsewhereKey
        });
        verifyFails({caFile: Certificates.authority});
    }

    function test_ignoresErrorsWhereToldTo() {
        const opened = verifyOpens({ignoreSslErrors: true});
        opened.active = false;
        tryCompare(opened, "state", Ws.Closed, Patience.milliseconds);
        opened.ignoreSslErrors = false;
        opened.active = true;
        tryCompare(opened, "state", Ws.Closed, Patience.milliseconds);
        compare(opened.errors.length, 1);
        compare(opened.errors[0].kind, Ws.ErrorKind.Tls);
    }

    function test_waitsForTheUser_data() {
        return [
            {tag: "who trusts", trusts: true, ignores: false},
            {tag: "who does not", trusts: false, ignores: false},
            {tag: "who trusts everybody", trusts: false, ignores: true}
        ];
    }

    function test_waitsForTheUser(data) {
        const waiting = client({pauseOnSslErrors: true, active: false});
        const spy = createTemporaryObject(spyComponent, testCase, {target: waiting, signalName: "sslErrors"});
        compare(waiting.continueOpening(), false);
        waiting.active = true;
        tryCompare(spy, "count", 1, Patience.milliseconds);
        wait(0); // the slots have returned
        compare(waiting.state, Ws.Connecting);
        waiting.ignoreSslErrors = data.ignores;
        compare(waiting.continueOpening(data.trusts), true);
        const trusts = data.trusts || data.ignores;
        tryCompare(waiting, "state", trusts ? Ws.Open : Ws.Closed, Patience.milliseconds);
        compare(waiting.errors.length, trusts ? 0 : 1);
        // Whoever was trusted by continueOpening() was so once.
        waiting.active = false;
        tryCompare(waiting, "state", Ws.Closed, Patience.milliseconds);
        compare(waiting.continueOpening(true), false);
        waiting.pauseOnSslErrors = false;
        waiting.active = true;
        tryCompare(waiting, "state", data.ignores ? Ws.Open : Ws.Closed, Patience.milliseconds);
        compare(waiting.isEncrypted, data.ignores);
    }

    function test_verifiesAnotherNameThanTheHost() {
        const opened = verifyOpens({caFile: Certificates.authority, peerVerifyName: "localhost"});
        compare(opened.peerVerifyName, "localhost");
        const stranger = client({caFile: Certificates.authority, peerVerifyName: "elsewhere.example"});
        tryVerify(() => stranger.errors.length > 0, Patience.milliseconds);
        compare(stranger.errors[0].kind, Ws.ErrorKind.Tls);
    }

    function test_pinsTheServersKey() {
        const other = "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        const text = verifyFails({caFile: Certificates.authority, pinnedCertificates: [other]});
        const pin = text.match(/"([A-Za-z0-9+\/]{43}=)"/)[1];
        const opened = verifyOpens({ignoreSslErrors: true, pinnedCertificates: [other, pin]});
        compare(opened.pinnedCertificates, [other, pin]);
        verifyFails({ignoreSslErrors: true, pinnedCertificates: [other]});
    }

    function test_opensNothingWithAMalformedPin() {
        const refused = client({ignoreSslErrors: true, pinnedCertificates: ["sha256/wrong"]});
        tryVerify(() => refused.errors.length > 0, Patience.milliseconds);
        compare(refused.errors[0].kind, Ws.ErrorKind.Misuse);
        verify(refused.errors[0].text.includes('"sha256/wrong"'));
        compare(refused.active, false);
    }

    function test_provesWhoTheClientIs() {
        server = createTemporaryObject(serverComponent, testCase, {caFile: Certificates.authority});
        verifyOpens({
            caFile: Certificates.authority,
            certificateFile: Certificates.client,
            privateKeyFile: Certificates.clientKey
        });
        compare(server.connectionCount, 1);
        const stranger = client({caFile: Certificates.authority});
        tryVerify(() => stranger.errors.length > 0, Patience.milliseconds);
        compare(server.connectionCount, 1);
    }

    function test_reportsFilesThatCannotBeUsed_data() {
        return [
            {tag: "no certificate", certificate: "nowhere.crt", text: /nowhere\.crt: /},
            {tag: "no key", key: "nowhere.key", text: /nowhere\.key: /},
            {tag: "only a certificate", key: "", text: /server\.crt: contains no private key/},
            {tag: "only a key", certificate: "", text: /^the name of the certificate's PEM file is empty$/},
            {tag: "not a certificate", certificate: Certificates.serverKey, text: /no certificate/},
            {tag: "not a key", key: Certificates.server, text: /no private key/},
            {tag: "no resource", certificate: "qrc:/nowhere.crt", text: /^:\/nowhere\.crt: no such file$/},
            {tag: "the key of another", key: Certificates.clientKey, text: /client\.key: .*does not match/},
            {tag: "no pass phrase", key: Certificates.encryptedServerKey, text: /encrypted\.key: .*needs a pass phrase/},
            {
                tag: "wrong pass phrase",
                key: Certificates.encryptedServerKey,
                passPhrase: "Secret",
                text: /encrypted\.key: the pass phrase does not decrypt/
            }
        ];
    }
    function test_reportsFilesThatCannotBeUsed(row) {
        const files = {
            certificateFile: row.certificate ?? Certificates.server,
            privateKeyFile: row.key ?? Certificates.serverKey,
            privateKeyPassPhrase: row.passPhrase ?? ""
        };
        const broken = createTemporaryObject(serverComponent, testCase, files);
        compare(broken.listening, false); // and not without encryption
        compare(broken.errors.length, 1);
        compare(broken.errors[0].kind, Ws.ErrorKind.Tls);
        verify(row.text.test(broken.errors[0].text), broken.errors[0].text);
        compare(broken.errorString(), broken.errors[0].text);
        verify(row.text.test(verifyFails(files)));
        broken.certificateFile = Certificates.server;
        broken.privateKeyFile = Certificates.serverKey;
        broken.listening = true;
        compare(broken.listening, true);
        verify(String(broken.url).startsWith("wss:"));
    }

    function test_needsACertificateBesideTheAuthority() {
        const files = {certificateFile: "", privateKeyFile: "", caFile: Certificates.authority};
        const broken = createTemporaryObject(serverComponent, testCase, files);
        compare(broken.listening, false);
        compare(broken.listenFromSystemd(), false);
        compare(broken.errors.length, 2);
        for (const error of broken.errors)
            compare(error.text, "the name of the certificate's PEM file is empty");
        compare(broken.errorString(), broken.errors[0].text);
        verifyOpens({caFile: Certificates.authority}); // as a client does not
    }

    function test_opensAnEncryptedKey() {
        const files = {privateKeyFile: Certificates.encryptedServerKey, privateKeyPassPhrase: "secret"};
        server = createTemporaryObject(serverComponent, testCase, files);
        compare(server.errors, []);
        verifyOpens({caFile: Certificates.authority});
    }

    function test_looksForFilesBesideTheComponent() {
        const text = verifyFails({caFile: "nowhere.crt"});
        verify(text.startsWith(String(Qt.resolvedUrl("nowhere.crt")).replace("file://", "") + ": "), text);
    }

    function test_changesItsCertificateWhileListening() {
        const first = verifyOpens({caFile: Certificates.authority});
        server.certificateFile = Certificates.elsewhere;
        server.privateKeyFile = Certificates.elsewhereKey;
        tryVerify(() => {
            const refused = client({caFile: Certificates.authority});
            tryVerify(() => refused.state === Ws.Open || refused.errors.length > 0, Patience.milliseconds);
            return refused.errors.length > 0;
        }, Patience.milliseconds);
        compare(server.listening, true);
        compare(server.errors, []);
        compare(first.state, Ws.Open);
    }

    // Returns a server that waits for its last client, and listens again when that is cut: it does not read, so
    // it does not answer the Close.
    function closingServer(properties) {
        const closing = createTemporaryObject(serverComponent, testCase, properties);
        closing.options.closeTimeout = 10 * Patience.milliseconds;
        const late = client({server: null, url: closing.url, paused: true, caFile: Certificates.authority});
        late.options.highWaterMark = 1024;
        tryVerify(() => closing.last !== null, Patience.milliseconds);
        const message = new Uint8Array(1000000);
        for (let i = 0; i < 20; ++i)
            verify(closing.last.send(message));
        closing.listening = false;
        closing.listening = true;
        compare(closing.draining, true);
        wait(0);
        compare(closing.draining, true);
        return {closing, late};
    }

    function test_readsFilesThatWereSetWhileItClosed_data() {
        return [
            {tag: "usable", certificate: Certificates.server, listens: true},
            {tag: "not there", certificate: "nowhere.crt", listens: false},
            {tag: "not there, and told to listen once more", certificate: "nowhere.crt", listens: false, isTold: true}
        ];
    }
    function test_readsFilesThatWereSetWhileItClosed(row) {
        const {closing, late} = closingServer({certificateFile: "", privateKeyFile: ""});
        closing.certificateFile = row.certificate;
        closing.privateKeyFile = Certificates.serverKey;
        if (row.isTold)
            closing.listening = true;
        wait(0);
        const changes = createTemporaryObject(spyComponent, testCase, {target: closing, signalName: "listeningChanged"});
        late.abort();
        tryCompare(closing, "draining", false, Patience.milliseconds);
        compare(closing.listening, row.listens);
        compare(changes.count, row.listens ? 1 : 0);
        compare(closing.errors.length, row.listens ? 0 : 1);
        if (row.listens) {
            verify(String(closing.url).startsWith("wss:"), closing.url);
            verifyOpens({server: closing, caFile: Certificates.authority});
        } else {
            compare(closing.errors[0].kind, Ws.ErrorKind.Tls);
            closing.certificateFile = Certificates.server;
            closing.listening = true;
            compare(closing.listening, true);
        }
    }

    function test_addressOfTheLastTimeIsNoChange() {
        const other = createTemporaryObject(serverComponent, testCase);
        const port = other.serverPort;
        other.listening = false;
        tryCompare(other, "listening", false, Patience.milliseconds);
        const {closing, late} = closingServer();
        closing.port = port;
        wait(0);
        late.abort();
        tryCompare(closing, "listening", true, Patience.milliseconds);
        compare(closing.serverPort, port);
        const first = verifyOpens({server: closing, caFile: Certificates.authority});
        closing.certificateFile = Certificates.elsewhere;
        closing.privateKeyFile = Certificates.elsewhereKey;
        tryVerify(() => {
            const refused = client({server: closing, caFile: Certificates.authority});
            tryVerify(() => refused.state === Ws.Open || refused.errors.length > 0, Patience.milliseconds);
            return refused.errors.length > 0;
        }, Patience.milliseconds);
        compare(closing.listening, true);
        compare(closing.draining, false);
        compare(closing.serverPort, port);
        compare(first.state, Ws.Open);
    }

    function test_readsItsFilesAgain() {
        const first = verifyOpens({caFile: Certificates.authority});
        compare(server.reloadCertificates(), true);
        verifyOpens({caFile: Certificates.authority});
        server.certificateFile = "nowhere.crt";
        compare(server.reloadCertificates(), false);
        compare(server.errors.length, 1);
        compare(server.errors[0].kind, Ws.ErrorKind.Tls);
        verify(/nowhere\.crt: no such file/.test(server.errors[0].text), server.errors[0].text);
        verifyOpens({caFile: Certificates.authority});
        server.certificateFile = Certificates.server;
        compare(server.reloadCertificates(), true);
        compare(first.state, Ws.Open);
    }

    function test_readsNothingAgainWithoutFiles() {
        const plain = createTemporaryObject(serverComponent, testCase, {certificateFile: "", privateKeyFile: ""});
        compare(plain.reloadCertificates(), false);
        compare(plain.errors.length, 1);
        verify(/none of the server's certificates was loaded from a file/.test(plain.errorString()));
    }

    Component {
        id: watcherComponent
        QtObject {
            required property WsServer server
            readonly property string scheme: String(server.url).split(":")[0]
            property var schemes: []
            onSchemeChanged: schemes.push(scheme)
        }
    }

    function test_tellsBindingsOfItsScheme() {
        const watcher = createTemporaryObject(watcherComponent, testCase, {server});
        compare(watcher.schemes, ["wss"]);
        server.certificateFile = Certificates.elsewhere;
        server.privateKeyFile = Certificates.elsewhereKey;
        wait(0);
        server.certificateFile = server.privateKeyFile = "";
        tryCompare(watcher, "scheme", "ws", Patience.milliseconds);
        server.certificateFile = "nowhere.crt";
        tryVerify(() => server.errors.length === 1, Patience.milliseconds);
        server.certificateFile = Certificates.server;
        server.privateKeyFile = Certificates.serverKey;
        server.caFile = Certificates.authority;
        tryCompare(watcher, "scheme", "wss", Patience.milliseconds);
        compare(watcher.schemes, ["wss", "ws", "wss"]);
        compare(server.errors.length, 1);
    }

    function test_canGoWithoutEncryptionAgain() {
        server.certificateFile = "";
        server.privateKeyFile = "";
        tryVerify(() => String(server.url) === "ws://127.0.0.1:" + server.serverPort, Patience.milliseconds);
        const plain = client();
        tryCompare(plain, "state", Ws.Open, Patience.milliseconds);
        compare(plain.isEncrypted, false);
    }
}
