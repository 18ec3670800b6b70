// SPDX-License-Identifier: MIT

// Drives the window of the inspector by its keys and buttons, against a server over loopback.

#include "headertable.h"
#include "loglist.h"
#include "logmodel.h"
#include "mainwindow.h"
#include "messageview.h"
#include "routepanel.h"
#include "secrets.h"
#include "sendpanel.h"
#include "tlspanel.h"

#include "../patience.h"

#include <WsKit/WsServer>

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QLocale>
#include <QtCore/QSettings>
#include <QtCore/QTemporaryDir>
#include <QtTest/QAbstractItemModelTester>
#include <QtTest/QtTest>
#include <QtWidgets/QAbstractButton>
#include <QtWidgets/QCheckBox>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QDialog>
#include <QtWidgets/QFileDialog>
#include <QtWidgets/QLabel>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QPlainTextEdit>
#include <QtWidgets/QStatusBar>
#include <QtWidgets/QTableView>
#include <QtWidgets/QTableWidget>
#include <QtWidgets/QTreeWidget>
#include <QtWidgets/QTreeWidgetItemIterator>

namespace {
QString certificateFile(const char *name)
{
    return QStringLiteral(WSKIT_TEST_CERTIFICATES "/") + QLatin1String(name);
}

QByteArray readFile(const QString &name)
{
    QFile file(name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}
} // namespace

class tst_Inspector : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();

    void enterInTheUrlConnects();
    void headersAndSubprotocolsAreSent();
    void tellsWhyItCannotConnect();
    void sendsTextAndShowsTheAnswer();
    void sendsCheckedJsonOnly();
    void sendsAFileAsBinary();
    void pingTellsTheRoundTrip();
    void closesWithCodeAndReason();
    void filterLeavesWhatContainsIt();
    void savesTheLog();
    void trustsTheCaFile();
    void refusesAnUnknownCertificateUnlessTold();
    void showsItsCertificate();
    void tellsWhichFileItCannotUse();
    void waitsAndReconnects();
    void stopsWaitingWhenToldTo();
    void showsTheStepsOfAnOpening();
    void followsRedirectsIfTold();
    void asksForTheNameAndPassword();
    void asksAgainAfterAWrongPassword();
    void tellsNoOtherLocalSocketThePassword();
    void sendsTheTokenOfTheFile();
    void tellsWhatIsNoProxy();
    void hostNamesTheServer();
    void localSocketServesThePathOfTheUrl();

    void remembersTheSettings();
    void remembersNoSecrets();
    void remembersWhatIsAProxy_data();
    void remembersWhatIsAProxy();
    void showsNoSecrets();
    void secretsAreKnownByTheirNames();
    void logKeepsTheNewestOfAFlood();
    void insertsManyRowsByTheBatch();

private:
    template <typename T>
    T *child(const char *name = nullptr) const
    {
        return m_window->findChild<T *>(name ? QString::fromLatin1(name) : QString());
    }
    QAction *action(const char *name) const { return child<QAction>(name); }
    QString stateText() const { return child<QLabel>("state")->text(); }
    bool isOpen() const { return stateText().endsWith(QLatin1String("Open")); }
    bool isClosed() const { return stateText().endsWith(QLatin1String("Closed")); }
    QStringList rows() const;
    QString lastRow() const { return rows().isEmpty() ? QString() : rows().constLast(); }
    int rowThatContains(const QString &text) const;
    QString shown(int row) const;
    QString handshake() const;
    void openConnection();
    void type(const QString &message) { child<QPlainTextEdit>("message")->setPlainText(message); }
    void chooseFile(QAction *action, const QString &fileName);
    void use(const RouteSettings &route) { child<RoutePanel>()->setSettings(route); }
    void wantLogin();
    void logIn(const char *user, const char *password);

    QTemporaryDir m_folder;
    std::unique_ptr<WsServer> m_server;
    WsConnection *m_peer = nullptr;
    std::unique_ptr<MainWindow> m_window;
};

void tst_Inspector::initTestCase()
{
    QLocale::setDefault(QLocale::c());
    QCoreApplication::setOrganizationName(QStringLiteral("WsKit"));
    QCoreApplication::setApplicationName(QStringLiteral("tst_inspector"));
    QCoreApplication::setAttribute(Qt::AA_DontUseNativeDialogs);
    qputenv("XDG_CONFIG_HOME", m_folder.path().toUtf8()); // of the URLs
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_folder.path());
}

