// SPDX-License-Identifier: MIT
#ifndef WSTLSFILES_H
#define WSTLSFILES_H

#include <QtCore/qstring.h>

QT_BEGIN_NAMESPACE
class QSslCertificate;
class QSslConfiguration;
QT_END_NAMESPACE

// TLS from PEM files. Each function returns an empty text on success. Otherwise it returns a text that names
// the file and the problem, and leaves the configuration as it was. The texts never quote a key or pass
// phrase.

// Replaces the trusted authorities by those in the file.
QString wsLoadCaCertificates(const QString &pemFile, QSslConfiguration *configuration);
// The PEM file contains the certificate, followed by its issuers. If keyFile is empty, it contains the key
// too. The pass phrase is only used if the key is encrypted.
QString wsLoadLocalCertificate(const QString &pemFile, const QString &keyFile, const QByteArray &passPhrase,
                               QSslConfiguration *configuration);

// Describes why the private key of the certificate cannot be read although it is not encrypted.
QString wsUnreadableKeyText(const QSslCertificate &certificate);

#endif // WSTLSFILES_H
