// SPDX-License-Identifier: MIT
#ifndef WSREQUEST_H
#define WSREQUEST_H

#include <WsKit/wsglobal.h>
#include <WsKit/wsheaders.h>

#include <QtCore/qobjectdefs.h>
#include <QtCore/qshareddata.h>
#include <QtCore/qstringlist.h>
#include <QtCore/qurlquery.h>
#include <QtCore/qvariant.h>
#include <QtNetwork/qhostaddress.h>
#include <QtNetwork/qnetworkcookie.h>
#include <QtNetwork/qsslcertificate.h>

class WsRequestData;

class WSKIT_EXPORT WsRequest
{
    Q_GADGET
    Q_PROPERTY(QByteArray method READ method WRITE setMethod FINAL)
    Q_PROPERTY(QByteArray target READ target WRITE setTarget FINAL)
    Q_PROPERTY(QString path READ path STORED false FINAL)
    Q_PROPERTY(QUrlQuery query READ query STORED false FINAL)
    Q_PROPERTY(WsHeaders headers READ headers WRITE setHeaders FINAL)
    Q_PROPERTY(QList<QNetworkCookie> cookies READ cookies STORED false FINAL)
    Q_PROPERTY(QStringList subprotocols READ subprotocols STORED false FINAL)
    Q_PROPERTY(QString origin READ origin STORED false FINAL)
    Q_PROPERTY(QHostAddress peerAddress READ peerAddress WRITE setPeerAddress FINAL)
    Q_PROPERTY(quint16 peerPort READ peerPort WRITE setPeerPort FINAL)
    Q_PROPERTY(QHostAddress proxyAddress READ proxyAddress WRITE setProxyAddress FINAL)
    Q_PROPERTY(QByteArray body READ body WRITE setBody FINAL)
    Q_PROPERTY(QVariantMap parameters READ parameters WRITE setParameters FINAL)
    Q_PROPERTY(QString user READ user WRITE setUser FINAL)
    Q_PROPERTY(bool isEncrypted READ isEncrypted WRITE setEncrypted FINAL)

public:
    WsRequest();
    WsRequest(const WsRequest &);
    WsRequest(WsRequest &&) noexcept;
    WsRequest &operator=(const WsRequest &);
    WsRequest &operator=(WsRequest &&) noexcept;
    ~WsRequest();

    QByteArray method() const;
    void setMethod(const QByteArray &method);
    QByteArray target() const;
    void setTarget(const QByteArray &target);
    QString path() const;
    QUrlQuery query() const;
    WsHeaders headers() const;
    void setHeaders(const WsHeaders &headers);
#if defined(Q_QDOC)
    void setHeaders(const QHttpHeaders &headers);
    QHttpHeaders httpHeaders() const;
#elif defined(WSKIT_HAS_HTTPHEADERS)
    template <typename Headers, WsIfHttpHeaders<Headers> = true>
    void setHeaders(const Headers &headers)
    {
        setHeaders(headers.toListOfPairs());
    }
    template <typename Headers = QHttpHeaders, WsIfHttpHeaders<Headers> = true>
    Headers httpHeaders() const
    {
        return Headers::fromListOfPairs(headers());
    }
#endif
    QByteArray header(QByteArrayView name) const;
    bool hasHeader(QByteArrayView name) const;
    QList<QNetworkCookie> cookies() const;
    QStringList subprotocols() const;
    QString origin() const;
    bool isWebSocketUpgrade() const;
    QHostAddress peerAddress() const;
    void setPeerAddress(const QHostAddress &address);
    quint16 peerPort() const;
    void setPeerPort(quint16 port);
    QHostAddress proxyAddress() const;
    void setProxyAddress(const QHostAddress &address);
    QByteArray body() const;
    void setBody(const QByteArray &body);
    QVariantMap parameters() const;
    void setParameters(const QVariantMap &parameters);
    QString parameter(const QString &name) const;
    QString user() const;
    void setUser(const QString &user);
    QSslCertificate peerCertificate() const;
    void setPeerCertificate(const QSslCertificate &certificate);
    bool isEncrypted() const;
    void setEncrypted(bool encrypted);

private:
    QSharedDataPointer<WsRequestData> d;
};
Q_DECLARE_TYPEINFO(WsRequest, Q_RELOCATABLE_TYPE);

#endif // WSREQUEST_H
