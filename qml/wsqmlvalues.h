// SPDX-License-Identifier: MIT
#ifndef WSQMLVALUES_H
#define WSQMLVALUES_H

#include <WsKit/wserror.h>
#include <WsKit/wsmessage.h>
#include <WsKit/wsrequest.h>
#include <WsKit/wsresponse.h>
#include <WsKit/wsserverstatistics.h>
#include <WsKit/wsstatistics.h>

#include <QtCore/qvariant.h>
#include <QtNetwork/qhostaddress.h>
#include <QtQml/qqml.h>

// Memory of its own: an ArrayBuffer shares that of the array it is made of, and scripts may write into it.
// Not null, of which Qt 6.4 makes an ArrayBuffer that cannot be used.
inline QByteArray wsArrayFor(const QByteArray &data)
{
    return data.isEmpty() ? QByteArray("") : QByteArray(data.constData(), data.size());
}

// Each struct is the QML view of a value class of the library. The engine uses the address of the value as
// the address of the struct, so the struct must contain only the value.

struct WsMessageValue
{
    WsMessage v;

    Q_GADGET
    Q_PROPERTY(Ws::MessageType type READ type CONSTANT FINAL)
    Q_PROPERTY(bool isText READ isText CONSTANT FINAL)
    Q_PROPERTY(QString text READ text CONSTANT FINAL)
    Q_PROPERTY(QByteArray data READ data CONSTANT FINAL)
    Q_PROPERTY(double size READ size CONSTANT FINAL)
    QML_FOREIGN(WsMessage)
    QML_VALUE_TYPE(wsMessage)
    QML_EXTENDED(WsMessageValue)

public:
    Ws::MessageType type() const { return v.type(); }
    bool isText() const { return v.isText(); }
    QString text() const { return v.text(); }
    QByteArray data() const { return wsArrayFor(v.data()); }
    double size() const { return double(v.data().size()); }
    Q_INVOKABLE QString toString() const;
};

struct WsErrorValue
{
    WsError v;

    Q_GADGET
    Q_PROPERTY(Ws::ErrorKind kind READ kind CONSTANT FINAL)
    Q_PROPERTY(QString text READ text CONSTANT FINAL)
    Q_PROPERTY(int closeCode READ closeCode CONSTANT FINAL)
    Q_PROPERTY(int httpStatus READ httpStatus CONSTANT FINAL)
    Q_PROPERTY(int socketError READ socketError CONSTANT FINAL)
    QML_FOREIGN(WsError)
    QML_VALUE_TYPE(wsError)
    QML_EXTENDED(WsErrorValue)

public:
    Ws::ErrorKind kind() const { return v.kind(); }
    QString text() const { return v.text(); }
    int closeCode() const { return v.closeCode(); }
    int httpStatus() const { return v.httpStatus(); }
    int socketError() const { return v.socketError(); }
    Q_INVOKABLE QString toString() const { return v.text(); }
};

struct WsRequestValue
{
    WsRequest v;

    Q_GADGET
    Q_PROPERTY(QString method READ method CONSTANT FINAL)
    Q_PROPERTY(QString target READ target CONSTANT FINAL)
    Q_PROPERTY(QString path READ path CONSTANT FINAL)
    Q_PROPERTY(QVariant query READ query CONSTANT FINAL)
    Q_PROPERTY(QVariant headers READ headers CONSTANT FINAL)
    Q_PROPERTY(QVariant cookies READ cookies CONSTANT FINAL)
    Q_PROPERTY(QStringList subprotocols READ subprotocols CONSTANT FINAL)
    Q_PROPERTY(QString origin READ origin CONSTANT FINAL)
    Q_PROPERTY(QString peerAddress READ peerAddress CONSTANT FINAL)
    Q_PROPERTY(QString proxyAddress READ proxyAddress CONSTANT FINAL)
    Q_PROPERTY(int peerPort READ peerPort CONSTANT FINAL)
    Q_PROPERTY(bool isEncrypted READ isEncrypted CONSTANT FINAL)
    Q_PROPERTY(bool isWebSocketUpgrade READ isWebSocketUpgrade CONSTANT FINAL)
    Q_PROPERTY(QString text READ text CONSTANT FINAL)
    Q_PROPERTY(QByteArray body READ body CONSTANT FINAL)
    Q_PROPERTY(QVariant parameters READ parameters CONSTANT FINAL)
    Q_PROPERTY(QString user READ user CONSTANT FINAL)
    QML_FOREIGN(WsRequest)
    QML_VALUE_TYPE(wsRequest)
    QML_EXTENDED(WsRequestValue)

public:
    QString method() const { return QString::fromLatin1(v.method()); }
    QString target() const { return QString::fromLatin1(v.target()); }
    QString path() const { return v.path(); }
    QVariantMap query() const;
    QVariantMap headers() const;
    QVariantMap cookies() const;
    QStringList subprotocols() const { return v.subprotocols(); }
    QString origin() const { return v.origin(); }
    QString peerAddress() const { return v.peerAddress().toString(); }
    QString proxyAddress() const { return v.proxyAddress().toString(); }
    int peerPort() const { return v.peerPort(); }
    bool isEncrypted() const { return v.isEncrypted(); }
    bool isWebSocketUpgrade() const { return v.isWebSocketUpgrade(); }
    QString text() const { return QString::fromUtf8(v.body()); }
    QByteArray body() const { return wsArrayFor(v.body()); }
    QVariantMap parameters() const { return v.parameters(); }
    QString user() const { return v.user(); }
    Q_INVOKABLE QString header(const QString &name) const;
    Q_INVOKABLE QString toString() const;
};

