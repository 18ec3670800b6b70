// SPDX-License-Identifier: MIT

// Certificates: of several hosts, read again, and of clients.

#include <WsKit/wsserver.h>

#include "net/server/wsserver_p.h"

/*!
    Uses this certificate and private key for the clients that ask for \a serverName, and that of
    setLocalCertificate() or setSslConfiguration() for all others. It has no effect on clients that have
    connected before. The files are as for setLocalCertificate(): \a pemFile contains the certificate and
    its issuers, \a keyFile the key, and \a passPhrase decrypts the key.

    \code
    server.setLocalCertificate("example.com.pem", "example.com.key");
    server.addLocalCertificate("chat.example.org", "example.org.pem", "example.org.key");
    server.addLocalCertificate("*.example.net", "example.net.pem", "example.net.key");
    \endcode

    TLS clients send the host of their URL in their first message (server name indication), except
    addresses. \a serverName is a host name, or a domain after \c {*.}, which stands for one label, as in a
    certificate: \c {*.example.net} is used for \c chat.example.net, but not for \c example.net or \c
    a.b.example.net. An exact name comes first. Upper and lower case are the same, a dot at the end is
    ignored, and a name that is not in ASCII stands for its encoded form. The name is not compared with
    those in the certificate; clients do that.

    Everything else of setSslConfiguration() applies to all names: protocols, ciphers, ALPN, and the
    authorities of clients. So \a serverName is nothing to decide about rights by: a client may ask for one
    name in TLS, and for another one in the \c Host header.

    The name is in the first message of the client, for which every server with TLS waits before TLS begins,
    within WsOptions::handshakeTimeout. It looks at no more than 16 KiB of the message. A client whose message
    is larger or malformed gets the certificate for all others. The function has no effect on local sockets
    and on the devices of handleConnection().

    A certificate that was added for the same name before is replaced. Returns \c false and changes nothing
    if a file cannot be used, if \a serverName is an address or no name, or if the server has no certificate
    for other names yet; errorString() then says which. It can only be called in the server's own thread.

    RFC 6066 §3.

    \sa setLocalCertificate(), reloadCertificates(),
   {WsClient::setPeerVerifyName}{WsClient::setPeerVerifyName()}
*/
bool WsServer::addLocalCertificate(const QString &serverName, const QString &pemFile, const QString &keyFile,
                                   const QByteArray &passPhrase)
{
    return d->addLocalCertificate(serverName, {pemFile, keyFile, passPhrase, {}, {}});
}

/*!
    Reads the files of setLocalCertificate(), addLocalCertificate() and setCaCertificates() again, with the
    pass phrases that were given then. Clients that connect from now on get the new certificates; open
    connections go on with those that they have.

    Returns \c false and changes nothing, not even another certificate, if one of the files cannot be used,
    if a key does not match its certificate, or if nothing was loaded from a file; errorString() then names
    the file and the problem. So a server can read its files while another program replaces them, and if
    that had not finished, once more later. A file that was cut off between two certificates cannot be told
    from a whole one.

    Relative paths are relative to the folder that was the current one when the file was loaded. A
    certificate or authorities that setSslConfiguration() has set since are kept as they are.

    Call it when a program such as certbot has renewed the certificates, for example on \c SIGHUP; see \l
    {TLS}. It blocks until the files are read, and can only be called in the server's own thread.

    \sa setLocalCertificate(), addLocalCertificate(), setCaCertificates()
*/
bool WsServer::reloadCertificates()
{
    return d->reloadCertificates();
}

/*!
    Calls \a mapper to find out which user the certificate of a client stands for. Its result is
    WsRequest::user() for the request filter and handlers, and WsConnection::user() later. An empty
    function, which is the default, removes the mapper.

    \code
    server.setCaCertificates("clients-ca.pem"); // clients need a certificate of this authority
    server.setCertificateMapper([users](const QSslCertificate &certificate) {
        return users.value(certificate.digest(QCryptographicHash::Sha256)); // empty if it is not known
    });
    server.setRequestHandler([](const WsRequest &request) {
        return request.user().isEmpty() ? WsResponse::reject(403) : WsResponse::accept();
    });
    \endcode

    It is called for each request over TLS whose client has a certificate, in the server's thread, before
    the filter of setRequestFilter(). It is only called with certificates that can be trusted: TLS has
    verified them with the authorities of setCaCertificates() or setSslConfiguration(), or the filter of
    setSslErrorFilter() has accepted them. With QSslSocket::QueryPeer, clients without a certificate, or
    with one that nobody vouches for, may connect as well. They have no user, but
    WsRequest::peerCertificate() still contains what they have shown.

    An empty result means no user; the server accepts such a client unless the filter or a handler refuses
    it. If WsResponse::setUser() names a user, WsConnection::user() is that one.

    Behind a proxy that speaks TLS to this server, the certificate is that of the proxy. A mapper is not
    called for a socket of handleConnection() whose TLS errors were ignored.

    If \a mapper throws an exception, the request is answered with 500, and errorOccurred() reports the text
    of \c what() with the kind Ws::ErrorKind::Handler. A change takes effect with the next client.

    \sa setCaCertificates(), setSslErrorFilter(), WsRequest::user(), WsRequest::peerCertificate()
*/
void WsServer::setCertificateMapper(CertificateMapper mapper)
{
    d->run([mapper = std::move(mapper)](WsServerPrivate &data) {
        data.setSetting(&WsServerSettings::certificateMapper, mapper);
    });
}
