// SPDX-License-Identifier: MIT
#include "sessionrecorder.h"

#include <WsKit/WsConnection>

#include <QtCore/qfileinfo.h>

#include <utility>

using Direction = SessionEvent::Direction;
using Type = SessionEvent::Type;

QString SessionRecorder::open(const QString &fileName)
{
    m_file.setFileName(fileName);
    const bool isOpen = m_file.open(QIODevice::WriteOnly | QIODevice::Append | QIODevice::Unbuffered)
                        && (!isFile() || m_file.setPermissions(QFile::ReadOwner | QFile::WriteOwner));
    return isOpen ? QString() : QStringLiteral("%1: %2").arg(fileName, m_file.errorString());
}

// Pipes and devices keep their permissions.
bool SessionRecorder::isFile() const
{
    return QFileInfo(m_file.fileName()).isFile();
}

void SessionRecorder::watch(WsConnection *connection)
{
    connect(connection, &WsConnection::opened, this,
            [this, connection] { writeHead(SessionHead::of(*connection)); });
    connect(connection, &WsConnection::messageReceived, this, [this](const WsMessage &message) {
        write(Direction::Received, message.isText() ? Type::Text : Type::Binary, message.data());
    });
    connect(connection, &WsConnection::messageSent, this, [this](const WsMessage &message) {
        write(Direction::Sent, message.isText() ? Type::Text : Type::Binary, message.data());
    });
    connect(connection, &WsConnection::pinged, this,
            [this](const QByteArray &payload) { write(Direction::Received, Type::Ping, payload); });
    connect(connection, &WsConnection::pongReceived, this,
            [this](const QByteArray &payload) { write(Direction::Received, Type::Pong, payload); });
    connect(connection, &WsConnection::closed, this, [this](quint16 code, const QString &reason) {
        write(Direction::Received, Type::Close, reason.toUtf8(), code);
    });
}

// Connections that follow, if the client reconnects, go on in the same record.
void SessionRecorder::writeHead(const SessionHead &head)
{
    if (std::exchange(m_hasHead, true))
        return;
    m_clock.start();
    if (isFile())
        m_file.resize(0);
    writeLine(SessionRecord::headLine(m_policy == SecretPolicy::Keep ? head : head.withoutSecrets()));
}

void SessionRecorder::write(Direction direction, Type type, const QByteArray &payload, quint16 closeCode)
{
    if (!m_hasHead)
        return;
    const std::chrono::microseconds time(m_clock.nsecsElapsed() / 1000);
    writeLine(SessionRecord::eventLine({time, direction, type, payload, closeCode}));
}

void SessionRecorder::writeLine(const QByteArray &line)
{
    if (!m_file.isOpen() || m_file.write(line) == line.size())
        return;
    const QString text = QStringLiteral("%1: %2").arg(m_file.fileName(), m_file.errorString());
    m_file.close();
    Q_EMIT failed(text);
}
