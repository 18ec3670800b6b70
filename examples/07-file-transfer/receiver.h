// SPDX-License-Identifier: MIT
#ifndef RECEIVER_H
#define RECEIVER_H

#include "progress.h"

#include <WsKit/WsServer>

#include <QtCore/qcryptographichash.h>
#include <QtCore/qsavefile.h>

// Stores the first message as a file, confirms it with its checksum, and ends the program when the sender has
// left.
class Receiver : public QObject
{
    Q_OBJECT

public:
    explicit Receiver(const QString &fileName);

    bool start(quint16 port);

private:
    void onNewConnection(WsConnection *connection);
    void onMessageStarted(WsMessageStream *stream);
    void store(WsMessageStream *stream);
    void finish(WsMessageStream *stream);
    void fail(WsMessageStream *stream);

    QSaveFile m_file;
    QCryptographicHash m_hash{QCryptographicHash::Sha256};
    WsServer m_server;
    WsConnection *m_connection = nullptr; // from the sender
    Progress m_progress;
    bool m_isStored = false;
};

#endif // RECEIVER_H
