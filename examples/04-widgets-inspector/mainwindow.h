// SPDX-License-Identifier: MIT
#ifndef MAINWINDOW_H
#define MAINWINDOW_H

#include "connectionhistory.h"
#include "logentry.h"
#include "logins.h"
#include "replayer.h"
#include "sessionrecord.h"
#include "theme.h"

#include <QtGui/QAction>
#include <QtGui/QCloseEvent>
#include <QtGui/QKeySequence>
#include <QtWidgets/QMainWindow>
#include <QtWidgets/QMenu>

#include <optional>

QT_BEGIN_NAMESPACE
class QActionGroup;
class QLabel;
class QSplitter;
QT_END_NAMESPACE

class AdaptivePanes;
class ClientSession;
class ConnectionBar;
class ConnectionsDialog;
class HandshakeView;
class LogList;
class LogModel;
class MessageView;
class RequestPanel;
class SendPanel;
class TemplatesDialog;
struct ConnectionSettings;

class MainWindow : public QMainWindow
{
    Q_OBJECT

public:
    explicit MainWindow(QWidget *parent = nullptr);

    void openUrl(const QString &url);
    // Shows the session in the file, without a connection.
    void openSession(const QString &fileName);

protected:
    void closeEvent(QCloseEvent *event) override;

private:
    QAction *addAction(const char *name, const QString &text, const QKeySequence &shortcut,
                       void (MainWindow::*slot)());
    void createActions();
    void createRowActions();
    void createMenus();
    void createConnectionMenu();
    void createMessageMenu();
    void createSessionMenu();
    void createViewMenu();
    void createHelpMenu();
    void createThemeMenu(QMenu *menu);
    void createCountMenu(QMenu *menu);
    void createPanels();
    void arrangePanels();
    void connectSession();
    void connectPanels();
    void restoreSettings();
    void saveSettings() const;
    void setTheme(Theme::Choice choice);
    void setMaximumCount(int count);

    void connectOrDisconnect();
    void reconnectNow();
    void open();
    void ping();
    void askForClose();
    void askForLogin(const Logins::Question &question);
    ConnectionSettings currentSettings() const;
    ConnectionsDialog *openConnections();
    void chooseConnection();
    void saveConnection();
    void useConnection(const ConnectionSettings &settings, const QStringList &missingSecrets);
    void copyCommand();

    void sendMessage();
    void sendText(const QString &text);
    void chooseFileToSend();
    void sendFile(const QString &fileName);
    TemplatesDialog *templates();
    void chooseTemplate();
    void saveTemplate();
    void copyContent();
    void copyAsJson();
    void editAgain();
    void compare();
    void showEntry(const LogEntry &entry);
    void showValue(const QString &name, const QString &value);

    void clearLog();
    void chooseSession();
    void chooseLogFile();
    void saveLog(const QString &fileName);
    void replay();
    void replayAtOnce();
    void startReplay(Replayer::Pace pace);
    void sendAgain(const LogEntry &message);

    void find();
    void findNext();
    void findPrevious();
    void focusUrl();
    void focusLog();
    void focusFilter();
    void focusMessage();
    void focusRequest();
    void focusHandshake();
    void focusContent();
    void focusPath();
    void toggleSide();
    void showShortcuts();
    void showAbout();
    void showState();
    void noteSession(const LogEntry &entry);
    void showCounters();
    void prepareFor(const SessionHead &head);
    void showProblem(const QString &text);
    void showFileProblem(const QString &title, const QString &text);
    void updateActions();

    ClientSession *m_session;
    LogModel *m_log;
    Replayer *m_replayer;
    ConnectionHistory m_history;
    SessionHead m_head; // of the last session in the log
    // Of the connection, from when it has opened until the next one is opening.
    std::optional<SessionHead> m_connectionHead;
    ConnectionBar *m_connectionBar = nullptr;
    RequestPanel *m_request = nullptr;
    LogList *m_list = nullptr;
    MessageView *m_message = nullptr;
    HandshakeView *m_handshake = nullptr;
    SendPanel *m_send = nullptr;
    AdaptivePanes *m_panes = nullptr;
    QSplitter *m_rows = nullptr;
    QLabel *m_counters = nullptr;
    TemplatesDialog *m_templates = nullptr;

    QAction *m_connectAction = nullptr;
    QAction *m_reconnectAction = nullptr;
    QAction *m_closeAction = nullptr;
    QAction *m_sendAction = nullptr;
    QAction *m_sendFileAction = nullptr;
    QAction *m_pingAction = nullptr;
    QAction *m_copyAction = nullptr;
    QAction *m_copyJsonAction = nullptr;
    QAction *m_editAction = nullptr;
    QAction *m_compareAction = nullptr;
    QAction *m_replayAction = nullptr;
    QAction *m_replayAtOnceAction = nullptr;
    QActionGroup *m_themes = nullptr;
    QActionGroup *m_counts = nullptr;
};

#endif // MAINWINDOW_H
