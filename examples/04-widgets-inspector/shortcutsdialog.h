// SPDX-License-Identifier: MIT
#ifndef SHORTCUTSDIALOG_H
#define SHORTCUTSDIALOG_H

#include <QtWidgets/QDialog>

QT_BEGIN_NAMESPACE
class QMenu;
class QTreeWidget;
QT_END_NAMESPACE

// All commands of the menus with their shortcuts.
class ShortcutsDialog : public QDialog
{
    Q_OBJECT

public:
    explicit ShortcutsDialog(const QList<QMenu *> &menus, QWidget *parent = nullptr);

private:
    void addMenu(const QMenu &menu);

    QTreeWidget *m_list;
};

#endif // SHORTCUTSDIALOG_H
