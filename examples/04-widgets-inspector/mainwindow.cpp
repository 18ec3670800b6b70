// SPDX-License-Identifier: MIT
#include "mainwindow.h"

#include "closedialog.h"
#include "connectionbar.h"
#include "handshakeview.h"
#include "logfile.h"
#include "logindialog.h"
#include "loglist.h"
#include "logmodel.h"
#include "messageview.h"
#include "requestpanel.h"
#include "sendpanel.h"
#include "session.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QLocale>
#include <QtCore/QSettings>
#include <QtGui/QCloseEvent>
#include <QtWidgets/QFileDialog>
#include <QtWidgets/QLabel>
#include <QtWidgets/QSplitter>
#include <QtWidgets/QStatusBar>
#include <QtWidgets/QTabWidget>
#include <QtWidgets/QVBoxLayout>

MainWindow::MainWindow(QWidget *parent)
    : QMainWindow(parent), m_session(new Session(this)), m_log(new LogModel(this))
{
    setWindowTitle(tr("WebSocket Inspector"));
    createActions();
    createPanels();
    arrangePanels();
    connectPanels();
    createMenus();
    restoreSettings();
    showState();
    m_connectionBar->focusUrl();
}

void MainWindow::openUrl(const QString &url)
{
    m_connectionBar->setUrl(url);
    open();
}

void MainWindow::createPanels()
{
    m_connectionBar = new ConnectionBar(m_connectAction);
    m_list = new LogList(m_log);
    m_send = new SendPanel(m_sendAction, m_sendFileAction, m_pingAction);
    m_message = new MessageView;
    m_handshake = new HandshakeView;
    m_request = new RequestPanel;
    m_counters = new QLabel;
    m_counters->setObjectName(QStringLiteral("counters"));
    statusBar()->addPermanentWidget(m_counters);
}

void MainWindow::arrangePanels()
{
    m_tabs = new QTabWidget;
    m_tabs->setObjectName(QStringLiteral("tabs"));
    m_tabs->setDocumentMode(true);
    m_tabs->addTab(m_request, tr("Re&quest"));
    m_tabs->addTab(m_handshake, tr("Hand&shake"));
    m_tabs->addTab(m_message, tr("&Message"));
    m_rows = new QSplitter(Qt::Vertical);
    m_rows->addWidget(m_list);
    m_rows->addWidget(m_send);
    m_rows->setStretchFactor(0, 4);
    m_rows->setStretchFactor(1, 1);
    m_columns = new QSplitter(Qt::Horizontal);
    m_columns->addWidget(m_rows);
    m_columns->addWidget(m_tabs);
    m_columns->setStretchFactor(0, 3);
    m_columns->setStretchFactor(1, 2);
    for (QSplitter *splitter : {m_rows, m_columns})
        splitter->setChildrenCollapsible(false);
    auto *content = new QWidget;
    auto *layout = new QVBoxLayout(content);
    layout->setContentsMargins({});
    layout->setSpacing(0);
    layout->addWidget(m_connectionBar);
    layout->addWidget(m_columns, 1);
    setCentralWidget(content);
}

void MainWindow::connectPanels()
{
    connect(m_session, &Session::logged, m_log, &LogModel::append);
    connect(m_session, &Session::stateChanged, this, &MainWindow::showState);
    connect(m_session, &Session::openingChanged, this,
            [this] { m_handshake->show(m_session->client(), m_session->openings()); });
    connect(m_session, &Session::loginRequired, this, &MainWindow::askForLogin);
    connect(m_log, &LogModel::rowsInserted, this, &MainWindow::showCounters);
    connect(m_connectionBar, &ConnectionBar::urlEntered, this, &MainWindow::open);
    connect(m_send, &SendPanel::validityChanged, this, &MainWindow::updateActions);
    connect(m_list, &LogList::currentChanged, this, [this](const LogEntry &entry) {
        m_message->show(entry);
        if (entry.isOnWire())
            m_tabs->setCurrentWidget(m_message);
    });
    connect(m_list, &LogList::editRequested, this, [this](const LogEntry &entry) {
        m_send->setText(QString::fromUtf8(entry.payload));
        m_send->focusText();
    });
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    saveSettings();
    event->accept();
}

// --- the connection

void MainWindow::connectOrDisconnect()
{
    switch (m_session->state()) {
    case Ws::Closed:
        if (m_session->isWaiting())
            m_session->abort();
        else
            open();
        break;
    case Ws::Open:
        m_session->close();
        break;
    case Ws::Connecting:
    case Ws::Closing:
        m_session->abort();
        break;
    }
}

void MainWindow::reconnectNow()
{
    m_session->reconnectNow();
}

void MainWindow::open()
{
    if (m_session->state() != Ws::Closed) {
        showProblem(tr("Disconnect first."));
        return;
    }
    const ConnectionSettings settings = m_request->settings(m_connectionBar->url());
    m_connectionBar->rememberUrl();
    if (!m_session->open(settings))
        showProblem(m_session->errorString());
}

void MainWindow::sendMessage()
{
    if (!m_session->sendText(m_send->text()))
        showProblem(m_session->errorString());
}

void MainWindow::sendFile(const QString &fileName)
{
    QFile file(fileName);
    if (!file.open(QIODevice::ReadOnly))
        showProblem(QStringLiteral("%1: %2").arg(fileName, file.errorString()));
    else if (!m_session->sendBinary(file.readAll()))
        showProblem(m_session->errorString());
}

void MainWindow::ping()
{
    if (!m_session->ping())
        showProblem(m_session->errorString());
}

void MainWindow::askForClose()
{
    auto *dialog = new CloseDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog] {
        if (!m_session->close(dialog->code(), dialog->reason()))
            showProblem(m_session->errorString());
    });
    dialog->open();
}

void MainWindow::askForLogin(const Logins::Question &question)
{
    auto *dialog = new LoginDialog(question.place, question.realm, question.user, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog, place = question.place] {
        m_session->logIn(place, dialog->user(), dialog->password());
    });
    dialog->open();
}

void MainWindow::showState()
{
    const Ws::State state = m_session->state();
    m_connectionBar->showState(state, m_session->isWaiting(), m_session->errorString());
    if (state != Ws::Closing)
        m_handshake->show(m_session->client(), m_session->openings());
    if (state == Ws::Connecting)
        statusBar()->clearMessage();
    if (state == Ws::Open)
        m_send->focusText();
    if (state == Ws::Closed && !m_session->errorString().isEmpty())
        showProblem(m_session->errorString());
    updateActions();
    showCounters();
}

void MainWindow::showCounters()
{
    const WsStatistics counters = m_session->client().statistics();
    const QLocale locale;
    QString text =
        tr("\u2193 %1 (%2)   \u2191 %3 (%4)")
            .arg(locale.toString(counters.messagesReceived), formatSize(counters.payloadBytesReceived),
                 locale.toString(counters.messagesSent), formatSize(counters.payloadBytesSent));
    if (counters.roundTripUs >= 0)
        text += tr("   round trip %1 ms").arg(locale.toString(double(counters.roundTripUs) / 1000, 'f', 2));
    m_counters->setText(text);
}

void MainWindow::showProblem(const QString &text)
{
    statusBar()->showMessage(text);
}

// --- the log

void MainWindow::clearLog()
{
    m_log->clear();
}

void MainWindow::saveLog(const QString &fileName)
{
    QString error;
    if (LogFile::save(fileName, m_log->entries(), &error))
        statusBar()->showMessage(tr("Saved %1").arg(QDir::toNativeSeparators(fileName)));
    else
        showProblem(QStringLiteral("%1: %2").arg(fileName, error));
}
