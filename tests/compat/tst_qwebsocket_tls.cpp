// SPDX-License-Identifier: MIT

// QWebSocket over TLS: which servers it trusts, and what a program can do about it.

#include "compattesting.h"

#include <QtCore/qregularexpression.h>
#include <QtNetwork/qsslcipher.h>

#include <algorithm>

using namespace CompatTesting;

class tst_QWebSocketTls : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void opensAndTalks();
    void sslConfigurationIsKept();
    void sslConfigurationIsTheOneThatCameLast();
    void untrustedServerIsRejected();
    void serverOfAnotherNameIsRejected();
    void errorsAreIgnoredInTheSlot();
    void someErrorsAreIgnoredInTheSlot();
    void errorsAreIgnoredBeforehand();
    void listOfErrorsIsIgnoredBeforehand_data();
    void listOfErrorsIsIgnoredBeforehand();
    void errorsAreIgnoredAfterOpen();
    void errorsAreIgnoredForOneOpening_data();
    void errorsAreIgnoredForOneOpening();
    void listReplacesTheOneBefore_data();
    void listReplacesTheOneBefore();
    void errorsAreIgnoredTooLate_data();
    void errorsAreIgnoredTooLate();
    void errorsWithoutACertificateAreIgnoredTooLate();
    void errorsOfEachOpening();
    void verifyModeNone();
    void pauseAndContinue_data();
    void pauseAndContinue();
    void pauseAndAbort();
    void interruptedHandshake_data();
    void interruptedHandshake();
    void clientCertificate();
    void alertOfAServerThatWantsACertificate();
    void alertSentToAnUntrustedServer();
    void preSharedKey();
    void wrongPreSharedKey();
    void serverWithoutTls();
    void largeMessages();
};

namespace {
void prepare(RawServer *server, const QString &certificate = u"server"_s)
{
    server->prepareTls = [certificate](QSslSocket *socket) {
        socket->setSslConfiguration(tlsConfiguration(certificate));
    };
}

struct TlsClient : Client
{
    explicit TlsClient(const QString &certificate = u"server"_s)
    {
        prepare(&server, certificate);
        socket.setSslConfiguration(tlsConfiguration());
    }
    QUrl url() const
    {
        QUrl url = server.url(u"wss"_s);
        url.setHost(u"localhost"_s);
        return url;
    }
    void open() { socket.open(url()); }
    bool opens()
    {
        const bool hasEnded = waitFor(
            [this] { return reports.contains(u"disconnected"_s) || reports.all.contains(u"connected"_s); });
        const bool isOpen = hasEnded && socket.isValid();
        socket.abort();
        reports.all.clear();
        return isOpen;
    }

    RawServer server;
};

QList<QSslError::SslError> kindsOf(const QList<QSslError> &errors)
{
    QList<QSslError::SslError> kinds;
    for (const QSslError &error : errors)
        kinds.append(error.error());
    std::sort(kinds.begin(), kinds.end());
    return kinds;
}
const QList<QSslError::SslError> ofSelfSigned = {QSslError::SelfSignedCertificate,
                                                 QSslError::HostNameMismatch};
QList<QSslError> errorsOf(const QList<QSslError::SslError> &kinds)
{
    QList<QSslError> errors;
    for (const QSslError::SslError kind : kinds)
        errors.append(QSslError(kind, certificate(u"selfsigned"_s)));
    return errors;
}
const QString rejection = u"error SslHandshakeFailed, state Unconnected, disconnected 1000"_s;
const QString twoErrors = u"peerVerifyError 9, peerVerifyError 22, sslErrors 2, "_s;
} // namespace

void tst_QWebSocketTls::opensAndTalks()
{
    TlsClient client;
    client.server.afterAnswer = unmaskedFrame(TextFrame, "hello");
    client.open();
    QVERIFY(client.waitUntilConnected());
    WS_TRY_VERIFY(client.reports.all.contains(u"text hello"_s));
    QCOMPARE(client.reports.order(), u"state Connecting, state Connected, connected, text hello"_s);
    QCOMPARE(client.socket.sendTextMessage(u"answer"_s), 6);
    WS_TRY_COMPARE(client.server.peer->frames().size(), 1);
    QCOMPARE(client.server.peer->frames().first().payload, "answer");
    QCOMPARE(client.socket.sslConfiguration().peerCertificate(), certificate(u"server"_s));
    QVERIFY(!client.socket.sslConfiguration().sessionCipher().isNull());
    client.socket.close();
    QVERIFY(client.waitUntilDisconnected());
    WS_TRY_COMPARE(client.server.peer->frames().size(), 2);
    QVERIFY(client.reports.order().endsWith(u"state Closing, state Unconnected, disconnected 1000"_s));
}

