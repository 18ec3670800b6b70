// SPDX-License-Identifier: MIT
#ifndef CLIENTSESSION_H
#define CLIENTSESSION_H

#include "connectionsettings.h"
#include "logentry.h"
#include "logins.h"
#include "openinglog.h"
#include "sessionrecord.h"

#include <WsKit/WsClient>

#include <QtCore/QObject>
#include <QtNetwork/QSslError>

// One connection after another. All events of the connection are emitted as log entries.
class ClientSession : public QObject
{
    Q_OBJECT

public:
    explicit ClientSession(QObject *parent = nullptr);

    Ws::State state() const { return m_client->state(); }
    const WsClient &client() const { return *m_client; }
    const ConnectionSettings &settings() const { return m_settings; } // of the last opening
    const OpeningLog &openings() const { return m_openings; }
    // Closed, but about to connect again.
    bool isWaiting() const { return state() == Ws::Closed && m_client->active(); }
    QString errorString() const { return m_error; } // of the last call that returned false, or of the end

    bool open(const ConnectionSettings &settings);
    bool sendText(const QString &text);
    bool sendBinary(const QByteArray &data);
    bool ping();
    bool close(quint16 code = Ws::Normal, const QString &reason = {});
    void abort();
    bool reconnectNow() { return m_client->reconnectNow(); }
    void logIn(const QString &place, const QString &user, const QString &password);

Q_SIGNALS:
    void stateChanged();
    void opened(const SessionHead &head);
    void logged(const LogEntry &entry);
    void openingChanged();
    // The opening has failed for want of a name and a password. logIn() opens the same again.
    void loginRequired(const Logins::Question &question);

private:
    void replaceClient();
    void connectMessages();
    void connectOpening();
    QString applyHeaders(const ConnectionSettings &settings);
    bool applyRoute(const RouteSettings &route);
    bool applySettings(const ConnectionSettings &settings);
    bool applyTls(const TlsSettings &tls);
    void onStateChanged(Ws::State state);
    void onActiveChanged();
    void onRedirected(const QUrl &url);
    void onLoginRequired(const QString &place, QAuthenticator *authenticator);
    void onReconnecting(int attempt, int delayMs);
    void onOpened();
    void onStep(Ws::OpeningStep step, qint64 elapsedUs);
    void onSslErrors(const QList<QSslError> &errors);
    void onPong(const QByteArray &payload, qint64 roundTripUs);
    void onError(const WsError &error);
    void onClosed(quint16 code, const QString &reason, bool wasClean);
    bool sent(bool isSent);
    void log(LogEntry::Kind kind, const QString &note, const QString &detail = {});
    void note(const QString &name, const QString &value);

    WsClient *m_client = nullptr;
    ConnectionSettings m_settings;
    OpeningLog m_openings;
    Logins m_logins;
    QString m_server; // that the opening has come to
    QString m_proxy;  // that has asked for a login
    bool m_isOpening = false;
    bool m_ignoresSslErrors = false;
    QList<QSslError> m_sslErrors; // of the last opening
    int m_pings = 0;
    QString m_error;
};

#endif // CLIENTSESSION_H
