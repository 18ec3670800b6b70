// SPDX-License-Identifier: MIT
#ifndef WSQMLCLIENT_H
#define WSQMLCLIENT_H

#include "wsqmltls.h"

#include <WsKit/wsclient.h>

#include <QtCore/qvariant.h>
#include <QtQml/qqml.h>
#include <QtQml/qqmlparserstatus.h>

// The QML type WsClient. It opens once the component is complete and has a URL.
class WsQmlClient : public WsClient, public QQmlParserStatus
{
    Q_OBJECT
    Q_INTERFACES(QQmlParserStatus)
    Q_PROPERTY(bool active READ isWanted WRITE setWanted NOTIFY activeChanged FINAL)
    Q_PROPERTY(QVariantMap headers READ headerMap WRITE setHeaders NOTIFY headersChanged FINAL)
    Q_PROPERTY(WsCompression compression READ compression WRITE setCompression NOTIFY optionsChanged FINAL)
    Q_PROPERTY(QUrl certificateFile READ certificateFile WRITE setCertificateFile NOTIFY certificateFileChanged FINAL)
    Q_PROPERTY(QUrl privateKeyFile READ privateKeyFile WRITE setPrivateKeyFile NOTIFY privateKeyFileChanged FINAL)
    Q_PROPERTY(QString privateKeyPassPhrase READ privateKeyPassPhrase WRITE setPrivateKeyPassPhrase NOTIFY privateKeyPassPhraseChanged FINAL)
    Q_PROPERTY(QUrl caFile READ caFile WRITE setCaFile NOTIFY caFileChanged FINAL)
    Q_PROPERTY(bool ignoreSslErrors READ ignoresSslErrors WRITE setIgnoreSslErrors NOTIFY ignoreSslErrorsChanged FINAL)
    Q_PROPERTY(QUrl proxy READ proxyUrl WRITE setProxyUrl NOTIFY proxyChanged FINAL)
    Q_PROPERTY(QString user READ user WRITE setUser NOTIFY userChanged FINAL)
    Q_PROPERTY(QString password READ password WRITE setPassword NOTIFY passwordChanged FINAL)
    Q_PROPERTY(QString proxyUser READ proxyUser WRITE setProxyUser NOTIFY proxyUserChanged FINAL)
    Q_PROPERTY(QString proxyPassword READ proxyPassword WRITE setProxyPassword NOTIFY proxyPasswordChanged FINAL)
    QML_NAMED_ELEMENT(WsClient)

public:
    explicit WsQmlClient(QObject *parent = nullptr);

    bool isWanted() const { return m_isWaiting || active(); }
    void setWanted(bool wanted);
    // For a URL. Returns whether it has waited.
    bool stopWaiting();
    QVariantMap headerMap() const { return m_headers; }
    void setHeaders(const QVariantMap &headers);
    WsCompression compression() const { return options().compression(); }
    void setCompression(const WsCompression &compression);
    QUrl certificateFile() const { return m_tlsFiles.certificate; }
    void setCertificateFile(const QUrl &file);
    QUrl privateKeyFile() const { return m_tlsFiles.privateKey; }
    void setPrivateKeyFile(const QUrl &file);
    QString privateKeyPassPhrase() const { return m_tlsFiles.passPhrase; }
    void setPrivateKeyPassPhrase(const QString &passPhrase);
    QUrl caFile() const { return m_tlsFiles.authorities; }
    void setCaFile(const QUrl &file);
    bool ignoresSslErrors() const { return m_ignoresSslErrors; }
    void setIgnoreSslErrors(bool ignored);
    QUrl proxyUrl() const { return m_proxy; }
    void setProxyUrl(const QUrl &proxy);
    QString user() const { return m_login.user; }
    void setUser(const QString &user);
    QString password() const { return m_login.password; }
    void setPassword(const QString &password);
    QString proxyUser() const { return m_proxyLogin.user; }
    void setProxyUser(const QString &user);
    QString proxyPassword() const { return m_proxyLogin.password; }
    void setProxyPassword(const QString &password);

    // Without the overload of WsClient for a QNetworkRequest, which makes a string ambiguous.
    Q_INVOKABLE bool open() { return WsClient::open(); }
    Q_INVOKABLE bool open(const QUrl &url) { return WsClient::open(url); }
    Q_INVOKABLE bool continueOpening(bool trust = false);

Q_SIGNALS:
    // Hides that of WsClient, which does not know of the waiting for a URL.
    void activeChanged(); // clazy:exclude=overridden-signal
    void headersChanged();
    void certificateFileChanged();
    void privateKeyFileChanged();
    void privateKeyPassPhraseChanged();
    void caFileChanged();
    void ignoreSslErrorsChanged();
    void proxyChanged();
    void userChanged();
    void passwordChanged();
    void proxyUserChanged();
    void proxyPasswordChanged();
    void credentialsRequired(const QString &realm, bool isProxy, const QString &host);

protected:
    void classBegin() override { }
    void componentComplete() override;
    void afterClosed() override;

private:
    // Whom to log in as, and what is known about it in the current opening.
    struct Login
    {
        QString user;
        QString password;
        QString asker;       // the origin of the server that the last signal was about
        QString origin;      // of the server that it is for; if it is empty, that of the URL
        bool isSet = false;  // since the last signal
        bool isUsed = false; // the other side has had it, and asks again
    };

    void openIfPossible();
    void reportWanted();
    void applyHeaders();
    void applyProxy();
    void reportMisuse(const QString &text);
    void changeLogin(Login &login, QString &member, const QString &value, void (WsQmlClient::*changed)());
    void logInToServer(QAuthenticator *authenticator);
    void logInToProxy(const QNetworkProxy &proxy, QAuthenticator *authenticator);
    bool askFor(Login &login, const QString &realm, bool isProxy, const QString &host);
    void forgetAcceptedLogin();
    void onStateChanged(Ws::State state);
    void loadTls();
    void failOpening(const WsError &error);

    WsTlsFiles m_tlsFiles;
    QVariantMap m_headers;
    QUrl m_proxy;
    Login m_login;
    Login m_proxyLogin;
    QUrl m_openedUrl; // of the last opening, before redirects
    QUrl m_hopUrl;    // and after them
    bool m_isComplete = false;
    bool m_isWaiting = false; // to open, until the component is complete and has a URL
    bool m_wasWanted = false; // when it was reported
    bool m_isTlsLoaded = true;
    bool m_isProxyUsable = true;
    bool m_ignoresSslErrors = false;
};

#endif // WSQMLCLIENT_H
