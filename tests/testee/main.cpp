// SPDX-License-Identifier: MIT

// wskit_testee: what the test suites, and other people's programs, are run against.

#include "casesmode.h"
#include "clientmode.h"
#include "servermode.h"
#include "tlsoption.h"

#include <WsKit/WsEventDispatcher>

#include <QtCore/qcommandlineparser.h>
#include <QtCore/qcoreapplication.h>

#include <chrono>
#include <cstdio>

namespace {
const QString DispatcherOption = QStringLiteral("dispatcher");

int fail(const QString &text)
{
    std::fprintf(stderr, "wskit_testee: %s\n", qPrintable(text));
    return 1;
}

// Of a peer that does not answer a Close. Returns 0 for what is no number of seconds.
std::chrono::seconds closeTimeoutOf(const QCommandLineParser &parser)
{
    return std::chrono::seconds(parser.value(QStringLiteral("close-timeout")).toInt());
}

int runServer(const QCommandLineParser &parser)
{
    ServerSettings settings;
    bool isPort = false;
    settings.port = parser.value(QStringLiteral("port")).toUShort(&isPort);
    if (!isPort)
        return fail(QStringLiteral("server needs --port with a number from 0 to 65535"));
    if (!settings.host.setAddress(parser.value(QStringLiteral("host"))))
        return fail(QStringLiteral("--host needs an IP address"));

    const QString mode = parser.value(QStringLiteral("mode"));
    if (mode != u"echo" && mode != u"fan")
        return fail(QStringLiteral("--mode is echo or fan"));
    settings.fansOut = mode == u"fan";
    settings.isFast = parser.isSet(QStringLiteral("fast"));
    bool isNumber = false;
    settings.threads = parser.value(QStringLiteral("threads")).toInt(&isNumber);
    if (!isNumber || settings.threads < 0)
        return fail(QStringLiteral("--threads needs a number"));
    settings.closeTimeout = closeTimeoutOf(parser);
    if (parser.isSet(QStringLiteral("max-pending")))
        settings.maxPendingHandshakes = parser.value(QStringLiteral("max-pending")).toInt();
    if (parser.isSet(QStringLiteral("handshake-timeout")))
        settings.handshakeTimeout =
            std::chrono::seconds(parser.value(QStringLiteral("handshake-timeout")).toInt());
    if (parser.isSet(QStringLiteral("ping-interval")))
        settings.pingInterval = std::chrono::seconds(parser.value(QStringLiteral("ping-interval")).toInt());
    settings.deflates = parser.isSet(QStringLiteral("deflate"));

    if (parser.isSet(QStringLiteral("max-message"))) {
        settings.maxMessageSize = parser.value(QStringLiteral("max-message")).toLongLong();
        if (settings.maxMessageSize <= 0)
            return fail(QStringLiteral("--max-message needs a number of bytes"));
    }
    settings.tlsFiles = parser.values(QStringLiteral("tls"));
    return runServerMode(settings);
}

int runClient(const QCommandLineParser &parser, const QUrl &url)
{
    TesteeClientSettings settings;
    settings.url = url;
    settings.deflates = parser.isSet(QStringLiteral("deflate"));
    settings.reconnects = parser.isSet(QStringLiteral("reconnect"));
    settings.proxy = QUrl(parser.value(QStringLiteral("proxy")));
    settings.caFile = parser.value(QStringLiteral("cacert"));
    bool isNumber = false;
    settings.maxRedirects = parser.value(QStringLiteral("follow")).toInt(&isNumber);
    if (!isNumber || settings.maxRedirects < 0)
        return fail(QStringLiteral("--follow needs a number of redirects"));
    return runClientMode(settings);
}

void addClientOptions(QCommandLineParser &parser)
{
    parser.addOption({QStringLiteral("reconnect"),
                      QStringLiteral("client: connect again after the connection is lost.")});
    parser.addOption({QStringLiteral("proxy"), QStringLiteral("client: the proxy, http:// or socks5://."),
                      QStringLiteral("URL")});
    parser.addOption({QStringLiteral("follow"), QStringLiteral("client: how many redirects to follow (0)."),
                      QStringLiteral("count"), QStringLiteral("0")});
    parser.addOption({QStringLiteral("cacert"), QStringLiteral("client: the trusted authorities, a PEM file."),
                      QStringLiteral("file")});
}

void addOptions(QCommandLineParser &parser)
{
    parser.setApplicationDescription(
        QStringLiteral("An echo server, an echo client or the client of a case server, for tests."));
    parser.addHelpOption();
    parser.addPositionalArgument(QStringLiteral("mode"), QStringLiteral("server, client or cases"));
    parser.addPositionalArgument(QStringLiteral("URL"), QStringLiteral("Where client and cases connect to."),
                                 QStringLiteral("[URL]"));
    parser.addOption({QStringLiteral("port"), QStringLiteral("server: the port; 0 takes a free one."),
                      QStringLiteral("port")});
    parser.addOption({QStringLiteral("host"), QStringLiteral("server: the address (127.0.0.1)."),
                      QStringLiteral("address"), QStringLiteral("127.0.0.1")});
    parser.addOption({QStringLiteral("mode"),
                      QStringLiteral("server: echo to the sender, or fan out to all the others (echo)."),
                      QStringLiteral("echo|fan"), QStringLiteral("echo")});
    parser.addOption({QStringLiteral("fast"), QStringLiteral("server: answer by the message handler.")});
    parser.addOption({QStringLiteral("deflate"), QStringLiteral("Compress messages.")});
    parser.addOption({QStringLiteral("threads"), QStringLiteral("server: how many threads serve the clients (0: its own)."),
                      QStringLiteral("number"), QStringLiteral("0")});
    parser.addOption({QStringLiteral("max-message"), QStringLiteral("server: the largest message."),
                      QStringLiteral("bytes")});
    parser.addOption({QStringLiteral("max-pending"),
                      QStringLiteral("server: how many clients may have no complete request; 0: any number."),
                      QStringLiteral("number")});
    parser.addOption({QStringLiteral("handshake-timeout"),
                      QStringLiteral("server: how long a client may take for its request; 0: any time."),
                      QStringLiteral("seconds")});
    parser.addOption({QStringLiteral("ping-interval"),
                      QStringLiteral("server: after which silence a client is pinged; 0: never."),
                      QStringLiteral("seconds")});
    parser.addOption({QStringLiteral("close-timeout"),
                      QStringLiteral("server, cases: how long a peer may take to answer a Close (5)."),
                      QStringLiteral("seconds"), QStringLiteral("5")});
    parser.addOption(tlsOption());
    addClientOptions(parser);
    parser.addOption(
        {DispatcherOption,
         QStringLiteral("Which event dispatcher: Qt's, or WsEventDispatcher on Linux (default)."),
         QStringLiteral("default|epoll"), QStringLiteral("default")});
    parser.addOption({QStringLiteral("agent"), QStringLiteral("cases: the name in the report (WsKit)."),
                      QStringLiteral("name"), QStringLiteral("WsKit")});
}

// Before the application is made, as it is too late afterwards. Returns false for an unknown name.
bool installDispatcher(int argc, char **argv)
{
    QCommandLineParser parser;
    addOptions(parser);
    QStringList arguments;
    for (int i = 0; i < argc; ++i)
        arguments.append(QString::fromLocal8Bit(argv[i]));
    parser.parse(splitTlsValues(arguments)); // what is wrong in them is reported by main()
    const QString name = parser.value(DispatcherOption);
#ifdef Q_OS_LINUX
    if (name == u"epoll") {
        QCoreApplication::setEventDispatcher(new WsEventDispatcher);
        return true;
    }
#endif
    return name == u"default";
}
} // namespace

int main(int argc, char **argv)
{
    const bool isDispatcherKnown = installDispatcher(argc, argv);
    QCoreApplication application(argc, argv);
    QCommandLineParser parser;
    addOptions(parser);
    parser.process(splitTlsValues(application.arguments()));
    if (!isDispatcherKnown)
        return fail(QStringLiteral("--dispatcher is default, or epoll on Linux"));

    if (closeTimeoutOf(parser) <= std::chrono::seconds::zero())
        return fail(QStringLiteral("--close-timeout needs a number of seconds"));
    const QStringList arguments = parser.positionalArguments();
    const QString mode = arguments.value(0);
    if (mode == u"server" && arguments.size() == 1)
        return runServer(parser);
    if (mode == u"client" && arguments.size() == 2)
        return runClient(parser, QUrl(arguments.at(1)));
    if (mode == u"cases" && arguments.size() == 2)
        return runCasesMode(QUrl(arguments.at(1)), parser.value(QStringLiteral("agent")),
                            parser.isSet(QStringLiteral("deflate")), closeTimeoutOf(parser));
    return fail(QStringLiteral("one of: server --port N, client URL, cases URL --agent NAME"));
}