void tst_Inspector::init()
{
    QSettings().clear();
    QDir(m_folder.filePath(QStringLiteral("wskit"))).removeRecursively();
    m_server = std::make_unique<WsServer>();
    m_server->setSubprotocols({QStringLiteral("chat.v1")});
    connect(m_server.get(), &WsServer::newConnection, this, [this](WsConnection *connection) {
        m_peer = connection;
        connect(connection, &WsConnection::messageReceived, connection,
                [connection](const WsMessage &message) { connection->send(message); });
    });
    m_window = std::make_unique<MainWindow>();
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
}

void tst_Inspector::cleanup()
{
    m_window.reset();
    m_server.reset();
    m_peer = nullptr;
}

// "type content" of each row that is shown
QStringList tst_Inspector::rows() const
{
    const QAbstractItemModel *model = child<QTableView>("log")->model();
    QStringList rows;
    for (int row = 0; row < model->rowCount(); ++row) {
        const auto cell = [&](int column) { return model->index(row, column).data().toString(); };
        rows.append(QStringList{cell(LogModel::DirectionColumn), cell(LogModel::KindColumn),
                                cell(LogModel::ContentColumn)}
                        .join(u' '));
    }
    return rows;
}

int tst_Inspector::rowThatContains(const QString &text) const
{
    const QStringList all = rows();
    for (int row = 0; row < all.size(); ++row) {
        if (all.at(row).contains(text))
            return row;
    }
    return -1;
}

QString tst_Inspector::shown(int row) const
{
    auto *view = child<QTableView>("log");
    view->setCurrentIndex(view->model()->index(row, 0));
    return child<QPlainTextEdit>("content")->toPlainText();
}

QString tst_Inspector::handshake() const
{
    QString text;
    for (QTreeWidgetItemIterator item(child<QTreeWidget>()); *item; ++item)
        text += (*item)->text(0) + QLatin1String(": ") + (*item)->text(1) + u'\n';
    return text;
}

void tst_Inspector::openConnection()
{
    if (!m_server->isListening())
        QVERIFY(m_server->listen());
    child<QLineEdit>("url")->setText(m_server->serverUrl().toString());
    QTest::keyClick(child<QLineEdit>("url"), Qt::Key_Return);
    WS_TRY_VERIFY(isOpen());
}

void tst_Inspector::chooseFile(QAction *action, const QString &fileName)
{
    action->trigger();
    auto *dialog = m_window->findChild<QFileDialog *>();
    QVERIFY(dialog);
    WS_TRY_VERIFY(dialog->isVisible());
    dialog->selectFile(fileName);
    QVERIFY(QMetaObject::invokeMethod(dialog, "accept"));
    WS_TRY_VERIFY(!m_window->findChild<QFileDialog *>());
}

// --- the connection

void tst_Inspector::enterInTheUrlConnects()
{
    QVERIFY(isClosed());
    QVERIFY(!action("send")->isEnabled());
    openConnection();
    QVERIFY(action("send")->isEnabled());
    QCOMPARE(action("connect")->text(), QStringLiteral("Disconnec&t"));
    QVERIFY(handshake().contains(QLatin1String("Response: HTTP/1.1 101")));
    QVERIFY(handshake().contains(QLatin1String("Sec-WebSocket-Accept: ")));
    action("connect")->trigger();
    WS_TRY_VERIFY(isClosed());
    WS_TRY_COMPARE(lastRow(), QStringLiteral("\u00b7 Event Closed with code 1000"));
}

void tst_Inspector::headersAndSubprotocolsAreSent()
{
    auto *headers = child<QTableWidget>();
    headers->setItem(0, 0, new QTableWidgetItem(QStringLiteral("X-Room")));
    headers->setItem(0, 1, new QTableWidgetItem(QStringLiteral("attic")));
    QCOMPARE(headers->rowCount(), 2);
    child<QLineEdit>("subprotocols")->setText(QStringLiteral("chat.v2, chat.v1"));
    openConnection();
    QCOMPARE(m_peer->request().header("X-Room"), QByteArray("attic"));
    QCOMPARE(m_peer->request().subprotocols(),
             QStringList({QStringLiteral("chat.v2"), QStringLiteral("chat.v1")}));
    QCOMPARE(m_peer->subprotocol(), QStringLiteral("chat.v1"));
    QVERIFY(handshake().contains(QLatin1String("X-Room: attic")));
    QVERIFY(handshake().contains(QLatin1String("Subprotocol: chat.v1")));
}

