// SPDX-License-Identifier: MIT
#ifndef WSQMLTLS_H
#define WSQMLTLS_H

#include <QtCore/qurl.h>

QT_BEGIN_NAMESPACE
class QObject;
QT_END_NAMESPACE

class WsClient;
class WsServer;

// The PEM files of one side of TLS, as set in QML: paths or URLs. Relative ones are relative to the QML file.
struct WsTlsFiles
{
    QUrl certificate; // with its chain
    QUrl privateKey;
    QUrl authorities;
    QString passPhrase; // of the private key

    bool isEmpty() const { return certificate.isEmpty() && privateKey.isEmpty() && authorities.isEmpty(); }
    // Both replace all TLS settings by those of the files. They return an empty text on success, and a
    // description of the problem otherwise; a server then keeps its settings. Relative paths are resolved in
    // the QML context of the client or server.
    QString apply(WsClient *client) const;
    QString apply(WsServer *server) const;
};

#endif // WSQMLTLS_H
