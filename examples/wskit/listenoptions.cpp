// SPDX-License-Identifier: MIT
#include "listencommand.h"

#include "commandline.h"
#include "texts.h"
#include "tlsoption.h"

#include <QtCore/qfileinfo.h>

#include <cmath>

namespace {
void addPlaceOptions(CommandLine &line)
{
    line.addOption({{QStringLiteral("p"), QStringLiteral("port")},
                    Tool::tr("The port; 0, the default, takes a free one."),
                    Tool::tr("port"),
                    QStringLiteral("0")});
    line.addOption({QStringLiteral("host"),
                    Tool::tr("The IP address, 127.0.0.1 if none is given: this machine only. “*” is all "
                             "addresses, 0.0.0.0 all of IPv4 and :: all of IPv6. May be repeated: each gets "
                             "the same port."),
                    Tool::tr("address"), QStringLiteral("127.0.0.1")});
    line.addOption({QStringLiteral("unix"),
                    Tool::tr("Listen on this local socket; also on addresses if --port or --host is given. "
                             "May be repeated."),
                    Tool::tr("path")});
    line.addOption({QStringLiteral("unix-mode"),
                    Tool::tr("The permissions of the local sockets, such as 660. Who may write to one may "
                             "connect. Without this option the umask decides."),
                    Tool::tr("mode")});
    line.addOption({QStringLiteral("systemd"),
                    Tool::tr("Listen on the sockets that a socket unit of systemd passes on; also on "
                             "addresses if --port or --host is given.")});
    line.addOption({QStringLiteral("reuse-port"),
                    Tool::tr("Share the port with other servers that do so too (SO_REUSEPORT).")});
    line.addOption({QStringLiteral("trust-proxy"),
                    Tool::tr("Believe this proxy, an address or a subnet, who its clients are "
                             "(Forwarded, X-Forwarded-For). May be repeated."),
                    Tool::tr("address")});
    line.addOption({QStringLiteral("proxy-protocol"),
                    Tool::tr("Expect the PROXY protocol, version 1 or 2, of these proxies.")});
}

void addAccessOptions(CommandLine &line)
{
    line.addOption({{QStringLiteral("o"), QStringLiteral("origin")},
                    Tool::tr("Let in the pages of this origin, “https://example.com”, or of any: “*”. May "
                             "be repeated. Clients that are no browsers need none."),
                    Tool::tr("origin")});
    line.addOption({QStringLiteral("allow-host"),
                    Tool::tr("Answer requests for this host, “example.com” or “*.example.com”, or for any: "
                             "“*”. May be repeated. Without it, a server on loopback answers pages only as "
                             "localhost or by its address, so behind a proxy it needs the public name."),
                    Tool::tr("host")});
    line.addOption({QStringLiteral("client-ca"),
                    Tool::tr("Let in only clients with a certificate of the authorities in this PEM "
                             "file."),
                    Tool::tr("file")});
}

void addLimitOptions(CommandLine &line)
{
    line.addOption({QStringLiteral("max-clients"), Tool::tr("Let in at most this many clients at a time."),
                    Tool::tr("count")});
    line.addOption({QStringLiteral("max-per-address"),
                    Tool::tr("Let in at most this many clients of one address at a time."),
                    Tool::tr("count")});
    line.addOption({QStringLiteral("max-pending"),
                    Tool::tr("Let at most this many clients be without a complete request: 1000 without this "
                             "option. Further ones wait."),
                    Tool::tr("count")});
    line.addOption({QStringLiteral("max-message"),
                    Tool::tr("Accept messages of at most this size: 16 MiB without this option."),
                    Tool::tr("bytes")});
    line.addOption({QStringLiteral("max-messages-per-second"),
                    Tool::tr("Accept at most this many messages a second of each client."),
                    Tool::tr("count")});
    line.addOption({QStringLiteral("max-bytes-per-second"),
                    Tool::tr("Accept at most this many bytes a second of each client."), Tool::tr("bytes")});
    line.addOption({QStringLiteral("rate-limit-policy"),
                    Tool::tr("What becomes of clients that send more: slow-down, the default, reads them "
                             "later, disconnect closes with 1008."),
                    Tool::tr("policy"), QStringLiteral("slow-down")});
    line.addOption({QStringLiteral("max-total-buffered"),
                    Tool::tr("Let at most this many bytes wait for all clients together. Above that, the "
                             "slowest clients are cut."),
                    Tool::tr("bytes")});
    line.addOption({QStringLiteral("slow-subscriber"),
                    Tool::tr("What becomes of clients that have too much waiting when a message goes to all: "
                             "skip, the default, leaves it out, drop-oldest leaves out the oldest that wait, "
                             "close closes with 1008."),
                    Tool::tr("policy"), QStringLiteral("skip")});
}

void addWatchOptions(CommandLine &line)
{
    line.addOption(
        {QStringLiteral("stats"),
         Tool::tr("Print the figures of the server at the end: clients, messages, bytes, times.")});
    line.addOption({QStringLiteral("stats-interval"), Tool::tr("Print them at this interval, too."),
                    Tool::tr("seconds")});
    line.addOption({QStringLiteral("metrics"),
                    Tool::tr("Answer requests for this path, such as /metrics, with the figures in the "
                             "format of Prometheus. Everybody who can connect can read them."),
                    Tool::tr("path")});
    line.addOption({QStringLiteral("serve"),
                    Tool::tr("Answer other requests that are no WebSockets with this file, or with the "
                             "files of this folder."),
                    Tool::tr("file or folder")});
    line.addOption({QStringLiteral("drain"),
                    Tool::tr("How long clients may take to leave after Ctrl-C or SIGTERM: 5 seconds without "
                             "this option."),
                    Tool::tr("seconds"), QStringLiteral("5")});
}

// Reads a whole number, if the option is given. Returns an empty text, or what is wrong.
template <typename Number>
QString readCount(const CommandLine &line, const char *name, double most, const QString &problem,
                  Number *count)
{
    if (!line.isSet(name))
        return {};
    const std::optional<double> number = line.number(name, 1);
    if (!number || *number > most || std::floor(*number) != *number)
        return line.quoted(name, problem);
    *count = Number(*number);
    return {};
}

QString firstOf(const QStringList &problems)
{
    for (const QString &problem : problems) {
        if (!problem.isEmpty())
            return problem;
    }
    return {};
}

QString readPolicy(const CommandLine &line, ListenSettings *settings)
{
    const QString policy = line.value("rate-limit-policy");
    if (policy != u"slow-down" && policy != u"disconnect")
        return line.quoted("rate-limit-policy", Tool::tr("--rate-limit-policy is slow-down or disconnect"));
    const bool hasRate = line.isSet("max-messages-per-second") || line.isSet("max-bytes-per-second");
    if (line.isSet("rate-limit-policy") && !hasRate)
        return Tool::tr("--rate-limit-policy needs --max-messages-per-second or --max-bytes-per-second");
    settings->rateLimitPolicy = policy == u"disconnect" ? Ws::Disconnect : Ws::SlowDown;
    return {};
}

QString readSlowSubscriber(const CommandLine &line, ListenSettings *settings)
{
    static const QMap<QString, Ws::SlowSubscriber> policies{
        {QStringLiteral("skip"), Ws::SkipMessage},
        {QStringLiteral("drop-oldest"), Ws::DropOldest},
        {QStringLiteral("close"), Ws::CloseConnection},
    };
    const auto policy = policies.constFind(line.value("slow-subscriber"));
    if (policy == policies.cend())
        return line.quoted("slow-subscriber", Tool::tr("--slow-subscriber is skip, drop-oldest or close"));
    settings->slowSubscriber = *policy;
    return {};
}

QString readLimits(const CommandLine &line, ListenSettings *settings)
{
    constexpr double Million = 1e6;
    constexpr double GiB = 1 << 30;
    return firstOf(
        {readCount(line, "max-clients", Million, Tool::tr("--max-clients needs a number of clients"),
                   &settings->maxClients),
         readCount(line, "max-per-address", Million, Tool::tr("--max-per-address needs a number of clients"),
                   &settings->maxClientsPerAddress),
         readCount(line, "max-pending", Million, Tool::tr("--max-pending needs a number of clients"),
                   &settings->maxPending),
         readCount(line, "max-message", GiB, Tool::tr("--max-message needs a number of bytes, 1 GiB at most"),
                   &settings->maxMessageSize),
         readCount(line, "max-messages-per-second", Million,
                   Tool::tr("--max-messages-per-second needs a number of messages"),
                   &settings->maxMessagesPerSecond),
         readCount(line, "max-bytes-per-second", 1e12,
                   Tool::tr("--max-bytes-per-second needs a number of bytes"), &settings->maxBytesPerSecond),
         readCount(line, "max-total-buffered", 1e12, Tool::tr("--max-total-buffered needs a number of bytes"),
                   &settings->maxTotalBuffered),
         readPolicy(line, settings), readSlowSubscriber(line, settings)});
}

// Three octal digits, as chmod(1) takes them.
QString readMode(const CommandLine &line, ListenSettings *settings)
{
    if (!line.isSet("unix-mode"))
        return {};
    if (!line.isSet("unix"))
        return Tool::tr("--unix-mode needs --unix");
    bool isMode = false;
    const uint mode = line.value("unix-mode").toUInt(&isMode, 8);
    if (!isMode || mode == 0 || mode > 0777)
        return line.quoted("unix-mode", Tool::tr("--unix-mode needs permissions such as 660"));
    settings->localPermissions =
        QFileDevice::Permissions(int((mode & 0700) << 6 | (mode & 0070) << 1 | (mode & 0007)));
    return {};
}

QString readHosts(const CommandLine &line, ListenSettings *settings)
{
    for (const QString &text : line.values("host")) {
        const std::optional<QHostAddress> address = parseListenAddress(text);
        if (!address)
            return Tool::tr("%1, not “%2”").arg(Tool::tr("--host needs an IP address or *"), text.left(60));
        settings->hosts.append(*address);
    }
    return {};
}

// Several can be combined. The default, 127.0.0.1, is only for a server that listens nowhere else.
QString readPlace(const CommandLine &line, ListenSettings *settings)
{
    bool isPort = false;
    settings->port = line.value("port").toUShort(&isPort);
    if (!isPort)
        return line.quoted("port", Tool::tr("--port needs a number from 0 to 65535"));
    settings->isBySystemd = line.isSet("systemd");
    settings->localSockets = line.values("unix");
    settings->isPortShared = line.isSet("reuse-port");
    const bool isElsewhere = settings->isBySystemd || !settings->localSockets.isEmpty();
    const bool hasAddress = line.isSet("port") || line.isSet("host") || line.isSet("reuse-port");
    if (line.isSet("tls") && !settings->isBySystemd && isElsewhere && !hasAddress)
        return Tool::tr("--tls is for addresses, not for --unix: add --port or --host");
    return firstOf(
        {!isElsewhere || hasAddress ? readHosts(line, settings) : QString(), readMode(line, settings)});
}

QString readProxies(const CommandLine &line, ListenSettings *settings)
{
    settings->trustedProxies = line.values("trust-proxy");
    for (const QString &proxy : settings->trustedProxies) {
        if (QHostAddress::parseSubnet(proxy).second < 0)
            return Tool::tr("%1, not “%2”")
                .arg(Tool::tr("--trust-proxy needs an IP address or a subnet"), proxy.left(60));
    }
    settings->usesProxyProtocol = line.isSet("proxy-protocol");
    if (settings->usesProxyProtocol && settings->trustedProxies.isEmpty())
        return Tool::tr("--proxy-protocol needs --trust-proxy");
    return {};
}

// Returns whether the option is a number of seconds.
bool readSeconds(const CommandLine &line, const char *name, double least, std::chrono::milliseconds *time)
{
    constexpr double Day = 86400;
    const std::optional<double> seconds = line.number(name, least);
    if (!seconds || *seconds > Day)
        return false;
    *time = std::chrono::milliseconds(qint64(*seconds * 1000));
    return true;
}

QString readWatching(const CommandLine &line, ListenSettings *settings)
{
    if (line.isSet("stats-interval") && !readSeconds(line, "stats-interval", 0.1, &settings->figuresInterval))
        return line.quoted("stats-interval", Tool::tr("--stats-interval needs a number of seconds"));
    settings->hasFigures = line.isSet("stats") || line.isSet("stats-interval");
    if (!readSeconds(line, "drain", 0, &settings->drainTime))
        return line.quoted("drain", Tool::tr("--drain needs a number of seconds"));
    settings->metricsPath = line.value("metrics");
    if (line.isSet("metrics") && !settings->metricsPath.startsWith(u'/'))
        return line.quoted("metrics", Tool::tr("--metrics needs a path that begins with a slash"));
    settings->servedPath = line.value("serve");
    if (line.isSet("serve") && !QFileInfo(settings->servedPath).isReadable())
        return line.quoted("serve", Tool::tr("--serve needs a file or folder that can be read"));
    return {};
}
} // namespace