struct WsResponseValue
{
    WsResponse v;

    Q_GADGET
    Q_PROPERTY(int status READ status CONSTANT FINAL)
    Q_PROPERTY(QVariant headers READ headers CONSTANT FINAL)
    Q_PROPERTY(QString text READ text CONSTANT FINAL)
    Q_PROPERTY(QByteArray body READ body CONSTANT FINAL)
    Q_PROPERTY(QString file READ file CONSTANT FINAL)
    Q_PROPERTY(QString subprotocol READ subprotocol CONSTANT FINAL)
    Q_PROPERTY(QString user READ user WRITE setUser FINAL)
    Q_PROPERTY(WsOptions options READ options WRITE setOptions FINAL)
    QML_FOREIGN(WsResponse)
    QML_VALUE_TYPE(wsResponse)
    QML_EXTENDED(WsResponseValue)

public:
    int status() const { return v.status(); }
    QVariantMap headers() const;
    QString text() const { return QString::fromUtf8(v.body()); }
    QByteArray body() const { return wsArrayFor(v.body()); }
    QString file() const { return v.filePath(); }
    QString subprotocol() const { return v.subprotocol(); }
    QString user() const { return v.user(); }
    void setUser(const QString &user) { v.setUser(user); }
    WsOptions options() const { return v.options().value_or(WsOptions()); }
    void setOptions(const WsOptions &options) { v.setOptions(options); }
    Q_INVOKABLE QString toString() const;
};

struct WsStatisticsValue
{
    WsStatistics v;

    Q_GADGET
    Q_PROPERTY(double messagesSent READ messagesSent CONSTANT FINAL)
    Q_PROPERTY(double messagesReceived READ messagesReceived CONSTANT FINAL)
    Q_PROPERTY(double payloadBytesSent READ payloadBytesSent CONSTANT FINAL)
    Q_PROPERTY(double payloadBytesReceived READ payloadBytesReceived CONSTANT FINAL)
    Q_PROPERTY(double wireBytesSent READ wireBytesSent CONSTANT FINAL)
    Q_PROPERTY(double wireBytesReceived READ wireBytesReceived CONSTANT FINAL)
    Q_PROPERTY(double messagesSkipped READ messagesSkipped CONSTANT FINAL)
    Q_PROPERTY(double roundTripUs READ roundTripUs CONSTANT FINAL)
    QML_FOREIGN(WsStatistics)
    QML_VALUE_TYPE(wsStatistics)
    QML_EXTENDED(WsStatisticsValue)

public:
    double messagesSent() const { return double(v.messagesSent); }
    double messagesReceived() const { return double(v.messagesReceived); }
    double payloadBytesSent() const { return double(v.payloadBytesSent); }
    double payloadBytesReceived() const { return double(v.payloadBytesReceived); }
    double wireBytesSent() const { return double(v.wireBytesSent); }
    double wireBytesReceived() const { return double(v.wireBytesReceived); }
    double messagesSkipped() const { return double(v.messagesSkipped); }
    double roundTripUs() const { return double(v.roundTripUs); }
};

struct WsHistogramValue
{
    WsHistogram v;

    Q_GADGET
    Q_PROPERTY(QVariant bounds READ bounds CONSTANT FINAL)
    Q_PROPERTY(QVariant counts READ counts CONSTANT FINAL)
    Q_PROPERTY(double sum READ sum CONSTANT FINAL)
    Q_PROPERTY(double count READ count CONSTANT FINAL)
    QML_FOREIGN(WsHistogram)
    QML_VALUE_TYPE(wsHistogram)
    QML_EXTENDED(WsHistogramValue)

public:
    QVariantList bounds() const;
    QVariantList counts() const;
    double sum() const { return v.sum; }
    double count() const { return double(v.count()); }
    Q_INVOKABLE double quantile(double fraction) const { return v.quantile(fraction); }
};

