// SPDX-License-Identifier: MIT
#ifndef CONNECTIONSDIALOG_H
#define CONNECTIONSDIALOG_H

#include "connectionsettings.h"
#include "savedconnections.h"

#include <QtWidgets/QDialog>

QT_BEGIN_NAMESPACE
class QLabel;
class QLineEdit;
class QListWidget;
class QListWidgetItem;
class QPushButton;
QT_END_NAMESPACE

// The saved connections: to choose, to add the current one, to rename and to delete.
class ConnectionsDialog : public QDialog
{
    Q_OBJECT

public:
    explicit ConnectionsDialog(const ConnectionSettings &current, QWidget *parent = nullptr);

    void focusName();

Q_SIGNALS:
    void chosen(const ConnectionSettings &settings, const QStringList &missingSecrets);

protected:
    void keyPressEvent(QKeyEvent *event) override;

private:
    void createList();
    void createButtons();
    void arrange();
    void fill(const QString &selected);
    QString selectedName() const;
    void choose();
    void saveCurrent();
    void rename(QListWidgetItem *item);
    void removeSelected();
    void showSelected();
    void showProblem(const QString &problem);

    ConnectionSettings m_current;
    SavedConnections m_store;
    QListWidget *m_list;
    QLineEdit *m_name;
    QLabel *m_detail;
    QPushButton *m_choose;
    QPushButton *m_rename;
    QPushButton *m_remove;
    QPushButton *m_save;
};

#endif // CONNECTIONSDIALOG_H
