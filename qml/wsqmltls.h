// SPDX-License-Identifier: MIT
#ifndef WSQMLTLS_H
#define WSQMLTLS_H

#include <QtCore/qurl.h>

QT_BEGIN_NAMESPACE
class QObject;
class QSslConfiguration;
QT_END_NAMESPACE

// The PEM files of one side of TLS, as QML names them: paths or URLs, relative ones beside the QML file.
struct WsTlsFiles
{
    QUrl certificate; // with its chain
    QUrl privateKey;
    QUrl authorities;

    bool isEmpty() const { return certificate.isEmpty() && privateKey.isEmpty() && authorities.isEmpty(); }
    // Puts what the files hold into the configuration; \a object is who names them. Returns what is wrong.
    QString load(const QObject *object, QSslConfiguration &configuration) const;
};

#endif // WSQMLTLS_H
