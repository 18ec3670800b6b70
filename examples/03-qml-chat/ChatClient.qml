// SPDX-License-Identifier: MIT
import QtQuick
import WsKit
import Chat
import "protocol.js" as Protocol

// The client of the chat: it speaks chat.v1, keeps the messages in `rows`, and reconnects if it is cut off.
WsClient {
    id: client

    property string wantedName: ""
    property string ownName: "" // as assigned by the server
    property bool isWanted: false // between join() and leave()
    property bool isJoined: false
    property bool hasJoined: false // since join(); before that, a failure is final
    property var people: []
    property bool isEnding: false // the connection before the one that join() opens
    property bool isRead: true // whether the newest row is being looked at
    property int unread: 0
    property string problem: ""
    property int secondsToRetry: 0

    readonly property bool isJoining: isWanted && !hasJoined
    readonly property bool isWaiting: hasJoined && !isJoined && (reconnectAttempt > 0 || !active)
    property int maxRows: 500
    // The newest message is row 0.
    readonly property ListModel rows: ListModel {}

    property int rowCount: 0 // including rows that were removed
    property real lastTime: 0 // of the newest message seen; after reconnecting, the client asks for newer ones
    property real welcomeTime: 0 // older messages were sent before

    readonly property Timer countdown: Timer {
        interval: 1000
        repeat: true
        running: client.secondsToRetry > 1
        onTriggered: client.secondsToRetry -= 1
    }

    subprotocols: ["chat.v1"]
    options.maxMessageSize: Protocol.maxMessageSize
    options.maxFrameSize: Protocol.maxMessageSize
    options.pingInterval: 20000
    reconnect.enabled: true
    reconnect.initialDelay: 1000
    reconnect.maxDelay: 15000

    signal joinFailed

    onOpened: {
        if (subprotocol === "chat.v1")
            sayHello();
        else
            failToJoin(qsTr("There is no chat at %1.").arg(url));
    }
    onTextMessageReceived: text => receive(Protocol.parse(text))
    onBinaryMessageReceived: data => receivePicture(data)
    onErrorOccurred: error => problem = error.text
    onClosed: {
        isJoined = false;
        people = [];
        if (isEnding)
            isEnding = false;
        else if (isJoining)
            failToJoin(qsTr("Cannot join %1: %2").arg(url).arg(problem || qsTr("the server has closed the connection")));
    }
    onReconnecting: (attempt, delayMs) => secondsToRetry = Math.ceil(delayMs / 1000)
    onIsReadChanged: {
        if (isRead)
            unread = 0;
    }

    function join(address, name) {
        problem = "";
        wantedName = name;
        isWanted = true;
        isEnding = state !== Ws.Closed;
        url = Protocol.socketUrl(address);
        active = true;
        if (!active)
            failToJoin(errorString());
    }

    function failToJoin(reason) {
        leave();
        problem = reason;
        joinFailed();
    }

    function leave() {
        isWanted = false;
        hasJoined = false;
        active = false;
        problem = "";
        while (rows.count > 0)
            removeOldestRow();
        lastTime = 0;
        unread = 0;
    }

    // Also after the client has given up, for example because the server has refused it.
    function tryNow() {
        if (!reconnectNow())
            active = true;
    }

    function rename(name) {
        wantedName = name;
        if (isJoined)
            sayHello();
    }

    function sayHello() {
        send({type: "hello", name: wantedName, since: lastTime});
    }

    function say(text) {
        if (isJoined && text.trim() !== "")
            send({type: "message", text: text.trim()});
    }

    function sendPicture(file) {
        const picture = Files.readPicture(file);
        if (picture.problem)
            addEvent(qsTr("The picture was not sent: %1").arg(picture.problem), true);
        else if (isJoined)
            send(Protocol.encodePicture({type: "picture", mime: picture.mime, file: picture.file}, picture.data));
    }

    // --- messages of the server

    function receive(message) {
        switch (message.type) {
        case "welcome": onWelcome(message); break;
        case "join": people = people.concat(message.name); addEvent(qsTr("%1 has joined").arg(message.name)); break;
        case "leave": onLeave(message.name); break;
        case "rename": onRename(message.name, message.to); break;
        case "message": addMessage({name: message.name, text: message.text, time: message.time}); break;
        case "error": addEvent(message.text, true); break;
        }
    }

    function onWelcome(message) {
        problem = "";
        isJoined = true;
        hasJoined = true;
        ownName = message.name;
        people = message.names;
        welcomeTime = message.time;
    }

    function onLeave(name) {
        people = people.filter(other => other !== name);
        addEvent(qsTr("%1 has left").arg(name));
    }

    function onRename(name, to) {
        if (name === ownName)
            ownName = to;
        people = people.map(other => other === name ? to : other);
        addEvent(qsTr("%1 is now %2").arg(name).arg(to));
    }

    function receivePicture(message) {
        const picture = Protocol.decodePicture(message);
        if (!picture)
            return;
        const header = picture.header;
        const source = Files.keep(picture.data);
        addMessage({name: header.name, text: header.file || qsTr("Picture"), time: header.time, source: source});
    }

    // --- rows

    function addMessage(message) {
        const before = rows.count > 0 ? rows.get(0) : null;
        const follows = before !== null && before.kind !== "event" && before.name === message.name
            && message.time - before.time < 300000;
        if (follows)
            rows.setProperty(0, "isFollowed", true);
        lastTime = Math.max(lastTime, message.time);
        if (!isRead && message.name !== ownName && message.time > welcomeTime)
            unread += 1;
        addRow(Object.assign({
            kind: message.source ? "picture" : "text",
            isOwn: message.name === ownName,
            follows: follows
        }, message));
    }

    function addEvent(text, isFailure = false) {
        addRow({kind: "event", text: text, isFailure: isFailure});
    }

    function addRow(row) {
        rows.insert(0, Object.assign({
            rowId: rowCount,
            name: "",
            text: "",
            time: 0,
            source: "",
            isOwn: false,
            isFailure: false,
            follows: false,
            isFollowed: false
        }, row));
        rowCount += 1;
        while (rows.count > maxRows)
            removeOldestRow();
    }

    function removeOldestRow() {
        const source = rows.get(rows.count - 1).source;
        if (source !== "")
            Files.drop(source);
        rows.remove(rows.count - 1);
    }
}
