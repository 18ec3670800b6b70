// SPDX-License-Identifier: MIT
#ifndef SESSIONRECORDER_H
#define SESSIONRECORDER_H

#include "sessionrecord.h"

#include <QtCore/qelapsedtimer.h>
#include <QtCore/qfile.h>
#include <QtCore/qobject.h>

// Writes what one connection sends and receives to a file, which only its user can read.
class SessionRecorder : public QObject
{
    Q_OBJECT

public:
    enum class SecretPolicy { Remove, Keep };

    explicit SessionRecorder(SecretPolicy policy, QObject *parent = nullptr)
        : QObject(parent), m_policy(policy)
    {
    }

    // What the file contains is replaced when the head is written, not before there is a session. Returns an
    // empty text, or what is wrong.
    QString open(const QString &fileName);
    // Records from now on. Of a connection that is not open yet, it records from then on.
    void watch(WsConnection *connection);

    // For a session between two others.
    void writeHead(const SessionHead &head);
    void write(SessionEvent::Direction direction, SessionEvent::Type type, const QByteArray &payload,
               quint16 closeCode = 0);

Q_SIGNALS:
    // Nothing more is recorded.
    void failed(const QString &text);

private:
    bool isFile() const;
    void writeLine(const QByteArray &line);

    SecretPolicy m_policy;
    QFile m_file;
    QElapsedTimer m_clock;
    bool m_hasHead = false;
};

#endif // SESSIONRECORDER_H
