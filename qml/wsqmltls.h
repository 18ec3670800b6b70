// SPDX-License-Identifier: MIT
#ifndef WSQMLTLS_H
#define WSQMLTLS_H

#include <QtCore/qurl.h>

QT_BEGIN_NAMESPACE
class QObject;
QT_END_NAMESPACE

class WsClient;
class WsServer;

// The PEM files of one side of TLS, as QML names them: paths or URLs, relative ones beside the QML file.
struct WsTlsFiles
{
    QUrl certificate; // with its chain
    QUrl privateKey;
    QUrl authorities;
    QString passPhrase; // of the private key

    bool isEmpty() const { return certificate.isEmpty() && privateKey.isEmpty() && authorities.isEmpty(); }
    // Both replace all TLS settings by those of the files and return what is wrong with these. In that case a
    // server keeps its settings. Relative paths are resolved by the client or server, which names the files.
    QString apply(WsClient *client) const;
    QString apply(WsServer *server) const;
};

#endif // WSQMLTLS_H
