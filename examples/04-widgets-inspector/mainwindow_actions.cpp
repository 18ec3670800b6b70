// SPDX-License-Identifier: MIT
#include "mainwindow.h"

#include "adaptivepanes.h"
#include "clientsession.h"
#include "connectionbar.h"
#include "handshakeview.h"
#include "loglist.h"
#include "logmodel.h"
#include "messageview.h"
#include "requestpanel.h"
#include "sendpanel.h"
#include "shortcutsdialog.h"
#include "templatesdialog.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QLocale>
#include <QtCore/QSettings>
#include <QtGui/QActionGroup>
#include <QtWidgets/QMenuBar>
#include <QtWidgets/QMessageBox>
#include <QtWidgets/QSplitter>

QAction *MainWindow::addAction(const char *name, const QString &text, const QKeySequence &shortcut,
                               void (MainWindow::*slot)())
{
    auto *action = new QAction(text, this);
    action->setObjectName(QLatin1String(name));
    action->setShortcut(shortcut);
    connect(action, &QAction::triggered, this, slot);
    return action;
}

// Those that panels have buttons for.
void MainWindow::createActions()
{
    m_connectAction =
        addAction("connect", tr("Connec&t"), Qt::CTRL | Qt::Key_D, &MainWindow::connectOrDisconnect);
    m_sendAction = addAction("send", tr("S&end"), Qt::CTRL | Qt::Key_Return, &MainWindow::sendMessage);
    m_sendFileAction =
        addAction("sendFile", tr("Send &File\u2026"), Qt::CTRL | Qt::Key_U, &MainWindow::chooseFileToSend);
    m_pingAction = addAction("ping", tr("&Ping"), Qt::CTRL | Qt::Key_P, &MainWindow::ping);
}

// Those of the selected rows, which are in the context menu of the log as well.
void MainWindow::createRowActions()
{
    m_copyAction = addAction("copy", tr("&Copy the Content"), QKeySequence::Copy, &MainWindow::copyContent);
    m_copyAction->setShortcutContext(Qt::WidgetShortcut); // a text that has the focus is copied otherwise
    m_copyJsonAction = addAction("copyAsJson", tr("Copy as &JSON"), Qt::CTRL | Qt::SHIFT | Qt::Key_J,
                                 &MainWindow::copyAsJson);
    m_editAction =
        addAction("edit", tr("E&dit and Send Again"), Qt::CTRL | Qt::Key_E, &MainWindow::editAgain);
    m_compareAction =
        addAction("compare", tr("Co&mpare Two Messages"), Qt::CTRL | Qt::Key_K, &MainWindow::compare);
    m_list->setActions({m_copyAction, m_copyJsonAction, m_editAction, m_compareAction});
}

void MainWindow::createMenus()
{
    createConnectionMenu();
    createMessageMenu();
    createSessionMenu();
    createViewMenu();
    createHelpMenu();
}

void MainWindow::createConnectionMenu()
{
    m_reconnectAction =
        addAction("reconnectNow", tr("&Reconnect Now"), Qt::CTRL | Qt::Key_R, &MainWindow::reconnectNow);
    m_closeAction = addAction("close", tr("C&lose with Code\u2026"), Qt::CTRL | Qt::SHIFT | Qt::Key_D,
                              &MainWindow::askForClose);
    QMenu *menu = menuBar()->addMenu(tr("&Connection"));
    menu->addActions({m_connectAction, m_reconnectAction, m_closeAction, m_pingAction});
    menu->addSeparator();
    menu->addAction(addAction("savedConnections", tr("Saved Co&nnections\u2026"), Qt::CTRL | Qt::Key_B,
                              &MainWindow::chooseConnection));
    menu->addAction(addAction("saveConnection", tr("&Save This Connection\u2026"),
                              Qt::CTRL | Qt::SHIFT | Qt::Key_B, &MainWindow::saveConnection));
    menu->addAction(addAction("copyCommand", tr("Copy as Command for &wskit"),
                              Qt::CTRL | Qt::SHIFT | Qt::Key_K, &MainWindow::copyCommand));
    menu->addSeparator();
    QAction *quit = menu->addAction(tr("&Quit"), this, &QWidget::close);
    quit->setShortcut(Qt::CTRL | Qt::Key_Q);
}

