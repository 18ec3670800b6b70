// SPDX-License-Identifier: MIT
#ifndef WSQMLRESPONSE_H
#define WSQMLRESPONSE_H

#include <WsKit/wsresponse.h>

#include <QtQml/qjsengine.h>
#include <QtQml/qjsvalue.h>

// What a handler in JavaScript has returned: a wsResponse, or an object with the properties of one, for
// example {user: "ann", options: {maxMessageSize: 65536}}. Options that the object does not name are those of
// \a server. Returns what is wrong with it, or an empty string.
QString wsToResponse(QJSEngine &engine, const QJSValue &value, const WsOptions &server, WsResponse *response);

// The path that a path, or a URL of a file or a resource, stands for.
QString wsLocalPath(const QString &pathOrUrl);

#endif // WSQMLRESPONSE_H
