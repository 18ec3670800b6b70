// SPDX-License-Identifier: MIT
#ifndef TLS_H
#define TLS_H

#include <WsKit/WsClient>
#include <WsKit/WsServer>

#include <QtNetwork/QSslError>

#include <QtCore/QHash>

#include <functional>

namespace Tls {
void serve(WsServer &server);
void requireCertificates(WsServer &server);
void logCommonNames(WsServer &server, const std::function<void(const QString &)> &log);
void renew(WsServer &server);
void serveNames(WsServer &server);
void mapUsers(WsServer &server, const QHash<QByteArray, QString> &users);
void trustOwnAuthority(WsClient &client);
void identify(WsClient &client);
void acceptKeys(WsServer &server, const QHash<QByteArray, QByteArray> &keys);
void useKey(WsClient &client, const QByteArray &identity, const QByteArray &key);
void interrupt(WsClient &client, const QSslCertificate &known);
void dialAddress(WsClient &client, quint16 port);
void pin(WsClient &client, const QString &pinOfTheServer, const QUrl &url);
void accept(WsClient &client, const QSslCertificate &certificate);

// A window that asks its user.
class Window : public QObject
{
    Q_OBJECT

public:
    Window();

    WsClient *client;
    QList<QSslError> asked;

    void onTrusted(const QList<QSslError> &errors);
    void onRejected();

private:
    void askForTrust(const QList<QSslError> &errors) { asked = errors; }
};
} // namespace Tls

#endif // TLS_H
