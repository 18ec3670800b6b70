// SPDX-License-Identifier: MIT
#ifndef WSRESPONSE_H
#define WSRESPONSE_H

#include <WsKit/ws.h>
#include <WsKit/wsheaders.h>

#include <WsKit/wsoptions.h>

#include <QtCore/qshareddata.h>
#include <QtCore/qstring.h>

#include <optional>

class WsRequest;
class WsResponseData;
class WsServer;

class WSKIT_EXPORT WsResponse
{
    Q_GADGET
    Q_PROPERTY(int status READ status WRITE setStatus FINAL)
    Q_PROPERTY(WsHeaders headers READ headers WRITE setHeaders FINAL)
    Q_PROPERTY(QByteArray body READ body WRITE setBody FINAL)
    Q_PROPERTY(QString subprotocol READ subprotocol WRITE setSubprotocol FINAL)
    Q_PROPERTY(QString user READ user WRITE setUser FINAL)
    Q_PROPERTY(QString filePath READ filePath WRITE setFilePath FINAL)

public:
    WsResponse();
    explicit WsResponse(int status, const QByteArray &body = {}, const WsHeaders &headers = {});
    WsResponse(const WsResponse &);
    WsResponse(WsResponse &&) noexcept;
    WsResponse &operator=(const WsResponse &);
    WsResponse &operator=(WsResponse &&) noexcept;
    ~WsResponse();

    static WsResponse accept(const QString &subprotocol = {}, const WsHeaders &headers = {});
    static WsResponse reject(int status, const QByteArray &body = {}, const WsHeaders &headers = {});
    static WsResponse html(const QByteArray &body);
    static WsResponse text(const QByteArray &body);
    static WsResponse notFound();
    static WsResponse file(const QString &path);
    static WsResponse file(const QString &root, const WsRequest &request);
    static WsResponse metrics(const WsServer &server);

    bool isAccept() const { return status() == 101; }

    int status() const;
    void setStatus(int status);
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
    QByteArray body() const;
    void setBody(const QByteArray &body);
    QString filePath() const;
    void setFilePath(const QString &path);
    QString subprotocol() const;
    void setSubprotocol(const QString &subprotocol);
    QString user() const;
    void setUser(const QString &user);
    std::optional<WsOptions> options() const;
    void setOptions(const WsOptions &options);

private:
    QSharedDataPointer<WsResponseData> d;
};
Q_DECLARE_TYPEINFO(WsResponse, Q_RELOCATABLE_TYPE);

#endif // WSRESPONSE_H
