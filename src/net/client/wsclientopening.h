// SPDX-License-Identifier: MIT
#ifndef WSCLIENTOPENING_H
#define WSCLIENTOPENING_H

#include "net/connection/wsopening.h"
#include "protocol/wsclienthandshake.h"

#include <QtCore/qpointer.h>
#include <QtCore/qurl.h>
#include <QtNetwork/qnetworkcookiejar.h>

class WsClientPrivate;

// RFC 6455 §4.1: the client's side of the opening handshake.
class WsClientOpening : public WsOpening
{
public:
    WsClientOpening(WsClientPrivate *client, WsUpgradeRequest request, const QUrl &httpUrl);

    void onConnected() override;
    void onBytes(QByteArray bytes) override;
    void onEnd() override;
    void onTimeout() override;
    void onFailure(const WsError &error) override;
    void onSslErrors(const QList<QSslError> &errors) override;

private:
    void onHead();
    void onAcceptance(const WsResponseHead &head);
    void onRefusal(const WsResponseHead &head);
    void readBody(const QByteArray &bytes);
    void refuse();
    void fail(const QString &text);
    void storeCookies(const WsHeaders &headers);

    WsClientPrivate &d;
    WsUpgradeRequest m_request;
    QPointer<QNetworkCookieJar> m_cookieJar;
    QUrl m_httpUrl;
    qsizetype m_headBudget; // for all heads together: a server may send interim answers without end
    WsHeadReader m_head;
    qint64 m_bodySize = -1; // of an answer that refuses: -1 until there is one
    bool m_isConnected = false;
};

#endif // WSCLIENTOPENING_H
