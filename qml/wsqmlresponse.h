// SPDX-License-Identifier: MIT
#ifndef WSQMLRESPONSE_H
#define WSQMLRESPONSE_H

#include <WsKit/wsresponse.h>

#include <QtQml/qjsvalue.h>

#include <optional>

class QJSEngine;

// The answers that a script writes as objects.

// {status, headers, body, file, subprotocol}, each of which may be missing. Nothing, and what is wrong in
// \a problem, if \a object has anything else.
std::optional<WsResponse> wsResponseFrom(QJSEngine &engine, const QJSValue &object, QString *problem);
// The path that a path, or a URL of a file or a resource, stands for.
QString wsLocalPath(const QString &pathOrUrl);

#endif // WSQMLRESPONSE_H