void MainWindow::createMessageMenu()
{
    QMenu *menu = menuBar()->addMenu(tr("Messa&ge"));
    menu->addActions({m_sendAction, m_sendFileAction});
    menu->addAction(
        addAction("templates", tr("&Templates\u2026"), Qt::CTRL | Qt::Key_T, &MainWindow::chooseTemplate));
    menu->addAction(addAction("saveTemplate", tr("&Save as Template\u2026"), Qt::CTRL | Qt::SHIFT | Qt::Key_T,
                              &MainWindow::saveTemplate));
    menu->addSeparator();
    menu->addActions({m_copyAction, m_copyJsonAction, m_editAction, m_compareAction});
    menu->addAction(
        addAction("goToPath", tr("Sho&w Part of the JSON"), Qt::CTRL | Qt::Key_J, &MainWindow::focusPath));
}

void MainWindow::createSessionMenu()
{
    m_replayAction = addAction("replay", tr("&Replay Sent Messages"), Qt::CTRL | Qt::SHIFT | Qt::Key_R,
                               &MainWindow::replay);
    m_replayAtOnceAction = addAction("replayAtOnce", tr("Replay &without Pauses"),
                                     Qt::CTRL | Qt::ALT | Qt::Key_R, &MainWindow::replayAtOnce);
    QMenu *menu = menuBar()->addMenu(tr("&Session"));
    menu->addAction(
        addAction("openSession", tr("&Open\u2026"), Qt::CTRL | Qt::Key_O, &MainWindow::chooseSession));
    menu->addAction(
        addAction("saveLog", tr("&Save\u2026"), Qt::CTRL | Qt::Key_S, &MainWindow::chooseLogFile));
    menu->addActions({m_replayAction, m_replayAtOnceAction});
    menu->addSeparator();
    menu->addAction(addAction("find", tr("&Find\u2026"), Qt::CTRL | Qt::Key_F, &MainWindow::find));
    menu->addAction(addAction("findNext", tr("Find &Next"), Qt::Key_F3, &MainWindow::findNext));
    menu->addAction(
        addAction("findPrevious", tr("Find &Previous"), Qt::SHIFT | Qt::Key_F3, &MainWindow::findPrevious));
    menu->addAction(
        addAction("goToFilter", tr("F&ilter"), Qt::CTRL | Qt::SHIFT | Qt::Key_F, &MainWindow::focusFilter));
    menu->addSeparator();
    menu->addAction(
        addAction("clearLog", tr("&Clear"), Qt::CTRL | Qt::SHIFT | Qt::Key_L, &MainWindow::clearLog));
    createCountMenu(menu->addMenu(tr("&Keep at Most")));
}

void MainWindow::createViewMenu()
{
    QMenu *menu = menuBar()->addMenu(tr("&View"));
    menu->addAction(addAction("goToUrl", tr("&URL"), Qt::CTRL | Qt::Key_L, &MainWindow::focusUrl));
    menu->addAction(
        addAction("goToMessage", tr("Message to &Send"), Qt::CTRL | Qt::Key_M, &MainWindow::focusMessage));
    menu->addAction(addAction("goToLog", tr("&Log"), Qt::CTRL | Qt::Key_1, &MainWindow::focusLog));
    menu->addAction(
        addAction("goToRequest", tr("&Request"), Qt::CTRL | Qt::Key_2, &MainWindow::focusRequest));
    menu->addAction(
        addAction("goToHandshake", tr("&Handshake"), Qt::CTRL | Qt::Key_3, &MainWindow::focusHandshake));
    menu->addAction(
        addAction("goToContent", tr("&Message"), Qt::CTRL | Qt::Key_4, &MainWindow::focusContent));
    menu->addSeparator();
    menu->addAction(addAction("toggleSide", tr("S&ide Panel"), Qt::Key_F9, &MainWindow::toggleSide));
    createThemeMenu(menu->addMenu(tr("&Colors")));
}

void MainWindow::createHelpMenu()
{
    QMenu *menu = menuBar()->addMenu(tr("He&lp"));
    menu->addAction(
        addAction("shortcuts", tr("&Keyboard Shortcuts"), Qt::Key_F1, &MainWindow::showShortcuts));
    menu->addAction(addAction("about", tr("&About"), Qt::SHIFT | Qt::Key_F1, &MainWindow::showAbout));
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
    if (m_templates)
        m_templates->setSendable(isOpen);

    const bool isReplaying = m_replayer->isRunning();
    m_replayAction->setText(isReplaying ? tr("Stop the &Replay") : tr("&Replay Sent Messages"));
    m_replayAction->setEnabled(isOpen && m_log->rowCount() > 0);
    m_replayAtOnceAction->setEnabled(m_replayAction->isEnabled() && !isReplaying);
    const qsizetype selected = m_list->selectedCount();
    m_copyAction->setEnabled(selected > 0);
    m_copyJsonAction->setEnabled(selected > 0);
    m_editAction->setEnabled(selected == 1);
    m_compareAction->setEnabled(selected == 2);
}

