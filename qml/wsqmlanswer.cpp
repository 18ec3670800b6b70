// SPDX-License-Identifier: MIT
#include "wsqmlanswer.h"

#include <QtQml/qjsengine.h>

WsQmlAnswer::WsQmlAnswer(ToResponse toResponse) : m_toResponse(std::move(toResponse))
{
    m_promise.start();
}

QFuture<WsResponse> WsQmlAnswer::future(QJSEngine &engine, const QJSValue &promise, ToResponse toResponse)
{
    auto *answer = new WsQmlAnswer(std::move(toResponse));
    const QFuture<WsResponse> future = answer->m_promise.future();
    // The closures keep the answer alive. Passing the method answer.settle would not.
    QJSValue settleBy =
        engine.evaluate(QStringLiteral("(function(promise, answer) {"
                                       "    promise.then(value => answer.settle(value, false),"
                                       "                 error => answer.settle(error, true));"
                                       "})"));
    settleBy.call({promise, engine.newQObject(answer)});
    return future;
}

void WsQmlAnswer::settle(const QJSValue &value, bool isRejected)
{
    m_promise.addResult(m_toResponse({value, isRejected}));
    m_promise.finish();
}
