// SPDX-License-Identifier: MIT
#include "net/socket/wssocketerror.h"

#include <QtCore/qvariant.h>
#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;

namespace {
class FailedSocket : public QAbstractSocket
{
public:
    explicit FailedSocket(SocketError error) : QAbstractSocket(TcpSocket, nullptr)
    {
        setSocketError(error);
        setErrorString(u"what the system says"_s);
    }
};
} // namespace

class TestWsSocketError : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void kindFollowsTheSocketsError_data();
    void kindFollowsTheSocketsError();
    void lostConnectionKeepsTheSocketsError();
    void lostConnectionNeedsNoSocket();
};

void TestWsSocketError::kindFollowsTheSocketsError_data()
{
    using Socket = QAbstractSocket;
    QTest::addColumn<Socket::SocketError>("socketError");
    QTest::addColumn<Ws::ErrorKind>("kind");
    QTest::addColumn<quint16>("closeCode");
    const auto add = [](Socket::SocketError error, Ws::ErrorKind kind, quint16 closeCode) {
        QTest::newRow(qPrintable(QVariant::fromValue(error).toString())) << error << kind << closeCode;
    };
    for (const auto error : {Socket::ConnectionRefusedError, Socket::RemoteHostClosedError, Socket::HostNotFoundError,
                             Socket::NetworkError, Socket::SocketTimeoutError, Socket::SocketResourceError})
        add(error, Ws::ErrorKind::Network, Ws::Abnormal);
    for (const auto error :
         {Socket::SslHandshakeFailedError, Socket::SslInternalError, Socket::SslInvalidUserDataError})
        add(error, Ws::ErrorKind::Tls, Ws::TlsHandshake);
    for (const auto error : {Socket::ProxyAuthenticationRequiredError, Socket::ProxyConnectionClosedError,
                             Socket::ProxyConnectionRefusedError, Socket::ProxyConnectionTimeoutError,
                             Socket::ProxyNotFoundError, Socket::ProxyProtocolError})
        add(error, Ws::ErrorKind::Proxy, Ws::Abnormal);
}

void TestWsSocketError::kindFollowsTheSocketsError()
{
    QFETCH(const QAbstractSocket::SocketError, socketError);
    QFETCH(const Ws::ErrorKind, kind);
    QFETCH(const quint16, closeCode);
    const WsError error = wsSocketError(FailedSocket(socketError));
    QCOMPARE(error.kind(), kind);
    QCOMPARE(error.closeCode(), closeCode);
    QCOMPARE(error.socketError(), socketError);
    QCOMPARE(error.text(), u"what the system says"_s);
    QCOMPARE(error.httpStatus(), 0);
}

void TestWsSocketError::lostConnectionKeepsTheSocketsError()
{
    const FailedSocket socket(QAbstractSocket::NetworkError);
    const WsError error = wsConnectionLost(&socket);
    QCOMPARE(error.kind(), Ws::ErrorKind::Network);
    QCOMPARE(error.closeCode(), Ws::Abnormal);
    QCOMPARE(error.socketError(), QAbstractSocket::NetworkError);
    QVERIFY(error.text().contains(u"without a Close frame"_s));
}

void TestWsSocketError::lostConnectionNeedsNoSocket()
{
    QCOMPARE(wsConnectionLost(nullptr).socketError(), QAbstractSocket::RemoteHostClosedError);
}

#include "../testprogram.h"
WSKIT_TEST(TestWsSocketError)
#include "tst_wssocketerror.moc"
