// SPDX-License-Identifier: MIT
#ifndef WSCERTIFICATES_H
#define WSCERTIFICATES_H

#include <QtCore/qhash.h>
#include <QtCore/qlist.h>
#include <QtNetwork/qsslcertificate.h>
#include <QtNetwork/qsslkey.h>

QT_BEGIN_NAMESPACE
class QSslConfiguration;
QT_END_NAMESPACE

// A certificate with its issuers and its key, and the files that they are from.
struct WsLocalCertificate
{
    QString pemFile; // empty if nothing was read
    QString keyFile;
    QByteArray passPhrase;
    QList<QSslCertificate> chain;
    QSslKey key;

    // Reads the files. Returns an error text, or an empty string; after an error nothing has changed.
    QString read();
    void applyTo(QSslConfiguration *configuration) const;
    // Whether \a configuration uses it.
    bool isIn(const QSslConfiguration &configuration) const;
    // The same, to be read again when the current folder may be another one.
    WsLocalCertificate withLastingPaths() const;
};

// Certificates of authorities, and the file that they are from.
struct WsAuthorityFile
{
    QString pemFile;
    QList<QSslCertificate> certificates;

    QString read();
    bool isIn(const QSslConfiguration &configuration) const;
};

// \a path for a later time, when the current folder may be another one.
QString wsLastingPath(const QString &path);

// The certificates of a server by the names that clients ask for (RFC 6066 §3): exact ones, and *.domain,
// which stands for one label in front of the domain, as in a certificate (RFC 9525 §6.3).
class WsNamedCertificates
{
public:
    // \a name in the form of the keys; empty, with a \a problem, if no client can ask for it.
    static QByteArray normalized(const QString &name, QString *problem);

    bool isEmpty() const { return m_certificates.isEmpty(); }
    void set(const QByteArray &normalizedName, const WsLocalCertificate &certificate);
    // Null if there is none for the name that a client has sent.
    const WsLocalCertificate *find(const QByteArray &sentName) const;
    // Reads all files again. Returns an error text, or an empty string; after an error some may have changed.
    QString read();

private:
    QHash<QByteArray, WsLocalCertificate> m_certificates;
};

#endif // WSCERTIFICATES_H
