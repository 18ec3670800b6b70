// SPDX-License-Identifier: MIT
import QtQuick
import QtTest
import WsKit

// From Qt 6.5 on: a JavaScript object as a whole value.
TestCase {
    id: testCase
    name: "StructuredValues"

    Component {
        id: clientComponent
        WsClient {
            options: ({
                    maxMessageSize: 65536,
                    closeTimeout: 250,
                    slowSubscriber: Ws.CloseConnection,
                    compression: {
                        enabled: true,
                        windowBits: 15
                    }
                })
            reconnect: ({
                    enabled: true,
                    maxDelay: 2000,
                    factor: 1.5
                })
        }
    }
    WsClient {
        id: client
    }
    WsServer {
        id: server
        compression: ({
                threshold: 512
            })
    }
    SignalSpy {
        id: optionsChanged
        target: client
        signalName: "optionsChanged"
    }

    function test_bindsAWholeValue() {
        const bound = createTemporaryObject(clientComponent, testCase) as WsClient;
        compare(bound.options.maxMessageSize, 65536);
        compare(bound.options.closeTimeout, 250);
        compare(bound.options.slowSubscriber, Ws.CloseConnection);
        compare(bound.options.maxFrameSize, 16 * 1024 * 1024); // the default
        compare(bound.options.compression.enabled, true);
        compare(bound.compression.windowBits, 15);
        compare(bound.reconnect.enabled, true);
        compare(bound.reconnect.maxDelay, 2000);
        compare(bound.reconnect.factor, 1.5);
        compare(bound.reconnect.initialDelay, 500); // the default
        compare(server.compression.threshold, 512);
    }

    function test_assignsAWholeValue() {
        client.options.maxFragments = 7;
        optionsChanged.clear();
        client.options = {
            maxMessageSize: 1024
        };
        compare(client.options.maxMessageSize, 1024);
        compare(client.options.maxFragments, server.options.maxFragments); // what is not named is the default
        compare(optionsChanged.count, 1);
        client.reconnect = {
            enabled: true
        };
        compare(client.reconnect.enabled, true);
    }

    function test_acceptsInitialProperties() {
        const made = createTemporaryObject(clientComponent, testCase, {
            options: {
                pingInterval: 1234
            }
        }) as WsClient;
        compare(made.options.pingInterval, 1234);
    }
}
