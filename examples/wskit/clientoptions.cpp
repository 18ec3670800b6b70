// SPDX-License-Identifier: MIT
#include "clientoptions.h"

#include "bearertoken.h"
#include "commandline.h"
#include "linereader.h"
#include "localsocketurl.h"
#include "originwatch.h"
#include "passwordprompt.h"
#include "texts.h"

#include <QtCore/qfile.h>
#include <QtCore/qfileinfo.h>
#include <QtCore/qregularexpression.h>
#include <QtNetwork/qauthenticator.h>

#include <algorithm>

namespace {
void addRequestOptions(CommandLine &line)
{
    line.addOption({{QStringLiteral("H"), QStringLiteral("header")},
                    Tool::tr("Send this header with the request. May be repeated."),
                    Tool::tr("Name: value")});
    line.addOption({{QStringLiteral("s"), QStringLiteral("subprotocol")},
                    Tool::tr("Offer this subprotocol. May be repeated, the preferred one first."),
                    Tool::tr("name")});
    line.addOption({{QStringLiteral("o"), QStringLiteral("origin")},
                    Tool::tr("Send this Origin, as a page of that site would."),
                    Tool::tr("origin")});
    line.addOption({{QStringLiteral("u"), QStringLiteral("user")},
                    Tool::tr("Log in with this name, by Basic or Digest. Without the password, it is "
                             "asked for on the terminal; on the command line, other users of this "
                             "machine can read it."),
                    Tool::tr("name[:password]")});
    line.addOption({QStringLiteral("bearer-file"),
                    Tool::tr("Log in with the token in this file. It is read again for each attempt."),
                    Tool::tr("file")});
    line.addOption({{QStringLiteral("c"), QStringLiteral("compress")},
                    Tool::tr("Offer to compress messages (permessage-deflate).")});
}

void addWayOptions(CommandLine &line)
{
    line.addOption({QStringLiteral("proxy"),
                    Tool::tr("Connect through this proxy, http://host:3128 or socks5://host:1080, or "
                             "through none. The default is the system's proxy. Other users of this "
                             "machine can read a password in the URL; of http://user@host:3128, it is "
                             "asked for on the terminal."),
                    Tool::tr("URL|none")});
    line.addOptionWithDefault({QStringLiteral("follow"),
                               Tool::tr("Follow at most this many redirects: 10 without a number, none "
                                        "without this option."),
                               Tool::tr("count")},
                              QStringLiteral("10"));
    line.addOption({QStringLiteral("unix"),
                    Tool::tr("Connect to this local socket. The URL only names the host and the path."),
                    Tool::tr("path")});
    line.addOption({QStringLiteral("host"),
                    Tool::tr("Send this Host header, and expect a certificate of this name."),
                    Tool::tr("name[:port]")});
    line.addOption({QStringLiteral("connect-timeout"),
                    Tool::tr("Give up if there is no connection to the host after this time."),
                    Tool::tr("seconds")});
    line.addOption({QStringLiteral("max-message"),
                    Tool::tr("Accept messages of at most this size: 16 MiB without this option."),
                    Tool::tr("bytes")});
}

void addTlsOptions(CommandLine &line)
{
    line.addOption({QStringLiteral("cacert"),
                    Tool::tr("Trust the authorities in this PEM file, instead of the system's."),
                    Tool::tr("file")});
    line.addOption({QStringLiteral("cert"), Tool::tr("Show the server this certificate chain, a PEM file."),
                    Tool::tr("file")});
    line.addOption({QStringLiteral("key"),
                    Tool::tr("The private key of --cert, a PEM file. The default is the same file."),
                    Tool::tr("file")});
    line.addOption({QStringLiteral("key-pass-file"),
                    Tool::tr("The pass phrase of an encrypted key is the first line of this file."),
                    Tool::tr("file")});
    line.addOption({QStringLiteral("pin"),
                    Tool::tr("Accept only a server whose public key has this SHA-256 in Base64. May be "
                             "repeated."),
                    QStringLiteral("SHA-256")});
    line.addOption({{QStringLiteral("k"), QStringLiteral("insecure")},
                    Tool::tr("Accept any certificate, whoever it belongs to.")});
}
} // namespace

