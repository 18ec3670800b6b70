// SPDX-License-Identifier: MIT
#ifndef WSMESSAGE_H
#define WSMESSAGE_H

#include <WsKit/ws.h>

#include <QtCore/qbytearray.h>
#include <QtCore/qstring.h>

class WSKIT_EXPORT WsMessage
{
    Q_GADGET
    Q_PROPERTY(Ws::MessageType type READ type CONSTANT FINAL)
    Q_PROPERTY(QByteArray data READ data CONSTANT FINAL)
    Q_PROPERTY(bool isText READ isText CONSTANT FINAL)
    Q_PROPERTY(QString text READ text CONSTANT FINAL)

public:
    WsMessage() = default;
    WsMessage(Ws::MessageType type, QByteArray data) : m_data(std::move(data)), m_type(type) { }
    static WsMessage text(const QString &text);
    static WsMessage text(QByteArray utf8) { return {Ws::Text, std::move(utf8)}; }
    static WsMessage text(const char *utf8) { return {Ws::Text, QByteArray(utf8)}; }
    static WsMessage binary(QByteArray data) { return {Ws::Binary, std::move(data)}; }

    Ws::MessageType type() const { return m_type; }
    const QByteArray &data() const & { return m_data; }
    QByteArray data() && { return std::move(m_data); }
    bool isText() const { return m_type == Ws::Text; }
    QString text() const;

    friend bool operator==(const WsMessage &a, const WsMessage &b)
    {
        return a.m_type == b.m_type && a.m_data == b.m_data;
    }
    friend bool operator!=(const WsMessage &a, const WsMessage &b) { return !(a == b); }

private:
    QByteArray m_data;
    Ws::MessageType m_type = Ws::Text;
};
Q_DECLARE_TYPEINFO(WsMessage, Q_RELOCATABLE_TYPE);

#endif // WSMESSAGE_H
