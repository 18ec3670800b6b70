// SPDX-License-Identifier: MIT
#ifndef WSPREPAREDMESSAGE_H
#define WSPREPAREDMESSAGE_H

#include <WsKit/ws.h>
#include <WsKit/wsmessage.h>

#include <QtCore/qshareddata.h>

class WsPreparedMessageData;

class WSKIT_EXPORT WsPreparedMessage
{
    Q_GADGET

public:
    WsPreparedMessage();
    explicit WsPreparedMessage(const WsMessage &message);
    WsPreparedMessage(const WsPreparedMessage &);
    WsPreparedMessage(WsPreparedMessage &&) noexcept;
    WsPreparedMessage &operator=(const WsPreparedMessage &);
    WsPreparedMessage &operator=(WsPreparedMessage &&) noexcept;
    ~WsPreparedMessage();

    static WsPreparedMessage text(const QString &text);
    static WsPreparedMessage text(const QByteArray &utf8);
    static WsPreparedMessage text(const char *utf8) { return text(QByteArray(utf8)); }
    static WsPreparedMessage binary(const QByteArray &data);

    bool isNull() const;
    qint64 size() const;
    WsMessage message() const;

private:
    friend struct WsPreparedFrame;
    QExplicitlySharedDataPointer<WsPreparedMessageData> d;
};
Q_DECLARE_TYPEINFO(WsPreparedMessage, Q_RELOCATABLE_TYPE);

#endif // WSPREPAREDMESSAGE_H
