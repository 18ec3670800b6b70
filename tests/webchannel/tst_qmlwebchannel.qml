// SPDX-License-Identifier: MIT
import QtQuick
import QtTest
import QtWebChannel
import WsKit
import WsKit.WebChannel

// The channel of QML, with objects of QML, for a client that speaks the protocol of qwebchannel.js by hand.
TestCase {
    id: testCase
    name: "WebChannel"

    readonly property int patience: 60000

    Component {
        id: siteComponent
        //! [server]
        Item {
            id: site
            property alias server: server
            property alias channels: channels
            property alias lamp: lamp

            QtObject {
                id: lamp
                property bool on: false
                signal flickered(int times)
                function toggle() {
                    on = !on;
                    return on;
                }
                WebChannel.id: "lamp"
            }
            WsServer {
                id: server
                listening: true
            }
            WsWebChannelServer {
                id: channels
                server: server
                channel: WebChannel {
                    registeredObjects: [lamp]
                }
                path: "/channel"
                onErrorOccurred: (error, connection) => console.warn("client", connection.id, error.text)
            }
        }
        //! [server]
    }
    Component {
        id: pageComponent
        WsClient {
            property var messages: []
            property var methods: ({})
            active: true
            onOpened: {
                send({type: 3, id: 0});
                send({type: 4});
            }
            onTextMessageReceived: text => {
                const message = JSON.parse(text);
                messages = messages.concat(message);
                if (message.id === 0) {
                    for (const [name, index] of message.data.lamp.methods)
                        methods[name] = index;
                } else if (message.type === 2) {
                    send({type: 4});
                }
            }
            function toggle() {
                send({type: 6, id: 1, object: "lamp", method: methods.toggle, args: []});
            }
        }
    }
    SignalSpy {
        id: connected
        signalName: "clientConnected"
    }

    function test_publishesObjectsOfQml() {
        const site = createTemporaryObject(siteComponent, testCase);
        verify(site.server.listening);
        connected.target = site.channels;
        connected.clear();
        const page = createTemporaryObject(pageComponent, testCase, {url: site.server.url + "/channel"});
        tryVerify(() => page.messages.length === 1, patience);
        compare(site.channels.clientCount, 1);
        compare(connected.count, 1);
        page.toggle();
        tryVerify(() => page.messages.some(message => message.id === 1 && message.data === true), patience);
        verify(site.lamp.on);
        tryVerify(() => page.messages.some(message => message.type === 2), patience);
        page.close();
        tryCompare(site.channels, "clientCount", 0, patience);
    }

    function test_reportsWhatAClientDidWrong() {
        const site = createTemporaryObject(siteComponent, testCase);
        const page = createTemporaryObject(pageComponent, testCase, {url: site.server.url + "/channel"});
        tryVerify(() => page.messages.length === 1, patience);
        ignoreWarning(/client \d+ a message that is not JSON .*"nonsense"/);
        page.send("nonsense");
        tryCompare(page, "closeCode", 1007, patience);
    }

    function test_timeoutIsInMilliseconds() {
        const site = createTemporaryObject(siteComponent, testCase);
        compare(site.channels.idleTimeout, 30000);
        site.channels.idleTimeout = 500;
        compare(site.channels.idleTimeout, 500);
    }
}