void tst_QWebSocketTls::sslConfigurationIsKept()
{
    QWebSocket socket;
    QCOMPARE(socket.sslConfiguration(), QSslConfiguration::defaultConfiguration());
    const QSslConfiguration configuration = tlsConfiguration(u"client"_s);
    socket.setSslConfiguration(configuration);
    QCOMPARE(socket.sslConfiguration(), configuration);
}

// What a connection uses takes the place of what was set, and what is set then that of what it uses.
void tst_QWebSocketTls::sslConfigurationIsTheOneThatCameLast()
{
    TlsClient client;
    client.open();
    QVERIFY(client.waitUntilConnected());
    QSslConfiguration configuration = client.socket.sslConfiguration();
    QCOMPARE(configuration.peerCertificate(), certificate(u"server"_s));
    configuration.setPeerVerifyDepth(7);
    client.socket.setSslConfiguration(configuration);
    QCOMPARE(client.socket.sslConfiguration().peerVerifyDepth(), 7);
    client.socket.abort();
    client.reports.all.clear();
    QCOMPARE(client.socket.sslConfiguration().peerVerifyDepth(), 7);
    configuration.setPeerVerifyDepth(8);
    client.socket.setSslConfiguration(configuration);
    QCOMPARE(client.socket.sslConfiguration().peerVerifyDepth(), 8);
    client.open();
    QVERIFY(client.opens());
    QCOMPARE(client.socket.sslConfiguration().peerVerifyDepth(), 8);
}

void tst_QWebSocketTls::untrustedServerIsRejected()
{
    TlsClient client(u"selfsigned"_s);
    QList<QSslError> errors;
    connect(&client.socket, &QWebSocket::sslErrors, this,
            [&errors](const QList<QSslError> &each) { errors = each; });
    client.open();
    QVERIFY(waitFor(
        [&] { return client.reports.contains(u"error"_s) && client.reports.contains(u"disconnected"_s); }));
    QCOMPARE(kindsOf(errors), ofSelfSigned);
    QCOMPARE(client.socket.error(), QAbstractSocket::SslHandshakeFailedError);
    QVERIFY(!client.socket.errorString().isEmpty());
    QVERIFY(client.server.request.isEmpty());
    QCOMPARE(client.reports.order(), u"state Connecting, "_s + twoErrors + rejection);
}

void tst_QWebSocketTls::serverOfAnotherNameIsRejected()
{
    TlsClient client(u"elsewhere"_s);
    client.open();
    QVERIFY(waitFor(
        [&] { return client.reports.contains(u"error"_s) && client.reports.contains(u"disconnected"_s); }));
    QCOMPARE(client.socket.error(), QAbstractSocket::SslHandshakeFailedError);
    QCOMPARE(client.reports.order(), u"state Connecting, peerVerifyError 22, sslErrors 1, "_s + rejection);
}

void tst_QWebSocketTls::errorsAreIgnoredInTheSlot()
{
    TlsClient client(u"selfsigned"_s);
    connect(&client.socket, &QWebSocket::sslErrors, &client.socket,
            [&client] { client.socket.ignoreSslErrors(); });
    client.open();
    QVERIFY(client.waitUntilConnected());
    QCOMPARE(client.reports.order(), u"state Connecting, "_s + twoErrors + u"state Connected, connected"_s);
}

void tst_QWebSocketTls::someErrorsAreIgnoredInTheSlot()
{
    TlsClient client(u"selfsigned"_s);
    connect(&client.socket, &QWebSocket::sslErrors, &client.socket,
            [&client](const QList<QSslError> &errors) { client.socket.ignoreSslErrors(errors.first(1)); });
    client.open();
    QVERIFY(client.waitUntilDisconnected());
    QVERIFY(!client.reports.all.contains(u"connected"_s));

    TlsClient second(u"selfsigned"_s);
    connect(&second.socket, &QWebSocket::sslErrors, &second.socket,
            [&second](const QList<QSslError> &errors) { second.socket.ignoreSslErrors(errors); });
    second.open();
    QVERIFY(second.waitUntilConnected());
}

