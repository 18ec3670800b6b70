// SPDX-License-Identifier: MIT
#ifndef SESSION_H
#define SESSION_H

#include "connectionsettings.h"
#include "logentry.h"

#include <WsKit/WsClient>

#include <QtCore/QObject>

// One connection after another. All events of the connection are emitted as log entries.
class Session : public QObject
{
    Q_OBJECT

public:
    explicit Session(QObject *parent = nullptr);

    Ws::State state() const { return m_client->state(); }
    const WsClient &client() const { return *m_client; }
    QString errorString() const { return m_error; } // of the last call that returned false, or of the end

    bool open(const ConnectionSettings &settings);
    bool sendText(const QString &text);
    bool sendBinary(const QByteArray &data);
    bool ping();
    bool close(quint16 code = Ws::Normal, const QString &reason = {});
    void abort() { m_client->abort(); }

Q_SIGNALS:
    void stateChanged();
    void logged(const LogEntry &entry);

private:
    void replaceClient();
    bool applySettings(const ConnectionSettings &settings);
    bool applyTls(const TlsSettings &tls);
    void onOpened();
    void onSslErrors(const QList<QSslError> &errors);
    void onPong(const QByteArray &payload, qint64 roundTripUs);
    void onError(const WsError &error);
    void onClosed(quint16 code, const QString &reason, bool wasClean);
    bool sent(bool isSent);
    void log(LogEntry::Kind kind, const QString &note);

    WsClient *m_client = nullptr;
    bool m_ignoresSslErrors = false;
    int m_pings = 0;
    QString m_error;
};

#endif // SESSION_H
