// SPDX-License-Identifier: MIT
#include "wsqmlscript.h"

#include "wsqmlclient.h"

#include <WsKit/wsconnection.h>

#include <QtCore/qpointer.h>
#include <QtCore/qvariant.h>
#include <QtQml/qjsengine.h>
#include <QtQml/qqml.h>

#include <cmath>
#include <limits>

namespace {
QJSValue arrayBufferClass(QJSEngine &engine)
{
    return engine.globalObject().property(QStringLiteral("ArrayBuffer"));
}

bool isArrayBuffer(QJSEngine &engine, const QJSValue &value)
{
    const QJSValue prototype = arrayBufferClass(engine).property(QStringLiteral("prototype"));
    return value.prototype().strictlyEquals(prototype);
}

// A typed array or a DataView.
bool isView(QJSEngine &engine, const QJSValue &value)
{
    return arrayBufferClass(engine).property(QStringLiteral("isView")).call({value}).toBool();
}

QByteArray bytesOfView(const QJSValue &view)
{
    const QByteArray buffer = qjsvalue_cast<QByteArray>(view.property(QStringLiteral("buffer")));
    const int offset = view.property(QStringLiteral("byteOffset")).toInt();
    const int length = view.property(QStringLiteral("byteLength")).toInt();
    return buffer.mid(offset, length);
}

// A value type of QML, for example a message that a handler has received.
bool isMessage(const QVariant &variant)
{
    return variant.metaType() == QMetaType::fromType<WsMessage>();
}

std::optional<WsMessage> toJson(QJSEngine &engine, const QJSValue &value)
{
    const QJSValue stringify =
        engine.globalObject().property(QStringLiteral("JSON")).property(QStringLiteral("stringify"));
    const QJSValue json = stringify.call({value});
    if (json.isString())
        return WsMessage::text(json.toString());
    if (json.isError())
        engine.throwError(json); // a cycle, or what a toJSON() threw
    else
        engine.throwError(QJSValue::TypeError, QStringLiteral("the value cannot be converted to JSON"));
    return {};
}

void throwNamed(QJSEngine &engine, const QString &name, const QString &text)
{
    // Error.prototype is frozen in QML, so an assignment to the name would have no effect.
    const QJSValue error = engine.newErrorObject(QJSValue::GenericError, text);
    QJSValue property = engine.newObject();
    property.setProperty(QStringLiteral("value"), name);
    const QJSValue object = engine.globalObject().property(QStringLiteral("Object"));
    object.property(QStringLiteral("defineProperty")).call({error, QStringLiteral("name"), property});
    engine.throwError(error);
}

void throwForCode(QJSEngine &engine, const QString &text)
{
    throwNamed(engine, QStringLiteral("InvalidAccessError"), text);
}

// Of a client those of a page. A server may send more, of which its end of the connection knows all.
bool mayBeCloseCode(const WsConnection &connection, double number)
{
    const bool isOfBrowser = number == double(Ws::Normal) || (number >= 3000 && number <= 4999);
    return isOfBrowser
           || (connection.isServerSide() && number >= 0 && number <= std::numeric_limits<quint16>::max());
}
} // namespace

WsScriptResult WsScriptCaller::call(QJSEngine &engine, const QJSValue &function, const QJSValue &argument)
{
    if (!m_call.isCallable())
        m_call = engine.evaluate(QStringLiteral("(function(callee, argument) {"
                                                "    try {"
                                                "        return {value: callee(argument)};"
                                                "    } catch (error) {"
                                                "        return {value: error, isThrown: true};"
                                                "    }"
                                                "})"));
    QJSValue call = m_call; // the function may delete the caller
    const QJSValue result = call.call({function, argument});
    if (result.isError()) // there was no room on the stack
        return {result, true};
    return {result.property(QStringLiteral("value")), result.property(QStringLiteral("isThrown")).toBool()};
}

std::optional<WsMessage> wsToMessage(QJSEngine &engine, const QJSValue &value)
{
    if (value.isString() || value.isNumber() || value.isBool())
        return WsMessage::text(value.toString());
    if (value.isNull())
        return WsMessage::text("null");
    if (!value.isObject() || value.isCallable()) {
        engine.throwError(QJSValue::TypeError,
                          QStringLiteral("%1 is not a message")
                              .arg(value.isCallable() ? QStringLiteral("a function") : value.toString()));
        return {};
    }
    if (isArrayBuffer(engine, value))
        return WsMessage::binary(qjsvalue_cast<QByteArray>(value));
    if (isView(engine, value))
        return WsMessage::binary(bytesOfView(value));
    if (const QVariant variant = value.toVariant(QJSValue::RetainJSObjects); isMessage(variant))
        return variant.value<WsMessage>();
    return toJson(engine, value);
}

bool wsSendValue(WsConnection &connection, const QJSValue &value)
{
    QJSEngine *engine = qjsEngine(&connection);
    const auto message = engine ? wsToMessage(*engine, value) : std::nullopt;
    return message && connection.send(*message);
}

bool wsBroadcastValue(WsConnection &connection, const QJSValue &value)
{
    QJSEngine *engine = qjsEngine(&connection);
    const auto message = engine ? wsToMessage(*engine, value) : std::nullopt;
    return message && connection.broadcast(*message);
}

// The rules of close() in https://websockets.spec.whatwg.org, except that the default code is 1000, and that
// a server's end takes all codes that may be sent.
bool wsCloseByScript(WsConnection &connection, const QJSValue &code, const QJSValue &reason)
{
    constexpr int MaxReason = 123;
    QJSEngine *engine = qjsEngine(&connection);
    if (!engine)
        return false;
    const double number = code.isUndefined() ? double(Ws::Normal) : std::nearbyint(code.toNumber());
    if (!mayBeCloseCode(connection, number)) {
        const QString rule = connection.isServerSide()
                                 ? QStringLiteral("the close code %1 may not be sent")
                                 : QStringLiteral("the close code %1 is neither 1000 nor in the range from "
                                                  "3000 to 4999");
        throwForCode(*engine, rule.arg(code.toString()));
        return false;
    }
    const QString text = reason.isUndefined() ? QString() : reason.toString();
    if (text.toUtf8().size() > MaxReason) {
        engine->throwError(QJSValue::SyntaxError,
                           QStringLiteral("the reason is longer than %1 bytes of UTF-8").arg(MaxReason));
        return false;
    }
    const QPointer<WsConnection> guard(&connection);
    auto *const client = qobject_cast<WsQmlClient *>(&connection);
    const bool wasWaiting = client && client->stopWaiting();
    if (!guard)
        return true;
    const bool wasOpen = connection.state() == Ws::Open;
    const bool isClosing = connection.close(quint16(number), text) || wasWaiting;
    if (!isClosing && guard && wasOpen && connection.state() == Ws::Open) // such a code may not be sent
        throwForCode(*engine, connection.errorString());
    return isClosing;
}
