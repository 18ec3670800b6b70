// SPDX-License-Identifier: MIT
#include "net/client/wsproxylogins.h"

#include <QtTest/qtest.h>

using namespace Qt::StringLiterals;

namespace {
QNetworkProxy proxyAt(const QString &host, const QString &user = {},
                      QNetworkProxy::ProxyType type = QNetworkProxy::HttpProxy, quint16 port = 3128)
{
    return QNetworkProxy(type, host, port, user);
}

QString loginOf(const QNetworkProxy &proxy)
{
    return proxy.user() + u':' + proxy.password();
}
} // namespace

class TestWsProxyLogins : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void answerIsKeptForTheSameProxyAlone();
    void answerIsForgottenIfTheProxyAsksAgain();
    void answerIsForgottenIfTheProxyRejectsIt_data();
    void answerIsForgottenIfTheProxyRejectsIt();
    void noAnswerIsNotKept();
    void oldestAnswerIsForgottenAtTheLimit();
};

void TestWsProxyLogins::answerIsKeptForTheSameProxyAlone()
{
    WsProxyLogins logins;
    QCOMPARE(logins.begin(proxyAt(u"a"_s, u"set"_s)), proxyAt(u"a"_s, u"set"_s));
    logins.onAsked();
    logins.onAnswered({u"user"_s, u"secret"_s});
    const QNetworkProxy next = logins.begin(proxyAt(u"a"_s, u"set"_s));
    QCOMPARE(loginOf(next), u"user:secret"_s);
    QCOMPARE(next.hostName(), u"a"_s);
    for (const QNetworkProxy &other :
         {proxyAt(u"b"_s, u"set"_s), proxyAt(u"a"_s), proxyAt(u"a"_s, u"set"_s, QNetworkProxy::Socks5Proxy),
          proxyAt(u"a"_s, u"set"_s, QNetworkProxy::HttpProxy, 8080), QNetworkProxy()})
        QCOMPARE(logins.begin(other), other);
    QCOMPARE(loginOf(logins.begin(proxyAt(u"a"_s, u"set"_s))), u"user:secret"_s);
    logins.clear();
    QCOMPARE(loginOf(logins.begin(proxyAt(u"a"_s, u"set"_s))), u"set:"_s);
}

void TestWsProxyLogins::answerIsForgottenIfTheProxyAsksAgain()
{
    WsProxyLogins logins;
    (void)logins.begin(proxyAt(u"a"_s));
    logins.onAnswered({u"user"_s, u"old"_s});
    (void)logins.begin(proxyAt(u"b"_s));
    logins.onAnswered({u"other"_s, u"b"_s});
    (void)logins.begin(proxyAt(u"a"_s));
    logins.onAsked();
    QCOMPARE(loginOf(logins.begin(proxyAt(u"a"_s))), u":"_s);
    logins.onAnswered({u"user"_s, u"new"_s});
    QCOMPARE(loginOf(logins.begin(proxyAt(u"a"_s))), u"user:new"_s);
    QCOMPARE(loginOf(logins.begin(proxyAt(u"b"_s))), u"other:b"_s);
}

void TestWsProxyLogins::answerIsForgottenIfTheProxyRejectsIt_data()
{
    QTest::addColumn<QAbstractSocket::SocketError>("error");
    QTest::addColumn<bool>("isKept");
    QTest::newRow("rejected") << QAbstractSocket::ProxyAuthenticationRequiredError << false;
    QTest::newRow("denied") << QAbstractSocket::SocketAccessError << false;
    QTest::newRow("bad gateway") << QAbstractSocket::ProxyProtocolError << true;
    QTest::newRow("server refuses") << QAbstractSocket::ConnectionRefusedError << true;
    QTest::newRow("proxy is gone") << QAbstractSocket::ProxyConnectionRefusedError << true;
}

void TestWsProxyLogins::answerIsForgottenIfTheProxyRejectsIt()
{
    QFETCH(const QAbstractSocket::SocketError, error);
    QFETCH(const bool, isKept);
    WsProxyLogins logins;
    (void)logins.begin(proxyAt(u"a"_s));
    logins.onAnswered({u"user"_s, u"secret"_s});
    logins.onFailure(error);
    QCOMPARE(loginOf(logins.begin(proxyAt(u"a"_s))), isKept ? u"user:secret"_s : u":"_s);
}

void TestWsProxyLogins::noAnswerIsNotKept()
{
    WsProxyLogins logins;
    (void)logins.begin(proxyAt(u"a"_s, u"set"_s));
    logins.onAnswered({});
    QCOMPARE(loginOf(logins.begin(proxyAt(u"a"_s, u"set"_s))), u"set:"_s);
}

void TestWsProxyLogins::oldestAnswerIsForgottenAtTheLimit()
{
    WsProxyLogins logins;
    for (int i = 0; i <= WsProxyLogins::MaxKept; ++i) {
        (void)logins.begin(proxyAt(QString::number(i)));
        logins.onAnswered({u"user"_s, QString::number(i)});
    }
    QCOMPARE(loginOf(logins.begin(proxyAt(u"0"_s))), u":"_s);
    for (int i = 1; i <= WsProxyLogins::MaxKept; ++i)
        QCOMPARE(loginOf(logins.begin(proxyAt(QString::number(i)))), u"user:%1"_s.arg(i));
}

#include "tst_wsproxylogins.moc"

#include "../testprogram.h"
WSKIT_APPLESS_TEST(TestWsProxyLogins)
