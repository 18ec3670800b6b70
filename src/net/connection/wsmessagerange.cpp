// SPDX-License-Identifier: MIT
#include <WsKit/wsmessagerange.h>

#include <WsKit/wsconnection.h>

/*!
    \class WsMessageRange
    \inmodule WsKit
    \inheaderfile WsKit/WsMessageRange
    \brief The messages of a connection, for a loop that waits for each of them.

    WsConnection::messages() returns one.

    \code
    for (const WsMessage &message : client.messages())
        client.sendText(answerTo(message.text()));
    \endcode

    begin() and each step of an iterator wait for the next message and take it. What has not been taken when a
    loop ends early is still there for the next loop, for WsConnection::receive() and for
    WsConnection::waitForMessage().
*/

/*!
    \class WsMessageRange::Iterator
    \inmodule WsKit
    \inheaderfile WsKit/WsMessageRange
    \brief An input iterator over the messages of a connection.

    It holds the message that it points to, which stays valid if the connection is deleted. All iterators at
    the end are equal.
*/

/*!
    \fn WsMessageRange::Iterator WsMessageRange::begin() const
    Waits for the first message and returns an iterator to it; end() if the connection closes before one comes.
*/

/*!
    \fn WsMessageRange::Iterator WsMessageRange::end() const
    Returns the iterator for the end of the connection.
*/

WsMessageRange::WsMessageRange(WsConnection *connection) : m_connection(connection) { }

void WsMessageRange::Iterator::wait()
{
    m_message.reset();
    if (m_connection)
        m_message = m_connection->waitForMessage(); // which warns if it cannot wait
}
