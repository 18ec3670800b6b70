// SPDX-License-Identifier: MIT
#ifndef WSSERVEROPENING_H
#define WSSERVEROPENING_H

#include "net/connection/wsconnection_p.h"
#include "net/connection/wsopening.h"
#include "net/server/wsservedfile.h"
#include "net/server/wsserverthread.h"
#include "protocol/wsforwarded.h"
#include "protocol/wshttpanswer.h"
#include "protocol/wsrequestbody.h"

#include <QtCore/qfuture.h>
#include <QtNetwork/qsslerror.h>

#include <functional>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

// RFC 6455 §4.2: the server's side of the opening handshake. A client may send any number of plain HTTP
// requests before, which are answered one at a time (RFC 9112 §9.3).
class WsServerOpening : public WsOpening
{
public:
    WsServerOpening(WsConnectionPrivate &connection, const WsAcceptedClient &client);
    ~WsServerOpening() override;

    // Whether the client is being answered over HTTP.
    bool isAnswering() const { return m_phase == Phase::Answering || m_phase == Phase::Sending; }
    // The server leaves: the client gets the answer that is on its way, or 503 for a request that is complete
    // in time.
    void leave();
    // Too many clients have no complete request, and this one is the oldest.
    void giveWay();
    // The same for the client that had \a number, unless it has got on since or has sent something.
    void considerGivingWay(WsAdmission::Number number);

    void onConnected() override;
    void onBytes(QByteArray bytes) override;
    qint64 maxRead() const override;
    void onEnd() override;
    void onTimeout() override;
    void onFailure(const WsError &error) override;
    void onSslErrors(const QList<QSslError> &errors) override;
    void onPeerVerifyError(const QSslError &error) override;
    void onHandshakeInterrupted(const QSslError &error) override;
    void onPreSharedKey(QSslPreSharedKeyAuthenticator *authenticator) override;
    void onWritten() override;
    void onEstablished() override;

private:
    // Deciding is left only by the answer of the application, or for Answering: a late answer must not be
    // taken for that to the next request.
    enum class Phase : quint8 {
        Reading,   // the head of a request
        Receiving, // its body
        Deciding,  // the application's handler has not answered yet
        Answering, // with an HTTP response; further data is dropped until the client has gone
        Sending,   // the same if another request may follow, which is not read yet
        Idle       // the answer is written, and nothing has come since
    };

    // Thrown by a handler, and reported already.
    struct Thrown
    {
    };
    // The connection filter does not want the client.
    struct Unwanted
    {
    };
    // None matches, and there is no handler.
    struct NoRoute
    {
    };
    using Answer = std::variant<WsResponse, QFuture<WsResponse>, Thrown, Unwanted, NoRoute>;

    WsServerThread &thread() const { return static_cast<WsServerThread &>(*d.owner); }
    void setPhase(Phase phase);
    void beginRequest();
    void onHeadBytes(QByteArrayView bytes);
    void onHead();
    void storeRequest();
    void startReceiving();
    void onBodyBytes(QByteArrayView bytes);
    void storeBody(const QByteArray &body);
    void releaseRequest();
    void decide();
    void storeParameters(const QVariantMap &parameters);
    void storeUser(const QString &user);
    WsRequestDetails details() const;
    void storeDetails(WsRequestDetails details);
    // The client's certificate for the mapper: none if there is no mapper, or it is not trusted.
    std::optional<QSslCertificate> identity() const;
    // What has to be asked of the application, in the thread of the server.
    struct Question
    {
        WsAcceptedClient client;
        std::shared_ptr<const WsRoute> route;
        WsRequest request;
        std::optional<QSslCertificate> identity;
    };
    struct Decision
    {
        Answer answer;
        QString user;
    };

