// SPDX-License-Identifier: MIT
import QtQuick
import WsKit

// The connection, and what was said on it. A message of the user is "waiting" while there is no connection, then
// "sent", and "received" once the server has sent it back. It is "doubtful" if the connection broke before, and "unsent"
// if the user has disconnected before there was a connection again.
WsClient {
    id: client

    readonly property bool isOnline: state === Ws.Open
    // Away: not connected, but it will be again.
    readonly property bool isAway: active && !isOnline && state !== Ws.Closing && (wasOnline || attempt > 0)
    readonly property bool isTrying: isAway && state === Ws.Connecting
    readonly property int attempt: reconnectAttempt
    property bool wasOnline: false
    property int secondsLeft: 0 // until the next attempt
    property string problem: ""
    readonly property ListModel rows: ListModel {}

    property real nextAttempt: 0 // when it is, in milliseconds since 1970
    readonly property Timer countdown: Timer {
        interval: 250
        repeat: true
        running: client.isAway && !client.isTrying
        onTriggered: client.count()
    }

    signal backOnline

    reconnect.enabled: true
    reconnect.queueMessages: true

    onOpened: {
        setStates("waiting", "sent", rows.count);
        problem = "";
        wasOnline = true;
    }
    onReconnected: backOnline()
    onReconnecting: (attempt, delayMs) => {
        nextAttempt = Date.now() + delayMs;
        count();
    }
    onErrorOccurred: error => problem = error.text
    onTextMessageReceived: text => {
        confirm(text);
        addRow({text: text, isOwn: false, status: ""});
    }
    // The library knows less than the echoes: it counts what the server has not confirmed by a pong or its Close.
    onMessagesLost: count => setStates("sent", "doubtful", count)
    onActiveChanged: {
        if (active)
            return;
        wasOnline = false;
        setStates("waiting", "unsent", rows.count);
    }

    function count() {
        secondsLeft = Math.max(1, Math.ceil((nextAttempt - Date.now()) / 1000));
    }

    function say(text) {
        if (send(text))
            addRow({text: text, isOwn: true, status: isOnline ? "sent" : "waiting"});
        else
            problem = errorString();
    }

    function addRow(row) {
        rows.append(row);
        if (rows.count > 500)
            rows.remove(0);
    }

    function confirm(text) {
        for (let i = 0; i < rows.count; ++i) {
            const row = rows.get(i);
            if (row.status === "sent" && row.text === text) {
                rows.setProperty(i, "status", "received");
                return;
            }
        }
    }

    // Changes the newest messages that have the status `from`, `limit` at most.
    function setStates(from, to, limit) {
        for (let i = rows.count - 1; i >= 0 && limit > 0; --i) {
            if (rows.get(i).status !== from)
                continue;
            rows.setProperty(i, "status", to);
            limit -= 1;
        }
    }
}
