// SPDX-License-Identifier: MIT
#include <WsKit/wserror.h>

#include <QtCore/qdebug.h>
#include <QtCore/qmetaobject.h>

/*!
    \class WsError
    \inmodule WsKit
    \inheaderfile WsKit/WsError
    \brief What went wrong with a connection or a server.

    Errors arrive with WsConnection::errorOccurred(), WsServer::errorOccurred() and
    WsServer::connectionRejected(). Whatever the cause, a program may act on kind() and show text().

    \code
    QObject::connect(client, &WsClient::errorOccurred, this, [this](const WsError &error) {
        if (error.kind() == Ws::ErrorKind::Handshake && error.httpStatus() == 401)
            askForPassword();
        else
            showMessage(error.text());
    });
    \endcode

    An error that ends a connection comes before WsConnection::closed().
*/

/*!
    \fn WsError::WsError()
    Constructs an error of the kind Ws::ErrorKind::None: nothing went wrong.
*/

/*!
    \fn WsError::WsError(Ws::ErrorKind kind, const QString &text, quint16 closeCode)
    Constructs an error of the kind \a kind, described by \a text, of which the peer was told
    \a closeCode; by default Ws::Abnormal, which stands for nothing told.
*/

/*!
    \property WsError::kind
    \brief the cause, as far as a program needs it to decide what to do.
*/

/*!
    \property WsError::text
    \brief the description of what happened, in one English sentence for people and logs.

    It names the rule that was broken, and never repeats what was in a message; only the text of the kind
    Ws::ErrorKind::Handler is the application's own, the \c what() of an exception. Do not parse it: the wording
    may change.
*/

/*!
    \property WsError::closeCode
    \brief the close code that the peer was told, or would have been had there been a way.

    Ws::Abnormal (1006) where none applies, as for an error of the network.

    RFC 6455 §7.4.1.
*/

/*!
    \property WsError::httpStatus
    \brief the status of the HTTP answer to the opening handshake, sent or received; 0 where there
    was none.
*/

/*!
    \fn void WsError::setHttpStatus(int status)
    Sets the status of the HTTP answer to \a status.
*/

/*!
    \property WsError::socketError
    \brief the error of the socket where that is the cause, otherwise
    QAbstractSocket::UnknownSocketError.
*/

/*!
    \fn void WsError::setSocketError(QAbstractSocket::SocketError error)
    Sets the error of the socket to \a error.
*/

/*!
    \relates WsError

    Writes \a error to \a debug: its kind, text and close code, and of the HTTP status and the socket
    error those that tell something.
*/
QDebug operator<<(QDebug debug, const WsError &error)
{
    const QDebugStateSaver saver(debug);
    const auto kind = QMetaEnum::fromType<Ws::ErrorKind>().valueToKey(int(error.kind()));
    debug.nospace() << "WsError(" << kind << ", " << error.text() << ", " << error.closeCode();
    if (error.httpStatus() != 0)
        debug << ", HTTP " << error.httpStatus();
    if (error.socketError() != QAbstractSocket::UnknownSocketError)
        debug << ", " << error.socketError();
    return debug << ')';
}
