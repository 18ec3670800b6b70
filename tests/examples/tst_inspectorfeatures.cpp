// SPDX-License-Identifier: MIT

// What users of other WebSocket clients look for in the inspector, by its window.

#include "connectionsdialog.h"
#include "diffdialog.h"
#include "handshakeview.h"
#include "inspectortesting.h"
#include "requestpanel.h"
#include "templatesdialog.h"

#include <QtGui/QClipboard>
#include <QtGui/QTextDocument>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QCompleter>
#include <QtWidgets/QFileDialog>
#include <QtWidgets/QListWidget>
#include <QtWidgets/QMessageBox>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QTableWidget>

class tst_InspectorFeatures : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_side = std::make_unique<InspectorSide>(); }
    void cleanup() { m_side.reset(); }

    void handshakeShowsTheWholeRequest();
    void handshakeShowsEachRequestAndItsAnswerInOrder();
    void handshakeShowsNoRequestThatWasNotSent();
    void longBodyIsOneShortLineAndWholeOnDemand();
    void toolTipsShowTextsAsTheyAre();
    void tlsFailureIsOneRowWithItsDetail();
    void refusalHasItsBodyInTheDetail();
    void searchGoesThroughTheLogByKeys();
    void pathShowsAPartOfTheJson();
    void twoMessagesAreCompared();
    void connectionIsSavedAndUsed();
    void connectionIsRenamedAndDeletedByKeys();
    void connectionWithMissingSecretsIsNotOpened();
    void urlsAreRememberedInTheirOrder();
    void templateIsFilledInAndSent();
    void templateIsKept();
    void sessionIsSavedAndReplayedElsewhere();
    void openedSessionIsSavedAsItWas();
    void deepJsonIsShownInPart();
    void wrongSessionLeavesTheLogAlone();
    void replayStopsWithTheConnection();
    void messagesAreCopied();
    void commandIsCopied();
    void removedRowsAreTold();

private:
    template <typename T>
    T *dialog() const
    {
        return m_side->window->findChild<T *>();
    }
    template <typename T>
    void click(T *dialog, const char *name) const
    {
        dialog->template findChild<QPushButton *>(QString::fromLatin1(name))->click();
    }
    void chooseFile(const char *action, const QString &name);

    std::unique_ptr<InspectorSide> m_side;
};

void tst_InspectorFeatures::chooseFile(const char *action, const QString &name)
{
    m_side->action(action)->trigger();
    auto *files = dialog<QFileDialog>();
    QVERIFY(files);
    WS_TRY_VERIFY(files->isVisible());
    files->selectFile(name);
    QVERIFY(QMetaObject::invokeMethod(files, "accept"));
    WS_TRY_VERIFY(!dialog<QFileDialog>());
}

// --- the handshake

void tst_InspectorFeatures::handshakeShowsTheWholeRequest()
{
    m_side->open();
    const WsHeaders headers = m_side->peer->request().headers();
    QVERIFY(headers.size() >= 5);
    QString expected;
    for (const auto &[name, value] : headers)
        expected += QString::fromUtf8(name + ": " + value + '\n');
    QVERIFY2(m_side->handshake().contains(expected), qPrintable(m_side->handshake()));
    QVERIFY(m_side->handshake().contains(QLatin1String("Request: GET / HTTP/1.1\n(sent after): ")));
}

void tst_InspectorFeatures::handshakeShowsEachRequestAndItsAnswerInOrder()
{
    m_side->server.setRequestHandler([](const WsRequest &request) {
        return request.path() == QLatin1String("/new") ? WsResponse::accept()
                                                       : WsResponse::reject(302, {}, {{"Location", "/new"}});
    });
    m_side->child<QAbstractButton>("follow")->setChecked(true);
    m_side->open();
    static const QRegularExpression order(
        QStringLiteral("GET / HTTP.*HTTP/1.1 302.*Location: /new.*GET /new HTTP.*HTTP/1.1 101"),
        QRegularExpression::DotMatchesEverythingOption);
    QVERIFY2(order.match(m_side->handshake()).hasMatch(), qPrintable(m_side->handshake()));
}

