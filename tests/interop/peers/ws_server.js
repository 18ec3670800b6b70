// SPDX-License-Identifier: MIT
// The server of peer.h on npm's ws: ws_server.js [CERTIFICATE KEY]
'use strict';

const fs = require('fs');
const http = require('http');
const https = require('https');
const { WebSocketServer } = require('ws');

const { deflateOf } = require('./ws_deflate.js');

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
    '/pieces'(ws) {
        for (let piece = 0; piece < 16; ++piece) {
            ws.send('0123456789aäé\n'.repeat(4096), { fin: piece === 15 });
            ws.ping();
        }
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

// One for each set of parameters that a client wants of this server.
const wsServers = new Map();

function wsServerFor(query) {
    if (!wsServers.has(query)) {
        wsServers.set(query, new WebSocketServer({
            noServer: true,
            perMessageDeflate: deflateOf(query),
            handleProtocols: offered => ['chat.v2', 'chat.v1'].find(name => offered.has(name)) ?? false,
        }));
    }
    return wsServers.get(query);
}

function serve(ws, request, path) {
    tell({ event: 'opened', path, header: request.headers['x-interop'] ?? '', cookie: request.headers.cookie ?? '',
           subprotocol: ws.protocol });
    ws.on('close', (code, reason) => tell({ event: 'closed', path, code, reason: reason.toString() }));
    paths[path](ws);
}

const server = certificate
    ? https.createServer({ cert: fs.readFileSync(certificate), key: fs.readFileSync(key) })
    : http.createServer();
server.on('upgrade', (request, socket, head) => {
    const { pathname, search } = new URL(request.url, 'ws://localhost');
    if (pathname in paths)
        wsServerFor(search).handleUpgrade(request, socket, head, ws => serve(ws, request, pathname));
    else
        socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 7\r\n\r\nrefused');
});
server.listen(0, '127.0.0.1', () => {
    console.log(`listening on ${certificate ? 'wss' : 'ws'}://127.0.0.1:${server.address().port}`);
});