// --- by the keyboard

void MainWindow::focusUrl()
{
    m_connectionBar->focusUrl();
}

void MainWindow::focusLog()
{
    m_panes->showMain();
    m_list->focusRows();
}

void MainWindow::focusFilter()
{
    m_panes->showMain();
    m_list->focusFilter();
}

void MainWindow::find()
{
    m_panes->showMain();
    m_list->openSearch();
}

void MainWindow::findNext()
{
    m_panes->showMain();
    m_list->findNext();
}

void MainWindow::findPrevious()
{
    m_panes->showMain();
    m_list->findPrevious();
}

void MainWindow::focusMessage()
{
    m_panes->showMain();
    m_send->focusText();
}

void MainWindow::focusRequest()
{
    m_panes->showTab(m_request);
    m_request->focusFirst();
}

void MainWindow::focusHandshake()
{
    m_panes->showTab(m_handshake);
    m_handshake->setFocus(Qt::ShortcutFocusReason);
}

void MainWindow::focusContent()
{
    m_panes->showTab(m_message);
    m_message->focusContent();
}

void MainWindow::focusPath()
{
    m_panes->showTab(m_message);
    m_message->focusPath();
}

void MainWindow::toggleSide()
{
    m_panes->toggleSide();
}

// --- help

void MainWindow::showShortcuts()
{
    QList<QMenu *> menus;
    const QList<QAction *> actions = menuBar()->actions();
    for (const QAction *action : actions)
        menus.append(action->menu());
    auto *dialog = new ShortcutsDialog(menus, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

void MainWindow::showAbout()
{
    auto *box = new QMessageBox(
        QMessageBox::NoIcon, tr("About WebSocket Inspector"),
        tr("WebSocket Inspector %1\n\nOpens a WebSocket connection, shows every message, and sends messages. "
           "A part of WsKit, under the MIT license.")
            .arg(QCoreApplication::applicationVersion()),
        QMessageBox::Close, this);
    box->setIconPixmap(windowIcon().pixmap(64));
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
}

// --- settings

void MainWindow::restoreSettings()
{
    QSettings store;
    m_request->restore(store);
    if (const QString problem = m_history.load(); !problem.isEmpty())
        showProblem(problem);
    m_connectionBar->setHistory(m_history.urls());
    m_message->setFormat(MessageView::Format(store.value(QStringLiteral("format")).toInt()));
    m_send->setText(store.value(QStringLiteral("message")).toString());
    m_send->setType(SendPanel::Type(store.value(QStringLiteral("messageType")).toInt()));
    setMaximumCount(store.value(QStringLiteral("maximumCount"), m_log->maximumCount()).toInt());
    setTheme(Theme::Choice(qBound(0, store.value(QStringLiteral("colors")).toInt(), int(Theme::Dark))));
    resize(fontMetrics().averageCharWidth() * 160, fontMetrics().height() * 45);
    restoreGeometry(store.value(QStringLiteral("geometry")).toByteArray());
    m_panes->restoreState(store.value(QStringLiteral("columns")).toByteArray());
    m_rows->restoreState(store.value(QStringLiteral("rows")).toByteArray());
}

void MainWindow::saveSettings() const
{
    QSettings store;
    m_request->save(store);
    store.setValue(QStringLiteral("format"), m_message->format());
    store.setValue(QStringLiteral("message"), m_send->text());
    store.setValue(QStringLiteral("messageType"), m_send->type());
    store.setValue(QStringLiteral("maximumCount"), m_log->maximumCount());
    store.setValue(QStringLiteral("colors"), m_themes->checkedAction()->data());
    store.setValue(QStringLiteral("geometry"), saveGeometry());
    if (const QByteArray columns = m_panes->saveState(); !columns.isEmpty())
        store.setValue(QStringLiteral("columns"), columns);
    store.setValue(QStringLiteral("rows"), m_rows->saveState());
}
