// SPDX-License-Identifier: MIT
#include "connectionstore.h"

#include "connectionsettings.h"
#include "savedconnections.h"

namespace {
constexpr int MaxRedirects = 10;
} // namespace

ConnectionSettings settingsOf(const SavedConnection &saved)
{
    ConnectionSettings settings;
    settings.url = QUrl(saved.url);
    if (!saved.user.isEmpty())
        settings.url.setUserName(saved.user, QUrl::DecodedMode);
    if (!saved.password.isEmpty())
        settings.url.setPassword(saved.password, QUrl::DecodedMode);
    settings.headers = saved.headers;
    settings.subprotocols = saved.subprotocols;
    settings.origin = saved.origin;
    settings.route = {saved.reconnects, saved.maxRedirects > 0, saved.isCompressed, saved.proxy,
                      saved.host,       saved.localSocket,      saved.tokenFile};
    settings.tls = {saved.ignoresTlsErrors, saved.caFile, saved.certificateFile, saved.keyFile, saved.pins};
    return settings;
}

void updateSaved(SavedConnection *saved, const ConnectionSettings &settings)
{
    QUrl url = settings.url;
    saved->user = url.userName(QUrl::FullyDecoded);
    saved->password = url.password(QUrl::FullyDecoded);
    url.setUserInfo({});
    saved->url = url.toString(QUrl::FullyEncoded);
    saved->headers = settings.headers;
    saved->subprotocols = settings.subprotocols;
    saved->origin = settings.origin;
    saved->reconnects = settings.route.reconnects;
    if (settings.route.followsRedirects != (saved->maxRedirects > 0))
        saved->maxRedirects = settings.route.followsRedirects ? MaxRedirects : 0;
    saved->isCompressed = settings.route.compresses;
    saved->proxy = settings.route.proxy;
    saved->host = settings.route.host;
    saved->localSocket = settings.route.localSocket;
    saved->tokenFile = settings.route.tokenFile;
    saved->ignoresTlsErrors = settings.tls.ignoresErrors;
    saved->caFile = settings.tls.caFile;
    saved->certificateFile = settings.tls.certificateFile;
    saved->keyFile = settings.tls.keyFile;
    saved->pins = settings.tls.pins;
}
