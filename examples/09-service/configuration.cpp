// SPDX-License-Identifier: MIT
#include "configuration.h"

#include <algorithm>
#include <functional>

namespace {
// Each of these returns whether the text is what the variable needs.

QStringList listOf(const QString &text)
{
    QStringList list;
    for (const QString &item : text.split(u',', Qt::SkipEmptyParts))
        list.append(item.trimmed());
    return list;
}

bool readAddresses(const QString &text, QList<QHostAddress> *addresses)
{
    addresses->clear();
    for (const QString &item : listOf(text)) {
        const QHostAddress address(item);
        if (address.isNull())
            return false;
        addresses->append(address);
    }
    return !addresses->isEmpty();
}

bool readSubnets(const QString &text, QList<Configuration::Subnet> *subnets)
{
    subnets->clear();
    for (const QString &item : listOf(text)) {
        const Configuration::Subnet subnet = QHostAddress::parseSubnet(item);
        if (subnet.second < 0)
            return false;
        subnets->append(subnet);
    }
    return true;
}

template <typename Number>
bool readNumber(const QString &text, qint64 least, qint64 most, Number *number)
{
    bool isNumber = false;
    const qint64 value = text.toLongLong(&isNumber);
    if (!isNumber || value < least || value > most)
        return false;
    *number = Number(value);
    return true;
}

bool readSwitch(const QString &text, bool *isOn)
{
    *isOn = text == u"1";
    return *isOn || text == u"0";
}

bool readProxies(const QString &text, QStringList *proxies)
{
    QList<Configuration::Subnet> subnets;
    *proxies = listOf(text);
    return readSubnets(text, &subnets);
}

constexpr qint64 Million = 1000000;

struct Variable
{
    const char *name;
    const char *meaning; // with the default
    const char *needs;
    std::function<bool(const QString &, Configuration *)> read;
};

//! [variables]
const Variable variables[] = {
    {"SERVICE_ADDRESS", "addresses to listen on, separated by commas; 127.0.0.1", "IP addresses",
     [](const QString &text, Configuration *c) { return readAddresses(text, &c->addresses); }},
    {"SERVICE_PORT", "port of all of them; 8080, and 0 is a free one", "a number from 0 to 65535",
     [](const QString &text, Configuration *c) { return readNumber(text, 0, 65535, &c->port); }},
    {"SERVICE_THREADS", "threads for the connections; 0 is the main thread alone", "a number from 0 to 256",
     [](const QString &text, Configuration *c) { return readNumber(text, 0, 256, &c->threads); }},
    {"SERVICE_CERTIFICATE", "PEM file of the certificate chain; without it there is no TLS", "a file",
     [](const QString &text, Configuration *c) { return !(c->certificateFile = text).isEmpty(); }},
    {"SERVICE_KEY", "PEM file of its private key", "a file",
     [](const QString &text, Configuration *c) { return !(c->keyFile = text).isEmpty(); }},
    {"SERVICE_TRUSTED_PROXIES", "addresses or subnets of proxies that say who the client is; nobody",
     "IP addresses and subnets",
     [](const QString &text, Configuration *c) { return readProxies(text, &c->trustedProxies); }},
    {"SERVICE_PROXY_PROTOCOL", "1 if these proxies speak the PROXY protocol; 0", "0 or 1",
     [](const QString &text, Configuration *c) { return readSwitch(text, &c->usesProxyProtocol); }},
    {"SERVICE_ALLOWED_ORIGINS", "sites whose pages may connect, besides the service's own; none", "origins",
     [](const QString &text, Configuration *c) { return !(c->allowedOrigins = listOf(text)).isEmpty(); }},
    {"SERVICE_ALLOWED_HOSTS", "names by which clients may call the service; see WsServer::allowedHosts",
     "names of hosts",
     [](const QString &text, Configuration *c) { return !(c->allowedHosts = listOf(text)).isEmpty(); }},
    {"SERVICE_METRICS_FROM", "addresses or subnets that may read /metrics; 127.0.0.0/8,::1",
     "IP addresses and subnets",
     [](const QString &text, Configuration *c) { return readSubnets(text, &c->metricsFrom); }},
    {"SERVICE_MAX_CONNECTIONS", "at a time; 2000", "a number from 1 to 1000000",
     [](const QString &text, Configuration *c) { return readNumber(text, 1, Million, &c->maxConnections); }},
    {"SERVICE_MAX_CONNECTIONS_PER_ADDRESS", "at a time; 50", "a number from 1 to 1000000",
     [](const QString &text, Configuration *c) {
         return readNumber(text, 1, Million, &c->maxConnectionsPerAddress);
     }},
    {"SERVICE_MAX_MESSAGES_PER_SECOND", "of each client; 20, and 0 is no limit", "a number from 0 to 1000000",
     [](const QString &text, Configuration *c) {
         return readNumber(text, 0, Million, &c->maxMessagesPerSecond);
     }},
    {"SERVICE_MAX_BYTES_PER_SECOND", "of each client; 65536, and 0 is no limit",
     "a number from 0 to 1000000000",
     [](const QString &text, Configuration *c) {
         return readNumber(text, 0, 1000 * Million, &c->maxBytesPerSecond);
     }},
    {"SERVICE_DRAIN_SECONDS", "how long clients may take to leave after SIGTERM; 20",
     "a number from 0 to 3600",
     [](const QString &text, Configuration *c) {
         qint64 seconds = 0;
         const bool isRight = readNumber(text, 0, 3600, &seconds);
         c->drainTime = std::chrono::seconds(seconds);
         return isRight;
     }},
};
//! [variables]

// A name that is misspelled would otherwise leave the default in place, without a word.
QStringList unknownNames(const QProcessEnvironment &environment)
{
    QStringList problems;
    for (const QString &name : environment.keys()) {
        const bool isKnown = std::any_of(std::begin(variables), std::end(variables),
                                         [&](const Variable &v) { return name == QLatin1String(v.name); });
        if (name.startsWith(u"SERVICE_") && !isKnown)
            problems.append(QStringLiteral("%1 is not a setting; --help lists them").arg(name));
    }
    return problems;
}
} // namespace

QStringList Configuration::read(const QProcessEnvironment &environment)
{
    QStringList problems = unknownNames(environment);
    for (const Variable &variable : variables) {
        const QString name = QLatin1String(variable.name);
        const QString text = environment.value(name).trimmed();
        if (environment.contains(name) && !variable.read(text, this))
            problems.append(QStringLiteral("%1 needs %2, not \"%3\"")
                                .arg(name, QLatin1String(variable.needs), text.left(60)));
    }
    if (certificateFile.isEmpty() != keyFile.isEmpty())
        problems.append(QStringLiteral("SERVICE_CERTIFICATE and SERVICE_KEY go together"));
    if (usesProxyProtocol && trustedProxies.isEmpty())
        problems.append(QStringLiteral("SERVICE_PROXY_PROTOCOL needs SERVICE_TRUSTED_PROXIES"));
    return problems;
}

QString Configuration::help()
{
    QString text;
    for (const Variable &variable : variables)
        text += QStringLiteral("  %1\n      %2\n")
                    .arg(QLatin1String(variable.name), QLatin1String(variable.meaning));
    return text;
}
