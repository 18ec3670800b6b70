// SPDX-License-Identifier: MIT
#include <WsKit/wserror.h>

#include <QtCore/qdebug.h>
#include <QtCore/qmetaobject.h>

/*!
    \class WsError
    \inmodule WsKit
    \inheaderfile WsKit/WsError
    \brief An error of a connection or a server.

    Errors are reported by WsConnection::errorOccurred(), WsServer::errorOccurred() and
    WsServer::connectionRejected(). A program decides by kind() what to do, and shows text() to the user.

    \code
    QObject::connect(client, &WsClient::errorOccurred, this, [this](const WsError &error) {
        if (error.kind() == Ws::ErrorKind::Handshake && error.httpStatus() == 401)
            askForPassword();
        else
            showMessage(error.text());
    });
    \endcode

    An error that ends a connection is reported before WsConnection::closed() is emitted.
*/

/*!
    \fn WsError::WsError()
    Constructs an error of the kind Ws::ErrorKind::None, which means that there is no error.
*/

/*!
    \fn WsError::WsError(Ws::ErrorKind kind, const QString &text, quint16 closeCode)
    Constructs an error of the given \a kind, described by \a text. \a closeCode is the code that was sent to
    the peer. The default is Ws::Abnormal, which means that none was sent.
*/

/*!
    \property WsError::kind
    \brief the kind of the error, by which a program can decide what to do.
*/

/*!
    \property WsError::text
    \brief a description of the error in English, for users and logs.

    It names the rule that was broken, and never contains the payload of a message. The text of the kind
    Ws::ErrorKind::Handler is the application's own, the \c what() of an exception. Do not parse it, because the
    wording may change.
*/

/*!
    \property WsError::closeCode
    \brief the close code that was sent to the peer, or that would have been sent if it had been possible.

    It is Ws::Abnormal (1006) if no code applies, for example for an error of the network.

    RFC 6455 §7.4.1.
*/

/*!
    \property WsError::httpStatus
    \brief the status of the HTTP answer in the opening handshake, sent or received, or 0 if there was no
    answer.
*/

/*!
    \fn void WsError::setHttpStatus(int status)
    Sets the status of the HTTP answer to \a status.
*/

/*!
    \property WsError::socketError
    \brief the error of the socket if that is the cause, and otherwise QAbstractSocket::UnknownSocketError.
*/

/*!
    \fn void WsError::setSocketError(QAbstractSocket::SocketError error)
    Sets the error of the socket to \a error.
*/

/*!
    \relates WsError

    Writes \a error to \a debug: its kind, text and close code, and the HTTP status and the socket error if
    they are set.
*/
QDebug operator<<(QDebug debug, const WsError &error)
{
    const QDebugStateSaver saver(debug);
    // quint16 fits the parameter of every Qt: it is an int, or a quint64.
    const auto kind = QMetaEnum::fromType<Ws::ErrorKind>().valueToKey(quint16(error.kind()));
    debug.nospace() << "WsError(" << kind << ", " << error.text() << ", " << error.closeCode();
    if (error.httpStatus() != 0)
        debug << ", HTTP " << error.httpStatus();
    if (error.socketError() != QAbstractSocket::UnknownSocketError)
        debug << ", " << error.socketError();
    return debug << ')';
}
