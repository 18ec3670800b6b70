// SPDX-License-Identifier: MIT
#include <WsKit/wsbrokermessage.h>

class WsBrokerMessageData : public QSharedData
{
public:
    QString topic;
    QByteArray data;
};

/*!
    \class WsBrokerMessage
    \inmodule WsKit
    \inheaderfile WsKit/WsBrokerMessage
    \brief A message on its way between a WsBroker and its service.

    Only subclasses of WsBroker use it. It is implicitly shared.

    \sa {Writing a broker}
*/

/*! Constructs a message without a topic and without data. */
WsBrokerMessage::WsBrokerMessage() : d(new WsBrokerMessageData) { }

/*! Constructs a message with \a data for \a topic. */
WsBrokerMessage::WsBrokerMessage(const QString &topic, const QByteArray &data) : WsBrokerMessage()
{
    d->topic = topic;
    d->data = data;
}

WsBrokerMessage::WsBrokerMessage(const WsBrokerMessage &) = default;
WsBrokerMessage::WsBrokerMessage(WsBrokerMessage &&) noexcept = default;
WsBrokerMessage &WsBrokerMessage::operator=(const WsBrokerMessage &) = default;
WsBrokerMessage &WsBrokerMessage::operator=(WsBrokerMessage &&) noexcept = default;

WsBrokerMessage::~WsBrokerMessage() = default;

/*! Returns the topic to which it is sent, or for which it has arrived. */
QString WsBrokerMessage::topic() const
{
    return d->topic;
}

/*! Returns the bytes that the service passes on. They are opaque, and need not be text. */
QByteArray WsBrokerMessage::data() const
{
    return d->data;
}
