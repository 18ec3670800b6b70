// SPDX-License-Identifier: MIT
#ifndef WSQMLANSWER_H
#define WSQMLANSWER_H

#include "wsqmlscript.h"

#include <WsKit/wsresponse.h>

#include <QtCore/qfuture.h>
#include <QtCore/qobject.h>
#include <QtCore/qpromise.h>
#include <QtQml/qjsengine.h>
#include <QtQml/qjsvalue.h>

#include <functional>

// The answer of a request handler that has returned a JavaScript Promise.
class WsQmlAnswer : public QObject
{
    Q_OBJECT

public:
    using ToResponse = std::function<WsResponse(const WsScriptResult &)>;

    // The future is cancelled if the script drops the promise.
    static QFuture<WsResponse> future(QJSEngine &engine, const QJSValue &promise, ToResponse toResponse);

    Q_INVOKABLE void settle(const QJSValue &value, bool isRejected);

private:
    explicit WsQmlAnswer(ToResponse toResponse);

    ToResponse m_toResponse;
    QPromise<WsResponse> m_promise;
};

#endif // WSQMLANSWER_H
