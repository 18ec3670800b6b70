// SPDX-License-Identifier: MIT
#ifndef WSOPENSSLCHAIN_H
#define WSOPENSSLCHAIN_H

#include <QtCore/qlist.h>

QT_BEGIN_NAMESPACE
class QSslCertificate;
QT_END_NAMESPACE

// Whether \a issuer vouches for \a certificate: directly, or through authorities that \a between contains.
// Signatures and basic constraints are verified (RFC 5280 §6), dates are not. Any of the certificates may
// come from an attacker. Always false if Qt does not use OpenSSL 3 as a shared library.
bool wsVouchesFor(const QSslCertificate &issuer, const QSslCertificate &certificate,
                  const QList<QSslCertificate> &between);

#endif // WSOPENSSLCHAIN_H
