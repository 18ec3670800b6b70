// SPDX-License-Identifier: MIT
#ifndef WSRESPONSE_H
#define WSRESPONSE_H

#include <WsKit/ws.h>
#include <WsKit/wsheaders.h>

#include <QtCore/qstring.h>

class WSKIT_EXPORT WsResponse
{
    Q_GADGET
    Q_PROPERTY(int status READ status WRITE setStatus FINAL)
    Q_PROPERTY(WsHeaders headers READ headers WRITE setHeaders FINAL)
    Q_PROPERTY(QByteArray body READ body WRITE setBody FINAL)
    Q_PROPERTY(QString subprotocol READ subprotocol WRITE setSubprotocol FINAL)

public:
    WsResponse() = default;
    explicit WsResponse(int status, const QByteArray &body = {}, const WsHeaders &headers = {})
        : m_headers(headers), m_body(body), m_status(status)
    {
    }

    static WsResponse accept(const QString &subprotocol = {}, const WsHeaders &headers = {});
    static WsResponse reject(int status, const QByteArray &body = {}, const WsHeaders &headers = {});
    static WsResponse html(const QByteArray &body);
    static WsResponse text(const QByteArray &body);
    static WsResponse notFound();

    bool isAccept() const { return m_status == 101; }

    int status() const { return m_status; }
    void setStatus(int status) { m_status = status; }
    WsHeaders headers() const { return m_headers; }
    void setHeaders(const WsHeaders &headers) { m_headers = headers; }
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
    QByteArray body() const { return m_body; }
    void setBody(const QByteArray &body) { m_body = body; }
    QString subprotocol() const { return m_subprotocol; }
    void setSubprotocol(const QString &subprotocol) { m_subprotocol = subprotocol; }

private:
    WsHeaders m_headers;
    QByteArray m_body;
    QString m_subprotocol;
    int m_status = 0;
};
Q_DECLARE_TYPEINFO(WsResponse, Q_RELOCATABLE_TYPE);

#endif // WSRESPONSE_H
