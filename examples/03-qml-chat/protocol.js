// SPDX-License-Identifier: MIT
.pragma library

// The messages of the chat; see ../demo/PROTOCOL.md.

var maxMessageSize = 4 * 1024 * 1024;
var maxNameLength = 32;
var maxTextLength = 4000;

// Returns the WebSocket URL for what the user has typed, which may be the URL of the page.
function socketUrl(address) {
    const parts = /^(?:(\w+):\/\/)?([^\/?#]+)(\/[^?#]*)?/.exec(address.trim());
    if (!parts)
        return "";
    const isSecure = parts[1] === "https" || parts[1] === "wss";
    const path = !parts[3] || parts[3] === "/" ? "/chat" : parts[3];
    return (isSecure ? "wss" : "ws") + "://" + parts[2] + path;
}

function utf8(text) {
    const bytes = unescape(encodeURIComponent(text));
    return Uint8Array.from(Array.from(bytes, character => character.charCodeAt(0)));
}

function fromUtf8(bytes) {
    return decodeURIComponent(escape(String.fromCharCode(...bytes)));
}

// A picture message: the length of the header in two bytes, the header as JSON, and the bytes of the picture.
function encodePicture(header, data) {
    const json = utf8(JSON.stringify(header));
    const message = new Uint8Array(2 + json.length + data.byteLength);
    new DataView(message.buffer).setUint16(0, json.length);
    message.set(json, 2);
    message.set(new Uint8Array(data), 2 + json.length);
    return message.buffer;
}

// Returns the header and the data, or null if it is not a picture.
function decodePicture(message) {
    const mimes = ["image/png", "image/jpeg", "image/gif", "image/webp"];
    try {
        const end = 2 + new DataView(message).getUint16(0);
        const header = JSON.parse(fromUtf8(new Uint8Array(message, 2, end - 2)));
        const isPicture = header.type === "picture" && mimes.includes(header.mime) && end < message.byteLength;
        return isPicture ? {header: header, data: message.slice(end)} : null;
    } catch (error) {
        return null;
    }
}

function parse(text) {
    try {
        return Object(JSON.parse(text));
    } catch (error) {
        return {};
    }
}

// What somebody has written must not look like a line of somebody else.
function indented(text) {
    return String(text).replace(/\r\n|[\n\v\f\r\u0085\u2028\u2029]/g, "\n  ");
}

function inOneLine(text) {
    return String(text).replace(/[\s\u0085]+/g, " ");
}

// Returns the line that a terminal receives for a message of chat.v1.
function toLine(message) {
    const name = inOneLine(message.name);
    switch (message.type) {
    case "message": return `${name}: ${indented(message.text)}`;
    case "join": return `* ${name} has joined`;
    case "leave": return `* ${name} has left`;
    case "rename": return `* ${name} is now ${inOneLine(message.to)}`;
    case "error": return `* not accepted: ${indented(message.text)}`;
    case "picture": return `* ${name} sends a picture: ${inOneLine(message.file || "untitled")}`;
    default: return `* welcome, ${name}; here now: ${message.names.map(inOneLine).join(", ")}`;
    }
}
