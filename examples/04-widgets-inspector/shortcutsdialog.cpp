// SPDX-License-Identifier: MIT
#include "shortcutsdialog.h"

#include <QtGui/QAction>
#include <QtWidgets/QDialogButtonBox>
#include <QtWidgets/QHeaderView>
#include <QtWidgets/QMenu>
#include <QtWidgets/QTreeWidget>
#include <QtWidgets/QVBoxLayout>

namespace {
QString withoutMnemonic(QString text)
{
    return text.remove(u'&');
}
} // namespace

ShortcutsDialog::ShortcutsDialog(const QList<QMenu *> &menus, QWidget *parent)
    : QDialog(parent), m_list(new QTreeWidget)
{
    setWindowTitle(tr("Keyboard Shortcuts"));
    m_list->setObjectName(QStringLiteral("shortcuts"));
    m_list->setAccessibleName(windowTitle());
    m_list->setHeaderLabels({tr("Command"), tr("Shortcut")});
    m_list->setRootIsDecorated(false);
    for (const QMenu *menu : menus)
        addMenu(*menu);
    m_list->expandAll();
    m_list->header()->setSectionResizeMode(0, QHeaderView::Stretch);
    m_list->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
    m_list->header()->setStretchLastSection(false);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);

    auto *layout = new QVBoxLayout(this);
    layout->addWidget(m_list, 1);
    layout->addWidget(buttons);
    resize(fontMetrics().averageCharWidth() * 65, fontMetrics().height() * 26);
}

void ShortcutsDialog::addMenu(const QMenu &menu)
{
    auto *section = new QTreeWidgetItem(m_list, {withoutMnemonic(menu.title())});
    QFont bold = font();
    bold.setBold(true);
    section->setFont(0, bold);
    const QList<QAction *> actions = menu.actions();
    for (const QAction *action : actions) {
        if (!action->shortcut().isEmpty())
            new QTreeWidgetItem(section, {withoutMnemonic(action->text()),
                                          action->shortcut().toString(QKeySequence::NativeText)});
    }
}