// Maps are JavaScript objects.
struct WsServerStatisticsValue
{
    WsServerStatistics v;

    Q_GADGET
    Q_PROPERTY(QDateTime startTime READ startTime CONSTANT FINAL)
    Q_PROPERTY(int connections READ connections CONSTANT FINAL)
    Q_PROPERTY(int pendingHandshakes READ pendingHandshakes CONSTANT FINAL)
    Q_PROPERTY(double connectionsTotal READ connectionsTotal CONSTANT FINAL)
    Q_PROPERTY(QVariant rejected READ rejected CONSTANT FINAL)
    Q_PROPERTY(QVariant answered READ answered CONSTANT FINAL)
    Q_PROPERTY(QVariant closed READ closed CONSTANT FINAL)
    Q_PROPERTY(double messagesSent READ messagesSent CONSTANT FINAL)
    Q_PROPERTY(double messagesReceived READ messagesReceived CONSTANT FINAL)
    Q_PROPERTY(double messagesSkipped READ messagesSkipped CONSTANT FINAL)
    Q_PROPERTY(double payloadBytesSent READ payloadBytesSent CONSTANT FINAL)
    Q_PROPERTY(double payloadBytesReceived READ payloadBytesReceived CONSTANT FINAL)
    Q_PROPERTY(double wireBytesSent READ wireBytesSent CONSTANT FINAL)
    Q_PROPERTY(double wireBytesReceived READ wireBytesReceived CONSTANT FINAL)
    Q_PROPERTY(double bufferedAmount READ bufferedAmount CONSTANT FINAL)
    Q_PROPERTY(QVariant subscribers READ subscribers CONSTANT FINAL)
    Q_PROPERTY(WsHistogram handshakeTime READ handshakeTime CONSTANT FINAL)
    Q_PROPERTY(WsHistogram messageSize READ messageSize CONSTANT FINAL)
    Q_PROPERTY(WsHistogram sentMessageSize READ sentMessageSize CONSTANT FINAL)
    Q_PROPERTY(WsHistogram roundTrip READ roundTrip CONSTANT FINAL)
    QML_FOREIGN(WsServerStatistics)
    QML_VALUE_TYPE(wsServerStatistics)
    QML_EXTENDED(WsServerStatisticsValue)

public:
    QDateTime startTime() const { return v.startTime; }
    int connections() const { return v.connections; }
    int pendingHandshakes() const { return v.pendingHandshakes; }
    double connectionsTotal() const { return double(v.connectionsTotal); }
    QVariantMap rejected() const;
    QVariantMap answered() const;
    QVariantMap closed() const;
    double messagesSent() const { return double(v.messagesSent); }
    double messagesReceived() const { return double(v.messagesReceived); }
    double messagesSkipped() const { return double(v.messagesSkipped); }
    double payloadBytesSent() const { return double(v.payloadBytesSent); }
    double payloadBytesReceived() const { return double(v.payloadBytesReceived); }
    double wireBytesSent() const { return double(v.wireBytesSent); }
    double wireBytesReceived() const { return double(v.wireBytesReceived); }
    double bufferedAmount() const { return double(v.bufferedAmount); }
    QVariantMap subscribers() const;
    WsHistogram handshakeTime() const { return v.handshakeTime; }
    WsHistogram messageSize() const { return v.messageSize; }
    WsHistogram sentMessageSize() const { return v.sentMessageSize; }
    WsHistogram roundTrip() const { return v.roundTrip; }
};

struct WsHostAddressValue
{
    QHostAddress v;

    Q_GADGET
    QML_FOREIGN(QHostAddress)
    QML_VALUE_TYPE(wsHostAddress)
    QML_EXTENDED(WsHostAddressValue)

public:
    Q_INVOKABLE QString toString() const { return v.toString(); }
};

// Headers as a JavaScript object, {"X-Name": "value"}. A list as the value means several headers of that
// name, any other object its JSON text; undefined values and null are left out. \a problem names a value that
// can neither be converted to text nor to JSON, and is left out too.
WsHeaders wsHeadersFromMap(const QVariantMap &map, QString *problem);
// Names are in lower case. Headers of the same name are joined, as RFC 9110 §5.3 allows.
QVariantMap wsHeadersToMap(const WsHeaders &headers);

#endif // WSQMLVALUES_H