void tst_Inspector::tellsWhyItCannotConnect()
{
    m_server->setRequestHandler([](const WsRequest &) { return WsResponse::reject(403, "not you"); });
    QVERIFY(m_server->listen());
    m_window->openUrl(m_server->serverUrl().toString());
    WS_TRY_VERIFY(isClosed() && m_window->statusBar()->currentMessage().contains(QLatin1String("403")));
    QVERIFY(handshake().contains(QLatin1String("Response: HTTP/1.1 403")));
    QVERIFY(handshake().contains(QLatin1String("not you")));
    m_window->openUrl(QStringLiteral("ftp://example.com"));
    QVERIFY(m_window->statusBar()->currentMessage().contains(QLatin1String("URL")));
}

// --- sending

void tst_Inspector::sendsTextAndShowsTheAnswer()
{
    openConnection();
    auto *message = child<QPlainTextEdit>("message");
    WS_TRY_VERIFY(message->hasFocus());
    QTest::keyClicks(message, QStringLiteral("hello"));
    QTest::keyClick(message, Qt::Key_Return, Qt::ControlModifier);
    WS_TRY_COMPARE(rowThatContains(QStringLiteral("\u2193 Text hello")), 3);
    QCOMPARE(rowThatContains(QStringLiteral("\u2191 Text hello")), 2);
    QCOMPARE(shown(3), QStringLiteral("hello"));
}

void tst_Inspector::sendsCheckedJsonOnly()
{
    openConnection();
    child<QComboBox>("type")->setCurrentIndex(SendPanel::Json);
    type(QStringLiteral("{\"b\": 1,"));
    QVERIFY(!action("send")->isEnabled());
    type(QStringLiteral("{\"b\":12345678901234567890,\"a\":[]}"));
    QVERIFY(action("send")->isEnabled());
    action("send")->trigger();
    WS_TRY_VERIFY(rowThatContains(QStringLiteral("\u2193 Text {")) > 0);
    const int row = rowThatContains(QStringLiteral("\u2193 Text {"));
    QCOMPARE(shown(row), QStringLiteral("{\n  \"b\": 12345678901234567890,\n  \"a\": []\n}"));
    child<QComboBox>("format")->setCurrentIndex(MessageView::Hex);
    QVERIFY(shown(row).startsWith(QLatin1String("00000000  7b 22 62 22 3a 31 32 33  34 35")));
}

