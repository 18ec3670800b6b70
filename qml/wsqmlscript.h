// SPDX-License-Identifier: MIT
#ifndef WSQMLSCRIPT_H
#define WSQMLSCRIPT_H

#include <WsKit/wsmessage.h>

#include <QtQml/qjsvalue.h>

#include <optional>

class WsConnection;

QT_BEGIN_NAMESPACE
class QJSEngine;
QT_END_NAMESPACE

// Values that JavaScript passes to a connection. A value that cannot be used throws an exception in the
// engine.

// What a function has returned or thrown, or a promise was resolved or rejected with.
struct WsScriptResult
{
    QJSValue value;
    bool isThrown = false;
};

// Calls functions of one engine. By QJSValue::call() one cannot tell what was thrown, unless it is an Error,
// from what was returned.
class WsScriptCaller
{
public:
    WsScriptResult call(QJSEngine &engine, const QJSValue &function, const QJSValue &argument);

private:
    QJSValue m_call; // to compile it costs more than the call
};

std::optional<WsMessage> wsToMessage(QJSEngine &engine, const QJSValue &value);

bool wsSendValue(WsConnection &connection, const QJSValue &value);
bool wsBroadcastValue(WsConnection &connection, const QJSValue &value);
// A client takes the codes of a browser, a server's end those of WsConnection::close().
bool wsCloseByScript(WsConnection &connection, const QJSValue &code, const QJSValue &reason);

#endif // WSQMLSCRIPT_H
