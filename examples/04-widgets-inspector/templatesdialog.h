// SPDX-License-Identifier: MIT
#ifndef TEMPLATESDIALOG_H
#define TEMPLATESDIALOG_H

#include "savedtemplates.h"

#include <QtCore/QMap>
#include <QtWidgets/QDialog>

QT_BEGIN_NAMESPACE
class QLabel;
class QLineEdit;
class QListWidget;
class QPlainTextEdit;
class QPushButton;
class QTableWidget;
QT_END_NAMESPACE

// Messages with variables: to write, to fill in, and to insert or send. It keeps the values of the variables.
class TemplatesDialog : public QDialog
{
    Q_OBJECT

public:
    explicit TemplatesDialog(QWidget *parent = nullptr);

    void openList();
    void openNew(const QString &text); // a template of this text
    void setSendable(bool sendable);

Q_SIGNALS:
    void insertRequested(const QString &text);
    void sendRequested(const QString &text);

protected:
    void keyPressEvent(QKeyEvent *event) override;

private:
    void createWidgets();
    void connectWidgets();
    void arrange();
    void fill(const QString &selected);
    void showSelected();
    void save();
    void remove();
    void insert();
    void send();
    bool expand(QString *text, qint64 counter);
    void updateVariables();
    void rememberValues();
    void updateButtons();

    SavedTemplates m_store;
    QMap<QString, QString> m_values;
    qint64 m_counter = 0; // of the messages that were sent
    bool m_canSend = false;
    QListWidget *m_list;
    QLineEdit *m_name;
    QPlainTextEdit *m_text;
    QTableWidget *m_variables;
    QLabel *m_problem;
    QPushButton *m_save;
    QPushButton *m_remove;
    QPushButton *m_insert;
    QPushButton *m_send;
};

#endif // TEMPLATESDIALOG_H
