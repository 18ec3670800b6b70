// SPDX-License-Identifier: MIT
#ifndef WSERROR_H
#define WSERROR_H

#include <WsKit/ws.h>

#include <QtCore/qstring.h>
#include <QtNetwork/qabstractsocket.h>

QT_BEGIN_NAMESPACE
class QDebug;
QT_END_NAMESPACE

class WSKIT_EXPORT WsError
{
    Q_GADGET
    Q_PROPERTY(Ws::ErrorKind kind READ kind CONSTANT FINAL)
    Q_PROPERTY(QString text READ text CONSTANT FINAL)
    Q_PROPERTY(quint16 closeCode READ closeCode CONSTANT FINAL)
    Q_PROPERTY(int httpStatus READ httpStatus CONSTANT FINAL)
    Q_PROPERTY(QAbstractSocket::SocketError socketError READ socketError CONSTANT FINAL)

public:
    WsError() = default;
    WsError(Ws::ErrorKind kind, const QString &text, quint16 closeCode = Ws::Abnormal)
        : m_text(text), m_closeCode(closeCode), m_kind(kind)
    {
    }

    Ws::ErrorKind kind() const { return m_kind; }
    QString text() const { return m_text; }
    quint16 closeCode() const { return m_closeCode; }
    int httpStatus() const { return m_httpStatus; }
    void setHttpStatus(int status) { m_httpStatus = status; }
    QAbstractSocket::SocketError socketError() const { return m_socketError; }
    void setSocketError(QAbstractSocket::SocketError error) { m_socketError = error; }

private:
    QString m_text;
    QAbstractSocket::SocketError m_socketError = QAbstractSocket::UnknownSocketError;
    int m_httpStatus = 0;
    quint16 m_closeCode = Ws::Abnormal;
    Ws::ErrorKind m_kind = Ws::ErrorKind::None;
};
Q_DECLARE_TYPEINFO(WsError, Q_RELOCATABLE_TYPE);

WSKIT_EXPORT QDebug operator<<(QDebug debug, const WsError &error);

#endif // WSERROR_H
