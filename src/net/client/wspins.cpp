// SPDX-License-Identifier: MIT
#include "net/client/wspins.h"

#include "net/socket/wsderreader.h"
#include "net/socket/wsopensslchain.h"

#include <QtCore/qcryptographichash.h>
#include <QtNetwork/qsslcertificate.h>
#include <QtNetwork/qsslconfiguration.h>

#include <algorithm>

namespace {
constexpr int MaxQuoted = 80;

// The digest of a pin; empty if it is malformed. The digest itself may begin with a slash, so its length tells
// which prefix there is.
QByteArray digestOf(const QString &pin)
{
    constexpr qsizetype Base64Size = 44;
    const QByteArray all = pin.toUtf8();
    const QByteArray prefix = all.first(std::max<qsizetype>(all.size() - Base64Size, 0));
    if (!prefix.isEmpty() && prefix != "sha256/" && prefix != "sha256//")
        return {};
    const QByteArray text = all.sliced(prefix.size());
    const auto decoded = QByteArray::fromBase64Encoding(text, QByteArray::Base64Encoding
                                                                  | QByteArray::AbortOnBase64DecodingErrors);
    const int size = QCryptographicHash::hashLength(QCryptographicHash::Sha256);
    return decoded && (*decoded).size() == size ? *decoded : QByteArray();
}

QByteArray digestOf(const QSslCertificate &certificate)
{
    const QByteArray info = wsSubjectPublicKeyInfo(certificate.toDer());
    return info.isEmpty() ? QByteArray() : QCryptographicHash::hash(info, QCryptographicHash::Sha256);
}
} // namespace

// RFC 5280 §4.1. QSslCertificate::publicKey() knows only some algorithms.
QByteArray wsSubjectPublicKeyInfo(const QByteArray &certificateDer)
{
    constexpr quint8 versionTag = 0xA0;
    WsDerReader fields{WsDerReader{WsDerReader{certificateDer}.take().content}.take().content};
    if (!fields.rest.isEmpty() && quint8(fields.rest[0]) == versionTag)
        fields.take();
    for (int i = 0; i < 5; ++i) // serialNumber, signature, issuer, validity, subject
        fields.take();
    return fields.take().bytes.toByteArray();
}

QString wsCertificatePin(const QSslCertificate &certificate)
{
    return QString::fromLatin1(digestOf(certificate).toBase64());
}

QString wsPinProblem(const QStringList &pins)
{
    for (const QString &pin : pins) {
        if (digestOf(pin).isEmpty())
            return QStringLiteral("\"%1\" is not the base64 of a SHA-256 digest, with or without \"sha256/\"")
                .arg(pin.left(MaxQuoted));
    }
    return {};
}

QString wsPinMismatch(const QStringList &pins, const QSslConfiguration &tls)
{
    QByteArrayList digests;
    for (const QString &pin : pins)
        digests.append(digestOf(pin));
    const QSslCertificate own = tls.peerCertificate();
    if (own.isNull())
        return QStringLiteral("the server has no certificate, and pinnedCertificates wants one");
    const auto isPinned = [&](const QSslCertificate &certificate) {
        const QByteArray digest = digestOf(certificate);
        return !digest.isEmpty() && digests.contains(digest);
    };
    if (isPinned(own))
        return {};
    // A server may send any certificates; only those count that vouch for its own.
    const QList<QSslCertificate> sent = tls.peerCertificateChain();
    const QList<QSslCertificate> candidates = sent + tls.caCertificates();
    if (std::any_of(candidates.begin(), candidates.end(), [&](const QSslCertificate &candidate) {
            return isPinned(candidate) && wsVouchesFor(candidate, own, sent);
        }))
        return {};
    return QStringLiteral(
               "the certificate of the server does not match pinnedCertificates: its pin is \"%1\"")
        .arg(wsCertificatePin(own));
}
