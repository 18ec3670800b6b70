// SPDX-License-Identifier: MIT
#ifndef WSCLIENT_H
#define WSCLIENT_H

#include <WsKit/wsconnection.h>

#include <QtCore/qlist.h>
#include <QtNetwork/qnetworkrequest.h>
#include <QtNetwork/qsslerror.h>

QT_BEGIN_NAMESPACE
class QNetworkCookieJar;
class QSslConfiguration;
QT_END_NAMESPACE

class WsClientPrivate;

class WSKIT_EXPORT WsClient : public WsConnection
{
    Q_OBJECT
    Q_PROPERTY(QUrl url READ url WRITE setUrl NOTIFY urlChanged FINAL)
    Q_PROPERTY(bool active READ active WRITE setActive NOTIFY activeChanged)
    Q_PROPERTY(QStringList subprotocols READ subprotocols WRITE setSubprotocols NOTIFY subprotocolsChanged FINAL)
    Q_PROPERTY(QString peerVerifyName READ peerVerifyName WRITE setPeerVerifyName NOTIFY peerVerifyNameChanged FINAL)
    Q_PROPERTY(bool pauseOnSslErrors READ pauseOnSslErrors WRITE setPauseOnSslErrors NOTIFY pauseOnSslErrorsChanged FINAL)

public:
    explicit WsClient(QObject *parent = nullptr);
    ~WsClient() override;

    void setUrl(const QUrl &url);
    bool active() const;
    void setActive(bool active);
    QStringList subprotocols() const;
    void setSubprotocols(const QStringList &subprotocols);

    bool setHeader(const QByteArray &name, const QByteArray &value);
    WsHeaders headers() const;
    void setSslConfiguration(const QSslConfiguration &configuration);
    bool setCaCertificates(const QString &pemFile);
    bool setLocalCertificate(const QString &pemFile, const QString &keyFile, const QByteArray &passPhrase = {});
    QString peerVerifyName() const;
    void setPeerVerifyName(const QString &name);
    bool pauseOnSslErrors() const;
    void setPauseOnSslErrors(bool pause);
    void ignoreSslErrors();
    void ignoreSslErrors(const QList<QSslError> &errors);
    void setCookieJar(QNetworkCookieJar *jar);
    QNetworkCookieJar *cookieJar() const;
    bool waitForOpened(QDeadlineTimer deadline = QDeadlineTimer::Forever);

public Q_SLOTS:
    bool open();
    bool open(const QUrl &url);
    bool open(const QNetworkRequest &request);
    bool continueOpening();

Q_SIGNALS:
    void connected(WsConnection *connection);
    void sslErrors(const QList<QSslError> &errors);
    void activeChanged();
    void subprotocolsChanged();
    void peerVerifyNameChanged();
    void pauseOnSslErrorsChanged();

protected:
    void afterClosed() override;
    bool hasUrl() const;
    bool continueTrusted();

private:
    WsClientPrivate *d_func() const;
};

#endif // WSCLIENT_H
