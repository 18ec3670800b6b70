// SPDX-License-Identifier: MIT
#include "connectionsdialog.h"

#include "connectionstore.h"

#include <QtGui/QKeyEvent>
#include <QtGui/QShortcut>
#include <QtWidgets/QDialogButtonBox>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QLabel>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QListWidget>
#include <QtWidgets/QPushButton>

namespace {
constexpr int NameRole = Qt::UserRole; // as it is saved, while another one is entered
} // namespace

ConnectionsDialog::ConnectionsDialog(const ConnectionSettings &current, QWidget *parent)
    : QDialog(parent), m_current(current), m_list(new QListWidget), m_name(new QLineEdit),
      m_detail(new QLabel), m_choose(new QPushButton(tr("&Connect"))),
      m_rename(new QPushButton(tr("&Rename"))), m_remove(new QPushButton(tr("&Delete"))),
      m_save(new QPushButton(tr("&Save")))
{
    setWindowTitle(tr("Saved Connections"));
    createList();
    createButtons();
    arrange();
    showProblem(m_store.load());
    fill({});
    m_list->setFocus();
}

void ConnectionsDialog::createList()
{
    m_list->setObjectName(QStringLiteral("connections"));
    m_list->setAccessibleName(windowTitle());
    m_list->setEditTriggers(QAbstractItemView::EditKeyPressed);
    connect(m_list, &QListWidget::currentRowChanged, this, &ConnectionsDialog::showSelected);
    connect(m_list, &QListWidget::itemDoubleClicked, this, &ConnectionsDialog::choose);
    connect(m_list, &QListWidget::itemChanged, this, &ConnectionsDialog::rename);
    auto *remove = new QShortcut(QKeySequence::Delete, m_list);
    remove->setContext(Qt::WidgetShortcut);
    connect(remove, &QShortcut::activated, this, &ConnectionsDialog::removeSelected);
}

void ConnectionsDialog::createButtons()
{
    m_name->setObjectName(QStringLiteral("connectionName"));
    m_name->setText(m_current.url.host());
    m_save->setObjectName(QStringLiteral("saveConnection"));
    m_choose->setObjectName(QStringLiteral("chooseConnection"));
    m_remove->setObjectName(QStringLiteral("removeConnection"));
    m_choose->setDefault(true);
    for (QPushButton *button : {m_rename, m_remove, m_save})
        button->setAutoDefault(false);
    m_detail->setWordWrap(true);
    m_detail->setTextFormat(Qt::PlainText);
    m_detail->setObjectName(QStringLiteral("connectionDetail"));
    connect(m_choose, &QPushButton::clicked, this, &ConnectionsDialog::choose);
    connect(m_rename, &QPushButton::clicked, this, [this] { m_list->editItem(m_list->currentItem()); });
    connect(m_remove, &QPushButton::clicked, this, &ConnectionsDialog::removeSelected);
    connect(m_save, &QPushButton::clicked, this, &ConnectionsDialog::saveCurrent);
    const auto enableSave = [this] {
        m_save->setEnabled(!m_name->text().trimmed().isEmpty() && !m_current.url.isEmpty());
    };
    connect(m_name, &QLineEdit::textChanged, this, enableSave);
    enableSave();
}

void ConnectionsDialog::arrange()
{
    auto *label = new QLabel(tr("Save the current one &as:"));
    label->setBuddy(m_name);
    auto *saving = new QHBoxLayout;
    saving->addWidget(label);
    saving->addWidget(m_name, 1);
    saving->addWidget(m_save);
    auto *close = new QPushButton(tr("Close"));
    close->setAutoDefault(false);
    connect(close, &QPushButton::clicked, this, &QDialog::reject);
    auto *buttons = new QHBoxLayout;
    buttons->addWidget(m_rename);
    buttons->addWidget(m_remove);
    buttons->addStretch();
    buttons->addWidget(close);
    buttons->addWidget(m_choose);
    auto *layout = new QVBoxLayout(this);
    layout->addWidget(m_list, 1);
    layout->addWidget(m_detail);
    layout->addLayout(saving);
    layout->addLayout(buttons);
    resize(fontMetrics().averageCharWidth() * 80, fontMetrics().height() * 22);
}

