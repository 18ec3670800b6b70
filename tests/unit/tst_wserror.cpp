// SPDX-License-Identifier: MIT
#include <WsKit/WsError>

#include <QtCore/qdebug.h>
#include <QtCore/qmetaobject.h>
#include <QtCore/qvariant.h>
#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;

namespace {
QString debugText(const WsError &error)
{
    QString text;
    QDebug(&text) << error;
    return text.trimmed();
}
} // namespace

class TestWsError : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void isNoneByDefault();
    void tellsNothingToThePeerByDefault();
    void keepsWhatIsSet();
    void debugTellsKindTextAndCode();
    void debugTellsHttpStatusAndSocketError();
    void debugLeavesTheStreamAsItWas();
    void hasProperties();
};

void TestWsError::isNoneByDefault()
{
    const WsError error;
    QCOMPARE(error.kind(), Ws::ErrorKind::None);
    QVERIFY(error.text().isEmpty());
    QCOMPARE(error.closeCode(), Ws::Abnormal);
    QCOMPARE(error.httpStatus(), 0);
    QCOMPARE(error.socketError(), QAbstractSocket::UnknownSocketError);
}

void TestWsError::tellsNothingToThePeerByDefault()
{
    QCOMPARE(WsError(Ws::ErrorKind::Network, u"connection refused"_s).closeCode(), Ws::Abnormal);
}

void TestWsError::keepsWhatIsSet()
{
    WsError error(Ws::ErrorKind::Protocol, u"a frame is not masked"_s, Ws::ProtocolError);
    error.setHttpStatus(400);
    error.setSocketError(QAbstractSocket::NetworkError);
    const WsError copy = error;
    QCOMPARE(copy.kind(), Ws::ErrorKind::Protocol);
    QCOMPARE(copy.text(), u"a frame is not masked"_s);
    QCOMPARE(copy.closeCode(), Ws::ProtocolError);
    QCOMPARE(copy.httpStatus(), 400);
    QCOMPARE(copy.socketError(), QAbstractSocket::NetworkError);
}

void TestWsError::debugTellsKindTextAndCode()
{
    QCOMPARE(debugText(WsError()), u"WsError(None, \"\", 1006)"_s);
    QCOMPARE(debugText(WsError(Ws::ErrorKind::Timeout, u"no pong"_s)),
             u"WsError(Timeout, \"no pong\", 1006)"_s);
    QCOMPARE(debugText(WsError(Ws::ErrorKind::TooLarge, u"too big"_s, Ws::MessageTooBig)),
             u"WsError(TooLarge, \"too big\", 1009)"_s);
}

void TestWsError::debugTellsHttpStatusAndSocketError()
{
    WsError error(Ws::ErrorKind::Handshake, u"not here"_s);
    error.setHttpStatus(404);
    QCOMPARE(debugText(error), u"WsError(Handshake, \"not here\", 1006, HTTP 404)"_s);
    error.setSocketError(QAbstractSocket::RemoteHostClosedError);
    QCOMPARE(debugText(error),
             u"WsError(Handshake, \"not here\", 1006, HTTP 404, QAbstractSocket::RemoteHostClosedError)"_s);
}

void TestWsError::debugLeavesTheStreamAsItWas()
{
    QString text;
    QDebug(&text) << 1 << WsError() << 2;
    QCOMPARE(text.trimmed(), u"1 WsError(None, \"\", 1006) 2"_s);
}

void TestWsError::hasProperties()
{
    WsError error(Ws::ErrorKind::Tls, u"expired"_s, Ws::TlsHandshake);
    error.setHttpStatus(7);
    error.setSocketError(QAbstractSocket::SslHandshakeFailedError);
    const auto property = [&](const char *name) {
        const QMetaObject &meta = WsError::staticMetaObject;
        return meta.property(meta.indexOfProperty(name)).readOnGadget(&error);
    };
    QCOMPARE(property("kind").value<Ws::ErrorKind>(), Ws::ErrorKind::Tls);
    QCOMPARE(property("text"), QVariant(u"expired"_s));
    QCOMPARE(property("closeCode").toInt(), 1015);
    QCOMPARE(property("httpStatus"), QVariant(7));
    QCOMPARE(property("socketError").value<QAbstractSocket::SocketError>(),
             QAbstractSocket::SslHandshakeFailedError);
}

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsError)
#include "tst_wserror.moc"
