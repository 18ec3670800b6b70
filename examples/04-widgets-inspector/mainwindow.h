// SPDX-License-Identifier: MIT
#ifndef MAINWINDOW_H
#define MAINWINDOW_H

#include "logins.h"
#include "theme.h"

#include <QtGui/QAction>
#include <QtGui/QCloseEvent>
#include <QtGui/QKeySequence>
#include <QtWidgets/QMainWindow>
#include <QtWidgets/QMenu>

QT_BEGIN_NAMESPACE
class QActionGroup;
class QLabel;
class QSplitter;
class QTabWidget;
QT_END_NAMESPACE

class ConnectionBar;
class HandshakeView;
class LogList;
class LogModel;
class MessageView;
class RequestPanel;
class SendPanel;
class Session;

class MainWindow : public QMainWindow
{
    Q_OBJECT

public:
    explicit MainWindow(QWidget *parent = nullptr);

    void openUrl(const QString &url);

protected:
    void closeEvent(QCloseEvent *event) override;

private:
    QAction *addAction(const QString &name, const QString &text, const QKeySequence &shortcut,
                       void (MainWindow::*slot)());
    void createActions();
    void createMenus();
    void createThemeMenu(QMenu *menu);
    void createCountMenu(QMenu *menu);
    void createPanels();
    void arrangePanels();
    void connectPanels();
    void restoreSettings();
    void saveSettings() const;
    void setTheme(Theme::Choice choice);
    void setMaximumCount(int count);

    void connectOrDisconnect();
    void reconnectNow();
    void open();
    void sendMessage();
    void chooseFileToSend();
    void sendFile(const QString &fileName);
    void ping();
    void askForClose();
    void askForLogin(const Logins::Question &question);
    void clearLog();
    void chooseLogFile();
    void saveLog(const QString &fileName);
    void focusUrl();
    void focusFilter();
    void focusMessage();
    void focusHandshake();
    void showState();
    void showCounters();
    void showProblem(const QString &text);
    void updateActions();

    Session *m_session;
    LogModel *m_log;
    ConnectionBar *m_connectionBar = nullptr;
    RequestPanel *m_request = nullptr;
    LogList *m_list = nullptr;
    MessageView *m_message = nullptr;
    HandshakeView *m_handshake = nullptr;
    SendPanel *m_send = nullptr;
    QTabWidget *m_tabs = nullptr;
    QSplitter *m_columns = nullptr;
    QSplitter *m_rows = nullptr;
    QLabel *m_counters = nullptr;

    QAction *m_connectAction = nullptr;
    QAction *m_reconnectAction = nullptr;
    QAction *m_closeAction = nullptr;
    QAction *m_sendAction = nullptr;
    QAction *m_sendFileAction = nullptr;
    QAction *m_pingAction = nullptr;
    QActionGroup *m_themes = nullptr;
    QActionGroup *m_counts = nullptr;
};

#endif // MAINWINDOW_H
