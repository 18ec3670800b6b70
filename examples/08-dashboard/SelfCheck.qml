// SPDX-License-Identifier: MIT
import QtQuick
import WsKit
import Dashboard

// Compares what the page shows of a server with what was really sent to it.
Item {
    id: check

    required property Monitor monitor
    required property FiguresPage figures

    property int step: -1
    property var clients: []
    property int echoes: 0
    property int published: 0
    property int skipped: 0
    // Each step performs an action, and its result must be visible before the next step.
    readonly property var steps: [
        {
            what: "shows a server without clients",
            act: () => {
                server.listening = true;
                check.monitor.server = server;
            },
            shown: () => [check.figures.connections.values, check.figures.messages.note],
            expected: () => [["0"], "0 received, 0 sent"]
        },
        {
            what: "counts clients",
            act: () => {
                for (let i = 0; i < 3; ++i)
                    check.clients.push(check.connectTo("/live"));
            },
            shown: () => [check.figures.connections.values, check.figures.connections.Accessible.name],
            expected: () => [["3"], "Connections: 3, 0 in handshakes"]
        },
        {
            what: "counts messages in both directions, and their sizes",
            act: () => check.talk(10),
            shown: () => [check.echoes, check.figures.messages.note, check.figures.receivedSize.counts.slice(0, 3)],
            expected: () => [30, "30 received, 30 sent", [0, 30, 0]]
        },
        {
            what: "lists topics with their subscribers",
            act: () => {
                const connections = server.connections;
                server.subscribe(connections[0], "news");
                server.subscribe(connections[0], "prices");
                server.subscribe(connections[1], "prices");
            },
            shown: () => [check.figures.topics.lines, check.figures.topics.note],
            expected: () => [["prices: 2", "news: 1"], "2 topics"]
        },
        {
            what: "counts what slow subscribers did not get",
            act: () => {
                for (let i = 0; i < 10; ++i)
                    check.publish(new ArrayBuffer(50000));
                if (check.skipped === 0)
                    check.fail("nothing was skipped");
            },
            shown: () => [check.figures.skipped.note, check.figures.messages.note],
            expected: () => [check.skipped + " in all", "30 received, " + (30 + check.published) + " sent"]
        },
        {
            what: "counts clients that are refused",
            act: () => {
                check.connectTo("/nowhere");
                check.connectTo("/nowhere");
                check.connectTo("/secret");
            },
            shown: () => check.figures.rejected.lines,
            expected: () => ["404: 2", "403: 1"]
        },
        {
            what: "counts connections by their close code",
            act: () => {
                check.clients.pop().close(4001);
                check.clients.pop().close();
            },
            shown: () => [check.figures.connections.values, check.figures.closed.lines],
            expected: () => [["1"], ["1000 normal: 1", "4000–4999: 1"]]
        },
        {
            what: "shows the same by its page of metrics",
            act: () => check.monitor.address = String(server.url),
            shown: () => [check.monitor.page.toString(), check.monitor.problem, check.figures.connections.values,
                check.figures.messages.note, check.figures.skipped.note, check.figures.closed.lines,
                check.figures.rejected.lines, check.figures.receivedSize.values.count],
            expected: () => [String(server.url).replace("ws", "http") + "/metrics", "", ["1"],
                "30 received, " + (30 + check.published) + " sent", check.skipped + " in all",
                ["1000 normal: 1", "4000–4999: 1"], ["404: 2", "403: 1"], 0]
        },
        {
            what: "counts what is sent meanwhile",
            act: () => check.talk(5),
            shown: () => [check.figures.messages.note, check.figures.receivedSize.counts.slice(0, 3)],
            expected: () => ["35 received, " + (35 + check.published) + " sent", [0, 5, 0]]
        },
        {
            what: "keeps the last figures, and says so, when the server has gone",
            act: () => server.listening = false,
            shown: () => [check.monitor.problem !== "", check.monitor.hasFigures,
                check.figures.messages.note, check.figures.connections.values],
            expected: () => [true, true, "35 received, " + (35 + check.published) + " sent", [Format.none]]
        },
        {
            what: "says what is wrong with an address",
            act: () => check.monitor.address = "ftp://127.0.0.1/",
            shown: () => [check.monitor.problem, check.monitor.hasFigures],
            expected: () => ["“ftp://127.0.0.1/” is not the address of a page of metrics, http://…", false]
        },
        {
            what: "shows the demo",
            act: () => {
                check.monitor.server = null;
                check.monitor.demo.active = true;
                check.monitor.address = "";
            },
            shown: () => [check.monitor.problem, check.monitor.connections.now > 50, check.monitor.received.now > 0,
                check.monitor.roundTrip.count > 0, check.monitor.topics.length >= 5],
            expected: () => ["", true, true, true, true]
        }
    ]

    function start() {
        patience.start();
        look.start();
        next();
    }

    function connectTo(path) {
        const client = clientType.createObject(check, {url: server.url + path}) as WsClient;
        client.textMessageReceived.connect(() => check.echoes += 1);
        client.active = true;
        return client;
    }

    function talk(count) {
        for (const client of clients) {
            for (let i = 0; i < count; ++i)
                client.send("x".repeat(100));
        }
    }

    function publish(data) {
        const subscribers = server.subscriberCount("prices");
        const accepted = server.publish("prices", data);
        published += accepted;
        skipped += subscribers - accepted;
    }

    function fail(reason) {
        console.error("FAILED ", steps[step].what, "\n  ", reason);
        Qt.exit(1);
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
        options.maxBufferedAmount: 100000
        options.slowSubscriber: Ws.SkipMessage
        requestHandler: request => {
            switch (request.path) {
            case "/live": return Ws.accept();
            case "/metrics": return Ws.metrics(server);
            case "/secret": return Ws.reject(403);
            }
            return Ws.notFound();
        }
        onNewConnection: connection => connection.textMessageReceived.connect(text => connection.send(text))
    }
    Component {
        id: clientType
        WsClient {}
    }
    Timer {
        id: look
        interval: 30
        repeat: true
        onTriggered: {
            if (check.step >= check.steps.length)
                return;
            const now = check.steps[check.step];
            if (JSON.stringify(now.shown()) === JSON.stringify(now.expected()))
                check.next();
            else
                check.monitor.refresh();
        }
    }
    Timer {
        id: patience
        interval: 60000
        onTriggered: {
            const now = check.steps[check.step];
            check.fail("shown: " + JSON.stringify(now.shown()) + "\n   expected: " + JSON.stringify(now.expected()));
        }
    }
}
