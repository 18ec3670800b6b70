// SPDX-License-Identifier: MIT
#include "bearertoken.h"

#include "originwatch.h"
#include "toolkittexts.h"

#include <WsKit/WsClient>

#include <QtCore/qfile.h>

#include <algorithm>
#include <stdexcept>

namespace {
constexpr qint64 MaxSize = 64 * 1024;

// More than the characters of RFC 6750 §2.1: all that a header can contain but a space.
bool isTokenCharacter(char character)
{
    return character > 0x20 && character < 0x7f;
}
} // namespace

BearerToken readBearerToken(const QString &fileName)
{
    QFile file(fileName);
    if (!file.open(QIODevice::ReadOnly))
        return {{}, QStringLiteral("%1: %2").arg(fileName, file.errorString())};
    const QByteArray content = file.read(MaxSize + 1);
    if (content.size() > MaxSize)
        return {{}, Toolkit::tr("%1: is longer than a token, 64 KiB at most").arg(fileName)};
    const QByteArray token = content.trimmed();
    if (token.isEmpty())
        return {{}, Toolkit::tr("%1: contains no token").arg(fileName)};
    if (!std::all_of(token.begin(), token.end(), isTokenCharacter))
        return {{}, Toolkit::tr("%1: contains more than a token").arg(fileName)};
    return {token, {}};
}

// The library catches what the filter throws, and ends the opening with its text.
void sendBearerToken(WsClient *client, const QString &fileName)
{
    client->setRequestFilter([fileName, isElsewhere = watchOrigin(client)](WsRequest &request) {
        if (*isElsewhere)
            return;
        const BearerToken token = readBearerToken(fileName);
        if (!token.problem.isEmpty())
            throw std::runtime_error(token.problem.toStdString());
        WsHeaders headers = request.headers();
        headers.append({QByteArrayLiteral("Authorization"), "Bearer " + token.value});
        request.setHeaders(headers);
    });
}
