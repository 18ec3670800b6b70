// SPDX-License-Identifier: MIT

// npm's `ws` on Node.js. Takes the arguments of wskit_testee:
//   server [--mode echo|fan] [--tls CERT KEY] [--deflate], client URL
"use strict";

const fs = require("fs");
const http = require("http");
const https = require("https");
const { WebSocket, WebSocketServer } = require("ws");

const args = process.argv.slice(2);
const tls = args.indexOf("--tls");

function echo(socket) {
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
}

function fanOut(socket, server) {
    socket.on("message", (data, isBinary) => {
        for (const other of server.clients) {
            if (other !== socket)
                other.send(data, { binary: isBinary });
        }
    });
}

function runServer() {
    const httpServer = tls < 0
        ? http.createServer()
        : https.createServer({ cert: fs.readFileSync(args[tls + 1]), key: fs.readFileSync(args[tls + 2]) });
    // What zlib does by default.
    const deflate = { threshold: 0, zlibDeflateOptions: { level: 6, memLevel: 8 } };
    const server = new WebSocketServer({
        server: httpServer,
        perMessageDeflate: args.includes("--deflate") ? deflate : false,
    });
    server.on("connection", socket => args.includes("fan") ? fanOut(socket, server) : echo(socket));
    httpServer.listen(0, "127.0.0.1",
        () => console.log(`listening on ws://127.0.0.1:${httpServer.address().port}`));
}

if (args[0] === "client")
    echo(new WebSocket(args[1], { perMessageDeflate: false }));
else
    runServer();
