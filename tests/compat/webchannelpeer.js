// SPDX-License-Identifier: MIT
// A client of tst_webchanneltransport in Node.js, on npm's ws and with the qwebchannel.js of Qt:
// webchannelpeer.js QWEBCHANNEL_JS URL NAME
//
// Calls, sets and listens, says what it gets, and closes when it hears the signal "farewell".
'use strict';

const { readFileSync } = require('fs');
const { WebSocket } = require('ws');

const [script, url, name] = process.argv.slice(2);
const exported = { exports: {} };
new Function('module', readFileSync(script, 'utf8'))(exported);

const socket = new WebSocket(url);
socket.on('close', code => {
    console.log(`closed with ${code}`);
    process.exit(code === 1000 ? 0 : 1);
});
// ws passes text as Buffer to its own listeners, and as string to onmessage, which QWebChannel sets.
socket.on('open', () => new exported.exports.QWebChannel(socket, ({ objects: { board } }) => {
    console.log(`title: ${board.title}`);
    board.titleChanged.connect(() => console.log(`title: ${board.title}`));
    board.pinned.connect((note, count) => console.log(`pinned: ${note.length} ${note.slice(0, 20)}, ${count}`));
    board.farewell.connect(() => socket.close(1000));
    board.pin(`${name} \u00fc\u{1f600}`, count => console.log(`answer: ${count}`));
}));
