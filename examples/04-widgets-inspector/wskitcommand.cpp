// SPDX-License-Identifier: MIT
#include "wskitcommand.h"

#include "connectionsettings.h"
#include "secrets.h"

#include <QtCore/QRegularExpression>
#include <QtCore/QStringList>

namespace {
QString quoted(const QString &word)
{
    static const QRegularExpression plain(QStringLiteral("^[-A-Za-z0-9_./:@%+,=]+$"));
    if (plain.match(word).hasMatch())
        return word;
    return u'\'' + QString(word).replace(u'\'', QLatin1String("'\\''")) + u'\'';
}

void addOption(QStringList *words, const char *option, const QString &value)
{
    if (!value.isEmpty())
        *words << QLatin1String(option) << value;
}

QStringList routeWords(const RouteSettings &route)
{
    QStringList words;
    if (route.compresses)
        words.append(QStringLiteral("--compress"));
    if (route.reconnects)
        words.append(QStringLiteral("--reconnect"));
    if (route.followsRedirects)
        words << QStringLiteral("--follow") << QStringLiteral("10");
    addOption(&words, "--proxy", Secrets::storedProxy(route.proxy));
    addOption(&words, "--host", route.host);
    addOption(&words, "--unix", route.localSocket);
    addOption(&words, "--bearer-file", route.tokenFile);
    return words;
}

QStringList tlsWords(const TlsSettings &tls)
{
    QStringList words;
    addOption(&words, "--cacert", tls.caFile);
    addOption(&words, "--cert", tls.certificateFile);
    addOption(&words, "--key", tls.keyFile);
    for (const QString &pin : tls.pins)
        addOption(&words, "--pin", pin);
    if (tls.ignoresErrors)
        words.append(QStringLiteral("--insecure"));
    return words;
}
} // namespace

QString wskitCommand(const ConnectionSettings &settings)
{
    QStringList words{QStringLiteral("wskit"), QStringLiteral("connect")};
    for (const auto &[name, value] : settings.headers) {
        const QString text = QString::fromUtf8(name);
        if (!Secrets::isSecret(text))
            addOption(&words, "--header", text + QLatin1String(": ") + QString::fromUtf8(value));
    }
    for (const QString &subprotocol : settings.subprotocols)
        addOption(&words, "--subprotocol", subprotocol);
    addOption(&words, "--origin", settings.origin);
    words += routeWords(settings.route) + tlsWords(settings.tls);
    addOption(&words, "--user", settings.url.userName());
    QUrl url = settings.url;
    url.setUserInfo({});
    words.append(Secrets::storedUrl(url));
    for (QString &word : words)
        word = quoted(word);
    return words.join(u' ');
}
