// SPDX-License-Identifier: MIT
import QtQuick
import WsKit

// Tests the window against a server of its own, which goes away and comes back.
Item {
    id: check

    required property Client client
    required property ConnectionBanner banner
    required property Composer composer

    property int step: -1
    // Each step performs an action, and its result must be visible before the next step.
    readonly property var steps: [
        {
            what: "waits for a server that is not there yet",
            act: () => {
                server.listening = true;
                check.client.url = server.url;
                server.port = server.serverPort;
                server.listening = false;
                check.client.active = true;
            },
            holds: () => check.banner.isShown && /^No connection yet\. Next attempt in\s1\ss/.test(check.banner.text)
        },
        {
            what: "connects when it is told to try now",
            act: () => {
                server.listening = true;
                check.banner.tryNow();
            },
            holds: () => check.client.isOnline && check.banner.text === "Back online"
        },
        {
            what: "sends what is typed",
            act: () => check.say("one"),
            holds: () => check.shows("own one received") && check.shows("echo one")
        },
        {
            what: "says that the connection is lost and when it tries again",
            act: () => server.listening = false,
            holds: () => check.client.attempt >= 2
                && /^Connection lost\. Next attempt in\s\d+\ss \(attempt\s\d+\)$/.test(check.banner.text)
        },
        {
            what: "shows what is typed meanwhile as waiting",
            act: () => {
                check.say("two");
                check.say("three");
            },
            holds: () => check.shows("own two waiting") && check.shows("own three waiting")
        },
        {
            what: "sends it by itself when the server is back, in order",
            act: () => server.listening = true,
            holds: () => check.shows("own two received") && check.shows("own three received") && check.endsWith("echo two", "echo three")
        },
        {
            what: "is back online, and no longer says so after a moment",
            act: () => {},
            holds: () => check.client.isOnline && !check.banner.visible
        },
        {
            what: "stays disconnected when the user disconnects",
            act: () => check.client.active = false,
            holds: () => check.client.state === Ws.Closed && !check.client.isAway && !check.banner.isShown
        }
    ]
    property int changes: 0 // of the rows; what they show is not a binding
    readonly property bool isMet: changes >= 0 && step >= 0 && step < steps.length && steps[step].holds()

    onIsMetChanged: {
        if (isMet)
            turn.start();
    }

    function start() {
        patience.start();
        next();
    }

    function say(text) {
        composer.type(text);
        composer.submit();
    }

    function shown() {
        const texts = [];
        for (let i = 0; i < client.rows.count; ++i) {
            const row = client.rows.get(i);
            texts.push(row.isOwn ? "own " + row.text + " " + row.status : "echo " + row.text);
        }
        return texts;
    }

    function shows(text) {
        return shown().includes(text);
    }

    function endsWith(first, second) {
        const texts = shown();
        return texts.length > 1 && texts[texts.length - 2] === first && texts[texts.length - 1] === second;
    }

    function next() {
        if (step >= 0)
            console.info("ok     ", steps[step].what);
        step += 1;
        if (step === steps.length)
            Qt.exit(0);
        else
            steps[step].act();
    }

    WsServer {
        id: server
        onNewConnection: connection => connection.messageReceived.connect(message => connection.send(message))
    }
    Connections {
        target: check.client.rows
        function onCountChanged() {
            check.changes += 1;
        }
        function onDataChanged() {
            check.changes += 1;
        }
    }
    // The next step begins in a new turn of the event loop.
    Timer {
        id: turn
        interval: 0
        onTriggered: check.next()
    }
    Timer {
        id: patience
        interval: 60000
        onTriggered: {
            console.error("FAILED ", check.steps[check.step].what, "\n  banner:", check.banner.text,
                          "\n  rows:", check.shown().join(", "));
            Qt.exit(1);
        }
    }
}
