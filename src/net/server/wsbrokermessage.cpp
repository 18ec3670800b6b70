// SPDX-License-Identifier: MIT
#include <WsKit/wsbrokermessage.h>

class WsBrokerMessageData : public QSharedData
{
public:
    QString topic;
    QByteArray data;
    QString id;
    bool isKept = false;
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

/*! Constructs a message with \a data for \a topic, which has this \a id in the history of the topic, if any. */
WsBrokerMessage::WsBrokerMessage(const QString &topic, const QByteArray &data, const QString &id)
    : WsBrokerMessage()
{
    d->topic = topic;
    d->data = data;
    d->id = id;
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

/*!
    Returns the id of a message that has arrived, in the history of its topic, or an empty string if it is in
    none. An id consists of two decimal numbers of up to 64 bits with a hyphen between them, as Redis has them:
    \c{1700000000000-0}. Later messages of a topic have greater ids.
*/
QString WsBrokerMessage::id() const
{
    return d->id;
}

/*! Returns whether a message that is sent is to be kept in the history of its topic. */
bool WsBrokerMessage::isKept() const
{
    return d->isKept;
}

/*! Sets whether the message is to be kept to \a kept. */
void WsBrokerMessage::setKept(bool kept)
{
    d->isKept = kept;
}
