// SPDX-License-Identifier: MIT
#ifndef BROWSER_H
#define BROWSER_H

#include "program.h"

#include <WsKit/WsClient>

#include <QtCore/qjsonobject.h>
#include <QtCore/qjsonvalue.h>
#include <QtCore/qtemporarydir.h>

// A headless Chromium that is controlled over the WebSocket of its DevTools protocol.
class Browser : public QObject
{
    Q_OBJECT

public:
    ~Browser() override;

    bool start(const QString &path);
    bool openPage(const QUrl &url);

    // The value of this JavaScript expression in the page; a promise is waited for. Undefined on failure.
    QJsonValue evaluate(const QString &expression);
    // Waits until the condition holds in the page, looking again at each change of the document.
    bool waitFor(const QString &condition);

private:
    QJsonObject call(const QString &method, const QJsonObject &parameters);

    QTemporaryDir m_profile;
    Program m_program;
    WsClient m_client;
    QString m_session;
    int m_lastId = 0;
};

#endif // BROWSER_H
