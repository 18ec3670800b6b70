// SPDX-License-Identifier: MIT
#include <WsKit/wsmessage.h>

#include "protocol/wsutf8.h"

/*!
    \class WsMessage
    \inmodule WsKit
    \inheaderfile WsKit/WsMessage
    \brief One whole message, text or binary.

    Messages are what WsConnection::messageReceived() brings and WsConnection::send() takes. A text
    message holds UTF-8, as it travels; it becomes a QString only where text() is called.

    \code
    connection->send(WsMessage::text("hello"));

    QObject::connect(connection, &WsConnection::messageReceived, this, [](const WsMessage &message) {
        if (message.isText())
            qInfo() << message.text();
        else
            qInfo() << message.data().size() << "bytes";
    });
    \endcode

    The bytes are shared, not copied, when a message is.

    RFC 6455 §5.6.
*/

/*!
    \fn WsMessage::WsMessage()
    Constructs an empty text message.
*/

/*!
    \fn WsMessage::WsMessage(Ws::MessageType type, QByteArray data)
    Constructs a message of the type \a type with \a data, which is UTF-8 for text.

    \sa text(), binary()
*/

/*!
    \fn WsMessage WsMessage::text(QByteArray utf8)
    \overload

    Returns a text message with \a utf8, which is not checked here: sending it fails where it is
    not UTF-8 (RFC 6455 §8.1).
*/

/*!
    \fn WsMessage WsMessage::text(const char *utf8)
    \overload

    Returns a text message with a copy of the null-terminated \a utf8.
*/

/*!
    \fn WsMessage WsMessage::binary(QByteArray data)
    Returns a binary message with \a data.
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

    Moves the payload out of a message that is about to go.
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
    Returns a text message with \a text encoded in UTF-8. Half a surrogate pair, which UTF-8 cannot
    encode, is replaced as QString::toUtf8() does it.
*/
WsMessage WsMessage::text(const QString &text)
{
    return {Ws::Text, text.toUtf8()};
}

/*!
    Returns the payload decoded from UTF-8. What a peer sent as text was checked to be UTF-8; in a
    binary message each sequence that is not becomes U+FFFD.
*/
QString WsMessage::text() const
{
    return wsStringFromUtf8(m_data);
}
