// SPDX-License-Identifier: MIT
#include "net/socket/wstlsfiles.h"

#include "net/socket/wsderreader.h"
#include "net/socket/wsopensslkey.h"

#include <QtCore/qfile.h>
#include <QtCore/qfileinfo.h>
#include <QtCore/qthread.h>
#include <QtNetwork/qsslcertificate.h>
#include <QtNetwork/qsslconfiguration.h>
#include <QtNetwork/qsslsocket.h>

#include <algorithm>
#include <functional>
#include <memory>

namespace {
QString about(const QString &fileName, const QString &problem)
{
    return QStringLiteral("%1: %2").arg(fileName, problem);
}

// --- formats

// Keys, certificates and PKCS #12 are one SEQUENCE; that of PKCS #12 may be of indefinite length.
bool isBinary(const QByteArray &bytes)
{
    WsDerReader reader{bytes};
    return bytes.startsWith("\x30\x80") || (reader.take().tag == 0x30 && reader.rest.isEmpty());
}

// A part of a PEM file (RFC 7468).
struct PemBlock
{
    QByteArray label; // as CERTIFICATE
    QByteArray text;  // with its first and last line

    bool isCertificate() const { return label == "CERTIFICATE"; }
    bool isPrivateKey() const { return label.endsWith("PRIVATE KEY"); }
    // PKCS #8 (RFC 5958 §3), or the older format (RFC 1421 §4.6.1.1).
    bool isEncrypted() const
    {
        return label.startsWith("ENCRYPTED ") || text.contains("Proc-Type: 4,ENCRYPTED");
    }
};

// Error texts quote labels, so nothing of a key may pass for one.
bool isLabel(QByteArrayView text)
{
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' '; });
}

// Text between the blocks is ignored. A block without an end line extends to the end of the file.
QList<PemBlock> pemBlocks(const QByteArray &bytes)
{
    const QByteArrayView begin = "-----BEGIN ";
    QList<PemBlock> blocks;
    qsizetype to = 0;
    for (qsizetype from; (from = bytes.indexOf(begin, to)) >= 0;) {
        const qsizetype labelFrom = from + begin.size();
        const qsizetype labelTo = bytes.indexOf("-----", labelFrom);
        const QByteArray label = labelTo < 0 ? "-" : bytes.sliced(labelFrom, labelTo - labelFrom);
        to = labelFrom;
        if (!isLabel(label))
            continue;
        const QByteArray end = "-----END " + label + "-----";
        const qsizetype endFrom = bytes.indexOf(end, labelTo);
        to = endFrom < 0 ? bytes.size() : endFrom + end.size();
        blocks.append({label, bytes.sliced(from, to - from) + '\n'});
    }
    return blocks;
}

QString readBytes(const QString &fileName, QByteArray *bytes)
{
    if (fileName.isEmpty())
        return QStringLiteral("the name of the PEM file is empty");
    const QFileInfo info(fileName);
    if (!info.exists())
        return about(fileName, QStringLiteral("no such file"));
    if (info.isDir())
        return about(fileName, QStringLiteral("is a directory, not a file"));
    QFile file(fileName);
    if (!file.open(QIODevice::ReadOnly))
        return about(fileName, QStringLiteral("cannot be read: %1").arg(file.errorString()));
    *bytes = file.readAll();
    if (file.error() != QFileDevice::NoError)
        return about(fileName, QStringLiteral("cannot be read: %1").arg(file.errorString()));
    return bytes->isEmpty() ? about(fileName, QStringLiteral("the file is empty")) : QString();
}

QString readBlocks(const QString &fileName, QList<PemBlock> *blocks)
{
    QByteArray bytes;
    if (const QString problem = readBytes(fileName, &bytes); !problem.isEmpty())
        return problem;
    *blocks = pemBlocks(bytes);
    if (blocks->isEmpty() && isBinary(bytes))
        return about(fileName, QStringLiteral("is in a binary format (DER or PKCS #12), not in PEM format"));
    return {};
}

QString missingText(const QString &fileName, const QString &what, const QList<PemBlock> &blocks)
{
    const auto holds = [&blocks](bool (PemBlock::*kind)() const) {
        return std::any_of(blocks.begin(), blocks.end(), std::mem_fn(kind));
    };
    QString text = QStringLiteral("contains no %1 in PEM format").arg(what);
    if (holds(&PemBlock::isCertificate))
        text += QStringLiteral(", only a certificate");
    else if (holds(&PemBlock::isPrivateKey))
        text += QStringLiteral(", only a private key");
    else if (!blocks.isEmpty())
        text += QStringLiteral(", only \"%1\"").arg(QString::fromLatin1(blocks.first().label));
    return about(fileName, text);
}

// --- certificates

