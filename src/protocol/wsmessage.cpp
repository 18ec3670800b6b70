// SPDX-License-Identifier: MIT
#include <WsKit/wsmessage.h>

#include "protocol/wsutf16.h"

/*!
    \class WsMessage
    \inmodule WsKit
    \inheaderfile WsKit/WsMessage
    \brief One complete message, text or binary.

    WsConnection::messageReceived() delivers messages, and WsConnection::send() takes them. A text message
    contains UTF-8, as it is sent over the network. It is only converted to a QString if text() is called.

    \code
    connection->send(WsMessage::text("hello"));

    QObject::connect(connection, &WsConnection::messageReceived, this, [](const WsMessage &message) {
        if (message.isText())
            qInfo() << message.text();
        else
            qInfo() << message.data().size() << "bytes";
    });
    \endcode

    The class is implicitly shared: copying a message does not copy its payload.

    RFC 6455 §5.6.
*/

/*!
    \fn WsMessage::WsMessage()
    Constructs an empty text message.
*/

/*!
    \fn WsMessage::WsMessage(Ws::MessageType type, QByteArray data)
    Constructs a message of the given \a type with the payload \a data, which must be UTF-8 for text.

    \sa text(), binary()
*/

/*!
    \fn WsMessage WsMessage::text(QByteArray utf8)
    \overload

    Returns a text message with the payload \a utf8. It is not checked here; sending the message fails if it
    is not UTF-8 (RFC 6455 §8.1).
*/

/*!
    \fn WsMessage WsMessage::text(const char *utf8)
    \overload

    Returns a text message with a copy of the null-terminated string \a utf8.
*/

/*!
    \fn WsMessage WsMessage::binary(QByteArray data)
    Returns a binary message with the payload \a data.
*/

/*!
    \property WsMessage::type
    \brief whether the message is text or binary.
*/

/*!
    \fn Ws::MessageType WsMessage::type() const
    Returns whether the message is text or binary.

    \sa isText()
*/

/*!
    \property WsMessage::data
    \brief the payload; UTF-8 for a text message.
*/

/*!
    \fn const QByteArray &WsMessage::data() const &
    Returns the payload; UTF-8 for a text message.
*/

/*!
    \fn QByteArray WsMessage::data() &&
    \overload

    Moves the payload out of a temporary message.
*/

/*!
    \property WsMessage::isText
    \brief whether type() is Ws::Text.
*/

/*!
    \fn bool WsMessage::isText() const
    Returns whether type() is Ws::Text.
*/

/*!
    \property WsMessage::text
    \brief the payload decoded from UTF-8.
*/

/*!
    \fn bool WsMessage::operator==(const WsMessage &a, const WsMessage &b)
    Returns whether \a a and \a b have the same type and the same payload.
*/

/*!
    \fn bool WsMessage::operator!=(const WsMessage &a, const WsMessage &b)
    Returns whether \a a and \a b differ in type or payload.
*/

/*!
    Returns a text message with \a text encoded as UTF-8. An unpaired surrogate, which UTF-8 cannot encode, is
    replaced as in QString::toUtf8().
*/
WsMessage WsMessage::text(const QString &text)
{
    return {Ws::Text, wsUtf8From(text)};
}

/*!
    Returns the payload decoded from UTF-8. A text message that was received is always valid UTF-8. In a
    binary message, each invalid sequence becomes U+FFFD.
*/
QString WsMessage::text() const
{
    return wsStringFromUtf8(m_data);
}
