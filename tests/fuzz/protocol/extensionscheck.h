// SPDX-License-Identifier: MIT
#ifndef EXTENSIONSCHECK_H
#define EXTENSIONSCHECK_H

#include "../pieces.h"
#include "../script.h"

#include "protocol/wshttphead.h"
#include "protocol/wsprotocol.h"

#include <map>
#include <optional>

// What must hold for the negotiation of permessage-deflate (RFC 7692 §7.1), and for what follows it.
namespace ExtensionsCheck {

// One element of Sec-WebSocket-Extensions, read in the simplest way; a parameter without a value has a null
// one.
using Parameters = std::map<QByteArray, QByteArray>;

// Nothing if it is not a permessage-deflate with parameters that each appear once.
inline std::optional<Parameters> parametersIn(const QByteArray &element)
{
    const QByteArrayList parts = element.split(';');
    if (parts.first().trimmed() != "permessage-deflate")
        return {};
    Parameters result;
    for (const QByteArray &part : parts.mid(1)) {
        const qsizetype equals = part.indexOf('=');
        const QByteArray name = part.left(equals < 0 ? part.size() : equals).trimmed();
        QByteArray value = equals < 0 ? QByteArray() : part.sliced(equals + 1).trimmed();
        if (value.size() > 1 && value.startsWith('"') && value.endsWith('"'))
            value = value.sliced(1).chopped(1);
        if (!result.emplace(name, equals >= 0 && value.isNull() ? QByteArray("") : value).second)
            return {};
    }
    return result;
}

// The number of window bits of the parameter \a name: 15 without one, 0 if it is none.
inline int windowBits(const Parameters &parameters, const QByteArray &name)
{
    const auto found = parameters.find(name);
    if (found == parameters.end() || found->second.isNull())
        return 15;
    const int bits = found->second.toInt();
    return found->second == QByteArray::number(bits) && bits >= 8 && bits <= 15 ? bits : 0;
}

// RFC 7692 §7.1.1 and §7.1.2: whether \a answer is one to \a offer.
inline bool isAnswerTo(const Parameters &answer, const Parameters &offer)
{
    for (const auto &[name, value] : answer) {
        const bool isFlag = name == "server_no_context_takeover" || name == "client_no_context_takeover";
        const bool isSize = name == "server_max_window_bits" || name == "client_max_window_bits";
        if ((!isFlag && !isSize) || value.isNull() != isFlag)
            return false;
    }
    const bool isNamed =
        offer.count("client_max_window_bits") > 0 || answer.count("client_max_window_bits") == 0;
    const bool isForgetful =
        offer.count("server_no_context_takeover") == 0 || answer.count("server_no_context_takeover") > 0;
    const int serverBits = windowBits(answer, "server_max_window_bits");
    return isNamed && isForgetful && serverBits > 0 && windowBits(answer, "client_max_window_bits") > 0
           && windowBits(offer, "server_max_window_bits") >= serverBits
           && (offer.count("server_max_window_bits") == 0 || answer.count("server_max_window_bits") > 0);
}

// Whether \a agreement is what \a answer says, as the server reads it.
inline bool isAgreement(const WsDeflateAgreement &agreement, const Parameters &answer)
{
    // The server may use a smaller window than it has announced.
    return agreement.serverTakeover == (answer.count("server_no_context_takeover") == 0)
           && agreement.clientTakeover == (answer.count("client_no_context_takeover") == 0)
           && agreement.serverWindowBits <= windowBits(answer, "server_max_window_bits")
           && agreement.clientWindowBits == windowBits(answer, "client_max_window_bits");
}

inline WsCompression compressionFrom(Fuzzing::Script &script)
{
    WsCompression compression;
    const quint8 choice = script.byte();
    compression.setEnabled(true);
    compression.setContextTakeover(choice & 1);
    compression.setPeerContextTakeover(choice & 2);
    compression.setThreshold(choice & 4 ? 0 : 30);
    compression.setLevel((choice >> 3) % 10);
    compression.setWindowBits(9 + script.below(7));
    compression.setPeerWindowBits(8 + script.below(8));
    return compression;
}

// --- one side against anything

inline QByteArray checkServer(const WsCompression &own, const QByteArrayList &values)
{
    WsHeaders headers;
    for (const QByteArray &value : values) {
        if (wsIsFieldValue(value) && headers.size() < 10)
            headers.append({"Sec-WebSocket-Extensions", value});
    }
    QByteArray answer;
    const auto agreement = wsAcceptDeflate(headers, own, &answer);
    if (!agreement)
        return answer.isEmpty() ? QByteArray() : QByteArray("an answer without an agreement");
    const auto parameters = parametersIn(answer);
    if (!parameters || !isAgreement(*agreement, *parameters) || !wsCheckHeader("A", answer).isEmpty())
        return "the answer is not the agreement: " + answer;
    if (agreement->serverWindowBits > own.windowBits()
        || (agreement->serverTakeover && !own.contextTakeover())
        || (agreement->clientTakeover && !own.peerContextTakeover()))
        return "agreed on more than this side wants: " + answer;
    for (const QByteArray &offer : wsHeaderList(headers, "Sec-WebSocket-Extensions")) {
        const auto offered = parametersIn(offer);
        if (offered && isAnswerTo(*parameters, *offered))
            return {};
    }
    return "nothing that was offered allows " + answer;
}

inline QByteArray checkClient(const WsCompression &own, const QByteArray &answer)
{
    WsDeflateAgreement agreement;
    if (!wsIsFieldValue(answer) || !wsCheckDeflateAnswer(answer, own, &agreement).isEmpty())
        return {};
    const auto parameters =
        parametersIn("permessage-deflate" + answer.mid(qMax(answer.indexOf(';'), qsizetype(0))));
    const auto offered = parametersIn(wsDeflateOffer(own));
    if (!answer.contains(';'))
        return {};
    if (!parameters || !offered)
        return "accepted what cannot be read: " + answer;
    // A server may limit itself without having been asked (§7.1.2.1), and a server_max_window_bits of 15 says
    // nothing.
    Parameters named = *parameters;
    named.emplace("server_max_window_bits", "15");
    if (!isAnswerTo(named, *offered))
        return "accepted what was not offered: " + answer;
    const bool isWithin =
        agreement.clientWindowBits <= windowBits(*parameters, "client_max_window_bits")
        && agreement.clientWindowBits <= own.windowBits()
        && agreement.serverWindowBits == windowBits(*parameters, "server_max_window_bits")
        && (!agreement.clientTakeover || parameters->count("client_no_context_takeover") == 0)
        && agreement.serverTakeover == (parameters->count("server_no_context_takeover") == 0);
    return isWithin ? QByteArray() : "agreed on something else than " + answer;
}

// --- both sides

class Peer
{
public:
    Peer(WsRole role, const WsDeflateAgreement &agreement, const WsCompression &own) : m_protocol(role)
    {
        m_protocol.setDeflate(agreement, own);
    }

