// SPDX-License-Identifier: MIT
#include "tls.h"

#include <QtCore/QCryptographicHash>
#include <QtCore/QDebug>
#include <QtNetwork/QSslCertificate>
#include <QtNetwork/QSslConfiguration>
#include <QtNetwork/QSslPreSharedKeyAuthenticator>
#include <QtNetwork/QSslSocket>

using namespace Qt::StringLiterals;

namespace Tls {
void serve(WsServer &server)
{
    //! [server]
    if (!server.setLocalCertificate(u"server.crt"_s, u"server.key"_s))
        qCritical() << server.errorString();     // names the file and what is wrong with it
    if (!server.listen(QHostAddress::LocalHost)) // QHostAddress::Any for clients elsewhere
        qCritical() << server.errorString();
    qInfo() << server.serverUrl(); // wss://…
    //! [server]
}

void requireCertificates(WsServer &server)
{
    //! [client certificates]
    if (!server.setCaCertificates(u"ca.crt"_s)) // the authority of the clients
        qCritical() << server.errorString();
    //! [client certificates]
}

void logCommonNames(WsServer &server, const std::function<void(const QString &)> &log)
{
    //! [who]
    QObject::connect(&server, &WsServer::newConnection, &server, [log](WsConnection *connection) {
        const QSslCertificate certificate = connection->sslConfiguration().peerCertificate();
        log(certificate.subjectInfo(QSslCertificate::CommonName).join(u' '));
    });
    //! [who]
}

void renew(WsServer &server)
{
    //! [renewal]
    // Open connections keep their certificate; clients that connect from now on get the new one.
    if (!server.reloadCertificates())
        qWarning() << "the old certificates stay in use:" << server.errorString();
    //! [renewal]
}

void serveNames(WsServer &server)
{
    //! [names]
    const bool isReady =
        server.setLocalCertificate(u"server.crt"_s, u"server.key"_s) // for all other clients
        && server.addLocalCertificate(u"elsewhere.test"_s, u"elsewhere.crt"_s, u"elsewhere.key"_s)
        && server.addLocalCertificate(u"*.elsewhere.test"_s, u"elsewhere.crt"_s, u"elsewhere.key"_s);
    if (!isReady)
        qCritical() << server.errorString();
    //! [names]
}

void mapUsers(WsServer &server, const QHash<QByteArray, QString> &users)
{
    //! [users]
    server.setCertificateMapper([users](const QSslCertificate &certificate) {
        return users.value(certificate.digest(QCryptographicHash::Sha256)); // empty if it is not known
    });
    server.setRequestHandler([](const WsRequest &request) {
        return request.user().isEmpty() ? WsResponse::reject(403) : WsResponse::accept();
    });
    //! [users]
}

void trustOwnAuthority(WsClient &client)
{
    //! [own authority]
    if (!client.setCaCertificates(u"ca.crt"_s)) // instead of the authorities of the system
        qCritical() << client.errorString();
    //! [own authority]
}

void identify(WsClient &client)
{
    //! [identify]
    if (!client.setLocalCertificate(u"client.crt"_s, u"client.key"_s))
        qCritical() << client.errorString();
    //! [identify]
}

void acceptKeys(WsServer &server, const QHash<QByteArray, QByteArray> &keys)
{
    //! [server key]
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    tls.setProtocol(QSsl::TlsV1_2);
    tls.setCiphers(u"ECDHE-PSK-CHACHA20-POLY1305:DHE-PSK-AES256-GCM-SHA384"_s);
    tls.setPreSharedKeyIdentityHint("sensors"); // may help clients to choose their key
    server.setSslConfiguration(tls);            // without a certificate
    server.setPreSharedKeyHandler([keys](QSslPreSharedKeyAuthenticator *authenticator) {
        authenticator->setPreSharedKey(keys.value(authenticator->identity())); // none for strangers
    });
    //! [server key]
}

void useKey(WsClient &client, const QByteArray &identity, const QByteArray &key)
{
    //! [client key]
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    tls.setProtocol(QSsl::TlsV1_2);
    tls.setCiphers(u"ECDHE-PSK-CHACHA20-POLY1305:DHE-PSK-AES256-GCM-SHA384"_s); // nothing without a key
    tls.setPeerVerifyMode(QSslSocket::VerifyNone);                              // there is no certificate
    client.setSslConfiguration(tls);
    QObject::connect(&client, &WsClient::preSharedKeyAuthenticationRequired, &client,
                     [identity, key](QSslPreSharedKeyAuthenticator *authenticator) {
                         authenticator->setIdentity(identity);
                         authenticator->setPreSharedKey(key);
                     });
    //! [client key]
}

void interrupt(WsClient &client, const QSslCertificate &known)
{
    //! [interrupt]
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    tls.setHandshakeMustInterruptOnError(true);
    client.setSslConfiguration(tls); // before setCaCertificates() and setLocalCertificate()
    const auto decide = [&client, known](const QSslError &error) {
        if (error.certificate() != known)
            return; // the server gets an alert, and the opening fails
        client.ignoreSslErrors({error});
        client.continueInterruptedHandshake();
    };
    QObject::connect(&client, &WsClient::handshakeInterruptedOnError, &client, decide);
    //! [interrupt]
}

void dialAddress(WsClient &client, quint16 port)
{
    //! [address]
    client.setPeerVerifyName(u"localhost"_s); // the name in the certificate, and for SNI
    client.setHeader("Host", "localhost:" + QByteArray::number(port)); // the name in the request
    client.setUrl(QUrl(u"wss://127.0.0.1:%1"_s.arg(port)));
    client.setActive(true);
    //! [address]
}

void pin(WsClient &client, const QString &pinOfTheServer, const QUrl &url)
{
    //! [pin]
    if (!client.setPinnedCertificates({pinOfTheServer})) // "sha256/…", see WsClient::certificatePin()
        qCritical() << client.errorString();
    client.ignoreSslErrors(); // the pin proves which server it is
    client.setUrl(url);
    client.setActive(true);
    //! [pin]
}

void accept(WsClient &client, const QSslCertificate &certificate)
{
    //! [expected]
    client.ignoreSslErrors({QSslError(QSslError::SelfSignedCertificate, certificate),
                            QSslError(QSslError::HostNameMismatch, certificate)});
    //! [expected]
}

//! [hold]
Window::Window() : client(new WsClient(this))
{
    client->setPauseOnSslErrors(true);
    connect(client, &WsClient::sslErrors, this, &Window::askForTrust); // shows a dialog and returns
}

void Window::onTrusted(const QList<QSslError> &errors)
{
    client->ignoreSslErrors(errors); // exactly what the user has seen
    client->continueOpening();
}

void Window::onRejected()
{
    client->abort();
}
//! [hold]
} // namespace Tls