void tst_InspectorFeatures::handshakeShowsNoRequestThatWasNotSent()
{
    QVERIFY(m_side->server.listen());
    const QString url = m_side->server.serverUrl().toString();
    m_side->server.close();
    m_side->window->openUrl(url);
    WS_TRY_VERIFY(m_side->isClosed() && m_side->rowThatContains(QStringLiteral("Error")) > 0);
    QVERIFY2(!m_side->handshake().contains(QLatin1String("GET /")), qPrintable(m_side->handshake()));
    QVERIFY(m_side->handshake().contains(QLatin1String("Failed")));
}

void tst_InspectorFeatures::longBodyIsOneShortLineAndWholeOnDemand()
{
    const QByteArray body = "<html>\n" + QByteArray(5'000, 'x') + "\nthe end";
    m_side->server.setRequestHandler([body](const WsRequest &) { return WsResponse::reject(500, body); });
    QVERIFY(m_side->server.listen());
    m_side->window->openUrl(m_side->server.serverUrl().toString());
    WS_TRY_VERIFY(m_side->isClosed() && m_side->handshake().contains(QLatin1String("(body, ")));
    auto *view = m_side->window->findChild<HandshakeView *>();
    const QTreeWidgetItem *line = nullptr;
    for (QTreeWidgetItemIterator item(view); *item; ++item) {
        QVERIFY((*item)->text(1).size() < 500);
        QVERIFY(!(*item)->text(1).contains(u'\n'));
        if ((*item)->text(0).startsWith(QLatin1String("(body")))
            line = *item;
    }
    QVERIFY(line);
    QVERIFY(view->text().contains(QLatin1String("the end")));
    view->setCurrentItem(const_cast<QTreeWidgetItem *>(line));
    m_side->action("goToHandshake")->trigger();
    QTest::keyClick(view, Qt::Key_Return);
    QCOMPARE(m_side->content(), QString::fromUtf8(body));
    QVERIFY(m_side->child<QPlainTextEdit>("content")->isVisible());
}

// A tool tip is laid out as HTML if it looks like some.
void tst_InspectorFeatures::toolTipsShowTextsAsTheyAre()
{
    const QString body = QStringLiteral("<h1>no</h1><img src=\"file:///dev/null\">");
    m_side->server.setRequestHandler(
        [body](const WsRequest &) { return WsResponse::reject(404, body.toUtf8()); });
    QVERIFY(m_side->server.listen());
    m_side->window->openUrl(m_side->server.serverUrl().toString());
    WS_TRY_VERIFY(m_side->isClosed() && m_side->handshake().contains(QLatin1String("(body, ")));
    const auto shown = [](const QString &toolTip) {
        if (!Qt::mightBeRichText(toolTip))
            return toolTip;
        QTextDocument document;
        document.setHtml(toolTip);
        return document.toPlainText();
    };
    QStringList toolTips;
    for (QTreeWidgetItemIterator item(m_side->window->findChild<HandshakeView *>()); *item; ++item)
        toolTips.append(shown((*item)->toolTip(1)));
    QVERIFY2(toolTips.contains(body), qPrintable(toolTips.join(u'\n')));
    QCOMPARE(shown(m_side->child<QLabel>("state")->toolTip()), m_side->status());
}

// --- errors

void tst_InspectorFeatures::tlsFailureIsOneRowWithItsDetail()
{
    QVERIFY(m_side->server.setLocalCertificate(QStringLiteral(WSKIT_TEST_CERTIFICATES "/server.crt"),
                                               QStringLiteral(WSKIT_TEST_CERTIFICATES "/server.key")));
    QVERIFY(m_side->server.listen());
    m_side->window->openUrl(m_side->server.serverUrl().toString());
    WS_TRY_VERIFY(m_side->isClosed() && m_side->rowThatContains(QStringLiteral("Closed")) > 0);
    QCOMPARE(m_side->rows().filter(QStringLiteral(" Error ")).size(), 1);
    m_side->select(m_side->rowThatContains(QStringLiteral(" Error ")));
    for (const char *text : {"Kind: Tls", "Close code: 1015", "TLS: ", "issued by", "What to try: "})
        QVERIFY2(m_side->content().contains(QLatin1String(text)), qPrintable(m_side->content()));
}

void tst_InspectorFeatures::refusalHasItsBodyInTheDetail()
{
    m_side->server.setRequestHandler([](const WsRequest &) { return WsResponse::reject(403, "not you"); });
    QVERIFY(m_side->server.listen());
    m_side->window->openUrl(m_side->server.serverUrl().toString());
    WS_TRY_VERIFY(m_side->isClosed() && m_side->rowThatContains(QStringLiteral(" Error ")) > 0);
    m_side->select(m_side->rowThatContains(QStringLiteral(" Error ")));
    for (const char *text : {"Kind: Handshake", "HTTP status: 403", "What to try: ", "not you"})
        QVERIFY2(m_side->content().contains(QLatin1String(text)), qPrintable(m_side->content()));
}

// --- looking at messages

void tst_InspectorFeatures::searchGoesThroughTheLogByKeys()
{
    m_side->open();
    m_side->say(QStringLiteral("an apple"));
    m_side->say(QStringLiteral("a pear"));
    m_side->say(QStringLiteral("{\"fruit\":\"Apple\"}"));
    m_side->action("goToLog")->trigger();
    m_side->select(0);
    QTest::keyClick(m_side->log(), Qt::Key_F, Qt::ControlModifier);
    auto *field = m_side->child<QLineEdit>("find");
    WS_TRY_VERIFY(field->hasFocus());
    QTest::keyClicks(field, QStringLiteral("apple"));
    QTest::keyClick(field, Qt::Key_Return);
    QCOMPARE(m_side->log()->currentIndex().row(), 2);
    QCOMPARE(m_side->content(), QStringLiteral("an apple"));
    QCOMPARE(m_side->child<QPlainTextEdit>("content")->extraSelections().size(), 1);
    QTest::keyClick(m_side->window.get(), Qt::Key_F3);
    QTest::keyClick(m_side->window.get(), Qt::Key_F3);
    QCOMPARE(m_side->log()->currentIndex().row(), 6);
    QTest::keyClick(m_side->window.get(), Qt::Key_F3, Qt::ShiftModifier);
    QCOMPARE(m_side->log()->currentIndex().row(), 3);
    QTest::keyClick(field, Qt::Key_Return, Qt::ShiftModifier);
    QTest::keyClick(field, Qt::Key_Return, Qt::ShiftModifier);
    QCOMPARE(m_side->log()->currentIndex().row(), 7);
    QCOMPARE(m_side->child<QLabel>("findResult")->text(), QStringLiteral("From the other end"));
    field->setText(QStringLiteral("cherry"));
    QTest::keyClick(field, Qt::Key_Return);
    QCOMPARE(m_side->child<QLabel>("findResult")->text(), QStringLiteral("Not found"));
    QTest::keyClick(field, Qt::Key_Escape);
    QVERIFY(!field->isVisible());
    QVERIFY(m_side->log()->hasFocus());
    QVERIFY(m_side->child<QPlainTextEdit>("content")->extraSelections().isEmpty());
}

void tst_InspectorFeatures::pathShowsAPartOfTheJson()
{
    m_side->open();
    m_side->say(QStringLiteral("{\"a\":[{\"n\":1,\"x\":12345678901234567890},{\"n\":2}]}"));
    m_side->select(2);
    m_side->action("goToPath")->trigger();
    auto *path = m_side->child<QLineEdit>("path");
    WS_TRY_VERIFY(path->hasFocus());
    path->setText(QStringLiteral(".a[0]"));
    QCOMPARE(m_side->content(), QStringLiteral("{\n  \"n\": 1,\n  \"x\": 12345678901234567890\n}"));
    path->setText(QStringLiteral("..n"));
    QCOMPARE(m_side->content(), QStringLiteral("1\n2"));
    path->setText(QStringLiteral(".b"));
    QCOMPARE(m_side->content(), QStringLiteral("Nothing at this path."));
    path->setText(QStringLiteral(".a["));
    QVERIFY2(m_side->content().startsWith(QLatin1String("Wrong path: ")), qPrintable(m_side->content()));
    m_side->say(QStringLiteral("no JSON"));
    m_side->select(4);
    QVERIFY(!path->isEnabled());
    QCOMPARE(m_side->content(), QStringLiteral("no JSON"));
}

void tst_InspectorFeatures::twoMessagesAreCompared()
{
    m_side->open();
    m_side->say(QStringLiteral("{\"a\":1,\"b\":2}"));
    m_side->say(QStringLiteral("{\"b\":3,\"a\":1}"));
    m_side->select(2);
    QVERIFY(!m_side->action("compare")->isEnabled());
    m_side->log()->selectionModel()->select(m_side->log()->model()->index(4, 0),
                                            QItemSelectionModel::Select | QItemSelectionModel::Rows);
    QVERIFY(m_side->action("compare")->isEnabled());
    m_side->action("compare")->trigger();
    const QString diff =
        dialog<DiffDialog>()->findChild<QPlainTextEdit *>(QStringLiteral("diff"))->toPlainText();
    QVERIFY2(diff.contains(QLatin1String("-   \"b\": 2")) && diff.contains(QLatin1String("+   \"b\": 3")),
             qPrintable(diff));
    QVERIFY2(diff.contains(QLatin1String("    \"a\": 1")), qPrintable(diff));
}

// --- connections

void tst_InspectorFeatures::connectionIsSavedAndUsed()
{
    QVERIFY(m_side->server.listen());
    const QString url = m_side->server.serverUrl().toString();
    m_side->child<QLineEdit>("url")->setText(url);
    m_side->child<QLineEdit>("subprotocols")->setText(QStringLiteral("chat.v1"));
    m_side->action("saveConnection")->trigger();
    auto *name = dialog<ConnectionsDialog>()->findChild<QLineEdit *>(QStringLiteral("connectionName"));
    WS_TRY_VERIFY(name->hasFocus());
    name->setText(QStringLiteral("My server"));
    QTest::keyClick(name, Qt::Key_Return);
    auto *list = dialog<ConnectionsDialog>()->findChild<QListWidget *>();
    QCOMPARE(list->count(), 1);
    dialog<ConnectionsDialog>()->reject();
    WS_TRY_VERIFY(!dialog<ConnectionsDialog>());

    m_side->child<QLineEdit>("url")->setText(QStringLiteral("ws://elsewhere.test"));
    m_side->child<QLineEdit>("subprotocols")->clear();
    m_side->action("savedConnections")->trigger();
    list = dialog<ConnectionsDialog>()->findChild<QListWidget *>();
    WS_TRY_VERIFY(list->hasFocus());
    QCOMPARE(list->currentItem()->text(), QStringLiteral("My server"));
    QTest::keyClick(list, Qt::Key_Return);
    WS_TRY_VERIFY(m_side->isOpen());
    QCOMPARE(m_side->child<QLineEdit>("url")->text(), url);
    QCOMPARE(m_side->peer->request().subprotocols(), QStringList{QStringLiteral("chat.v1")});
    WS_TRY_VERIFY(!dialog<ConnectionsDialog>());
}

void tst_InspectorFeatures::connectionIsRenamedAndDeletedByKeys()
{
    for (const char *name : {"one", "two"})
        QCOMPARE(SavedConnections().save(QString::fromLatin1(name), {}), QString());
    SavedConnections store;
    m_side->action("savedConnections")->trigger();
    auto *list = dialog<ConnectionsDialog>()->findChild<QListWidget *>();
    WS_TRY_VERIFY(list->hasFocus());
    QTest::keyClick(list, Qt::Key_F2);
    auto *editor = list->findChild<QLineEdit *>();
    QVERIFY(editor);
    editor->setText(QStringLiteral("two"));
    QTest::keyClick(editor, Qt::Key_Return);
    WS_TRY_VERIFY(dialog<ConnectionsDialog>()
                      ->findChild<QLabel *>(QStringLiteral("connectionDetail"))
                      ->text()
                      .startsWith(QLatin1String("There is another")));
    QTest::keyClick(list, Qt::Key_F2);
    editor = list->findChild<QLineEdit *>();
    QVERIFY(editor);
    editor->setText(QStringLiteral("zero"));
    QTest::keyClick(editor, Qt::Key_Return);
    WS_TRY_COMPARE(list->item(1)->text(), QStringLiteral("zero"));
    QCOMPARE(store.load(), QString());
    QCOMPARE(store.names(), QStringList({QStringLiteral("two"), QStringLiteral("zero")}));
    list->setCurrentRow(0);
    list->setFocus();
    QTest::keyClick(list, Qt::Key_Delete);
    QCOMPARE(store.load(), QString());
    QCOMPARE(store.names(), QStringList{QStringLiteral("zero")});
    QCOMPARE(list->count(), 1);
}

void tst_InspectorFeatures::connectionWithMissingSecretsIsNotOpened()
{
    SavedConnection saved;
    saved.url = QStringLiteral("ws://127.0.0.1:1/");
    saved.headers = {{"Authorization", "love"}};
    QCOMPARE(SavedConnections().save(QStringLiteral("one"), saved), QString());
    m_side->action("savedConnections")->trigger();
    click(dialog<ConnectionsDialog>(), "chooseConnection");
    QCOMPARE(m_side->child<QLineEdit>("url")->text(), saved.url);
    QVERIFY2(m_side->status().contains(QLatin1String("Authorization")), qPrintable(m_side->status()));
    QVERIFY(m_side->rows().isEmpty());
    QVERIFY(m_side->isClosed());
}

void tst_InspectorFeatures::urlsAreRememberedInTheirOrder()
{
    for (const char *url : {"ws://127.0.0.1:1/a", "ws://127.0.0.1:1/b?token=love", "ws://127.0.0.1:1/a"}) {
        m_side->window->openUrl(QString::fromLatin1(url));
        WS_TRY_VERIFY(m_side->isClosed());
    }
    m_side->makeWindow();
    auto *box = qobject_cast<QComboBox *>(m_side->child<QLineEdit>("url")->parentWidget());
    QVERIFY(box);
    QCOMPARE(box->count(), 2);
    QCOMPARE(box->itemText(0), QStringLiteral("ws://127.0.0.1:1/a"));
    QCOMPARE(box->itemText(1), QStringLiteral("ws://127.0.0.1:1/b?token="));
    QVERIFY(box->completer());
}

// --- templates

void tst_InspectorFeatures::templateIsFilledInAndSent()
{
    m_side->open();
    m_side->child<QPlainTextEdit>("message")->setPlainText(QStringLiteral("{{$counter}} {{user}} {{user}}"));
    m_side->action("saveTemplate")->trigger();
    auto *templates = dialog<TemplatesDialog>();
    auto *variables = templates->findChild<QTableWidget *>(QStringLiteral("variables"));
    QCOMPARE(variables->rowCount(), 1);
    QCOMPARE(variables->item(0, 0)->text(), QStringLiteral("user"));
    variables->item(0, 1)->setText(QStringLiteral("ada"));
    click(templates, "sendTemplate");
    click(templates, "sendTemplate");
    WS_TRY_VERIFY(m_side->rowThatContains(QStringLiteral("\u2193 Text 2 ada ada")) > 0);
    QVERIFY(m_side->rowThatContains(QStringLiteral("\u2191 Text 1 ada ada")) > 0);
    click(templates, "insertTemplate");
    QVERIFY(!templates->isVisible());
    QCOMPARE(m_side->child<QPlainTextEdit>("message")->toPlainText(), QStringLiteral("3 ada ada"));
    m_side->action("connect")->trigger();
    WS_TRY_VERIFY(m_side->isClosed());
    m_side->action("templates")->trigger();
    QVERIFY(!templates->findChild<QPushButton *>(QStringLiteral("sendTemplate"))->isEnabled());
}

void tst_InspectorFeatures::templateIsKept()
{
    m_side->action("saveTemplate")->trigger();
    auto *templates = dialog<TemplatesDialog>();
    auto *save = templates->findChild<QPushButton *>(QStringLiteral("saveTemplate"));
    QVERIFY(!save->isEnabled());
    templates->findChild<QLineEdit *>(QStringLiteral("templateName"))->setText(QStringLiteral("greeting"));
    templates->findChild<QPlainTextEdit *>(QStringLiteral("templateText"))
        ->setPlainText(QStringLiteral("hello {{name}}"));
    save->click();
    m_side->makeWindow();
    m_side->action("templates")->trigger();
    templates = dialog<TemplatesDialog>();
    QCOMPARE(templates->findChild<QPlainTextEdit *>(QStringLiteral("templateText"))->toPlainText(),
             QStringLiteral("hello {{name}}"));
    click(templates, "removeTemplate");
    QCOMPARE(templates->findChild<QListWidget *>()->count(), 0);
}

// --- sessions

void tst_InspectorFeatures::sessionIsSavedAndReplayedElsewhere()
{
    m_side->child<QLineEdit>("subprotocols")->setText(QStringLiteral("v2, v1"));
    m_side->open();
    m_side->say(QStringLiteral("first"));
    m_side->say(QStringLiteral("second"));
    m_side->action("connect")->trigger();
    WS_TRY_VERIFY(m_side->isClosed() && m_side->rowThatContains(QStringLiteral("code 1000")) > 0);
    const QString name = m_side->folder.filePath(QStringLiteral("session.jsonl"));
    chooseFile("saveLog", name);
    const QString url = m_side->child<QLineEdit>("url")->text();

    m_side->makeWindow();
    QVERIFY(!m_side->action("replay")->isEnabled());
    m_side->child<QLineEdit>("subprotocols")->clear();
    chooseFile("openSession", name);
    WS_TRY_COMPARE(m_side->rows().size(), 6);
    QVERIFY(m_side->isClosed());
    QCOMPARE(m_side->child<QLineEdit>("url")->text(), url);
    QCOMPARE(m_side->child<QLineEdit>("subprotocols")->text(), QStringLiteral("v2, v1"));
    QCOMPARE(m_side->rows().at(1), QStringLiteral("\u2191 Text first"));
    m_side->select(0);
    QVERIFY2(m_side->content().contains(QLatin1String("Sec-WebSocket-Accept")),
             qPrintable(m_side->content()));
    QVERIFY(!m_side->action("replay")->isEnabled());

    m_side->peer = nullptr;
    m_side->open();
    m_side->action("replayAtOnce")->trigger();
    WS_TRY_VERIFY(m_side->status().contains(QLatin1String("Replayed messages: 2")));
    WS_TRY_COMPARE(m_side->rows().filter(QStringLiteral("\u2193 Text ")).size(), 4);
    QCOMPARE(m_side->rows().constLast(), QStringLiteral("\u2193 Text second"));
}

void tst_InspectorFeatures::openedSessionIsSavedAsItWas()
{
    const QString name = m_side->folder.filePath(QStringLiteral("other.jsonl"));
    const QByteArray lines =
        R"({"request":{"headers":[["Host","example.test"]],"method":"GET","target":"/a"},)"
        R"("response":{"headers":[],"status":101},"started":"2026-01-31T12:00:00.000Z",)"
        R"("url":"ws://example.test/a","version":1,"wskit":"session"})"
        "\n"
        "{\"direction\":\"sent\",\"text\":\"\xef\xbb\xbfhello\",\"time\":5,\"type\":\"text\"}\n";
    QFile file(name);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(lines) == lines.size());
    file.close();
    const auto saveAgain = [this](const QString &fileName) {
        QFile saved(m_side->folder.filePath(fileName));
        chooseFile("saveLog", saved.fileName());
        return saved.open(QIODevice::ReadOnly) ? saved.readAll().split('\n') : QByteArrayList();
    };
    m_side->window->openSession(name);
    QCOMPARE(saveAgain(QStringLiteral("again.jsonl")), lines.split('\n'));

    // Nor is it saved as a session with another server.
    m_side->open();
    m_side->action("connect")->trigger();
    WS_TRY_VERIFY(m_side->isClosed());
    m_side->window->openSession(name);
    QCOMPARE(saveAgain(QStringLiteral("third.jsonl")), lines.split('\n'));

    // Nor as one with the server of the session what another one sends afterwards.
    m_side->open();
    m_side->window->openSession(name);
    QCOMPARE(saveAgain(QStringLiteral("fourth.jsonl")), lines.split('\n'));
    m_side->say(QStringLiteral("hi"));
    const QByteArray url = m_side->server.serverUrl().toEncoded();
    QVERIFY(saveAgain(QStringLiteral("fifth.jsonl")).constFirst().contains(url));
    m_side->window->openSession(name);
    m_side->action("clearLog")->trigger();
    QVERIFY(saveAgain(QStringLiteral("sixth.jsonl")).constFirst().contains(url));
}