    QByteArray send(Ws::MessageType type, const QByteArray &payload)
    {
        QByteArray bytes;
        if (!m_protocol.sendMessage(type, payload))
            return bytes;
        WsOutput &output = m_protocol.output();
        for (qsizetype i = 0; i < output.pieceCount(); ++i)
            bytes += output.piece(i);
        output.clear();
        return bytes;
    }
    // Returns what is wrong.
    QByteArray receive(const QByteArray &bytes, const QByteArray &expected)
    {
        m_protocol.receive(bytes);
        const WsEvent event = m_protocol.nextEvent();
        if (event.type == WsEvent::Failure)
            return "the other side cannot read it: " + m_protocol.failure().text.toUtf8();
        if (event.type != WsEvent::Message || event.payload != expected)
            return "another message arrives";
        return m_protocol.nextEvent().type == WsEvent::NeedsBytes ? QByteArray()
                                                                  : QByteArray("more than a message");
    }

private:
    WsProtocol m_protocol;
};

inline QByteArray converse(Peer &client, Peer &server, Fuzzing::Script &script)
{
    for (int number = 0; number < 30 && !script.isAtEnd(); ++number) {
        const quint8 choice = script.byte();
        QByteArray message = script.bytes(1 + script.below(60));
        message = message.repeated(choice & 0x10 ? 1 + script.byte() * 4 : 1 + script.below(4));
        Peer &from = choice & 1 ? client : server;
        Peer &to = choice & 1 ? server : client;
        const QByteArray wrong = to.receive(from.send(Ws::Binary, message), message);
        if (!wrong.isEmpty())
            return wrong;
    }
    return {};
}

// A client of ours and a server of ours agree, and understand each other. \a before are offers of others.
inline QByteArray checkBoth(Fuzzing::Script &script)
{
    const WsCompression clients = compressionFrom(script);
    const WsCompression servers = compressionFrom(script);
    const WsHeaders offer = {{"Sec-WebSocket-Extensions", wsDeflateOffer(clients)}};
    QByteArray answer;
    const auto agreement = wsAcceptDeflate(offer, servers, &answer);
    if (!agreement)
        return clients.peerWindowBits() == 8 ? QByteArray()
                                             : "our own offer is refused: " + offer.first().second;
    if (const QByteArray wrong = checkServer(servers, {offer.first().second}); !wrong.isEmpty())
        return wrong;
    WsDeflateAgreement clientAgreement;
    if (const QString error = wsCheckDeflateAnswer(answer, clients, &clientAgreement); !error.isEmpty())
        return "our own answer is refused: " + answer + ": " + error.toUtf8();
    if (const QByteArray wrong = checkClient(clients, answer); !wrong.isEmpty())
        return wrong;
    Peer client(WsRole::Client, clientAgreement, clients);
    Peer server(WsRole::Server, *agreement, servers);
    const QByteArray wrong = converse(client, server, script);
    return wrong.isEmpty() ? wrong : wrong + ", by " + answer + " to " + offer.first().second;
}

inline QByteArray check(const QByteArray &input)
{
    Fuzzing::Script script(input);
    switch (script.below(3)) {
    case 0: {
        const WsCompression own = compressionFrom(script);
        return checkServer(own, Fuzzing::textsIn(script.bytes(input.size())));
    }
    case 1: {
        const WsCompression own = compressionFrom(script);
        return checkClient(own, script.bytes(input.size()));
    }
    default:
        return checkBoth(script);
    }
}

} // namespace ExtensionsCheck

#endif // EXTENSIONSCHECK_H
