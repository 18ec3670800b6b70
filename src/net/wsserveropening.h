// SPDX-License-Identifier: MIT
#ifndef WSSERVEROPENING_H
#define WSSERVEROPENING_H

#include "net/wsopening.h"
#include "protocol/wshandshake.h"

#include <QtCore/qfuture.h>

class WsConnection;
class WsServer;

// RFC 6455 §4.2: the server's side of the opening handshake.
class WsServerOpening : public WsOpening
{
public:
    // With \a refusal the request is answered by it, whatever it is.
    WsServerOpening(WsConnection *connection, WsServer *server, const WsHttpError &refusal);

    void onConnected() override;
    void onBytes(QByteArray bytes) override;
    void onEnd() override;
    void onTimeout() override;
    void onFailure(const WsError &error) override;
    void onWritten() override;
    bool isReading() const override { return m_phase != Phase::Deciding; }

private:
    enum class Phase : quint8 {
        Reading,  // the request
        Deciding, // the application's handler has not answered yet
        Answering // with an HTTP response; what still comes is dropped until the client has gone
    };

    void onHead();
    void storeRequest();
    void decide();
    void await(const QFuture<WsResponse> &future);
    void respond(const WsResponse &response);
    void accept(const WsResponse &response);
    void refuse(const WsHttpError &error);
    void answer(const WsResponse &response);
    void reject(const WsError &error);
    QString chosenSubprotocol(const WsResponse &response) const;
    WsHttpError checkOrigin() const;

    WsConnection *m_connection;
    WsServer *m_server;
    WsHttpError m_refusal;
    WsHeadReader m_head;
    WsRequestHead m_request;
    Phase m_phase = Phase::Reading;
    bool m_hasBegun = false;
};

#endif // WSSERVEROPENING_H
