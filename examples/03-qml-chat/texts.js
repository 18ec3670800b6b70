// SPDX-License-Identifier: MIT
.pragma library

// How texts look: links, emoji, initials and colours.

const link = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}'’]/g;
const pictographs = /[\u{1F000}-\u{1FAFF}\u{2600}-\u{27BF}\u{2B50}\u{2B55}\u{231A}\u{231B}\u{23E9}-\u{23F3}]/u;
const emojiRun = /[\u{1F000}-\u{1FAFF}\u{2600}-\u{27BF}\u{2B50}\u{2B55}\u{231A}\u{231B}\u{23E9}-\u{23F3}\u{FE0F}\u{200D}]+/gu;

function hasEmoji(text) {
    return pictographs.test(text);
}

function isOnlyEmoji(text) {
    return hasEmoji(text) && text.length <= 16 && text.replace(emojiRun, "").trim() === "";
}

// Emoji get their own family, for some text fonts have small black ones.
function toHtml(text, emojiFamily) {
    const safe = text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
    const linked = safe.replace(link, url => `<a href="${url}">${url}</a>`);
    return linked.replace(emojiRun, run => `<font face="${emojiFamily}">${run}</font>`)
        .replace(/\n/g, "<br>");
}

function initials(name) {
    return name.split(/\s+/).slice(0, 2).map(word => Array.from(word)[0] || "").join("").toUpperCase();
}

// From 0 to 1, the same as in the page.
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
