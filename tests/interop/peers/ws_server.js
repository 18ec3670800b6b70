// SPDX-License-Identifier: MIT
// The server of peer.h on npm's ws: ws_server.js [CERTIFICATE KEY]
'use strict';

const fs = require('fs');
const http = require('http');
const https = require('https');
const { WebSocketServer } = require('ws');

const [certificate, key] = process.argv.slice(2);

function tell(event) {
    console.log(JSON.stringify(event));
}

const paths = {
    '/echo'(ws) {
        ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }));
    },
    '/fragments'(ws) {
        ws.send('one ', { fin: false });
        ws.send('two ', { fin: false });
        ws.send('thrée ', { fin: false });
        ws.send('😀', { fin: true });
        ws.send(Buffer.from([0x00, 0x01]), { fin: false });
        ws.send(Buffer.from([0xfe]), { fin: false });
        ws.send(Buffer.from([0xff]), { fin: true });
    },
    '/burst'(ws) {
        for (let number = 0; number < 10000; ++number)
            ws.send(String(number));
    },
    '/ping'(ws) {
        ws.on('pong', payload => ws.send(`pong ${payload}`));
        ws.ping('server ping');
    },
    '/close'(ws) {
        ws.close(4002, 'server goodbye ü');
    },
};

const wsServer = new WebSocketServer({
    noServer: true,
    handleProtocols: offered => ['chat.v2', 'chat.v1'].find(name => offered.has(name)) ?? false,
});

wsServer.on('connection', (ws, request) => {
    const path = request.url;
    tell({ event: 'opened', path, header: request.headers['x-interop'] ?? '', cookie: request.headers.cookie ?? '',
           subprotocol: ws.protocol });
    ws.on('close', (code, reason) => tell({ event: 'closed', path, code, reason: reason.toString() }));
    paths[path](ws);
});

const server = certificate
    ? https.createServer({ cert: fs.readFileSync(certificate), key: fs.readFileSync(key) })
    : http.createServer();
server.on('upgrade', (request, socket, head) => {
    if (request.url in paths)
        wsServer.handleUpgrade(request, socket, head, ws => wsServer.emit('connection', ws, request));
    else
        socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 7\r\n\r\nrefused');
});
server.listen(0, '127.0.0.1', () => {
    console.log(`listening on ${certificate ? 'wss' : 'ws'}://127.0.0.1:${server.address().port}`);
});