void tst_QWebSocketTls::errorsAreIgnoredBeforehand()
{
    TlsClient client(u"selfsigned"_s);
    client.socket.ignoreSslErrors();
    client.open();
    if (compatDiffers("ignoreSslErrors() before open()")) {
        QVERIFY(client.waitUntilConnected());
    } else {
        QVERIFY(client.waitUntilDisconnected());
        QVERIFY(!client.reports.all.contains(u"connected"_s));
    }
}

void tst_QWebSocketTls::listOfErrorsIsIgnoredBeforehand_data()
{
    QTest::addColumn<QList<QSslError::SslError>>("kinds");
    QTest::addColumn<bool>("opens");
    QTest::newRow("all") << ofSelfSigned << true;
    QTest::newRow("one") << ofSelfSigned.first(1) << false;
    QTest::newRow("none") << QList<QSslError::SslError>() << false;
    QTest::newRow("others") << QList({QSslError::CertificateExpired}) << false;
}

void tst_QWebSocketTls::listOfErrorsIsIgnoredBeforehand()
{
    QFETCH(QList<QSslError::SslError>, kinds);
    QFETCH(bool, opens);
    TlsClient client(u"selfsigned"_s);
    client.socket.ignoreSslErrors(errorsOf(kinds));
    client.open();
    QVERIFY(waitFor([&] {
        return client.reports.contains(u"disconnected"_s) || client.reports.all.contains(u"connected"_s);
    }));
    QCOMPARE(client.reports.all.contains(u"connected"_s), opens);
}

// As most programs write it, also after an opening that has failed.
void tst_QWebSocketTls::errorsAreIgnoredAfterOpen()
{
    TlsClient client(u"selfsigned"_s);
    client.open();
    client.socket.ignoreSslErrors();
    QVERIFY(client.opens());
    client.open();
    QVERIFY(!client.opens());
    client.open();
    client.socket.ignoreSslErrors();
    QVERIFY(client.opens());
    client.open();
    client.socket.ignoreSslErrors(errorsOf(ofSelfSigned));
    QVERIFY(client.opens());
}

void tst_QWebSocketTls::errorsAreIgnoredForOneOpening_data()
{
    QTest::addColumn<bool>("areAll");
    QTest::newRow("all") << true;
    QTest::newRow("a list") << false;
}

// A list stays in use.
void tst_QWebSocketTls::errorsAreIgnoredForOneOpening()
{
    QFETCH(bool, areAll);
    TlsClient client(u"selfsigned"_s);
    client.open();
    areAll ? client.socket.ignoreSslErrors() : client.socket.ignoreSslErrors(errorsOf(ofSelfSigned));
    QVERIFY(client.opens());
    client.open();
    QCOMPARE(client.opens(), !areAll);
}

void tst_QWebSocketTls::listReplacesTheOneBefore_data()
{
    QTest::addColumn<QList<QSslError::SslError>>("first");
    QTest::addColumn<QList<QSslError::SslError>>("second");
    QTest::addColumn<bool>("opens");
    const QList<QSslError::SslError> none;
    QTest::newRow("two halves") << ofSelfSigned.first(1) << ofSelfSigned.last(1) << false;
    QTest::newRow("one, then both") << ofSelfSigned.first(1) << ofSelfSigned << true;
    QTest::newRow("both, then one") << ofSelfSigned << ofSelfSigned.first(1) << false;
    QTest::newRow("both, then none") << ofSelfSigned << none << false;
    QTest::newRow("all, then one") << none << ofSelfSigned.first(1) << false;
}

void tst_QWebSocketTls::listReplacesTheOneBefore()
{
    using Kinds = QList<QSslError::SslError>;
    QFETCH(Kinds, first);
    QFETCH(Kinds, second);
    QFETCH(bool, opens);
    TlsClient client(u"selfsigned"_s);
    client.open();
    first.isEmpty() ? client.socket.ignoreSslErrors() : client.socket.ignoreSslErrors(errorsOf(first));
    client.socket.ignoreSslErrors(errorsOf(second));
    QCOMPARE(client.opens(), opens);
}

