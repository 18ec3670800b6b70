// SPDX-License-Identifier: MIT
#ifndef WSPINS_H
#define WSPINS_H

#include <QtCore/qbytearray.h>
#include <QtCore/qstringlist.h>

QT_BEGIN_NAMESPACE
class QSslCertificate;
class QSslConfiguration;
QT_END_NAMESPACE

// Pins of public keys: the SHA-256 of a certificate's SubjectPublicKeyInfo (RFC 5280 §4.1.2.7, RFC 7469
// §2.4).

// Returns the element of the certificate, with its header; empty if there is none.
QByteArray wsSubjectPublicKeyInfo(const QByteArray &certificateDer);
// In base64; empty for a null certificate.
QString wsCertificatePin(const QSslCertificate &certificate);
// Describes the first pin that is malformed; empty if there is none.
QString wsPinProblem(const QStringList &pins);
// Describes why a peer with these certificates does not have one of the pins; empty if it has.
QString wsPinMismatch(const QStringList &pins, const QSslConfiguration &tls);

#endif // WSPINS_H
