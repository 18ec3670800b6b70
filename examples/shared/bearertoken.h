// SPDX-License-Identifier: MIT
#ifndef BEARERTOKEN_H
#define BEARERTOKEN_H

#include <QtCore/qbytearray.h>
#include <QtCore/qstring.h>

class WsClient;

struct BearerToken
{
    QByteArray value;
    QString problem; // empty if there is a token
};

// Reads a token that is the only line of a file.
BearerToken readBearerToken(const QString &fileName);

// Sends the token with each request to the server of the client's URL, and reads the file again each time. If
// it cannot be read then, the opening fails.
void sendBearerToken(WsClient *client, const QString &fileName);

#endif // BEARERTOKEN_H