void tst_InspectorFeatures::deepJsonIsShownInPart()
{
    QByteArray numbers = "1";
    while (numbers.size() < 400'000)
        numbers += ",1";
    LogEntry entry = LogEntry::now(LogEntry::Direction::Received, LogEntry::Kind::Text,
                                   QByteArray(1000, '[') + numbers + QByteArray(1000, ']'));
    m_side->window->findChild<LogModel *>()->append(entry);
    WS_TRY_COMPARE(m_side->rows().size(), 1);
    m_side->select(0);
    WS_TRY_VERIFY(m_side->content().startsWith(QLatin1String("[\n  [\n")));
    QVERIFY(m_side->content().size() < 5'000'000);
    QVERIFY(m_side->content().endsWith(u'\u2026'));
}

void tst_InspectorFeatures::wrongSessionLeavesTheLogAlone()
{
    m_side->open();
    m_side->say(QStringLiteral("kept"));
    QFile file(m_side->folder.filePath(QStringLiteral("wrong.jsonl")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("hello\n");
    file.close();
    m_side->window->openSession(file.fileName());
    QVERIFY2(m_side->status().contains(QLatin1String("is no session: line 1: ")),
             qPrintable(m_side->status()));
    auto *box = m_side->window->findChild<QMessageBox *>(); // the status bar may be too narrow
    QVERIFY(box && box->isVisible());
    QCOMPARE(box->text(), m_side->status());
    box->close();
    QVERIFY(m_side->rowThatContains(QStringLiteral("kept")) > 0);
}

void tst_InspectorFeatures::replayStopsWithTheConnection()
{
    m_side->open();
    m_side->say(QStringLiteral("first"));
    m_side->action("replay")->trigger();
    WS_TRY_VERIFY(m_side->status().contains(QLatin1String("Replayed messages: 1")));
    auto *model = m_side->window->findChild<LogModel *>();
    LogEntry later = LogEntry::now(LogEntry::Direction::Sent, LogEntry::Kind::Text, "later");
    later.msecsSinceEpoch += 3'600'000;
    model->append(later);
    m_side->action("replay")->trigger();
    QCOMPARE(m_side->action("replay")->text(), QStringLiteral("Stop the &Replay"));
    m_side->peer->close();
    WS_TRY_VERIFY(m_side->isClosed());
    QCOMPARE(m_side->action("replay")->text(), QStringLiteral("&Replay Sent Messages"));
}

// --- the rest

void tst_InspectorFeatures::messagesAreCopied()
{
    m_side->open();
    m_side->say(QStringLiteral("hello"));
    m_side->say(QStringLiteral("world"));
    m_side->action("goToLog")->trigger();
    m_side->select(3);
    QTest::keyClick(m_side->log(), Qt::Key_Down, Qt::ShiftModifier);
    QTest::keyClick(m_side->log(), Qt::Key_C, Qt::ControlModifier);
    QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("hello\nworld"));
    m_side->action("copyAsJson")->trigger();
    const QString json = QGuiApplication::clipboard()->text();
    QCOMPARE(json.count(u'\n'), 2);
    QVERIFY2(json.contains(QLatin1String("\"text\":\"hello\"")), qPrintable(json));
    QVERIFY2(json.contains(QLatin1String("\"direction\":\"received\"")), qPrintable(json));
}

void tst_InspectorFeatures::commandIsCopied()
{
    m_side->child<QLineEdit>("url")->setText(QStringLiteral("ws://ada:love@example.test/"));
    m_side->action("copyCommand")->trigger();
    QCOMPARE(QGuiApplication::clipboard()->text(),
             QStringLiteral("wskit connect --user ada ws://example.test/"));
}

void tst_InspectorFeatures::removedRowsAreTold()
{
    auto *model = m_side->window->findChild<LogModel *>();
    model->setMaximumCount(10);
    for (int i = 0; i < 15; ++i)
        model->append(LogEntry::now(LogEntry::Direction::Sent, LogEntry::Kind::Text, "x"));
    QCOMPARE(model->entries().size(), 10);
    QCOMPARE(m_side->child<QLabel>("count")->text(), QStringLiteral("10, 5 older removed"));
    QVERIFY(m_side->child<QLabel>("count")->toolTip().contains(QLatin1String("MB")));
    chooseFile("saveLog", m_side->folder.filePath(QStringLiteral("rest.jsonl")));
    QVERIFY2(m_side->status().endsWith(QLatin1String(", without older rows: 5")),
             qPrintable(m_side->status()));
}

QTEST_MAIN(tst_InspectorFeatures)
#include "tst_inspectorfeatures.moc"
