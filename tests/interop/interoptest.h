// SPDX-License-Identifier: MIT
#ifndef INTEROPTEST_H
#define INTEROPTEST_H

#include "interopserver.h"
#include "peer.h"

#include <memory>

// The scenarios of both directions over ws:// and wss://, and over ws:// compressed, against one peer. A row
// is a scenario.
class InteropTest : public QObject
{
    Q_OBJECT

public:
    explicit InteropTest(std::unique_ptr<Peer> peer);
    ~InteropTest() override;

private Q_SLOTS:
    void wsClient_data();
    void wsClient();
    void wsServer_data();
    void wsServer();

protected:
    Peer &peer() { return *m_peer; }

private:
    enum class Content { Any, Compressible };
    struct ClientScenario;
    struct ServerScenario;
    static const QList<ClientScenario> &clientScenarios();
    static const QList<ServerScenario> &serverScenarios();

    template <typename Scenario>
    void addRows(const QList<Scenario> &scenarios) const;
    static void checkTraffic(const WsStatistics &statistics, bool isCompressed);

    // WsClient against the peer's server
    void echoes(const QList<WsMessage> &messages, qint64 fragmentSize = 0, Content content = Content::Any);
    void echoesText();
    void echoesNonAscii();
    void echoesByteOrderMark();
    void echoesEmptyMessages();
    void echoesEveryByte();
    void echoesLargeText();
    void echoesLargeBinary();
    void echoesRandomBytes();
    void echoesPreparedMessage();
    void echoesFragments();
    void echoesCutCharacters();
    void echoesBurst();
    void echoesEmptyFragments();
    void echoesPieces();
    void echoesStream();
    void receivesPieces();
    void receivesFragments();
    void receivesBurst();
    void pings();
    void answersPing();
    void closes();
    void closesWithoutCode();
    void isClosed();
    void negotiatesSubprotocol();
    void sendsHeaderAndCookie();
    void connectsByName();
    void isRefused();
    void doesNotTrust();

    // the peer's client against WsServer
    static void checkRequest(const QString &scenario, const QString &path, const InteropServer &server);

    std::unique_ptr<Peer> m_peer;
    QUrl m_url;                  // of the peer's server
    WsCompression m_compression; // of WsClient
};

#endif // INTEROPTEST_H
