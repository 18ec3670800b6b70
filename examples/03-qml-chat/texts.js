// SPDX-License-Identifier: MIT
.pragma library

// The appearance of texts: links, emoji, initials and colours.

const link = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}'’]/g;
// Surrogate pairs, which the engine finds anywhere in a text. The other emoji are in the basic plane.
const pictograph = "[\\uD83C-\\uD83E][\\uDC00-\\uDFFF]|[\\u2600-\\u27BF\\u2B50\\u2B55\\u231A\\u231B\\u23E9-\\u23F3]";
const pictographs = new RegExp(pictograph);
const emojiRun = new RegExp(`(?:${pictograph}|[\\uFE0F\\u200D])+`, "g");

function hasEmoji(text) {
    return pictographs.test(text);
}

function isOnlyEmoji(text) {
    return hasEmoji(text) && text.length <= 16 && text.replace(emojiRun, "").trim() === "";
}

// Emoji use their own font family, because some text fonts have small black ones.
function toHtml(text, emojiFamily) {
    const safe = text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
    const withEmoji = part => part.replace(emojiRun, run => `<font face="${emojiFamily}">${run}</font>`);
    let html = "";
    let end = 0;
    safe.replace(link, (url, start) => { // there must be no tag in an address
        html += withEmoji(safe.slice(end, start)) + `<a href="${url}">${withEmoji(url)}</a>`;
        end = start + url.length;
    });
    return (html + withEmoji(safe.slice(end))).replace(/\n/g, "<br>");
}

function initials(name) {
    return name.split(/\s+/).slice(0, 2).map(word => Array.from(word)[0] || "").join("").toUpperCase();
}

// From 0 to 1, the same as on the page.
function hue(name) {
    let hash = 7;
    for (const character of name)
        hash = (hash * 31 + character.codePointAt(0)) % 100003;
    return hash * 137.508 % 360 / 360;
}

function clock(time) {
    return Qt.formatTime(new Date(time), "hh:mm");
}

function connectedWith(people, ownName) {
    const others = people.filter(name => name !== ownName);
    if (others.length === 0)
        return qsTr("Connected, nobody else is here");
    const named = others.slice(0, 3).join(", ");
    return others.length > 3 ? qsTr("Connected with %1 and %2 more").arg(named).arg(others.length - 3)
                             : qsTr("Connected with %1").arg(named);
}