void tst_QWebSocketTls::errorsAreIgnoredTooLate_data()
{
    QTest::addColumn<QString>("next");
    QTest::newRow("the same server") << u"selfsigned"_s;
    QTest::newRow("another server") << u"elsewhere"_s;
}

// The answer about one server must not make another one trusted.
void tst_QWebSocketTls::errorsAreIgnoredTooLate()
{
    QFETCH(QString, next);
    TlsClient client(u"selfsigned"_s);
    client.open();
    QVERIFY(!client.opens());
    client.socket.ignoreSslErrors();
    prepare(&client.server, next);
    client.open();
    QVERIFY(!client.opens());
}

void tst_QWebSocketTls::errorsWithoutACertificateAreIgnoredTooLate()
{
    TlsClient client(u"selfsigned"_s);
    client.open();
    QVERIFY(!client.opens());
    if (compatDiffers("ignoreSslErrors() with errors without a certificate"))
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"^QWebSocket::ignoreSslErrors: an error "_s));
    client.socket.ignoreSslErrors({QSslError(QSslError::NoPeerCertificate)});
    client.open();
    QVERIFY(!client.opens());
}

// Each opening asks again.
void tst_QWebSocketTls::errorsOfEachOpening()
{
    TlsClient client(u"selfsigned"_s);
    int count = 0;
    connect(&client.socket, &QWebSocket::sslErrors, &client.socket, [&] {
        if (++count == 1)
            client.socket.ignoreSslErrors();
    });
    client.open();
    QVERIFY(client.waitUntilConnected());
    client.socket.abort();
    client.reports.all.clear();
    client.open();
    QVERIFY(client.waitUntilDisconnected());
    QVERIFY(!client.reports.all.contains(u"connected"_s));
    QCOMPARE(count, 2);
}

void tst_QWebSocketTls::verifyModeNone()
{
    TlsClient client(u"selfsigned"_s);
    QSslConfiguration configuration = tlsConfiguration();
    configuration.setPeerVerifyMode(QSslSocket::VerifyNone);
    client.socket.setSslConfiguration(configuration);
    client.open();
    QVERIFY(client.waitUntilConnected());
    QVERIFY(!client.reports.contains(u"error"_s));
}

void tst_QWebSocketTls::pauseAndContinue_data()
{
    QTest::addColumn<bool>("ignores");
    QTest::newRow("ignores the errors") << true;
    QTest::newRow("does not ignore the errors") << false;
}

void tst_QWebSocketTls::pauseAndContinue()
{
    QFETCH(bool, ignores);
    TlsClient client(u"selfsigned"_s);
    client.socket.setPauseMode(QAbstractSocket::PauseOnSslErrors);
    client.open();
    WS_TRY_VERIFY(client.reports.contains(u"sslErrors"_s));
    for (int count = 0; count < 10; ++count)
        QCoreApplication::processEvents();
    QVERIFY(!client.reports.contains(u"disconnected"_s) && !client.reports.all.contains(u"connected"_s));
    QCOMPARE(client.socket.state(), QAbstractSocket::ConnectingState);
    if (ignores)
        client.socket.ignoreSslErrors();
    client.socket.resume();
    QVERIFY(waitFor([&] {
        return client.reports.contains(u"disconnected"_s) || client.reports.all.contains(u"connected"_s);
    }));
    QCOMPARE(client.reports.order(),
             u"state Connecting, "_s + twoErrors + (ignores ? u"state Connected, connected"_s : rejection));
}

void tst_QWebSocketTls::pauseAndAbort()
{
    TlsClient client(u"selfsigned"_s);
    client.socket.setPauseMode(QAbstractSocket::PauseOnSslErrors);
    client.open();
    WS_TRY_VERIFY(client.reports.contains(u"sslErrors"_s));
    client.socket.abort();
    QVERIFY(client.waitUntilDisconnected());
    QCOMPARE(client.socket.state(), QAbstractSocket::UnconnectedState);
    QVERIFY(!client.reports.contains(u"error"_s));
}

