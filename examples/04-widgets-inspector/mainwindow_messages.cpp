// SPDX-License-Identifier: MIT

// What is done with messages, and with sessions in files.

#include "mainwindow.h"

#include "adaptivepanes.h"
#include "clientsession.h"
#include "connectionbar.h"
#include "diffdialog.h"
#include "loglist.h"
#include "logmodel.h"
#include "messagetext.h"
#include "messageview.h"
#include "requestpanel.h"
#include "secrets.h"
#include "sendpanel.h"
#include "sessionfile.h"
#include "templatesdialog.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QLocale>
#include <QtGui/QClipboard>
#include <QtGui/QGuiApplication>
#include <QtWidgets/QFileDialog>
#include <QtWidgets/QMessageBox>
#include <QtWidgets/QStatusBar>

// --- sending

void MainWindow::sendMessage()
{
    sendText(m_send->text());
}

void MainWindow::sendText(const QString &text)
{
    if (!m_session->sendText(text))
        showProblem(m_session->errorString());
}

void MainWindow::chooseFileToSend()
{
    auto *dialog = new QFileDialog(this, tr("Send a File as Binary"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, &MainWindow::sendFile);
    dialog->open();
}

void MainWindow::sendFile(const QString &fileName)
{
    QFile file(fileName);
    if (!file.open(QIODevice::ReadOnly))
        showProblem(QStringLiteral("%1: %2").arg(fileName, file.errorString()));
    else if (!m_session->sendBinary(file.readAll()))
        showProblem(m_session->errorString());
}

// It is kept, with the values of the variables.
TemplatesDialog *MainWindow::templates()
{
    if (m_templates)
        return m_templates;
    m_templates = new TemplatesDialog(this);
    m_templates->setSendable(m_session->state() == Ws::Open);
    connect(m_templates, &TemplatesDialog::sendRequested, this, &MainWindow::sendText);
    connect(m_templates, &TemplatesDialog::insertRequested, this, [this](const QString &text) {
        m_send->setText(text);
        focusMessage();
    });
    return m_templates;
}

void MainWindow::chooseTemplate()
{
    templates()->openList();
}

void MainWindow::saveTemplate()
{
    templates()->openNew(m_send->text());
}

// --- the rows of the log

void MainWindow::showEntry(const LogEntry &entry)
{
    m_message->show(entry);
    const bool hasMore = entry.isOnWire() || !entry.detail.isEmpty();
    if (hasMore && !m_panes->isNarrow())
        m_panes->showTab(m_message);
}

void MainWindow::showValue(const QString &name, const QString &value)
{
    LogEntry entry;
    entry.note = name;
    entry.detail = value;
    m_message->show(entry);
    focusContent();
}

void MainWindow::copyContent()
{
    QStringList texts;
    const QList<LogEntry> entries = m_list->selected();
    for (const LogEntry &entry : entries)
        texts.append(entry.kind == LogEntry::Kind::Text ? messageText(entry.payload)
                     : entry.detail.isEmpty()           ? entry.preview()
                                                        : entry.detail);
    QGuiApplication::clipboard()->setText(texts.join(u'\n'));
}

void MainWindow::copyAsJson()
{
    QByteArray lines;
    const Session session = SessionFile::sessionOf({}, m_list->selected());
    for (const SessionEvent &event : session.events)
        lines += SessionRecord::eventLine(event);
    QGuiApplication::clipboard()->setText(QString::fromUtf8(lines));
}

void MainWindow::editAgain()
{
    const QList<LogEntry> entries = m_list->selected();
    if (entries.isEmpty() || entries.constFirst().kind != LogEntry::Kind::Text)
        return;
    m_send->setText(messageText(entries.constFirst().payload));
    focusMessage();
}

void MainWindow::compare()
{
    const QList<LogEntry> entries = m_list->selected();
    if (entries.size() != 2)
        return;
    auto *dialog = new DiffDialog(entries.at(0), entries.at(1), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

void MainWindow::clearLog()
{
    m_log->clear();
    const bool goesOn = m_session->state() != Ws::Closed && m_connectionHead;
    m_head = goesOn ? *m_connectionHead : SessionHead();
}

// What comes of the connection belongs to it, also after another session that was opened meanwhile.
void MainWindow::noteSession(const LogEntry &entry)
{
    if (m_connectionHead && (entry.isOnWire() || entry.closeCode != 0))
        m_head = *m_connectionHead;
}

// --- sessions in files

void MainWindow::chooseSession()
{
    auto *dialog =
        new QFileDialog(this, tr("Open a Session"), QString(), tr("Sessions (*.jsonl *.har);;All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, &MainWindow::openSession);
    dialog->open();
}

void MainWindow::openSession(const QString &fileName)
{
    QList<Session> sessions;
    if (const QString problem = SessionFile::load(fileName, &sessions); !problem.isEmpty()) {
        showFileProblem(tr("Open a Session"),
                        tr("%1 is no session: %2").arg(QDir::toNativeSeparators(fileName), problem));
        return;
    }
    clearLog();
    qsizetype count = 0;
    for (const Session &session : std::as_const(sessions)) {
        m_head = session.head;
        count += session.events.size();
        const QList<LogEntry> entries = SessionFile::entriesOf(session);
        for (const LogEntry &entry : entries)
            m_log->append(entry);
    }
    if (m_session->state() == Ws::Closed && !sessions.isEmpty())
        prepareFor(m_head);
    m_panes->showMain();
    statusBar()->showMessage(
        tr("Opened %1, events: %2").arg(QDir::toNativeSeparators(fileName), QLocale().toString(count)));
}

void MainWindow::chooseLogFile()
{
    auto *dialog = new QFileDialog(this, tr("Save the Session"), QString(),
                                   tr("Session, one JSON object a line (*.jsonl);;HTTP archive (*.har);;"
                                      "Text (*.txt)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("jsonl"));
    connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString &filter) {
        const QString suffix = filter.section(QLatin1String("*."), 1).section(u')', 0, 0);
        dialog->setDefaultSuffix(suffix);
    });
    connect(dialog, &QFileDialog::fileSelected, this, &MainWindow::saveLog);
    dialog->open();
}

void MainWindow::saveLog(const QString &fileName)
{
    const QString problem = SessionFile::save(fileName, m_head, m_log->entries());
    if (!problem.isEmpty()) {
        showFileProblem(tr("Save the Session"), QStringLiteral("%1: %2").arg(fileName, problem));
        return;
    }
    QString text = tr("Saved %1").arg(QDir::toNativeSeparators(fileName));
    if (m_log->droppedCount() > 0) // which the log keeps no more
        text += tr(", without older rows: %1").arg(QLocale().toString(m_log->droppedCount()));
    statusBar()->showMessage(text);
}

// The status bar may be too narrow for a path and what is wrong there.
void MainWindow::showFileProblem(const QString &title, const QString &text)
{
    showProblem(text);
    auto *box = new QMessageBox(QMessageBox::Warning, title, text, QMessageBox::Close, this);
    box->setTextFormat(Qt::PlainText); // the name of a file is the text of a stranger
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
}

// The next connection is to the server of the session, to replay it there.
void MainWindow::prepareFor(const SessionHead &head)
{
    m_connectionBar->setUrl(Secrets::storedUrl(head.url));
    ConnectionSettings settings = m_request->settings(m_connectionBar->url());
    settings.subprotocols = head.subprotocols();
    m_request->setSettings(settings);
}

void MainWindow::replay()
{
    if (m_replayer->isRunning())
        m_replayer->stop();
    else
        startReplay(Replayer::AsRecorded);
}

void MainWindow::replayAtOnce()
{
    startReplay(Replayer::AtOnce);
}

// Of several selected rows, those; otherwise all.
void MainWindow::startReplay(Replayer::Pace pace)
{
    const QList<LogEntry> selected = m_list->selected();
    m_replayer->start(selected.size() > 1 ? selected : m_log->entries(), pace);
    if (m_replayer->isRunning())
        statusBar()->showMessage(tr("Replaying\u2026"));
    else
        showProblem(tr("There is no sent message to replay."));
    updateActions();
}

void MainWindow::sendAgain(const LogEntry &message)
{
    const bool isSent = message.kind == LogEntry::Kind::Text
                            ? m_session->sendText(messageText(message.payload))
                            : m_session->sendBinary(message.payload);
    if (isSent)
        return;
    m_replayer->stop();
    showProblem(m_session->errorString());
}
