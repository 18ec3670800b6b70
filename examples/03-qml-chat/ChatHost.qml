// SPDX-License-Identifier: MIT
import QtQuick
import WsKit
import Chat
import "protocol.js" as Protocol

// A complete chat server, with the page for browsers at `/` of the same port.
WsServer {
    id: host

    readonly property string pageUrl: listening ? String(url).replace(/^ws/, "http") : ""
    readonly property string page: Files.readText("qrc:/chat.html")
    property string problem: ""

    property var members: new Map() // connection and name, by the id of the connection
    property var history: []
    property real lastTime: 0

    subprotocols: ["chat.v1", "chat.text"]
    options.maxMessageSize: Protocol.maxMessageSize
    options.maxFrameSize: Protocol.maxMessageSize

    requestHandler: request => {
        if (request.path === "/chat")
            return request.isWebSocketUpgrade ? Ws.accept() : Ws.reject(426);
        return request.path === "/" ? Ws.html(page) : Ws.notFound();
    }
    onNewConnection: connection => welcome(connection)
    onErrorOccurred: error => problem = error.text

    // Returns true if the server listens. Otherwise `problem` is the reason.
    function start(address, wantedPort) {
        problem = "";
        history = [];
        host.host = address;
        port = wantedPort;
        listening = true;
        if (!listening)
            problem = errorString();
        return listening;
    }

    function welcome(connection) {
        const id = connection.id;
        connection.textMessageReceived.connect(text => onText(connection, text));
        connection.binaryMessageReceived.connect(data => onPicture(connection, data));
        connection.closed.connect(() => forget(id));
        if (isPlain(connection))
            join(connection, connection.request.query.name || "", nextTime());
    }

    function isPlain(connection) {
        return connection.subprotocol !== "chat.v1";
    }

    function forget(id) {
        const member = members.get(id);
        members.delete(id);
        if (member)
            sendToAll({type: "leave", name: member.name});
    }

    function onText(connection, text) {
        if (isPlain(connection)) {
            say(connection, text);
            return;
        }
        const message = Protocol.parse(text);
        if (message.type === "hello")
            onHello(connection, String(message.name || ""), message.since || 0);
        else if (message.type === "message")
            say(connection, String(message.text || ""));
        else if (!message.type)
            refuse(connection, "a message is a JSON object with a “type”");
    }

    function onPicture(connection, data) {
        const member = members.get(connection.id);
        const picture = Protocol.decodePicture(data);
        if (!member || !picture) {
            refuse(connection, "that was not a picture of this chat, or came before hello");
            return;
        }
        const header = {
            type: "picture",
            mime: picture.header.mime,
            file: String(picture.header.file || "").slice(0, 100),
            name: member.name,
            time: nextTime()
        };
        deliver(Protocol.encodePicture(header, picture.data), Protocol.toLine(header), null);
    }

    function onHello(connection, name, since) {
        const member = members.get(connection.id);
        if (!member) {
            join(connection, name, since);
            return;
        }
        const before = member.name;
        member.name = uniqueName(name, member);
        if (member.name !== before)
            sendToAll({type: "rename", name: before, to: member.name});
    }

    function join(connection, wantedName, since) {
        const name = uniqueName(wantedName, null);
        sendToAll({type: "join", name: name});
        members.set(connection.id, {connection: connection, name: name});
        const names = Array.from(members.values(), member => member.name);
        names.sort((a, b) => a.localeCompare(b));
        sendTo(connection, {type: "welcome", name: name, names: names, time: nextTime()});
        for (const message of history.filter(message => message.time > since))
            sendTo(connection, message);
    }

    function say(connection, text) {
        const member = members.get(connection.id);
        if (!member) {
            refuse(connection, "say hello first");
        } else if (text.length > Protocol.maxTextLength) {
            refuse(connection, `a text has at most ${Protocol.maxTextLength} characters`);
        } else if (text.trim() !== "") {
            const message = {type: "message", name: member.name, text: text, time: nextTime()};
            history = history.concat(message).slice(-100);
            sendToAll(message, connection);
        }
    }

    function refuse(connection, why) {
        sendTo(connection, {type: "error", text: why});
    }

    function sendTo(connection, message) {
        connection.send(isPlain(connection) ? Protocol.toLine(message) : JSON.stringify(message));
    }

    function sendToAll(message, author = null) {
        const stamped = Object.assign({time: nextTime()}, message);
        deliver(JSON.stringify(stamped), Protocol.toLine(stamped), author);
    }

    // A terminal does not receive its own lines.
    function deliver(message, line, author) {
        members.forEach(member => {
            if (!isPlain(member.connection))
                member.connection.send(message);
            else if (member.connection !== author)
                member.connection.send(line);
        });
    }

    function uniqueName(wanted, self) {
        const name = wanted.trim().replace(/\s+/g, " ").slice(0, Protocol.maxNameLength) || "Guest";
        const isTaken = candidate => {
            return Array.from(members.values()).some(member => member !== self && member.name === candidate);
        };
        let candidate = name;
        for (let number = 2; isTaken(candidate); ++number)
            candidate = `${name} ${number}`;
        return candidate;
    }

    // Greater each time, so that a time identifies a message.
    function nextTime() {
        lastTime = Math.max(lastTime + 1, Date.now());
        return lastTime;
    }
}
