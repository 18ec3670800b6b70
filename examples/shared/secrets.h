// SPDX-License-Identifier: MIT
#ifndef SECRETS_H
#define SECRETS_H

#include <QtCore/QString>

QT_BEGIN_NAMESPACE
class QUrl;
QT_END_NAMESPACE

// What must be neither in the settings nor on the screen of somebody who is watched.
namespace Secrets {

// Whether the value of this header, or of this parameter of a URL, lets somebody in.
bool isSecret(const QString &name);

// The value of a header as it is shown, without a secret.
QString shownValue(const QByteArray &name, const QByteArray &value);

// Without the password and the values of secret parameters, whose names stay. Empty if it is no URL of a
// server.
QString storedUrl(const QUrl &url);

// "none", or the URL of a proxy without the password. Empty for any other text, which may contain one.
QString storedProxy(const QString &text);

} // namespace Secrets

#endif // SECRETS_H
