// SPDX-License-Identifier: MIT
#ifndef OPENSSLFOLDER_H
#define OPENSSLFOLDER_H

#include "patience.h"

#include <QtCore/qdatetime.h>
#include <QtCore/qfile.h>
#include <QtCore/qprocess.h>
#include <QtCore/qtemporarydir.h>
#include <QtNetwork/qsslcertificate.h>

// A temporary folder with certificates that the openssl program makes while a test runs. The private key of
// the certificate NAME.crt is NAME.key.
class OpenSslFolder
{
public:
    QString path(const QString &name) const { return m_folder.filePath(name); }
    QSslCertificate certificate(const QString &name) const
    {
        return QSslCertificate::fromPath(path(name + QStringLiteral(".crt"))).value(0);
    }
    QByteArray bytes(const QString &name) const
    {
        QFile file(path(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    bool write(const QString &name, const QByteArray &bytes) const
    {
        QFile file(path(name));
        return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size();
    }

    // What the program has written; the arguments are divided at spaces.
    QByteArray run(const QString &arguments, const QByteArray &input = {}) const
    {
        QProcess program;
        program.setWorkingDirectory(m_folder.path());
        program.start(QStringLiteral("openssl"), arguments.split(QLatin1Char(' ')));
        program.write(input);
        program.closeWriteChannel();
        if (!program.waitForFinished(Patient::Patience) || program.exitCode() != 0)
            qWarning("openssl %ls: %s", qUtf16Printable(arguments),
                     program.readAllStandardError().constData());
        return program.readAllStandardOutput();
    }

    // \a key is an algorithm and its options, as "rsa:2048"; an empty issuer makes it self-signed.
    void makeCertificate(const QString &name, const QString &issuer, bool isAuthority,
                         const QString &key = QStringLiteral("ec -pkeyopt ec_paramgen_curve:P-256")) const
    {
        const QString signer =
            issuer.isEmpty() ? QString() : QStringLiteral(" -CA %1.crt -CAkey %1.key").arg(issuer);
        const QString extensions = isAuthority
                                       ? QStringLiteral(" -addext basicConstraints=critical,CA:TRUE")
                                       : QStringLiteral(" -addext basicConstraints=critical,CA:FALSE"
                                                        " -addext subjectAltName=DNS:localhost,IP:127.0.0.1");
        run(QStringLiteral("req -x509 -newkey %1 -nodes -days 30 -subj /CN=%2%3%4 -keyout %2.key -out %2.crt")
                .arg(key, name, extensions, signer));
    }

    // Issued by \a issuer, with a new key, and valid from 2020 until \a end.
    void makeEndingCertificate(const QString &name, const QString &issuer, const QDateTime &end) const
    {
        run(QStringLiteral(
                "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=%1 -keyout %1.key "
                "-out %1.csr")
                .arg(name));
        write(QStringLiteral("ca.conf"),
              "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nrand_serial=yes\ndefault_md=sha256\npolicy=p\n"
              "x509_extensions=e\nunique_subject=no\nnew_certs_dir=.\n[p]\ncommonName=supplied\n"
              "[e]\nsubjectAltName=DNS:localhost\n");
        write(QStringLiteral("index.txt"), {});
        run(QStringLiteral(
                "ca -batch -notext -config ca.conf -cert %1.crt -keyfile %1.key -in %2.csr -out %2.crt "
                "-startdate 20200101000000Z -enddate %3")
                .arg(issuer, name, end.toUTC().toString(QStringLiteral("yyyyMMddHHmmss'Z'"))));
    }

private:
    QTemporaryDir m_folder;
};

#endif // OPENSSLFOLDER_H