void addListenOptions(CommandLine &line)
{
    addPlaceOptions(line);
    line.addOption(
        {{QStringLiteral("e"), QStringLiteral("echo")}, Tool::tr("Send each message back to its sender.")});
    line.addOption({{QStringLiteral("b"), QStringLiteral("broadcast")},
                    Tool::tr("Send each message to all the other clients.")});
    line.addOption({{QStringLiteral("c"), QStringLiteral("compress")},
                    Tool::tr("Compress messages for clients that offer it (permessage-deflate).")});
    line.addOption(tlsOption());
    addAccessOptions(line);
    addLimitOptions(line);
    addWatchOptions(line);
    addDisplayOptions(line);
    line.addOption({{QStringLiteral("s"), QStringLiteral("subprotocol")},
                    Tool::tr("Speak this subprotocol. May be repeated, the preferred one first."),
                    Tool::tr("name")});
    line.addOption({QStringLiteral("details"),
                    Tool::tr("Print time, sender and size with each message: always, never, or auto, which "
                             "is where they go to a terminal."),
                    Tool::tr("when"), QStringLiteral("auto")});
}

QString readListenSettings(const CommandLine &line, ListenSettings *settings)
{
    if (line.isSet("echo") && line.isSet("broadcast"))
        return Tool::tr("--echo or --broadcast, not both");
    if (line.isSet("echo"))
        settings->answer = ListenSettings::Answer::Echo;
    else if (line.isSet("broadcast"))
        settings->answer = ListenSettings::Answer::Broadcast;
    if (!Console::parseDetails(line.value("details"), &settings->format))
        return line.quoted("details", Tool::tr("--details is always, never or auto"));
    settings->origins = line.values("origin");
    settings->allowedHosts = line.values("allow-host");
    settings->subprotocols = line.values("subprotocol");
    settings->isCompressed = line.isSet("compress");
    settings->clientCaFile = line.value("client-ca");
    return firstOf({readPlace(line, settings), readProxies(line, settings),
                    readDisplay(line, &settings->display), readLimits(line, settings),
                    readWatching(line, settings)});
}