void tst_Inspector::sendsAFileAsBinary()
{
    openConnection();
    QFile file(m_folder.filePath(QStringLiteral("payload.bin")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray("\x00\xff\x10 bytes", 9));
    file.close();
    chooseFile(action("sendFile"), file.fileName());
    WS_TRY_VERIFY(rowThatContains(QStringLiteral("\u2193 Binary 00 ff 10 20")) > 0);
    QVERIFY(shown(rowThatContains(QStringLiteral("\u2193 Binary"))).contains(QLatin1String("|... bytes|")));
}

void tst_Inspector::pingTellsTheRoundTrip()
{
    QVERIFY(!child<QLabel>("counters")->text().contains(QLatin1String("round trip")));
    openConnection();
    QTest::keyClick(m_window.get(), Qt::Key_P, Qt::ControlModifier);
    WS_TRY_VERIFY(rowThatContains(QStringLiteral("\u2193 Pong round trip")) > 0);
    QVERIFY(rowThatContains(QStringLiteral("\u2191 Ping 1")) > 0);
    QVERIFY(child<QLabel>("counters")->text().contains(QLatin1String("round trip")));
}

void tst_Inspector::closesWithCodeAndReason()
{
    openConnection();
    QSignalSpy closed(m_peer, &WsConnection::closed);
    action("close")->trigger();
    auto *dialog = m_window->findChild<QDialog *>();
    QVERIFY(dialog);
    WS_TRY_VERIFY(dialog->isVisible());
    auto *code = dialog->findChild<QComboBox *>();
    auto *button = dialog->findChild<QAbstractButton *>(QStringLiteral("closeButton"));
    code->setEditText(QStringLiteral("1006"));
    QVERIFY(!button->isEnabled());
    code->setEditText(QStringLiteral("4001"));
    QVERIFY(button->isEnabled());
    dialog->findChild<QLineEdit *>(QStringLiteral("reason"))->setText(QStringLiteral("enough"));
    button->click();
    WS_TRY_VERIFY(isClosed());
    WS_TRY_COMPARE(lastRow(), QStringLiteral("\u00b7 Event Closed with code 4001: enough"));
    QVERIFY(rowThatContains(QStringLiteral("Event Closing with code 4001: enough")) > 0);
    WS_TRY_COMPARE(closed.size(), 1);
    QCOMPARE(closed.first().at(0).toInt(), 4001);
    QCOMPARE(closed.first().at(1).toString(), QStringLiteral("enough"));
}

// --- the log

void tst_Inspector::filterLeavesWhatContainsIt()
{
    openConnection();
    m_peer->sendText("an apple");
    m_peer->sendText("a pear");
    WS_TRY_VERIFY(rowThatContains(QStringLiteral("pear")) > 0);
    child<QLineEdit>("filter")->setText(QStringLiteral("APPLE"));
    QCOMPARE(rows(), QStringList{QStringLiteral("\u2193 Text an apple")});
    m_peer->sendText("another apple");
    WS_TRY_COMPARE(rows().size(), 2);
}

void tst_Inspector::savesTheLog()
{
    openConnection();
    m_peer->sendText("to be \"kept\"");
    m_peer->sendBinary(QByteArray::fromHex("00ff"));
    WS_TRY_VERIFY(rowThatContains(QStringLiteral("00 ff")) > 0);

    const QString jsonName = m_folder.filePath(QStringLiteral("saved.jsonl"));
    chooseFile(action("saveLog"), jsonName);
    const QByteArrayList lines = readFile(jsonName).trimmed().split('\n');
    QCOMPARE(lines.size(), 3);
    const QJsonObject head = QJsonDocument::fromJson(lines.at(0)).object();
    QCOMPARE(head.value(QStringLiteral("url")).toString(), m_server->serverUrl().toString());
    const QJsonObject text = QJsonDocument::fromJson(lines.at(1)).object();
    QCOMPARE(text.value(QStringLiteral("direction")).toString(), QStringLiteral("received"));
    QCOMPARE(text.value(QStringLiteral("text")).toString(), QStringLiteral("to be \"kept\""));
    const QJsonObject binary = QJsonDocument::fromJson(lines.at(2)).object();
    QCOMPARE(binary.value(QStringLiteral("base64")).toString(), QStringLiteral("AP8="));

    const QString textName = m_folder.filePath(QStringLiteral("saved.txt"));
    chooseFile(action("saveLog"), textName);
    QVERIFY(readFile(textName).contains("< text         12 to be \"kept\"\n"));
}

// --- TLS

void tst_Inspector::trustsTheCaFile()
{
    QVERIFY(m_server->setLocalCertificate(certificateFile("server.crt"), certificateFile("server.key")));
    TlsSettings tls;
    tls.caFile = certificateFile("ca.crt");
    child<TlsPanel>()->setSettings(tls);
    openConnection();
    QVERIFY(m_peer->isEncrypted());
    QVERIFY(handshake().contains(QLatin1String("Certificate of: WsKit test server")));
    QCOMPARE(rowThatContains(QStringLiteral("Error")), -1);
}

void tst_Inspector::refusesAnUnknownCertificateUnlessTold()
{
    QVERIFY(m_server->setLocalCertificate(certificateFile("server.crt"), certificateFile("server.key")));
    QVERIFY(m_server->listen());
    m_window->openUrl(m_server->serverUrl().toString());
    WS_TRY_VERIFY(isClosed());
    WS_TRY_VERIFY(rowThatContains(QStringLiteral("Error ")) > 0);
    QVERIFY(!m_peer);
    child<QCheckBox>("ignoreErrors")->setChecked(true);
    openConnection();
    WS_TRY_VERIFY(rowThatContains(QStringLiteral("Error TLS, ignored: ")) > 0);
}

void tst_Inspector::showsItsCertificate()
{
    QVERIFY(m_server->setLocalCertificate(certificateFile("server.crt"), certificateFile("server.key")));
    QVERIFY(m_server->setCaCertificates(certificateFile("ca.crt")));
    TlsSettings tls;
    tls.caFile = certificateFile("ca.crt");
    tls.certificateFile = certificateFile("client.crt");
    tls.keyFile = certificateFile("client.key");
    child<TlsPanel>()->setSettings(tls);
    openConnection();
    QCOMPARE(m_peer->sslConfiguration().peerCertificate().subjectDisplayName(),
             QStringLiteral("WsKit test client"));
}

void tst_Inspector::tellsWhichFileItCannotUse()
{
    TlsSettings tls;
    tls.certificateFile = certificateFile("client.crt");
    child<TlsPanel>()->setSettings(tls);
    QVERIFY(m_server->listen());
    m_window->openUrl(m_server->serverUrl().toString());
    const QString text = tls.certificateFile + QStringLiteral(": contains no private key in PEM format");
    QVERIFY(m_window->statusBar()->currentMessage().contains(text));
    QVERIFY(!m_peer);
}

// --- ways to the server

void tst_Inspector::waitsAndReconnects()
{
    RouteSettings route;
    route.reconnects = true;
    use(route);
    openConnection();
    QVERIFY(!action("reconnectNow")->isEnabled());
    const quint16 port = m_server->serverPort();
    m_server->close();
    WS_TRY_VERIFY(rowThatContains(QStringLiteral("Event Reconnecting in")) > 0);
    WS_TRY_VERIFY(rowThatContains(QStringLiteral("(attempt 2)")) > 0);
    WS_TRY_VERIFY(stateText().endsWith(QLatin1String("Waiting")));
    QVERIFY(m_window->statusBar()->currentMessage().contains(QLatin1String("Reconnecting in")));
    QCOMPARE(action("connect")->text(), QStringLiteral("Abor&t"));
    WS_TRY_COMPARE(m_server->connectionCount(), 0);
    QVERIFY(m_server->listen(QHostAddress::LocalHost, port));
    WS_TRY_VERIFY(action("reconnectNow")->isEnabled() || isOpen());
    action("reconnectNow")->trigger();
    WS_TRY_VERIFY(isOpen());
    QVERIFY2(handshake().contains(QLatin1String("Opening, attempt ")), qPrintable(handshake()));
    QVERIFY2(handshake().contains(QLatin1String("Attempt 1: ")), qPrintable(handshake()));
    QVERIFY2(handshake().contains(QLatin1String("Failed ")), qPrintable(handshake()));
}

void tst_Inspector::stopsWaitingWhenToldTo()
{
    m_server->setRequestHandler([](const WsRequest &) { return WsResponse::reject(503); });
    QVERIFY(m_server->listen());
    RouteSettings route;
    route.reconnects = true;
    use(route);
    m_window->openUrl(m_server->serverUrl().toString());
    WS_TRY_VERIFY(stateText().endsWith(QLatin1String("Waiting")));
    action("connect")->trigger();
    WS_TRY_VERIFY(isClosed());
    QCOMPARE(action("connect")->text(), QStringLiteral("Connec&t"));
    QVERIFY(!action("reconnectNow")->isEnabled());
}

void tst_Inspector::showsTheStepsOfAnOpening()
{
    openConnection();
    for (const char *step : {"Connected: ", "Request sent: ", "Answer received: "})
        QVERIFY2(handshake().contains(QLatin1String(step)), qPrintable(handshake()));
    QVERIFY(!handshake().contains(QLatin1String("Earlier openings")));
}

void tst_Inspector::followsRedirectsIfTold()
{
    m_server->setRequestHandler([](const WsRequest &request) {
        return request.path() == QLatin1String("/new") ? WsResponse::accept()
                                                       : WsResponse::reject(302, {}, {{"Location", "/new"}});
    });
    QVERIFY(m_server->listen());
    m_window->openUrl(m_server->serverUrl().toString());
    WS_TRY_VERIFY(isClosed());
    QVERIFY(handshake().contains(QLatin1String("Response: HTTP/1.1 302")));
    RouteSettings route;
    route.followsRedirects = true;
    use(route);
    openConnection();
    QCOMPARE(m_peer->request().path(), QStringLiteral("/new"));
    const QString target = m_server->serverUrl().toString() + QStringLiteral("/new");
    WS_TRY_VERIFY(rowThatContains(QStringLiteral("Redirected to ") + target) > 0);
    QVERIFY2(handshake().contains(QStringLiteral(" ms, ") + target), qPrintable(handshake()));
}

// Ada's password is "love".
void tst_Inspector::wantLogin()
{
    m_server->setRequestHandler([](const WsRequest &request) {
        return request.header("Authorization") == "Basic " + QByteArray("ada:love").toBase64()
                   ? WsResponse::accept()
                   : WsResponse::reject(401, {}, {{"WWW-Authenticate", "Basic realm=\"the <b>engine</b>\""}});
    });
    QVERIFY(m_server->listen());
}

void tst_Inspector::logIn(const char *user, const char *password)
{
    WS_TRY_VERIFY(m_window->findChild<QDialog *>());
    auto *dialog = m_window->findChild<QDialog *>();
    WS_TRY_VERIFY(dialog->isVisible());
    auto *button = dialog->findChild<QAbstractButton *>(QStringLiteral("logInButton"));
    if (user) {
        QVERIFY(!button->isEnabled());
        dialog->findChild<QLineEdit *>(QStringLiteral("user"))->setText(QString::fromLatin1(user));
    }
    dialog->findChild<QLineEdit *>(QStringLiteral("password"))->setText(QString::fromLatin1(password));
    QVERIFY(button->isEnabled());
    button->click();
    WS_TRY_VERIFY(!m_window->findChild<QDialog *>() || m_window->findChild<QDialog *>() != dialog);
}

void tst_Inspector::asksForTheNameAndPassword()
{
    wantLogin();
    m_window->openUrl(m_server->serverUrl().toString());
    logIn("ada", "love");
    WS_TRY_VERIFY(isOpen());
    QVERIFY2(handshake().contains(QStringLiteral("\u201cthe <b>engine</b>\u201d")), qPrintable(handshake()));
    QVERIFY2(handshake().contains(QLatin1String("ms, ada")), qPrintable(handshake()));
    QVERIFY(handshake().contains(QStringLiteral("Authorization: Basic \u2026\n")));
    QVERIFY(!rows().join(u' ').contains(QLatin1String("love")));
    action("connect")->trigger();
    WS_TRY_VERIFY(isClosed());
    openConnection(); // the same again, without a question
}

void tst_Inspector::asksAgainAfterAWrongPassword()
{
    wantLogin();
    m_window->openUrl(m_server->serverUrl().toString());
    logIn("ada", "hate");
    logIn(nullptr, "love");
    WS_TRY_VERIFY(isOpen());
}

void tst_Inspector::tellsNoOtherLocalSocketThePassword()
{
    wantLogin();
    m_server->close();
    QVERIFY(m_server->listen(m_folder.filePath(QStringLiteral("one"))));
    const QString other = m_folder.filePath(QStringLiteral("other"));
    WsServer otherServer;
    QByteArrayList told;
    otherServer.setRequestHandler([&told](const WsRequest &request) {
        told.append(request.header("Authorization"));
        return WsResponse::reject(401, {}, {{"WWW-Authenticate", "Basic realm=\"the <b>engine</b>\""}});
    });
    QVERIFY(otherServer.listen(other));

    RouteSettings route;
    route.localSocket = m_folder.filePath(QStringLiteral("one"));
    use(route);
    m_window->openUrl(QStringLiteral("ws://localhost/"));
    logIn("ada", "love");
    WS_TRY_VERIFY(isOpen());
    action("connect")->trigger();
    WS_TRY_VERIFY(isClosed());
    m_window->openUrl(QStringLiteral("ws://localhost/other/path")); // of the same socket, without a question
    WS_TRY_VERIFY(isOpen());
    action("connect")->trigger();
    WS_TRY_VERIFY(isClosed());

    route.localSocket = other;
    use(route);
    m_window->openUrl(QStringLiteral("ws://localhost/"));
    WS_TRY_VERIFY(m_window->findChild<QDialog *>());
    QCOMPARE(told, QByteArrayList({QByteArray()}));
}

void tst_Inspector::sendsTheTokenOfTheFile()
{
    RouteSettings route;
    route.tokenFile = m_folder.filePath(QStringLiteral("token"));
    use(route);
    QVERIFY(m_server->listen());
    m_window->openUrl(m_server->serverUrl().toString());
    QVERIFY(m_window->statusBar()->currentMessage().startsWith(route.tokenFile + QStringLiteral(": ")));
    QFile file(route.tokenFile);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("secret\n");
    file.close();
    child<HeaderTable>()->setHeaders({{"authorization", "Basic eA=="}});
    m_window->openUrl(m_server->serverUrl().toString());
    QVERIFY(m_window->statusBar()->currentMessage().contains(QLatin1String("not both")));
    QVERIFY(isClosed());
    child<HeaderTable>()->setHeaders({});
    openConnection();
    QCOMPARE(m_peer->request().header("Authorization"), QByteArray("Bearer secret"));
}

void tst_Inspector::tellsWhatIsNoProxy()
{
    QVERIFY(m_server->listen());
    RouteSettings route;
    route.proxy = QStringLiteral("gopher://127.0.0.1:1");
    use(route);
    m_window->openUrl(m_server->serverUrl().toString());
    QVERIFY(m_window->statusBar()->currentMessage().contains(QLatin1String("gopher")));
    QVERIFY(isClosed());
    route.proxy = QStringLiteral("none");
    use(route);
    openConnection();
}

void tst_Inspector::hostNamesTheServer()
{
    m_server->setAllowedHosts({QStringLiteral("*")});
    RouteSettings route;
    route.host = QStringLiteral("chat.example.test");
    use(route);
    openConnection();
    QCOMPARE(m_peer->request().header("Host"), QByteArray("chat.example.test"));
}

void tst_Inspector::localSocketServesThePathOfTheUrl()
{
    RouteSettings route;
    route.localSocket = m_folder.filePath(QStringLiteral("a socket"));
    use(route);
    QVERIFY2(m_server->listen(route.localSocket), qPrintable(m_server->errorString()));
    m_window->openUrl(QStringLiteral("ws://localhost/room?a=b"));
    WS_TRY_VERIFY(isOpen() && m_peer);
    QCOMPARE(m_peer->request().target(), QByteArray("/room?a=b"));
}

// --- all of it

void tst_Inspector::remembersTheSettings()
{
    openConnection();
    child<QLineEdit>("subprotocols")->setText(QStringLiteral("chat.v9"));
    type(QStringLiteral("draft"));
    RouteSettings route;
    route.reconnects = true;
    route.followsRedirects = true;
    route.proxy = QStringLiteral("http://ada:love@proxy.test:3128");
    route.host = QStringLiteral("chat.example.test");
    route.localSocket = QStringLiteral("/run/chat.socket");
    route.tokenFile = QStringLiteral("/run/token");
    use(route);
    m_window->close();
    m_window = std::make_unique<MainWindow>();
    QCOMPARE(child<QLineEdit>("url")->text(), m_server->serverUrl().toString());
    QCOMPARE(child<QLineEdit>("subprotocols")->text(), QStringLiteral("chat.v9"));
    QCOMPARE(child<QPlainTextEdit>("message")->toPlainText(), QStringLiteral("draft"));
    const RouteSettings restored = child<RoutePanel>()->settings();
    QCOMPARE(restored.reconnects, true);
    QCOMPARE(restored.followsRedirects, true);
    QCOMPARE(restored.proxy, QStringLiteral("http://ada@proxy.test:3128")); // passwords are not stored
    QCOMPARE(restored.host, route.host);
    QCOMPARE(restored.localSocket, route.localSocket);
    QCOMPARE(restored.tokenFile, route.tokenFile);
}

void tst_Inspector::remembersNoSecrets()
{
    QVERIFY(m_server->listen());
    const WsHeaders headers = {
        {"Authorization", "Basic love"}, {"COOKIE", "id=love"}, {"X-Api-Key", "love"}, {"X-Room", "attic"}};
    child<HeaderTable>()->setHeaders(headers);
    QUrl url = m_server->serverUrl();
    url.setPassword(QStringLiteral("love"));
    url.setUserName(QStringLiteral("ada"));
    url.setPath(QStringLiteral("/room"));
    url.setQuery(QStringLiteral("a=b%26c&access_token=love&d&Key=love"));
    m_window->openUrl(url.toString());
    WS_TRY_VERIFY(isOpen());
    QCOMPARE(m_peer->request().target(), QByteArray("/room?a=b%26c&access_token=love&d&Key=love"));
    QCOMPARE(m_peer->request().header("X-Api-Key"), QByteArray("love"));
    m_window->close();
    QSettings store;
    store.sync();
    const QByteArray stored = readFile(store.fileName());
    QVERIFY(stored.contains("attic"));
    QVERIFY2(!stored.contains("love"), stored);

    m_window = std::make_unique<MainWindow>();
    url.setPassword(QString());
    url.setQuery(QStringLiteral("a=b%26c&access_token=&d&Key="));
    QCOMPARE(child<QLineEdit>("url")->text(), url.toString());
    QCOMPARE(child<HeaderTable>()->headers(),
             WsHeaders({{"Authorization", ""}, {"COOKIE", ""}, {"X-Api-Key", ""}, {"X-Room", "attic"}}));
    openConnection(); // without the headers that have not been entered again
    QCOMPARE(m_peer->request().header("X-Room"), QByteArray("attic"));
    QVERIFY(!m_peer->request().hasHeader("Cookie"));
}

void tst_Inspector::remembersWhatIsAProxy_data()
{
    QTest::addColumn<QString>("proxy");
    QTest::addColumn<QString>("remembered");
    const QString none;
    QTest::newRow("none") << QStringLiteral("none") << QStringLiteral("none");
    QTest::newRow("SOCKS") << QStringLiteral("socks5://p.test") << QStringLiteral("socks5://p.test");
    QTest::newRow("slash") << QStringLiteral("http://ada:love@p.test:3128/")
                           << QStringLiteral("http://ada@p.test:3128/");
    QTest::newRow("no scheme") << QStringLiteral("ada:love@p.test:3128") << none;
    QTest::newRow("only slashes") << QStringLiteral("//ada:love@p.test:3128") << none;
    QTest::newRow("slash in the password") << QStringLiteral("http://ada:1/love@p.test:3128") << none;
    QTest::newRow("no port") << QStringLiteral("http://ada:love@p.test:what") << none;
}

void tst_Inspector::remembersWhatIsAProxy()
{
    QFETCH(const QString, proxy);
    QFETCH(const QString, remembered);
    RouteSettings route;
    route.proxy = proxy;
    use(route);
    m_window->close();
    m_window = std::make_unique<MainWindow>();
    QCOMPARE(child<RoutePanel>()->settings().proxy, remembered);
}

void tst_Inspector::showsNoSecrets()
{
    m_server->setRequestHandler([](const WsRequest &) {
        return WsResponse::reject(403, "not you", {{"Set-Cookie", "id=love"}, {"X-Room", "attic"}});
    });
    QVERIFY(m_server->listen());
    child<HeaderTable>()->setHeaders({{"authorization", "Bearer love"},
                                      {"Proxy-Authorization", "Basic love"},
                                      {"Cookie", "id=love; a=b"},
                                      {"X-Auth-Token", "love"}});
    m_window->openUrl(m_server->serverUrl().toString());
    WS_TRY_VERIFY(isClosed() && handshake().contains(QLatin1String("not you")));
    QVERIFY2(!handshake().contains(QLatin1String("love")), qPrintable(handshake()));
    for (const char *line :
         {"authorization: Bearer \u2026\n", "Proxy-Authorization: Basic \u2026\n", "Cookie: \u2026\n",
          "X-Auth-Token: \u2026\n", "Set-Cookie: \u2026\n", "X-Room: attic\n"})
        QVERIFY2(handshake().contains(QString::fromUtf8(line)), qPrintable(handshake()));
}

void tst_Inspector::secretsAreKnownByTheirNames()
{
    for (const char *name :
         {"token", "access_token", "accessToken", "key", "api_key", "apiKey", "secret", "password", "ticket",
          "jwt", "sig", "session_id", "Proxy-Authorization", "Set-Cookie", "X-Auth"})
        QVERIFY2(Secrets::isSecret(QString::fromLatin1(name)), name);
    for (const char *name : {"", "room", "keyword", "monkey", "author", "design", "Sec-WebSocket-Key",
                             "WWW-Authenticate", "User-Agent", "Host"})
        QVERIFY2(!Secrets::isSecret(QString::fromLatin1(name)), name);
}

void tst_Inspector::logKeepsTheNewestOfAFlood()
{
    LogModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setMaximumCount(100);
    for (int batch = 0; batch < 3; ++batch) {
        for (int i = 0; i < 70; ++i)
            model.append(LogEntry::now(LogEntry::Direction::Received, LogEntry::Kind::Text,
                                       QByteArray::number(batch * 70 + i)));
        model.entries();
    }
    QCOMPARE(model.rowCount(), 100);
    QCOMPARE(model.entry(0).payload, QByteArray("110"));
    QCOMPARE(model.entry(99).payload, QByteArray("209"));
    for (int i = 0; i < 1000; ++i)
        model.append(LogEntry::now(LogEntry::Direction::Sent, LogEntry::Kind::Text, QByteArray::number(i)));
    QCOMPARE(model.entries().size(), 100);
    QCOMPARE(model.entry(0).payload, QByteArray("900"));
}

// Whatever the machine takes for them, rows are inserted by the batch, and the newest is in sight at the end.
void tst_Inspector::insertsManyRowsByTheBatch()
{
    openConnection();
    auto *model = child<LogModel>();
    auto *view = child<QTableView>("log");
    model->setMaximumCount(1000);
    QSignalSpy insertions(model, &LogModel::rowsInserted);
    for (int i = 0; i < 5000; ++i)
        QVERIFY(m_peer->sendText(QByteArray("message ") + QByteArray::number(i)));
    WS_TRY_VERIFY(lastRow().endsWith(QLatin1String("message 4999")));
    QCOMPARE(model->rowCount(), 1000);
    QVERIFY2(insertions.size() < 500, qPrintable(QString::number(insertions.size())));
    QVERIFY(view->viewport()->rect().contains(view->visualRect(view->model()->index(999, 0)).center()));
}

QTEST_MAIN(tst_Inspector)
#include "tst_inspector.moc"
