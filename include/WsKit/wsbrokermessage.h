// SPDX-License-Identifier: MIT
#ifndef WSBROKERMESSAGE_H
#define WSBROKERMESSAGE_H

#include <WsKit/ws.h>

#include <QtCore/qbytearray.h>
#include <QtCore/qshareddata.h>
#include <QtCore/qstring.h>

class WsBrokerMessageData;

class WSKIT_EXPORT WsBrokerMessage
{
public:
    WsBrokerMessage();
    WsBrokerMessage(const QString &topic, const QByteArray &data, const QString &id = {});
    WsBrokerMessage(const WsBrokerMessage &);
    WsBrokerMessage(WsBrokerMessage &&) noexcept;
    WsBrokerMessage &operator=(const WsBrokerMessage &);
    WsBrokerMessage &operator=(WsBrokerMessage &&) noexcept;
    ~WsBrokerMessage();

    QString topic() const;
    QByteArray data() const;
    QString id() const;
    bool isKept() const;
    void setKept(bool kept);

private:
    QSharedDataPointer<WsBrokerMessageData> d;
};
Q_DECLARE_TYPEINFO(WsBrokerMessage, Q_RELOCATABLE_TYPE);

#endif // WSBROKERMESSAGE_H