void tst_QWebSocketTls::interruptedHandshake_data()
{
    QTest::addColumn<bool>("continues");
    QTest::addColumn<bool>("ignores");
    QTest::addColumn<QString>("expected");
    const QString interrupted = u"state Connecting, handshakeInterruptedOnError, "_s;
    QTest::newRow("does not continue") << false << false << interrupted + rejection;
    QTest::newRow("continues, but does not ignore")
        << true << false << interrupted + u"peerVerifyError 22, sslErrors 2, "_s + rejection;
    QTest::newRow("continues and ignores")
        << true << true << interrupted + u"peerVerifyError 22, sslErrors 2, state Connected, connected"_s;
}

void tst_QWebSocketTls::interruptedHandshake()
{
    QFETCH(bool, continues);
    QFETCH(bool, ignores);
    QFETCH(QString, expected);
    TlsClient client(u"selfsigned"_s);
    QSslConfiguration configuration = tlsConfiguration();
    configuration.setHandshakeMustInterruptOnError(true);
    client.socket.setSslConfiguration(configuration);
    QList<QSslError> errors;
    connect(&client.socket, &QWebSocket::handshakeInterruptedOnError, &client.socket,
            [&](const QSslError &error) {
                errors.append(error);
                if (continues)
                    client.socket.continueInterruptedHandshake();
            });
    connect(&client.socket, &QWebSocket::sslErrors, &client.socket, [&](const QList<QSslError> &all) {
        if (ignores)
            client.socket.ignoreSslErrors(all);
    });
    client.open();
    QVERIFY(waitFor([&] {
        return client.reports.contains(u"disconnected"_s) || client.reports.all.contains(u"connected"_s);
    }));
    QCOMPARE(kindsOf(errors), QList({QSslError::SelfSignedCertificate}));
    QCOMPARE(client.reports.order(), expected);
}

void tst_QWebSocketTls::clientCertificate()
{
    TlsClient client;
    client.server.prepareTls = [](QSslSocket *socket) {
        QSslConfiguration configuration = serverTls();
        configuration.setPeerVerifyMode(QSslSocket::VerifyPeer);
        socket->setSslConfiguration(configuration);
    };
    client.socket.setSslConfiguration(tlsConfiguration(u"client"_s));
    client.open();
    QVERIFY(client.waitUntilConnected());
    QCOMPARE(client.server.peer->socket->peerCertificate(), certificate(u"client"_s));
}

void tst_QWebSocketTls::alertOfAServerThatWantsACertificate()
{
    TlsClient client;
    client.server.prepareTls = [](QSslSocket *socket) {
        QSslConfiguration configuration = serverTls();
        configuration.setPeerVerifyMode(QSslSocket::VerifyPeer);
        configuration.setMissingCertificateIsFatal(true);
        socket->setSslConfiguration(configuration);
    };
    QStringList alerts;
    connect(&client.socket, &QWebSocket::alertReceived, this,
            [&alerts](QSsl::AlertLevel level, QSsl::AlertType type, const QString &description) {
                QCOMPARE(level, QSsl::AlertLevel::Fatal);
                QCOMPARE(type, QSsl::AlertType::CertificateRequired);
                alerts.append(description);
            });
    client.open();
    QVERIFY(client.waitUntilDisconnected());
    QCOMPARE(alerts.size(), 1);
    QVERIFY(!alerts.first().isEmpty());
    QVERIFY(client.reports.contains(u"error"_s));
    QVERIFY(!client.reports.all.contains(u"connected"_s));
}

void tst_QWebSocketTls::alertSentToAnUntrustedServer()
{
    TlsClient client(u"selfsigned"_s);
    QSslConfiguration configuration = tlsConfiguration();
    configuration.setHandshakeMustInterruptOnError(true);
    client.socket.setSslConfiguration(configuration);
    QStringList alerts;
    connect(&client.socket, &QWebSocket::alertSent, this,
            [&alerts](QSsl::AlertLevel level, QSsl::AlertType type, const QString &description) {
                QCOMPARE(level, QSsl::AlertLevel::Fatal);
                QCOMPARE(type, QSsl::AlertType::UnknownCa);
                alerts.append(description);
            });
    client.open();
    QVERIFY(client.waitUntilDisconnected());
    QCOMPARE(alerts.size(), 1);
    QVERIFY(!alerts.first().isEmpty());
}