void addUrlArgument(CommandLine &line)
{
    line.addArgument(QStringLiteral("URL"),
                     Tool::tr("ws://host:port/path, wss://…, ws+unix:///socket:/path, host:port for "
                              "ws://host:port, or the name of a saved connection"));
}

void addClientOptions(CommandLine &line)
{
    addRequestOptions(line);
    addWayOptions(line);
    addTlsOptions(line);
}

// --- reading

namespace {
// What is no URL may contain a password nevertheless, and with or without a scheme.
QString withoutSecrets(QString url)
{
    static const QRegularExpression userInfo(QStringLiteral("^((?:[a-z0-9+.-]+:)?//)?.*@"),
                                             QRegularExpression::CaseInsensitiveOption
                                                 | QRegularExpression::DotMatchesEverythingOption);
    return url.replace(userInfo, QStringLiteral("\\1")).section(u'?', 0, 0);
}

// "host:port/path" is one with the scheme ws, as the address bar of a browser takes it. A text with a
// password is none: it may be anything.
QString withScheme(const QString &text)
{
    static const QRegularExpression scheme(QStringLiteral("^([a-z][a-z0-9+.-]*://|ws\\+unix:)"),
                                           QRegularExpression::CaseInsensitiveOption);
    if (scheme.match(text).hasMatch() || text.contains(u'@'))
        return text;
    const QUrl url(QStringLiteral("ws://") + text);
    return (url.port() == 443 ? QStringLiteral("wss://") : QStringLiteral("ws://")) + text;
}

QString readUrl(const QString &text, QUrl *url)
{
    *url = QUrl(withScheme(text));
    const bool hasPeer = !url->host().isEmpty() || url->scheme() == u"ws+unix";
    if (!url->isValid() || !hasPeer)
        return Tool::tr("“%1” is no URL of a WebSocket").arg(withoutSecrets(text));
    return {};
}

QString remarkOn(const SavedConnection &saved, const QString &name)
{
    if (saved.missing.isEmpty())
        return {};
    return Tool::tr("“%1” is saved without its secrets, which have to be given again: %2")
        .arg(name, SavedConnections::shownSecrets(saved.missing));
}

QString applySaved(const SavedConnection &saved, const QString &name, ClientSettings *settings)
{
    if (const QString error = readUrl(saved.url, &settings->url); !error.isEmpty())
        return error;
    if (!saved.localSocket.isEmpty()) {
        settings->host = settings->url.authority(QUrl::FullyEncoded).section(u'@', -1);
        settings->url = localSocketUrl(saved.localSocket, settings->url);
    }
    if (!saved.host.isEmpty())
        settings->host = saved.host;
    settings->headers = saved.headers;
    if (!saved.origin.isEmpty())
        settings->headers.append({QByteArrayLiteral("Origin"), saved.origin.toUtf8()});
    settings->subprotocols = saved.subprotocols;
    settings->proxy = saved.proxy;
    settings->user = saved.user;
    settings->password = saved.password;
    settings->bearerFile = saved.tokenFile;
    settings->tls.caFile = saved.caFile;
    settings->tls.certificateFile = saved.certificateFile;
    settings->tls.keyFile = saved.keyFile;
    settings->tls.passPhraseFile = saved.passPhraseFile;
    settings->tls.pins = saved.pins;
    settings->tls.ignoresErrors = saved.ignoresTlsErrors;
    settings->maxRedirects = int(saved.maxRedirects);
    settings->maxMessageSize = saved.maxMessageSize;
    settings->connectTimeout = std::chrono::milliseconds(saved.connectTimeoutMs);
    settings->isCompressed = saved.isCompressed;
    settings->reconnects = saved.reconnects;
    settings->remark = remarkOn(saved, name);
    return {};
}

// A URL, or the name of a saved connection. Only for what may be a name, the file is read.
QString readPeer(const QString &text, ClientSettings *settings)
{
    static const QRegularExpression name(QStringLiteral("^[^:/@?#]+$"));
    if (!name.match(text).hasMatch())
        return readUrl(text, &settings->url);
    SavedConnections connections;
    if (const QString error = connections.load(); !error.isEmpty())
        return error;
    if (!connections.contains(text)) {
        const bool isHost = text.contains(u'.') || text == u"localhost";
        return isHost ? readUrl(text, &settings->url)
                      : Tool::tr("“%1” is neither a URL nor the name of a saved connection").arg(text);
    }
    SavedConnection saved;
    const QString error = connections.find(text, &saved);
    return error.isEmpty() ? applySaved(saved, text, settings) : error;
}

// The URL of a local socket, with the path that is requested over it.
QString readLocalSocket(const CommandLine &line, ClientSettings *settings)
{
    if (!line.isSet("unix"))
        return {};
    const QUrl shown = settings->url;
    if (shown.scheme() != u"ws" && shown.scheme() != u"http")
        return Tool::tr("--unix goes with a URL of the scheme ws");
    if (line.isSet("proxy"))
        return Tool::tr("--unix or --proxy, not both");
    if (settings->host.isEmpty())
        settings->host = shown.authority(QUrl::FullyEncoded).section(u'@', -1);
    settings->url = localSocketUrl(line.value("unix"), shown);
    return {};
}

QString readHeaders(const CommandLine &line, WsHeaders *headers)
{
    const QStringList values = line.values("header");
    for (const QString &value : values) {
        const qsizetype colon = value.indexOf(u':');
        if (colon <= 0)
            return Tool::tr("--header needs “Name: value”");
        headers->append({value.left(colon).toUtf8(), value.mid(colon + 1).trimmed().toUtf8()});
    }
    if (line.isSet("origin"))
        headers->append({QByteArrayLiteral("Origin"), line.value("origin").toUtf8()});
    return {};
}

// Asks for the password that the option does not contain.
QString readPassword(const QString &option, const QString &name, QString *password)
{
    if (!LineReader::isInputTerminal())
        return Tool::tr("%1 needs a password, because there is no terminal to ask on").arg(option);
    const std::optional<QString> typed = askForPassword(Tool::tr("Password of %1: ").arg(name));
    if (!typed)
        return Tool::tr("no password was given");
    *password = *typed;
    return {};
}

// There is one Authorization header, whatever it comes from.
QString checkLogin(const CommandLine &line, const WsHeaders &headers)
{
    const bool hasHeader = std::any_of(headers.begin(), headers.end(), [](const auto &header) {
        return header.first.compare("Authorization", Qt::CaseInsensitive) == 0;
    });
    if (line.isSet("user") && line.isSet("bearer-file"))
        return Tool::tr("--user or --bearer-file, not both");
    if (line.isSet("user") && hasHeader)
        return Tool::tr("--user or --header Authorization, not both");
    if (line.isSet("bearer-file") && hasHeader)
        return Tool::tr("--bearer-file or --header Authorization, not both");
    return {};
}

// The user name of a saved connection comes without its password.
QString readSavedPassword(ClientSettings *settings)
{
    if (settings->user.isEmpty() || !settings->password.isEmpty() || !settings->asksForPasswords)
        return {};
    return readPassword(Tool::tr("the saved user"), settings->user, &settings->password);
}

QString readLogin(const CommandLine &line, ClientSettings *settings)
{
    if (const QString error = checkLogin(line, settings->headers); !error.isEmpty())
        return error;
    if (line.isSet("bearer-file"))
        settings->bearerFile = line.value("bearer-file");
    if (!settings->bearerFile.isEmpty() && !line.isSet("user"))
        return readBearerToken(settings->bearerFile).problem;
    if (!line.isSet("user"))
        return readSavedPassword(settings);
    settings->bearerFile.clear();
    const QString login = line.value("user");
    const qsizetype colon = login.indexOf(u':');
    const QString name = login.left(colon);
    if (name.isEmpty())
        return Tool::tr("--user needs a name");
    QString password = colon < 0 ? QString() : login.mid(colon + 1);
    if (colon < 0 && settings->asksForPasswords) {
        if (const QString error = readPassword(QStringLiteral("--user"), name, &password); !error.isEmpty())
            return error;
    }
    settings->user = name;
    settings->password = password;
    return {};
}

void replaceIfSet(const CommandLine &line, const char *option, QString *value)
{
    if (line.isSet(option))
        *value = line.value(option);
}

QString readProxy(const CommandLine &line, ClientSettings *settings)
{
    replaceIfSet(line, "proxy", &settings->proxy);
    QUrl url(settings->proxy);
    if (url.userName().isEmpty() || url.userInfo(QUrl::FullyEncoded).contains(u':')
        || !settings->asksForPasswords)
        return {};
    QString password;
    const QString error = readPassword(QStringLiteral("--proxy"), url.userName(), &password);
    url.setPassword(password, QUrl::DecodedMode);
    settings->proxy = url.toString(QUrl::FullyEncoded);
    return error;
}

QString readMaxMessageSize(const CommandLine &line, qint64 *size)
{
    constexpr double MaxSize = 1 << 30;
    const std::optional<double> bytes = line.number("max-message", 1);
    if (!bytes || *bytes > MaxSize)
        return line.quoted("max-message", Tool::tr("--max-message needs a number of bytes, 1 GiB at most"));
    *size = qint64(*bytes);
    return {};
}

QString readNumbers(const CommandLine &line, ClientSettings *settings)
{
    if (line.isSet("follow")) {
        const std::optional<double> count = line.number("follow", 0);
        if (!count || *count > 1000 || *count != int(*count))
            return line.quoted("follow", Tool::tr("--follow needs a number of redirects, 1000 at most"));
        settings->maxRedirects = int(*count);
    }
    if (line.isSet("connect-timeout")) {
        const std::optional<double> seconds = line.number("connect-timeout", 0.001);
        if (!seconds || *seconds > 86400)
            return line.quoted("connect-timeout",
                               Tool::tr("--connect-timeout needs a number of seconds, a day at most"));
        settings->connectTimeout = std::chrono::milliseconds(qint64(*seconds * 1000));
    }
    return line.isSet("max-message") ? readMaxMessageSize(line, &settings->maxMessageSize) : QString();
}

QString readPassPhrase(const QString &fileName, QByteArray *passPhrase)
{
    constexpr qint64 MaxSize = 4096;
    QFile file(fileName);
    if (!file.open(QIODevice::ReadOnly))
        return QStringLiteral("%1: %2").arg(fileName, file.errorString());
    *passPhrase = file.readLine(MaxSize);
    while (passPhrase->endsWith('\n') || passPhrase->endsWith('\r'))
        passPhrase->chop(1);
    return passPhrase->isEmpty() ? Tool::tr("%1: contains no pass phrase").arg(fileName) : QString();
}

QString readTls(const CommandLine &line, TlsSettings *tls)
{
    for (const char *const option : {"key", "key-pass-file"}) {
        if (line.isSet(option) && !line.isSet("cert"))
            return Tool::tr("--%1 needs --cert").arg(QLatin1String(option));
    }
    if (line.isSet("pin") && line.isSet("insecure"))
        return Tool::tr("--pin or --insecure, not both");
    if (line.isSet("cert")) { // the key of a saved one does not belong to it
        tls->keyFile.clear();
        tls->passPhraseFile.clear();
    }
    replaceIfSet(line, "cacert", &tls->caFile);
    replaceIfSet(line, "cert", &tls->certificateFile);
    replaceIfSet(line, "key", &tls->keyFile);
    replaceIfSet(line, "key-pass-file", &tls->passPhraseFile);
    if (line.isSet("pin"))
        tls->pins = line.values("pin");
    tls->ignoresErrors = line.isSet("insecure") || (tls->ignoresErrors && !line.isSet("pin"));
    return tls->passPhraseFile.isEmpty() ? QString() : readPassPhrase(tls->passPhraseFile, &tls->passPhrase);
}
} // namespace

