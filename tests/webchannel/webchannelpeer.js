// SPDX-License-Identifier: MIT
// A client of examples/11-webchannel in Node.js, on npm's ws and with the qwebchannel.js that the example serves:
// webchannelpeer.js PAGE
//
// Sets the target, waters, and waits until somebody opens the window.
'use strict';

const { WebSocket } = require('ws');

const page = new URL(process.argv[2]);

async function main() {
    const script = await (await fetch(new URL('/qwebchannel.js', page))).text();
    const exported = { exports: {} };
    new Function('module', script)(exported);

    const channelUrl = new URL('/channel', page);
    channelUrl.protocol = 'ws:';
    const socket = new WebSocket(channelUrl);
    socket.on('close', (code, reason) => {
        console.log(`closed with ${code} ${reason}`);
        process.exit(code === 1000 ? 0 : 1);
    });
    await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
    // ws passes text as Buffer to its own listeners, and as string to onmessage, which QWebChannel sets.
    const channel = await new Promise(resolve => new exported.exports.QWebChannel(socket, resolve));
    const greenhouse = channel.objects.greenhouse;

    greenhouse.windowOpenChanged.connect(() => {
        console.log(`window open: ${greenhouse.windowOpen}`);
        socket.close(1000);
    });
    greenhouse.watered.connect((gardener, litres) => console.log(`watered by ${gardener}, ${litres} left`));
    greenhouse.target = 30;
    greenhouse.water('Node', litres => console.log(`answer: ${litres}`));
}

main();
