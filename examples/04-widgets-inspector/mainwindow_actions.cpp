// SPDX-License-Identifier: MIT
#include "mainwindow.h"

#include "connectionbar.h"
#include "handshakeview.h"
#include "loglist.h"
#include "logmodel.h"
#include "messageview.h"
#include "requestpanel.h"
#include "sendpanel.h"
#include "session.h"

#include <QtCore/QLocale>
#include <QtCore/QSettings>
#include <QtGui/QActionGroup>
#include <QtWidgets/QFileDialog>
#include <QtWidgets/QMenuBar>
#include <QtWidgets/QSplitter>
#include <QtWidgets/QTabWidget>

QAction *MainWindow::addAction(const QString &name, const QString &text, const QKeySequence &shortcut,
                               void (MainWindow::*slot)())
{
    auto *action = new QAction(text, this);
    action->setObjectName(name);
    action->setShortcut(shortcut);
    connect(action, &QAction::triggered, this, slot);
    return action;
}

void MainWindow::createActions()
{
    m_connectAction = addAction(QStringLiteral("connect"), tr("Connec&t"), Qt::CTRL | Qt::Key_D,
                                &MainWindow::connectOrDisconnect);
    m_reconnectAction = addAction(QStringLiteral("reconnectNow"), tr("&Reconnect Now"), Qt::CTRL | Qt::Key_R,
                                  &MainWindow::reconnectNow);
    m_closeAction = addAction(QStringLiteral("close"), tr("C&lose with Code\u2026"),
                              Qt::CTRL | Qt::SHIFT | Qt::Key_D, &MainWindow::askForClose);
    m_sendAction =
        addAction(QStringLiteral("send"), tr("S&end"), Qt::CTRL | Qt::Key_Return, &MainWindow::sendMessage);
    m_sendFileAction = addAction(QStringLiteral("sendFile"), tr("Send &File\u2026"), QKeySequence::Open,
                                 &MainWindow::chooseFileToSend);
    m_pingAction = addAction(QStringLiteral("ping"), tr("&Ping"), Qt::CTRL | Qt::Key_P, &MainWindow::ping);
}

void MainWindow::createMenus()
{
    QMenu *connection = menuBar()->addMenu(tr("&Connection"));
    connection->addActions({m_connectAction, m_reconnectAction, m_closeAction});
    connection->addSeparator();
    connection->addActions({m_sendAction, m_sendFileAction, m_pingAction});
    connection->addSeparator();
    QAction *quit = connection->addAction(tr("&Quit"), this, &QWidget::close);
    quit->setShortcut(QKeySequence::Quit);

    QMenu *log = menuBar()->addMenu(tr("&Log"));
    log->addAction(addAction(QStringLiteral("saveLog"), tr("&Save\u2026"), QKeySequence::Save,
                             &MainWindow::chooseLogFile));
    log->addAction(addAction(QStringLiteral("clearLog"), tr("&Clear"), Qt::CTRL | Qt::SHIFT | Qt::Key_L,
                             &MainWindow::clearLog));
    log->addSeparator();
    createCountMenu(log->addMenu(tr("&Keep at Most")));

    QMenu *view = menuBar()->addMenu(tr("&View"));
    view->addAction(
        addAction(QStringLiteral("goToUrl"), tr("&URL"), Qt::CTRL | Qt::Key_L, &MainWindow::focusUrl));
    view->addAction(
        addAction(QStringLiteral("goToFilter"), tr("&Filter"), QKeySequence::Find, &MainWindow::focusFilter));
    view->addAction(addAction(QStringLiteral("goToMessage"), tr("&Message to Send"), Qt::CTRL | Qt::Key_M,
                              &MainWindow::focusMessage));
    view->addAction(addAction(QStringLiteral("goToHandshake"), tr("&Handshake"), Qt::CTRL | Qt::Key_H,
                              &MainWindow::focusHandshake));
    view->addSeparator();
    createThemeMenu(view->addMenu(tr("&Colors")));
}

void MainWindow::createThemeMenu(QMenu *menu)
{
    const QString names[] = {tr("Of the &System"), tr("&Light"), tr("&Dark")};
    m_themes = new QActionGroup(this);
    for (const Theme::Choice choice : {Theme::System, Theme::Light, Theme::Dark}) {
        QAction *action = m_themes->addAction(names[choice]);
        action->setCheckable(true);
        action->setData(int(choice));
        connect(action, &QAction::triggered, this, [this, choice] { setTheme(choice); });
        menu->addAction(action);
    }
}

