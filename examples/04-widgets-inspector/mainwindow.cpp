// SPDX-License-Identifier: MIT
#include "mainwindow.h"

#include "adaptivepanes.h"
#include "clientsession.h"
#include "closedialog.h"
#include "connectionbar.h"
#include "connectionsdialog.h"
#include "handshakeview.h"
#include "logindialog.h"
#include "loglist.h"
#include "logmodel.h"
#include "messageview.h"
#include "requestpanel.h"
#include "sendpanel.h"
#include "wskitcommand.h"

#include <QtCore/QLocale>
#include <QtGui/QClipboard>
#include <QtGui/QCloseEvent>
#include <QtGui/QGuiApplication>
#include <QtWidgets/QLabel>
#include <QtWidgets/QSplitter>
#include <QtWidgets/QStatusBar>
#include <QtWidgets/QVBoxLayout>

MainWindow::MainWindow(QWidget *parent)
    : QMainWindow(parent), m_session(new ClientSession(this)), m_log(new LogModel(this)),
      m_replayer(new Replayer(this))
{
    setWindowTitle(tr("WebSocket Inspector"));
    createActions();
    createPanels();
    arrangePanels();
    createRowActions();
    connectSession();
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
    m_rows = new QSplitter(Qt::Vertical);
    m_rows->addWidget(m_list);
    m_rows->addWidget(m_send);
    m_rows->setStretchFactor(0, 4);
    m_rows->setStretchFactor(1, 1);
    m_rows->setChildrenCollapsible(false);
    m_panes = new AdaptivePanes(m_rows, tr("Log"));
    m_panes->addTab(m_request, tr("Re&quest"));
    m_panes->addTab(m_handshake, tr("Handshake"));
    m_panes->addTab(m_message, tr("Message"));
    auto *content = new QWidget;
    auto *layout = new QVBoxLayout(content);
    layout->setContentsMargins({});
    layout->setSpacing(0);
    layout->addWidget(m_connectionBar);
    layout->addWidget(m_panes, 1);
    setCentralWidget(content);
}

void MainWindow::connectSession()
{
    connect(m_session, &ClientSession::logged, m_log, &LogModel::append);
    connect(m_session, &ClientSession::logged, this, &MainWindow::noteSession);
    connect(m_session, &ClientSession::opened, this, [this](const SessionHead &head) {
        m_connectionHead = head;
        m_head = head;
    });
    connect(m_session, &ClientSession::stateChanged, this, [this] {
        if (m_session->state() == Ws::Connecting)
            m_connectionHead.reset(); // of the connection before
        showState();
    });
    connect(m_session, &ClientSession::openingChanged, this,
            [this] { m_handshake->show(m_session->client(), m_session->openings()); });
    connect(m_session, &ClientSession::loginRequired, this, &MainWindow::askForLogin);
    connect(m_replayer, &Replayer::due, this, &MainWindow::sendAgain);
    connect(m_replayer, &Replayer::finished, this, [this](qsizetype count) {
        statusBar()->showMessage(tr("Replayed messages: %1").arg(QLocale().toString(count)));
        updateActions();
    });
}

void MainWindow::connectPanels()
{
    connect(m_log, &LogModel::rowsInserted, this, &MainWindow::showCounters);
    connect(m_log, &LogModel::rowsInserted, this, &MainWindow::updateActions);
    connect(m_log, &LogModel::modelReset, this, &MainWindow::updateActions);
    connect(m_connectionBar, &ConnectionBar::urlEntered, this, &MainWindow::open);
    connect(m_send, &SendPanel::validityChanged, this, &MainWindow::updateActions);
    connect(m_list, &LogList::currentChanged, this, &MainWindow::showEntry);
    connect(m_list, &LogList::selectionChanged, this, &MainWindow::updateActions);
    connect(m_list, &LogList::activated, this, &MainWindow::focusContent);
    connect(m_list, &LogList::searchChanged, m_message, &MessageView::highlight);
    connect(m_handshake, &HandshakeView::valueActivated, this, &MainWindow::showValue);
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
    const QString problem = m_history.add(m_connectionBar->url().toString(QUrl::FullyEncoded));
    m_connectionBar->setHistory(m_history.urls());
    if (!m_session->open(currentSettings()))
        showProblem(m_session->errorString());
    else if (!problem.isEmpty())
        showProblem(problem);
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
        focusMessage();
    else
        m_replayer->stop();
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

// --- saved connections

ConnectionSettings MainWindow::currentSettings() const
{
    return m_request->settings(m_connectionBar->url());
}

ConnectionsDialog *MainWindow::openConnections()
{
    auto *dialog = new ConnectionsDialog(currentSettings(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &ConnectionsDialog::chosen, this, &MainWindow::useConnection);
    dialog->open();
    return dialog;
}

void MainWindow::chooseConnection()
{
    openConnections();
}

void MainWindow::saveConnection()
{
    openConnections()->focusName();
}

// Without its secrets, a connection would only fail.
void MainWindow::useConnection(const ConnectionSettings &settings, const QStringList &missingSecrets)
{
    if (m_session->state() != Ws::Closed || m_session->isWaiting())
        m_session->abort();
    m_request->setSettings(settings);
    m_connectionBar->setUrl(settings.url.toString(QUrl::FullyEncoded));
    if (missingSecrets.isEmpty()) {
        open();
        return;
    }
    m_panes->showTab(m_request);
    showProblem(tr("Enter again, then connect: %1").arg(SavedConnections::shownSecrets(missingSecrets)));
}

void MainWindow::copyCommand()
{
    const QString command = wskitCommand(currentSettings());
    QGuiApplication::clipboard()->setText(command);
    statusBar()->showMessage(tr("Copied: %1").arg(command));
}
