// SPDX-License-Identifier: MIT
#include "protocol/wsdeflateagreement.h"

#include "protocol/wshttphead.h"

using namespace Qt::StringLiterals;

namespace {
constexpr QByteArrayView ExtensionName = "permessage-deflate";
constexpr QByteArrayView ServerNoTakeover = "server_no_context_takeover";
constexpr QByteArrayView ClientNoTakeover = "client_no_context_takeover";
constexpr QByteArrayView ServerMaxWindowBits = "server_max_window_bits";
constexpr QByteArrayView ClientMaxWindowBits = "client_max_window_bits";
constexpr quint8 DefaultWindowBits = 15;
// zlib's deflate has no window of 2^8 bytes, though RFC 7692 knows one.
constexpr quint8 SmallestDeflateWindow = 9;

// The parameters of one offer or answer, each at most once.
struct Parameters
{
    bool serverNoTakeover = false;
    bool clientNoTakeover = false;
    bool hasClientMaxWindowBits = false; // with or without a value
    std::optional<quint8> serverMaxWindowBits;
    std::optional<quint8> clientMaxWindowBits;
};

// RFC 6455 §9.1: a value is a token, or a quoted string that is one without its quotation marks.
QByteArrayView unquoted(QByteArrayView value)
{
    const bool isQuoted = value.size() >= 2 && value.startsWith('"') && value.endsWith('"');
    return isQuoted ? value.sliced(1, value.size() - 2) : value;
}

// RFC 7692 §7.1.2: 8 to 15, without leading zeros.
std::optional<quint8> parseWindowBits(QByteArrayView value)
{
    const bool isOneDigit = value.size() == 1 && (value[0] == '8' || value[0] == '9');
    const bool isTwoDigits = value.size() == 2 && value[0] == '1' && value[1] >= '0' && value[1] <= '5';
    if (!isOneDigit && !isTwoDigits)
        return {};
    return quint8(value.toInt());
}

QString setFlag(bool *flag, QByteArrayView name, bool hasValue)
{
    if (hasValue)
        return u"parameter %1 has a value"_s.arg(wsQuoted(name));
    if (std::exchange(*flag, true))
        return u"parameter %1 appears more than once"_s.arg(wsQuoted(name));
    return {};
}

QString setWindowBits(std::optional<quint8> *bits, QByteArrayView name, QByteArrayView value)
{
    if (*bits)
        return u"parameter %1 appears more than once"_s.arg(wsQuoted(name));
    *bits = parseWindowBits(unquoted(value));
    return *bits ? QString()
                 : u"parameter %1 is %2 instead of 8 to 15"_s.arg(wsQuoted(name), wsQuoted(value));
}

QString setParameter(Parameters *parameters, QByteArrayView name, QByteArrayView value, bool hasValue)
{
    if (name == ServerNoTakeover)
        return setFlag(&parameters->serverNoTakeover, name, hasValue);
    if (name == ClientNoTakeover)
        return setFlag(&parameters->clientNoTakeover, name, hasValue);
    if (name == ServerMaxWindowBits)
        return setWindowBits(&parameters->serverMaxWindowBits, name, value);
    if (name != ClientMaxWindowBits)
        return u"parameter %1 is unknown"_s.arg(wsQuoted(name));
    const QString error = setFlag(&parameters->hasClientMaxWindowBits, name, false);
    if (!error.isEmpty() || !hasValue)
        return error;
    return setWindowBits(&parameters->clientMaxWindowBits, name, value);
}

// What is wrong with the parameters that follow the name of the extension in \a element.
QString parseParameters(QByteArrayView element, Parameters *result)
{
    const QList<QByteArray> parts = element.toByteArray().split(';');
    for (qsizetype i = 1; i < parts.size(); ++i) {
        const QByteArrayView part = QByteArrayView(parts[i]).trimmed();
        const qsizetype equals = part.indexOf('=');
        const QByteArrayView name = equals < 0 ? part : part.first(equals).trimmed();
        const QByteArrayView value = equals < 0 ? QByteArrayView() : part.sliced(equals + 1).trimmed();
        if (const QString error = setParameter(result, name, value, equals >= 0); !error.isEmpty())
            return error;
    }
    return {};
}

QByteArrayView nameIn(QByteArrayView element)
{
    const qsizetype end = element.indexOf(';');
    return (end < 0 ? element : element.first(end)).trimmed();
}

QByteArray windowBitsParameter(QByteArrayView name, quint8 bits)
{
    return "; " + name.toByteArray() + '=' + QByteArray::number(bits);
}

QByteArray flagParameter(QByteArrayView name)
{
    return "; " + name.toByteArray();
}

std::optional<WsDeflateAgreement> agreeOn(const Parameters &offer, const WsCompression &own)
{
    WsDeflateAgreement agreement;
    agreement.serverTakeover = own.contextTakeover() && !offer.serverNoTakeover;
    agreement.clientTakeover = own.peerContextTakeover() && !offer.clientNoTakeover;
    agreement.serverWindowBits =
        qMin(quint8(own.windowBits()), offer.serverMaxWindowBits.value_or(DefaultWindowBits));
    if (agreement.serverWindowBits < SmallestDeflateWindow)
        return {};
    // RFC 7692 §7.1.2.2: a client that does not name the parameter must not be told to use it.
    if (offer.hasClientMaxWindowBits)
        agreement.clientWindowBits =
            qMin(quint8(own.peerWindowBits()), offer.clientMaxWindowBits.value_or(DefaultWindowBits));
    return agreement;
}

QByteArray answerFor(const WsDeflateAgreement &agreement, const Parameters &offer)
{
    QByteArray answer = ExtensionName.toByteArray();
    if (!agreement.serverTakeover)
        answer += flagParameter(ServerNoTakeover);
    if (!agreement.clientTakeover)
        answer += flagParameter(ClientNoTakeover);
    if (offer.serverMaxWindowBits)
        answer += windowBitsParameter(ServerMaxWindowBits, agreement.serverWindowBits);
    if (agreement.clientWindowBits < DefaultWindowBits)
        answer += windowBitsParameter(ClientMaxWindowBits, agreement.clientWindowBits);
    return answer;
}

QString checkAgainstOffer(const Parameters &answer, const WsCompression &own)
{
    if (!own.peerContextTakeover() && !answer.serverNoTakeover)
        return u"parameter %1 is missing"_s.arg(wsQuoted(ServerNoTakeover));
    if (answer.serverMaxWindowBits.value_or(DefaultWindowBits) > own.peerWindowBits())
        return u"parameter %1 is not within what was offered"_s.arg(wsQuoted(ServerMaxWindowBits));
    if (answer.hasClientMaxWindowBits && !answer.clientMaxWindowBits)
        return u"parameter %1 has no value"_s.arg(wsQuoted(ClientMaxWindowBits));
    // RFC 7692 §7.1.2.2: what was offered for client_max_window_bits is a hint, and the server may allow
    // more.
    return {};
}
} // namespace

