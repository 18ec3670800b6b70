// SPDX-License-Identifier: MIT
"use strict";

// The browser sends the cookie along, although this script cannot read it.
const socket = new WebSocket(location.origin.replace(/^http/, "ws") + "/chat");
const state = document.getElementById("state");

socket.onopen = () => state.textContent = "Connected.";
socket.onclose = event => state.textContent = "Closed: " + (event.reason || event.code);
socket.onmessage = event => {
    const log = document.getElementById("log");
    log.append(event.data + "\n");
    if (log.childNodes.length > 500)
        log.firstChild.remove();
};

document.getElementById("say").onsubmit = event => {
    event.preventDefault();
    const text = document.getElementById("text");
    if (text.value && socket.readyState === WebSocket.OPEN)
        socket.send(text.value);
    text.value = "";
};
