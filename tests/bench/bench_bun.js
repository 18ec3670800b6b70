// SPDX-License-Identifier: MIT

// uWebSockets, as Bun has it built in. Takes the arguments of wskit_testee:
//   server [--mode echo|fan] [--tls CERT KEY] [--deflate], client URL
"use strict";

const args = process.argv.slice(2);
const tls = args.indexOf("--tls");
const isCompressed = args.includes("--deflate");

function echo(socket, message) {
    socket.send(message, isCompressed);
}

function fanOut(socket, message) {
    socket.publish("all", message);
}

function runServer() {
    const server = Bun.serve({
        hostname: "127.0.0.1",
        port: 0,
        tls: tls < 0 ? undefined : { cert: Bun.file(args[tls + 1]), key: Bun.file(args[tls + 2]) },
        fetch: (request, self) => self.upgrade(request) ? undefined : new Response("a WebSocket, please"),
        websocket: {
            // With a context of its own for each connection, both ways.
            perMessageDeflate: isCompressed ? { compress: "dedicated", decompress: "dedicated" } : false,
            open: socket => socket.subscribe("all"),
            message: args.includes("fan") ? fanOut : echo,
        },
    });
    console.log(`listening on ws://127.0.0.1:${server.port}`);
}

function runClient(url) {
    const socket = new WebSocket(url);
    socket.binaryType = "nodebuffer";
    socket.onmessage = event => socket.send(event.data);
    socket.onclose = () => process.exit(0);
}

if (args[0] === "client")
    runClient(args[1]);
else
    runServer();
