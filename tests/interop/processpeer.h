// SPDX-License-Identifier: MIT
#ifndef PROCESSPEER_H
#define PROCESSPEER_H

#include "peer.h"

#include <QtCore/qprocess.h>
#include <QtCore/qstringlist.h>

#include <memory>

// A peer that is two scripts: SERVER [CERTIFICATE KEY], which prints "listening on URL" and then an event a
// line in JSON, and CLIENT CA, which reads what it is to play and writes what went wrong, each a line in
// JSON.
class ProcessPeer : public Peer
{
public:
    ProcessPeer(const QString &interpreter, const QString &serverScript, const QString &clientScript);
    ~ProcessPeer() override;

    QUrl startServer(bool isEncrypted) override;
    QString playClient(const QString &scenario, const QUrl &server, bool isEncrypted,
                       const QString &deflate) override;

private:
    void readEvents();
    void startClient();

    QString m_interpreter;
    QString m_serverScript;
    QString m_clientScript;
    std::unique_ptr<QProcess> m_server;
    std::unique_ptr<QProcess> m_client;
    QUrl m_url;
};

#endif // PROCESSPEER_H
