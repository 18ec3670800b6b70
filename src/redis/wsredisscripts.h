// SPDX-License-Identifier: MIT
#ifndef WSREDISSCRIPTS_H
#define WSREDISSCRIPTS_H

#include <QtCore/qbytearray.h>

// Programs in Lua that Redis runs, each as a whole before anything else happens. Redis 5 and later can run
// them.
struct WsRedisScript
{
    int number; // among them
    QByteArray text;
    QByteArray sha1; // of the text, in hexadecimal digits, by which Redis knows it once it has run it
    int keyCount;

    static constexpr int Count = 2;

    // Adds a message to the history of a topic, and publishes it with its id, which it returns:
    //     keys: the history, the mark of the sender's last message in it
    //     channel, message, length of the history, its time to live in seconds, mark before this one, mark
    // Marks are numbers that grow. Nothing happens, and the answer is empty, if the message has been added
    // before. It is refused if there is a mark before it and that message was not added: Redis may have
    // refused it, and the sender does not know that yet. So if a mark was stored, everything up to it has
    // arrived that the sender has no other answer to.
    static const WsRedisScript &append();

    // Returns messages of a history, as many as have about so many bytes together, after the ids of the first
    // and the last one there is, or "-", and 1 if there is no message after these, otherwise 0, and how many
    // were left out because they are too large:
    //     keys: the history
    //     first wanted id, bytes, size of the largest message
    // A message is its id, its size and its bytes: "4-0 5-0 1 0\n" "5-0 3\nabc". At most one goes beyond the
    // bytes. If no id is given, it is only the id of the last one, with no bytes.
    static const WsRedisScript &read();
};

#endif // WSREDISSCRIPTS_H