QByteArray wsDeflateOffer(const WsCompression &own)
{
    QByteArray offer = ExtensionName.toByteArray();
    if (!own.peerContextTakeover())
        offer += flagParameter(ServerNoTakeover);
    if (!own.contextTakeover())
        offer += flagParameter(ClientNoTakeover);
    if (own.peerWindowBits() < DefaultWindowBits)
        offer += windowBitsParameter(ServerMaxWindowBits, quint8(own.peerWindowBits()));
    if (own.windowBits() < DefaultWindowBits)
        return offer + windowBitsParameter(ClientMaxWindowBits, quint8(own.windowBits()));
    return offer + flagParameter(ClientMaxWindowBits);
}

std::optional<WsDeflateAgreement> wsAcceptDeflate(const WsHeaders &headers, const WsCompression &own,
                                                  QByteArray *answer)
{
    if (!own.enabled())
        return {};
    for (const QByteArray &element : wsHeaderList(headers, "Sec-WebSocket-Extensions")) {
        Parameters offer;
        if (nameIn(element) != ExtensionName || !parseParameters(element, &offer).isEmpty())
            continue;
        if (const auto agreement = agreeOn(offer, own)) {
            *answer = answerFor(*agreement, offer);
            return agreement;
        }
    }
    return {};
}

QString wsCheckDeflateAnswer(QByteArrayView answer, const WsCompression &own, WsDeflateAgreement *result)
{
    Parameters parameters;
    if (const QString error = parseParameters(answer, &parameters); !error.isEmpty())
        return error;
    if (const QString error = checkAgainstOffer(parameters, own); !error.isEmpty())
        return error;
    result->serverTakeover = !parameters.serverNoTakeover;
    result->clientTakeover = own.contextTakeover() && !parameters.clientNoTakeover;
    result->serverWindowBits = parameters.serverMaxWindowBits.value_or(DefaultWindowBits);
    result->clientWindowBits = // a smaller window fits into a larger one
        qMin(quint8(own.windowBits()), parameters.clientMaxWindowBits.value_or(DefaultWindowBits));
    return {};
}
