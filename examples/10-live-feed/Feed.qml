// SPDX-License-Identifier: MIT
import QtQuick
import WsKit

// The lines of some feeds, each of them once, whichever server the client is connected to and however often that
// changes. Two things make it so:
//
// - The client remembers the id of the last line of each feed, and begins there with the next server.
// - A line of the user waits until it is seen in its feed. After a new connection, those that are not among the lines
//   that were missed are said again. A line that has arrived in spite of that arrives twice, with the same key, and
//   readers drop the second copy.
WsClient {
    id: feed

    property string name: ""
    property var topics: ["feed/lobby"]
    property string server: "" // with which it is connected
    property var waiting: [] // lines of the user that have not been seen in their feed
    readonly property ListModel rows: ListModel {} // what was seen, and at the end what is waiting

    property var lastIds: ({}) // by topic
    property var live: [] // the topics of which everything that was missed has arrived
    property var seen: new Map() // the latest keys, oldest first
    property int gap: 0 // the row before which lines may be missing
    property int saidCount: 0
    readonly property string origin: Math.random().toString(36).slice(2) // of the keys

    readonly property int maxRows: 1000
    readonly property int maxSeen: 10000
    readonly property Timer retry: Timer {
        interval: 2000
        onTriggered: feed.live.forEach(topic => feed.sayAgain(topic))
    }

    reconnect.enabled: true
    reconnect.initialDelay: 200
    reconnect.maxDelay: 5000

    //! [subscribe]
    onOpened: {
        gap = seenRows();
        for (const topic of topics)
            send({type: "subscribe", topic: topic, lastId: lastIds[topic] || "0"});
    }
    //! [subscribe]
    onClosed: {
        server = "";
        live = [];
    }
    onTextMessageReceived: text => receive(JSON.parse(text))

    function receive(message) {
        switch (message.type) {
        case "hello": server = message.server; break;
        case "line": onLine(message); break;
        case "replayed": onReplayed(message); break;
        }
    }

    //! [say]
    function say(text, topic = topics[0]) {
        saidCount += 1;
        const line = {type: "say", topic: topic, key: `${origin}-${saidCount}`, name: name, text: text};
        waiting = waiting.concat(line);
        rows.append(row({name: name, text: text, isOwn: true}));
        if (live.includes(topic))
            send(line);
    }

    function sayAgain(topic) {
        waiting.filter(line => line.topic === topic).forEach(line => send(line));
    }
    //! [say]

    //! [line]
    function onLine(line) {
        if (line.id === "") { // it could not be kept, and readers of other servers do not get it
            retry.start();
            return;
        }
        lastIds[line.topic] = line.id;
        if (seen.has(line.key))
            return;
        remember(line.key);
        forget(line.key);
        rows.insert(seenRows(), row({name: line.name, text: line.text, server: line.server, time: line.time,
                                     isOwn: line.key.startsWith(origin)}));
        if (rows.count > maxRows) {
            rows.remove(0);
            gap = Math.max(0, gap - 1);
        }
    }

    // The line does not wait any more, if it is one of the user.
    function forget(key) {
        const index = waiting.findIndex(line => line.key === key);
        if (index < 0)
            return;
        rows.remove(seenRows() + index);
        waiting = waiting.filter(line => line.key !== key);
    }

    function remember(key) {
        seen.set(key, true);
        if (seen.size > maxSeen)
            seen.delete(seen.keys().next().value);
    }
    //! [line]

    function onReplayed(message) {
        if (!message.isComplete && gap > 0) // who is new has missed nothing
            rows.insert(gap, row({text: qsTr("Lines may be missing here")}));
        live = live.concat(message.topic);
        sayAgain(message.topic);
    }

    function row(values) {
        return Object.assign({name: "", text: "", server: "", time: 0, isOwn: false}, values);
    }

    function seenRows() {
        return rows.count - waiting.length;
    }

    function texts(isNotice = false) {
        const seen = Array.from({length: seenRows()}, (_, i) => rows.get(i));
        return seen.filter(row => (row.name === "") === isNotice).map(row => row.text);
    }
}
