// SPDX-License-Identifier: MIT
#ifndef WSOPENSSLKEY_H
#define WSOPENSSLKEY_H

#include <QtNetwork/qsslkey.h>

QT_BEGIN_NAMESPACE
class QSslCertificate;
QT_END_NAMESPACE

// A private key that was read for a certificate.
struct WsPrivateKey
{
    enum Match { Unreadable, OfAnother, Belongs };

    Match match = Unreadable;
    QSslKey key; // if it belongs to the certificate
};

// Reads keys that QSslKey can hold but cannot read, such as Ed25519, with the OpenSSL that Qt has loaded for
// TLS. Keys are unreadable if that is not OpenSSL 3 or not a shared library.
//
// In Qt 6.4 QSslKey reads RSA, DSA, EC and DH only, QSslCertificate::importPkcs12() has the same limit, and
// QSslConfiguration::setBackendConfigurationOption() does not accept PrivateKey.
WsPrivateKey wsReadByOpenSsl(const QByteArray &pem, const QByteArray &passPhrase,
                             const QSslCertificate &certificate);
bool wsHasOpenSsl();

#endif // WSOPENSSLKEY_H