QString readCertificates(const QString &fileName, QList<QSslCertificate> *certificates)
{
    QList<PemBlock> blocks;
    if (const QString problem = readBlocks(fileName, &blocks); !problem.isEmpty())
        return problem;
    for (const PemBlock &block : std::as_const(blocks)) {
        if (!block.isCertificate())
            continue;
        const QSslCertificate certificate(block.text, QSsl::Pem);
        if (certificate.isNull())
            return about(fileName, QStringLiteral("certificate %1 is damaged").arg(certificates->size() + 1));
        certificates->append(certificate);
    }
    return certificates->isEmpty() ? missingText(fileName, QStringLiteral("certificate"), blocks) : QString();
}

bool hasIssued(const QSslCertificate &issuer, const QSslCertificate &certificate)
{
    const QList<QByteArray> attributes = issuer.subjectInfoAttributes();
    return attributes == certificate.issuerInfoAttributes()
           && std::all_of(attributes.begin(), attributes.end(), [&](const QByteArray &attribute) {
                  return issuer.subjectInfo(attribute) == certificate.issuerInfo(attribute);
              });
}

// Each certificate has to be the issuer of one before it (RFC 8446 §4.4.2): of the one directly before it,
// unless an authority is cross-signed and has two certificates.
QString checkOrder(const QString &fileName, const QList<QSslCertificate> &chain)
{
    for (qsizetype i = 1; i < chain.size(); ++i) {
        const auto isOf = [&](const QSslCertificate &certificate) {
            return hasIssued(chain.at(i), certificate);
        };
        if (std::none_of(chain.begin(), chain.begin() + i, isOf))
            return about(fileName,
                         QStringLiteral("certificate %1 is not the issuer of any certificate before it; the "
                                        "own certificate has to come first, followed by its issuers")
                             .arg(i + 1));
    }
    return {};
}

// --- keys

// The part of a public key that the private key contains too: the modulus (RSA), y (DSA), the point's x (EC).
QByteArrayView commonPart(QByteArrayView subjectPublicKeyInfo, QSsl::KeyAlgorithm algorithm)
{
    WsDerReader info{WsDerReader{subjectPublicKeyInfo}.take().content};
    info.take(); // the algorithm
    const QByteArrayView bits = info.take().content;
    if (bits.size() < 2)
        return {};
    const QByteArrayView value = bits.sliced(1); // whose first byte counts unused bits
    if (algorithm == QSsl::Rsa)
        return WsDerReader{WsDerReader{value}.take().content}.take().content;
    if (algorithm == QSsl::Dsa)
        return WsDerReader{value}.take().content;
    const bool isCompressed = value[0] != 4; // SEC 1 §2.3.3
    return value.sliced(1, isCompressed ? value.size() - 1 : (value.size() - 1) / 2);
}

// The public key is optional in an EC private key (RFC 5915 §3).
bool holdsPublicKey(QByteArrayView ecPrivateKey)
{
    WsDerReader reader{WsDerReader{ecPrivateKey}.take().content};
    while (!reader.rest.isEmpty()) {
        const WsDerReader::Element element = reader.take();
        if (element.tag == 0xA1)
            return true;
        if (element.tag == 0)
            break;
    }
    return false;
}

// Qt has no function for this. An EC key without its public part cannot be compared and is accepted.
bool belongsTo(const QSslCertificate &certificate, const QSslKey &key)
{
    const QSslKey publicKey = certificate.publicKey();
    if (publicKey.algorithm() != key.algorithm())
        return false;
    const QByteArray publicDer = publicKey.toDer();
    const QByteArray privateDer = key.toDer();
    const QByteArrayView common = commonPart(publicDer, key.algorithm());
    if (common.isEmpty() || privateDer.contains(common))
        return true;
    return key.algorithm() == QSsl::Ec && !privateDer.isEmpty() && !holdsPublicKey(privateDer);
}

WsPrivateKey readKey(const PemBlock &block, const QByteArray &passPhrase, const QSslCertificate &certificate)
{
    const QSslKey publicKey = certificate.publicKey();
    if (publicKey.isNull()) // QSslKey does not know the algorithm
        return wsReadByOpenSsl(block.text, passPhrase, certificate);
    // The certificate's algorithm first: a Qt built without OpenSSL's deprecated functions reads any key as
    // one of the given algorithm.
    for (const QSsl::KeyAlgorithm algorithm : {publicKey.algorithm(), QSsl::Rsa, QSsl::Ec, QSsl::Dsa}) {
        const QSslKey key(block.text, algorithm, QSsl::Pem, QSsl::PrivateKey, passPhrase);
        if (!key.isNull())
            return {belongsTo(certificate, key) ? WsPrivateKey::Belongs : WsPrivateKey::OfAnother, key};
    }
    return wsReadByOpenSsl(block.text, passPhrase, certificate);
}