static QSslConfiguration pskConfiguration(const QSslConfiguration &base)
{
    QSslConfiguration configuration = base;
    configuration.setProtocol(QSsl::TlsV1_2);
    configuration.setCiphers(u"PSK-AES256-GCM-SHA384"_s);
    configuration.setPeerVerifyMode(QSslSocket::VerifyNone);
    configuration.setPreSharedKeyIdentityHint("hint");
    return configuration;
}

static void preparePsk(RawServer *server, const QByteArray &key)
{
    server->prepareTls = [key](QSslSocket *socket) {
        socket->setSslConfiguration(pskConfiguration(QSslConfiguration::defaultConfiguration()));
        QObject::connect(
            socket, &QSslSocket::preSharedKeyAuthenticationRequired, socket,
            [key](QSslPreSharedKeyAuthenticator *authenticator) { authenticator->setPreSharedKey(key); });
    };
}

void tst_QWebSocketTls::preSharedKey()
{
    TlsClient client;
    preparePsk(&client.server, "secret");
    client.socket.setSslConfiguration(pskConfiguration(tlsConfiguration()));
    QByteArray hint;
    connect(&client.socket, &QWebSocket::preSharedKeyAuthenticationRequired, &client.socket,
            [&hint](QSslPreSharedKeyAuthenticator *authenticator) {
                hint = authenticator->identityHint();
                authenticator->setIdentity("ann");
                authenticator->setPreSharedKey("secret");
            });
    client.open();
    QVERIFY(client.waitUntilConnected());
    QCOMPARE(hint, "hint");
    QCOMPARE(client.socket.sslConfiguration().sessionCipher().name(), u"PSK-AES256-GCM-SHA384"_s);
}

void tst_QWebSocketTls::wrongPreSharedKey()
{
    TlsClient client;
    preparePsk(&client.server, "secret");
    client.socket.setSslConfiguration(pskConfiguration(tlsConfiguration()));
    connect(&client.socket, &QWebSocket::preSharedKeyAuthenticationRequired, &client.socket,
            [](QSslPreSharedKeyAuthenticator *authenticator) {
                authenticator->setIdentity("ann");
                authenticator->setPreSharedKey("guess");
            });
    client.open();
    QVERIFY(client.waitUntilDisconnected());
    QVERIFY(!client.reports.all.contains(u"connected"_s));
    WS_TRY_VERIFY(client.reports.contains(u"error"_s));
    QCOMPARE(client.socket.error(), QAbstractSocket::SslHandshakeFailedError);
}

void tst_QWebSocketTls::serverWithoutTls()
{
    RawServer server;
    Client client;
    client.socket.setSslConfiguration(tlsConfiguration());
    client.socket.open(server.url(u"wss"_s));
    WS_TRY_VERIFY(server.peer && !server.peer->received.isEmpty());
    server.peer->send("HTTP/1.1 400 Bad Request\r\n\r\n");
    QVERIFY(waitFor(
        [&] { return client.reports.contains(u"error"_s) && client.reports.contains(u"disconnected"_s); }));
    QCOMPARE(client.socket.error(), QAbstractSocket::SslHandshakeFailedError);
    QCOMPARE(client.reports.order(), u"state Connecting, "_s + rejection);
}

void tst_QWebSocketTls::largeMessages()
{
    TlsClient client;
    client.open();
    QVERIFY(client.waitUntilConnected());
    QByteArray received;
    connect(&client.socket, &QWebSocket::binaryMessageReceived, this,
            [&received](const QByteArray &data) { received = data; });
    const QByteArray data = pattern(3 * MiB);
    client.server.peer->send(unmaskedFrame(BinaryFrame, data));
    client.socket.setOutgoingFrameSize(quint64(4 * MiB));
    QCOMPARE(client.socket.sendBinaryMessage(data), data.size());
    WS_TRY_VERIFY(received == data);
    WS_TRY_VERIFY(client.server.peer->received.size() > data.size());
    WS_TRY_COMPARE(client.server.peer->frames().size(), 1);
    QVERIFY(client.server.peer->frames().first().payload == data);
    WS_TRY_COMPARE(client.socket.bytesToWrite(), 0);
    QVERIFY(client.reports.writtenSize >= data.size());
}

QTEST_GUILESS_MAIN(tst_QWebSocketTls)
#include "tst_qwebsocket_tls.moc"
