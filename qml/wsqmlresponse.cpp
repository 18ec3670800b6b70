// SPDX-License-Identifier: MIT
#include "wsqmlresponse.h"

#include "wsqmlscript.h"
#include "wsqmlvalues.h"

#include <QtCore/qurl.h>
#include <QtQml/qjsengine.h>
#include <QtQml/qjsvalueiterator.h>
#include <QtQml/qqmlfile.h>

namespace {
struct Answer
{
    int status = 200;
    WsHeaders headers;
    QByteArray body;
    QString file;
    QString subprotocol;
};

// Returns false if there is no such part, or its value is none.
bool setPart(QJSEngine &engine, Answer *answer, const QString &name, const QJSValue &value)
{
    if (name == QLatin1String("status")) {
        answer->status = value.toInt();
    } else if (name == QLatin1String("headers")) {
        answer->headers = wsHeadersFromMap(value.toVariant().toMap());
    } else if (name == QLatin1String("file")) {
        answer->file = wsLocalPath(value.toString());
    } else if (name == QLatin1String("subprotocol")) {
        answer->subprotocol = value.toString();
    } else if (name == QLatin1String("body")) {
        const auto message = wsToMessage(engine, value);
        answer->body = message ? message->data() : QByteArray();
        return message.has_value();
    } else {
        return false;
    }
    return true;
}
} // namespace

std::optional<WsResponse> wsResponseFrom(QJSEngine &engine, const QJSValue &object, QString *problem)
{
    Answer answer;
    QJSValueIterator parts(object);
    while (parts.hasNext()) {
        parts.next();
        if (!setPart(engine, &answer, parts.name(), parts.value())) {
            *problem =
                QStringLiteral("an answer cannot have %1: %2").arg(parts.name(), parts.value().toString());
            return {};
        }
    }
    WsResponse response = WsResponse::reject(answer.status, answer.body, answer.headers);
    response.setFilePath(answer.file);
    response.setSubprotocol(answer.subprotocol);
    return response;
}

// A path may contain characters that a URL would have encoded.
QString wsLocalPath(const QString &pathOrUrl)
{
    const QString path = QQmlFile::urlToLocalFileOrQrc(pathOrUrl);
    return path.isEmpty() ? pathOrUrl : path;
}