QString unreadableText(const PemBlock &block, const QByteArray &passPhrase,
                       const QSslCertificate &certificate)
{
    const bool isKnownKind = !certificate.publicKey().isNull() || wsHasOpenSsl();
    if (!block.isEncrypted() || !isKnownKind)
        return wsUnreadableKeyText(certificate);
    return passPhrase.isEmpty() ? QStringLiteral("the private key needs a pass phrase")
                                : QStringLiteral("the pass phrase does not decrypt the private key");
}

// --- both

struct Identity
{
    QList<QSslCertificate> chain;
    QSslKey key;
};

// Describes why a key that was read does not match the first certificate.
QString foreignKeyText(const QString &pemFile, const Identity &identity, const PemBlock &block,
                       const QByteArray &passPhrase)
{
    for (qsizetype i = 1; i < identity.chain.size(); ++i) {
        if (readKey(block, passPhrase, identity.chain.at(i)).match == WsPrivateKey::Belongs)
            return QStringLiteral("the private key matches certificate %1 in %2, which has to come first")
                .arg(QString::number(i + 1), pemFile);
    }
    return QStringLiteral("the private key does not match the certificate in %1").arg(pemFile);
}

QString readIdentity(const QString &pemFile, const QString &keyFile, const QByteArray &passPhrase,
                     Identity *identity)
{
    if (pemFile.isEmpty())
        return QStringLiteral("the name of the certificate's PEM file is empty");
    if (const QString problem = readCertificates(pemFile, &identity->chain); !problem.isEmpty())
        return problem;
    QList<PemBlock> blocks;
    if (const QString problem = readBlocks(keyFile, &blocks); !problem.isEmpty())
        return problem;
    const auto block = std::find_if(blocks.cbegin(), blocks.cend(), std::mem_fn(&PemBlock::isPrivateKey));
    if (block == blocks.cend())
        return missingText(keyFile, QStringLiteral("private key"), blocks);
    const QSslCertificate certificate = identity->chain.constFirst();
    const WsPrivateKey read = readKey(*block, passPhrase, certificate);
    if (read.match == WsPrivateKey::Unreadable)
        return about(keyFile, unreadableText(*block, passPhrase, certificate));
    if (read.match == WsPrivateKey::OfAnother)
        return about(keyFile, foreignKeyText(pemFile, *identity, *block, passPhrase));
    identity->key = read.key;
    return checkOrder(pemFile, identity->chain);
}

// OpenSSL keeps a queue of errors for each thread. What it cannot read leaves errors there, and Qt reports
// them on whichever TLS connection of the thread reads next. A temporary thread takes its queue with it.
template <typename Function>
QString runAside(Function function)
{
    if (!QSslSocket::supportsSsl())
        return QStringLiteral("TLS is not available: Qt found no TLS library that it can use");
    QString problem = QStringLiteral("the system cannot start a thread"); // unless the function is called
    const std::unique_ptr<QThread> thread(QThread::create([&] { problem = function(); }));
    thread->start();
    thread->wait();
    return problem;
}
} // namespace

QString wsUnreadableKeyText(const QSslCertificate &certificate)
{
    // The algorithm in the certificate's public key, and the beginning of the key (RFC 8410 §4).
    const bool isEd25519 = certificate.toDer().contains("\x30\x05\x06\x03\x2b\x65\x70\x03\x21");
    const bool isEd448 = certificate.toDer().contains("\x30\x05\x06\x03\x2b\x65\x71\x03\x3a");
    if (!isEd25519 && !isEd448)
        return QStringLiteral("the private key is damaged, or of a kind that Qt cannot read");
    return QStringLiteral("the private key is an %1 key, which Qt can only use with OpenSSL 3 as a shared "
                          "library; use a certificate with an EC (P-256) or RSA key")
        .arg(isEd25519 ? QLatin1String("Ed25519") : QLatin1String("Ed448"));
}

QString wsLoadCaCertificates(const QString &pemFile, QSslConfiguration *configuration)
{
    QList<QSslCertificate> certificates;
    QString problem = runAside([&] { return readCertificates(pemFile, &certificates); });
    if (problem.isEmpty())
        configuration->setCaCertificates(certificates);
    return problem;
}

QString wsLoadLocalCertificate(const QString &pemFile, const QString &keyFile, const QByteArray &passPhrase,
                               QSslConfiguration *configuration)
{
    Identity identity;
    QString problem = runAside(
        [&] { return readIdentity(pemFile, keyFile.isEmpty() ? pemFile : keyFile, passPhrase, &identity); });
    if (problem.isEmpty()) {
        configuration->setLocalCertificateChain(identity.chain);
        configuration->setPrivateKey(identity.key);
    }
    return problem;
}