void ConnectionsDialog::focusName()
{
    m_name->setFocus();
    m_name->selectAll();
}

// Enter in the name saves. Elsewhere it is the default button's.
void ConnectionsDialog::keyPressEvent(QKeyEvent *event)
{
    const bool isEnter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (isEnter && m_name->hasFocus())
        m_save->click();
    else
        QDialog::keyPressEvent(event);
}

void ConnectionsDialog::fill(const QString &selected)
{
    const QSignalBlocker blocker(m_list);
    m_list->clear();
    const QStringList names = m_store.names();
    for (const QString &name : names) {
        auto *item = new QListWidgetItem(name, m_list);
        item->setData(NameRole, name);
        item->setFlags(item->flags() | Qt::ItemIsEditable);
    }
    m_list->setCurrentRow(qMax(0, int(names.indexOf(selected))));
    showSelected();
}

QString ConnectionsDialog::selectedName() const
{
    return m_list->currentItem() ? m_list->currentItem()->data(NameRole).toString() : QString();
}

void ConnectionsDialog::choose()
{
    SavedConnection saved;
    const QString problem = m_store.find(selectedName(), &saved);
    showProblem(problem);
    if (!problem.isEmpty() || selectedName().isEmpty())
        return;
    accept();
    Q_EMIT chosen(settingsOf(saved), saved.missing);
}

void ConnectionsDialog::saveCurrent()
{
    const QString name = m_name->text().trimmed();
    SavedConnection saved;
    if (m_store.contains(name))
        (void)m_store.find(name, &saved);
    updateSaved(&saved, m_current);
    const QString problem = m_store.save(name, saved);
    fill(name);
    m_list->setFocus();
    if (!problem.isEmpty())
        showProblem(problem);
}

void ConnectionsDialog::rename(QListWidgetItem *item)
{
    const QString before = item->data(NameRole).toString();
    const QString after = item->text().trimmed();
    QString problem;
    SavedConnection saved;
    if (after.isEmpty() || after == before)
        problem = QString();
    else if (m_store.contains(after))
        problem = tr("There is another connection of this name.");
    else if (problem = m_store.find(before, &saved); problem.isEmpty())
        problem = m_store.save(after, saved, SavedConnections::SecretPolicy::Keep);
    const bool isRenamed = problem.isEmpty() && !after.isEmpty() && after != before;
    if (isRenamed)
        problem = m_store.remove(before);
    // Not while the list still uses the item.
    QMetaObject::invokeMethod(
        this,
        [this, name = isRenamed ? after : before, problem] {
            fill(name);
            if (!problem.isEmpty())
                showProblem(problem);
        },
        Qt::QueuedConnection);
}

void ConnectionsDialog::removeSelected()
{
    if (selectedName().isEmpty())
        return;
    const int row = m_list->currentRow();
    const QString problem = m_store.remove(selectedName());
    fill({});
    m_list->setCurrentRow(qMin(row, m_list->count() - 1));
    if (!problem.isEmpty())
        showProblem(problem);
}

void ConnectionsDialog::showSelected()
{
    const QString name = selectedName();
    for (QPushButton *button : {m_choose, m_rename, m_remove})
        button->setEnabled(!name.isEmpty());
    SavedConnection saved;
    if (name.isEmpty() || !m_store.find(name, &saved).isEmpty()) {
        m_detail->setText(tr("No connection is saved yet."));
        return;
    }
    QString text = saved.url;
    if (!saved.missing.isEmpty())
        text += u'\n' + tr("Not saved, enter again: %1").arg(SavedConnections::shownSecrets(saved.missing));
    m_detail->setText(text);
}

void ConnectionsDialog::showProblem(const QString &problem)
{
    m_detail->setText(problem);
}