QString readClientSettings(const CommandLine &line, ClientSettings *settings, const QString &url)
{
    // What needs no answer of the user comes first.
    QString error = readPeer(url, settings);
    if (line.isSet("subprotocol"))
        settings->subprotocols = line.values("subprotocol");
    settings->isCompressed = settings->isCompressed || line.isSet("compress");
    replaceIfSet(line, "host", &settings->host);
    if (error.isEmpty())
        error = readHeaders(line, &settings->headers);
    if (error.isEmpty())
        error = readNumbers(line, settings);
    if (error.isEmpty())
        error = readTls(line, &settings->tls);
    if (error.isEmpty())
        error = readLocalSocket(line, settings);
    if (error.isEmpty())
        error = readLogin(line, settings);
    if (error.isEmpty())
        error = readProxy(line, settings);
    return error;
}

namespace {
// The name is also used in other directories, and in those there may be another file of this name.
QString savedFileName(const QString &name)
{
    return name.isEmpty() ? QString() : QFileInfo(name).absoluteFilePath();
}
} // namespace

SavedConnection toSaved(const ClientSettings &settings)
{
    SavedConnection saved;
    saved.url = settings.url.toString(QUrl::FullyEncoded);
    for (const auto &header : settings.headers) {
        if (header.first.compare("Origin", Qt::CaseInsensitive) == 0)
            saved.origin = QString::fromUtf8(header.second);
        else
            saved.headers.append(header);
    }
    saved.host = settings.host;
    saved.subprotocols = settings.subprotocols;
    saved.proxy = settings.proxy;
    saved.user = settings.user;
    saved.password = settings.password;
    saved.tokenFile = savedFileName(settings.bearerFile);
    saved.caFile = savedFileName(settings.tls.caFile);
    saved.certificateFile = savedFileName(settings.tls.certificateFile);
    saved.keyFile = savedFileName(settings.tls.keyFile);
    saved.passPhraseFile = savedFileName(settings.tls.passPhraseFile);
    saved.pins = settings.tls.pins;
    saved.ignoresTlsErrors = settings.tls.ignoresErrors;
    saved.maxRedirects = settings.maxRedirects;
    saved.maxMessageSize = settings.maxMessageSize;
    saved.connectTimeoutMs = settings.connectTimeout.count();
    saved.isCompressed = settings.isCompressed;
    saved.reconnects = settings.reconnects;
    return saved;
}