void MainWindow::setTheme(Theme::Choice choice)
{
    m_themes->actions().at(choice)->setChecked(true);
    Theme::apply(choice);
    showState();
}

void MainWindow::createCountMenu(QMenu *menu)
{
    m_counts = new QActionGroup(this);
    for (const int count : {1'000, 10'000, 100'000}) {
        QAction *action = m_counts->addAction(tr("%1 Rows").arg(QLocale().toString(count)));
        action->setCheckable(true);
        action->setData(count);
        connect(action, &QAction::triggered, this, [this, count] { setMaximumCount(count); });
        menu->addAction(action);
    }
}

void MainWindow::setMaximumCount(int count)
{
    m_log->setMaximumCount(count);
    const QList<QAction *> actions = m_counts->actions();
    for (QAction *action : actions)
        action->setChecked(action->data().toInt() == count);
}

void MainWindow::updateActions()
{
    const Ws::State state = m_session->state();
    const bool isOpen = state == Ws::Open;
    const bool isWaiting = m_session->isWaiting();
    m_connectAction->setText(isOpen                              ? tr("Disconnec&t")
                             : state == Ws::Closed && !isWaiting ? tr("Connec&t")
                                                                 : tr("Abor&t"));
    m_reconnectAction->setEnabled(isWaiting);
    m_closeAction->setEnabled(isOpen);
    m_sendAction->setEnabled(isOpen && m_send->isValid());
    m_sendFileAction->setEnabled(isOpen);
    m_pingAction->setEnabled(isOpen);
}

// --- files

void MainWindow::chooseFileToSend()
{
    auto *dialog = new QFileDialog(this, tr("Send a File as Binary"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, &MainWindow::sendFile);
    dialog->open();
}

void MainWindow::chooseLogFile()
{
    auto *dialog = new QFileDialog(this, tr("Save the Log"), QString(),
                                   tr("JSON, one object a line (*.jsonl);;Text (*.txt)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("jsonl"));
    connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString &filter) {
        dialog->setDefaultSuffix(filter.contains(QLatin1String("*.txt")) ? QStringLiteral("txt")
                                                                         : QStringLiteral("jsonl"));
    });
    connect(dialog, &QFileDialog::fileSelected, this, &MainWindow::saveLog);
    dialog->open();
}

// --- by the keyboard

void MainWindow::focusUrl()
{
    m_connectionBar->focusUrl();
}

void MainWindow::focusFilter()
{
    m_list->focusFilter();
}

void MainWindow::focusMessage()
{
    m_send->focusText();
}

void MainWindow::focusHandshake()
{
    m_tabs->setCurrentWidget(m_handshake);
    m_handshake->setFocus(Qt::ShortcutFocusReason);
}

// --- settings

void MainWindow::restoreSettings()
{
    QSettings store;
    m_request->restore(store);
    m_connectionBar->setHistory(store.value(QStringLiteral("urls")).toStringList());
    m_message->setFormat(MessageView::Format(store.value(QStringLiteral("format")).toInt()));
    m_send->setText(store.value(QStringLiteral("message")).toString());
    m_send->setType(SendPanel::Type(store.value(QStringLiteral("messageType")).toInt()));
    setMaximumCount(store.value(QStringLiteral("maximumCount"), m_log->maximumCount()).toInt());
    setTheme(Theme::Choice(qBound(0, store.value(QStringLiteral("colors")).toInt(), int(Theme::Dark))));
    resize(fontMetrics().averageCharWidth() * 160, fontMetrics().height() * 45);
    restoreGeometry(store.value(QStringLiteral("geometry")).toByteArray());
    m_columns->restoreState(store.value(QStringLiteral("columns")).toByteArray());
    m_rows->restoreState(store.value(QStringLiteral("rows")).toByteArray());
}

void MainWindow::saveSettings() const
{
    QSettings store;
    m_request->save(store);
    store.setValue(QStringLiteral("urls"), m_connectionBar->history());
    store.setValue(QStringLiteral("format"), m_message->format());
    store.setValue(QStringLiteral("message"), m_send->text());
    store.setValue(QStringLiteral("messageType"), m_send->type());
    store.setValue(QStringLiteral("maximumCount"), m_log->maximumCount());
    store.setValue(QStringLiteral("colors"), m_themes->checkedAction()->data());
    store.setValue(QStringLiteral("geometry"), saveGeometry());
    store.setValue(QStringLiteral("columns"), m_columns->saveState());
    store.setValue(QStringLiteral("rows"), m_rows->saveState());
}
