// SPDX-License-Identifier: MIT
// The client of peer.h on npm's ws: ws_client.js CA
//
// Reads {"url", "scenario", "deflate"} a line, and answers each with what went wrong as a string of JSON.
'use strict';

const assert = require('assert');
const crypto = require('crypto');
const fs = require('fs');
const readline = require('readline');
const { once } = require('events');
const { WebSocket } = require('ws');
const { deflateOf } = require('./ws_deflate.js');

const ca = fs.readFileSync(process.argv[2]);
let job = null;

function connect(path, { subprotocols = [], deflate = job.deflate, ...options } = {}) {
    const perMessageDeflate = { clientMaxWindowBits: false, ...deflateOf(deflate) };
    return new WebSocket(job.url + path, subprotocols, { ca, perMessageDeflate, ...options });
}

// Text as string, binary as Buffer.
async function receive(ws, count) {
    const messages = [];
    ws.on('message', (data, isBinary) => {
        messages.push(isBinary ? data : data.toString());
        if (messages.length === count)
            ws.emit('enough');
    });
    await once(ws, 'enough');
    return messages;
}

async function close(ws) {
    ws.close(1000);
    const [code] = await once(ws, 'close');
    assert.strictEqual(code, 1000);
}

function echo(message) {
    return async () => {
        const ws = connect('/echo');
        const received = receive(ws, 1);
        await once(ws, 'open');
        ws.send(message);
        assert.deepStrictEqual(await received, [message]);
        await close(ws);
    };
}

const numbers = Array.from({ length: 10000 }, (_, number) => String(number));
const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

const noise = crypto.createHash('sha512').update('1').digest('hex') + crypto.createHash('sha512').update('2')
    .digest('hex').slice(0, 112); // nothing in it repeats
const piece = '0123456789aäé\n'.repeat(4096);

const scenarios = {
    'text': echo('Hello'),
    'non-ascii': echo('Grüße, 世界 😀\0'),
    'empty-text': echo(''),
    'empty-binary': echo(Buffer.alloc(0)),
    'binary': echo(bytes),
    'large-text': echo('0123456789abcde\n'.repeat(65536)),
    'large-binary': echo(Buffer.concat(Array(4096).fill(bytes))),
    'random': echo(crypto.randomBytes(1 << 20)),
    async 'repeats'() {
        const ws = connect('/echo');
        await once(ws, 'open');
        for (let i = 0; i < 20; ++i) {
            const received = receive(ws, 1);
            ws.send(noise);
            assert.deepStrictEqual(await received, [noise]);
            ws.removeAllListeners('message');
        }
        await close(ws);
    },
    // The messages of one to many, each with parameters of its own.
    async 'fan'() {
        const offers = ['', 'client_max_window_bits', 'server_no_context_takeover', 'client_no_context_takeover',
                        'server_max_window_bits=9', 'server_max_window_bits=9&server_no_context_takeover', ''];
        const clients = offers.map(deflate => connect('/fan', { deflate }));
        const texts = [noise, noise, 'short', 'Grüße 😀 '.repeat(5000), '', noise.repeat(500), noise];
        // In between, what is compressed for one connection alone.
        const expected = texts.flatMap(text => [text, `own ${noise}`]);
        await Promise.all(clients.map(ws => once(ws, 'open')));
        const received = Promise.all(clients.map(ws => receive(ws, expected.length)));
        for (const text of expected)
            clients[0].send(text);
        for (const messages of await received)
            assert.deepStrictEqual(messages, expected);
        await Promise.all(clients.map(close));
    },
    async 'pieces-in'() {
        const ws = connect('/pieces');
        assert.deepStrictEqual(await receive(ws, 1), [piece.repeat(16)]);
        await close(ws);
    },
    async 'pieces-out'() {
        const ws = connect('/echo');
        const received = receive(ws, 1);
        await once(ws, 'open');
        for (let i = 0; i < 16; ++i) {
            ws.send(piece, { fin: i === 15 });
            ws.ping();
        }
        assert.deepStrictEqual(await received, [piece.repeat(16)]);
        await close(ws);
    },
    async 'fragments-out'() {
        const ws = connect('/echo');
        const received = receive(ws, 1);
        await once(ws, 'open');
        ws.send('Grü', { fin: false });
        ws.send('', { fin: false });
        ws.send('ße ', { fin: false });
        ws.send('😀', { fin: true });
        assert.deepStrictEqual(await received, ['Grüße 😀']);
        await close(ws);
    },
    async 'fragments-in'() {
        const ws = connect('/fragments');
        assert.deepStrictEqual(await receive(ws, 2), ['one two thrée 😀', Buffer.from([0x00, 0x01, 0xfe, 0xff])]);
        await close(ws);
    },
    async 'characters-in'() {
        const ws = connect('/characters');
        assert.deepStrictEqual(await receive(ws, 1), ['é€😀']);
        await close(ws);
    },
    async 'ping-out'() {
        const ws = connect('/echo');
        await once(ws, 'open');
        ws.ping('client ping');
        const [payload] = await once(ws, 'pong');
        assert.strictEqual(payload.toString(), 'client ping');
        await close(ws);
    },
    async 'ping-in'() {
        const ws = connect('/ping');
        const received = receive(ws, 1);
        const [payload] = await once(ws, 'ping');
        assert.strictEqual(payload.toString(), 'server ping');
        assert.deepStrictEqual(await received, ['pong server ping']);
        await close(ws);
    },
    async 'close-out'() {
        const ws = connect('/echo');
        await once(ws, 'open');
        ws.close(4001, 'client goodbye ü');
        const [code] = await once(ws, 'close');
        assert.strictEqual(code, 4001);
    },
    async 'close-in'() {
        const [code, reason] = await once(connect('/close'), 'close');
        assert.strictEqual(code, 4002);
        assert.strictEqual(reason.toString(), 'server goodbye ü');
    },
    async 'subprotocol'() {
        const ws = connect('/echo', { subprotocols: ['unknown', 'chat.v1'] });
        await once(ws, 'open');
        assert.strictEqual(ws.protocol, 'chat.v1');
        await close(ws);
    },
    async 'headers'() {
        const ws = connect('/echo', { headers: { 'X-Interop': 'header value', 'Cookie': 'session=abc123' } });
        await once(ws, 'open');
        await close(ws);
    },
    async 'burst-out'() {
        const ws = connect('/echo');
        const received = receive(ws, numbers.length);
        await once(ws, 'open');
        for (const number of numbers)
            ws.send(number);
        assert.deepStrictEqual(await received, numbers);
        await close(ws);
    },
    async 'burst-in'() {
        const ws = connect('/burst');
        assert.deepStrictEqual(await receive(ws, numbers.length), numbers);
        await close(ws);
    },
    async 'refused'() {
        const [, response] = await once(connect('/refused'), 'unexpected-response');
        assert.strictEqual(response.statusCode, 403);
    },
    async 'untrusted'() {
        const ws = connect('/echo', { ca: undefined });
        await assert.rejects(once(ws, 'open'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' });
    },
};

async function main() {
    for await (const line of readline.createInterface({ input: process.stdin })) {
        job = JSON.parse(line);
        const verdict = await scenarios[job.scenario]().then(() => '', error => error.message);
        console.log(JSON.stringify(verdict));
    }
}

main();