// --- configuring

namespace {
QString configureRequest(WsClient &client, const ClientSettings &settings)
{
    for (const auto &[name, value] : settings.headers) {
        if (!client.setHeader(name, value))
            return Tool::tr("not a header that can be set: %1").arg(QString::fromUtf8(name));
    }
    if (settings.host.isEmpty())
        return {};
    if (!client.setHeader("Host", settings.host.toUtf8()))
        return Tool::tr("“%1” is no name of a host").arg(settings.host);
    client.setPeerVerifyName(QUrl(QStringLiteral("ws://") + settings.host).host());
    return {};
}

QString configureTls(WsClient &client, const TlsSettings &tls)
{
    const bool isUsable = (tls.caFile.isEmpty() || client.setCaCertificates(tls.caFile))
                          && (tls.certificateFile.isEmpty()
                              || client.setLocalCertificate(tls.certificateFile, tls.keyFile, tls.passPhrase))
                          && (tls.pins.isEmpty() || client.setPinnedCertificates(tls.pins));
    if (!isUsable)
        return client.errorString();
    if (tls.ignoresErrors)
        client.ignoreSslErrors();
    return {};
}

QString configureProxy(WsClient &client, const QString &proxy)
{
    if (proxy.isEmpty())
        return {};
    if (proxy == u"none") {
        client.setProxy(QNetworkProxy(QNetworkProxy::NoProxy));
        return {};
    }
    return client.setProxy(QUrl(proxy)) ? QString() : client.errorString();
}

void logIn(WsClient &client, const ClientSettings &settings)
{
    QObject::connect(&client, &WsClient::authenticationRequired, &client,
                     [isElsewhere = watchOrigin(&client), settings](QAuthenticator *authenticator) {
                         if (*isElsewhere)
                             return;
                         authenticator->setUser(settings.user);
                         authenticator->setPassword(settings.password);
                     });
}
} // namespace

namespace {
constexpr qint64 LargestMessage = qint64(1) << 30;
}

QString configureClient(WsClient &client, const ClientSettings &settings)
{
    client.setSubprotocols(settings.subprotocols);
    client.setMaxRedirects(settings.maxRedirects);
    WsOptions options = client.options();
    WsCompression compression = options.compression();
    compression.setEnabled(settings.isCompressed);
    options.setCompression(compression);
    options.setConnectTimeout(settings.connectTimeout);
    // The commands stop at the high-water mark; one message on top of it may be of any size.
    options.setMaxBufferedAmount(LargestMessage + options.maxBufferedAmount());
    limitMessages(&options, settings.maxMessageSize);
    client.setOptions(options);
    if (!settings.user.isEmpty())
        logIn(client, settings);
    if (!settings.bearerFile.isEmpty())
        sendBearerToken(&client, settings.bearerFile);
    QString error = configureRequest(client, settings);
    if (error.isEmpty())
        error = configureProxy(client, settings.proxy);
    if (error.isEmpty())
        error = configureTls(client, settings.tls);
    return error;
}
