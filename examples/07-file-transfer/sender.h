// SPDX-License-Identifier: MIT
#ifndef SENDER_H
#define SENDER_H

#include "progress.h"

#include <WsKit/WsClient>

#include <QtCore/qcryptographichash.h>
#include <QtCore/qfile.h>

// Sends a file as one message and ends the program with 0 once the receiver has confirmed its checksum.
class Sender : public QObject
{
    Q_OBJECT

public:
    explicit Sender(const QString &fileName);

    bool start(const QUrl &url);

private:
    void onOpened();
    void sendMore();
    void onReceipt(const QString &checksum);
    void onClosed(quint16 code, const QString &reason);

    QFile m_file;
    QCryptographicHash m_hash{QCryptographicHash::Sha256};
    WsClient m_client;
    WsMessageStream *m_stream = nullptr; // until the message has ended
    Progress m_progress;
    qint64 m_sent = 0;
    bool m_isConfirmed = false;
};

#endif // SENDER_H
