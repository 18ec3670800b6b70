// SPDX-License-Identifier: MIT

// What bench_broker.cpp does, with socket.io and its adapter for Redis: bench_socketio.js [--redis URL]
"use strict";

const http = require("http");
const { createAdapter } = require("@socket.io/redis-adapter");
const { createClient } = require("redis");
const { Server } = require("socket.io");

// Without Redis, what the adapter publishes fails, and it does not look at that: Node.js would end.
process.on("unhandledRejection", () => {});

const args = process.argv.slice(2);
const redis = args.indexOf("--redis");

async function adapter(url) {
    const clients = [createClient({ url }), createClient({ url })];
    for (const client of clients)
        client.on("error", () => {}); // it connects again by itself
    await Promise.all(clients.map(client => client.connect()));
    return createAdapter(...clients);
}

async function run() {
    const options = { transports: ["websocket"] };
    if (redis >= 0)
        options.adapter = await adapter(args[redis + 1]);
    const httpServer = http.createServer();
    const io = new Server(httpServer, options);
    io.on("connection", socket => {
        socket.on("s", (first, count) => {
            for (let topic = first; topic < first + count; ++topic)
                socket.join(`t${topic}`);
            socket.emit("ok");
        });
        socket.on("p", (topic, payload) => io.to(`t${topic}`).emit("m", payload));
    });
    httpServer.listen({ port: 0, host: "127.0.0.1", backlog: 4096 },
        () => console.log(`listening on ws://127.0.0.1:${httpServer.address().port}`));
}

run();