    static Answer callHandler(Question *question);
    static Decision ask(WsServerHome &home, Question question);
    // Takes the answer in the connection's thread, at once if that is the current one. \a asking, which has
    // asked for it, may no longer exist.
    static void takeLater(WsConnection *connection, const WsOpening *asking, const Decision &decision);
    void take(const Answer &answer);
    void await(const QFuture<WsResponse> &future);
    void refuseAfterThrow();
    void refuseWithoutRoute();
    void refuseUnwanted();
    void takeResult(const QFuture<WsResponse> &finished);
    void respond(const WsResponse &response);
    void accept(const WsResponse &response);
    void refuse(const WsHttpError &error);
    void answer(const WsResponse &response);
    void answerWithFile(const WsResponse &response);
    void send(const WsResponse &response);
    WsPersistence persistence() const;
    // Queues the next piece of the file. Returns false if that has ended the connection.
    bool sendMore();
    void awaitNext();
    void takeRestLater();
    void takeRest();
    bool hasMore() const;
    void takeMore();
    void skipEmptyLines(QByteArray *bytes);
    void onIdleTimeout();
    void end(bool isCut);
    // Logs, once, that the client gets no WebSocket; the server's slots are told once it has been answered.
    void noteRejection(const WsError &error);
    // The same if the client gets no answer: its connection is to be ended then.
    void reject(const WsError &error);
    // What the server's slots are to be told. They may do anything, also run an event loop, end the
    // connection, or move it: this object may not exist any more after that.
    using Report = std::function<void(WsServerHome &)>;
    static void tell(const std::shared_ptr<WsServerHome> &home, const std::vector<Report> &reports);
    static void tellThenFlush(WsConnectionPrivate &connection, const std::shared_ptr<WsServerHome> &home,
                              const std::vector<Report> &reports);
    void logAnswer(int status);
    WsHttpError checkRequest();
    // 503 if the server is leaving.
    WsHttpError checkLeaving() const;
    void endLeaving();
    WsHttpError checkHost() const;
    // Finds out whom the request comes from, and over what, if a trusted proxy has passed it on.
    WsHttpError identifyClient();
    void storeClient(const WsForwarded &told);
    QByteArray host() const;
    bool beginsProxyHeader(QByteArrayView bytes);
    WsHttpError unexpectedProxyHeader() const;
    void noteMisuse(const QString &text);
    bool isTrusted(const QList<QSslError> &errors);
    WsHeaders withServerName(WsHeaders headers) const;
    QString chosenSubprotocol(const WsResponse &response) const;
    WsHttpError checkOrigin() const;

    WsConnectionPrivate &d;
    const std::shared_ptr<WsServerHome> m_home; // which the connection may have left
    WsAcceptedClient m_client;
    WsHeadReader m_head;
    QByteArray m_rest; // what followed the request
    // Of the client, behind any trusted proxy:
    QHostAddress m_address;
    quint16 m_peerPort;
    QString m_proxy;    // its name in the log
    QByteArray m_begin; // the first bytes, until it is known that they are no PROXY header
    WsRequestHead m_request;
    std::unique_ptr<WsRequestBodyReader> m_body; // while Receiving
    std::unique_ptr<WsServedFile> m_file;        // what is left of the answer
    std::vector<Report> m_reports;               // of the answer that is being made
    qint64 m_receivedSize = 0;
    Phase m_phase = Phase::Reading;
    bool m_isInEmptyLine = false; // its CR was the last byte that came while Idle
    bool m_isLogged = false; // the line of the request is in the log
    // All of the request has been read, so that it is clear where the next one begins.
    bool m_isComplete = false;
    bool m_isAdmitted = false;
    bool m_isTlsReady = false;
    bool m_isCertificateAccepted = false; // by the filter, in spite of errors
    bool m_isClientTold = false; // by a trusted proxy, with this request or an earlier one
    std::optional<QSslError> m_singleError; // that onSslErrors() is to follow
    bool m_hasClientEnded = false;
};

#endif // WSSERVEROPENING_H
