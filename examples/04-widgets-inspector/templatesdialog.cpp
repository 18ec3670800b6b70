// SPDX-License-Identifier: MIT
#include "templatesdialog.h"

#include "messagetemplate.h"

#include <QtGui/QFontDatabase>
#include <QtGui/QKeyEvent>
#include <QtGui/QShortcut>
#include <QtWidgets/QGridLayout>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QHeaderView>
#include <QtWidgets/QLabel>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QListWidget>
#include <QtWidgets/QPlainTextEdit>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QTableWidget>

TemplatesDialog::TemplatesDialog(QWidget *parent)
    : QDialog(parent), m_list(new QListWidget), m_name(new QLineEdit), m_text(new QPlainTextEdit),
      m_variables(new QTableWidget(0, 2)), m_problem(new QLabel), m_save(new QPushButton(tr("S&ave"))),
      m_remove(new QPushButton(tr("&Delete"))), m_insert(new QPushButton(tr("&Insert"))),
      m_send(new QPushButton(tr("&Send")))
{
    setWindowTitle(tr("Message Templates"));
    createWidgets();
    connectWidgets();
    arrange();
}

void TemplatesDialog::createWidgets()
{
    m_list->setObjectName(QStringLiteral("templates"));
    m_list->setAccessibleName(windowTitle());
    m_name->setObjectName(QStringLiteral("templateName"));
    m_text->setObjectName(QStringLiteral("templateText"));
    m_text->setPlaceholderText(QStringLiteral("{\"id\": {{$counter}}, \"user\": \"{{user}}\"}"));
    m_text->setToolTip(tr("{{name}} is a variable. Built in: %1")
                           .arg(QStringLiteral("{{$uuid}}, {{$timestamp}}, {{$isoTime}}, {{$counter}}, "
                                               "{{$randomInt}}, {{$env.NAME}}")));
    m_text->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_text->setTabChangesFocus(true);
    m_variables->setObjectName(QStringLiteral("variables"));
    m_variables->setAccessibleName(tr("Variables"));
    m_variables->setHorizontalHeaderLabels({tr("Variable"), tr("Value")});
    m_variables->setTabKeyNavigation(false);
    m_variables->verticalHeader()->hide();
    m_variables->horizontalHeader()->setStretchLastSection(true);
    m_variables->setMaximumHeight(fontMetrics().height() * 8);
    m_problem->setObjectName(QStringLiteral("templateProblem"));
    m_problem->setWordWrap(true);
    m_save->setObjectName(QStringLiteral("saveTemplate"));
    m_remove->setObjectName(QStringLiteral("removeTemplate"));
    m_insert->setObjectName(QStringLiteral("insertTemplate"));
    m_send->setObjectName(QStringLiteral("sendTemplate"));
    m_insert->setDefault(true);
    for (QPushButton *button : {m_save, m_remove, m_send})
        button->setAutoDefault(false);
}

void TemplatesDialog::connectWidgets()
{
    connect(m_list, &QListWidget::currentRowChanged, this, &TemplatesDialog::showSelected);
    connect(m_list, &QListWidget::itemDoubleClicked, this, &TemplatesDialog::insert);
    connect(m_name, &QLineEdit::textChanged, this, &TemplatesDialog::updateButtons);
    connect(m_text, &QPlainTextEdit::textChanged, this, &TemplatesDialog::updateVariables);
    connect(m_save, &QPushButton::clicked, this, &TemplatesDialog::save);
    connect(m_remove, &QPushButton::clicked, this, &TemplatesDialog::remove);
    connect(m_insert, &QPushButton::clicked, this, &TemplatesDialog::insert);
    connect(m_send, &QPushButton::clicked, this, &TemplatesDialog::send);
    auto *remove = new QShortcut(QKeySequence::Delete, m_list);
    remove->setContext(Qt::WidgetShortcut);
    connect(remove, &QShortcut::activated, this, &TemplatesDialog::remove);
}

void TemplatesDialog::arrange()
{
    auto *nameLabel = new QLabel(tr("&Name:"));
    nameLabel->setBuddy(m_name);
    auto *textLabel = new QLabel(tr("&Text:"));
    textLabel->setBuddy(m_text);
    auto *variablesLabel = new QLabel(tr("&Variables:"));
    variablesLabel->setBuddy(m_variables);
    auto *close = new QPushButton(tr("Close"));
    close->setAutoDefault(false);
    connect(close, &QPushButton::clicked, this, &QDialog::reject);
    auto *grid = new QGridLayout;
    grid->addWidget(m_list, 0, 0, 4, 1);
    grid->addWidget(nameLabel, 0, 1);
    grid->addWidget(m_name, 0, 2);
    grid->addWidget(textLabel, 1, 1, Qt::AlignTop);
    grid->addWidget(m_text, 1, 2);
    grid->addWidget(variablesLabel, 2, 1, Qt::AlignTop);
    grid->addWidget(m_variables, 2, 2);
    grid->addWidget(m_problem, 3, 1, 1, 2);
    grid->setRowStretch(1, 1);
    grid->setColumnStretch(0, 1);
    grid->setColumnStretch(2, 2);
    auto *buttons = new QHBoxLayout;
    for (QPushButton *button : {m_save, m_remove})
        buttons->addWidget(button);
    buttons->addStretch();
    for (QPushButton *button : {close, m_send, m_insert})
        buttons->addWidget(button);
    auto *layout = new QVBoxLayout(this);
    layout->addLayout(grid, 1);
    layout->addLayout(buttons);
    resize(fontMetrics().averageCharWidth() * 88, fontMetrics().height() * 24);
}

void TemplatesDialog::openList()
{
    const QString problem = m_store.load();
    fill(m_name->text());
    m_problem->setText(problem);
    m_list->setFocus();
    open();
}

void TemplatesDialog::openNew(const QString &text)
{
    openList();
    m_list->setCurrentRow(-1);
    m_name->clear();
    m_text->setPlainText(text);
    m_name->setFocus();
}

void TemplatesDialog::setSendable(bool sendable)
{
    m_canSend = sendable;
    updateButtons();
}

// Enter in the name saves. Elsewhere it is the default button's.
void TemplatesDialog::keyPressEvent(QKeyEvent *event)
{
    const bool isEnter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (isEnter && m_name->hasFocus())
        m_save->click();
    else
        QDialog::keyPressEvent(event);
}

void TemplatesDialog::fill(const QString &selected)
{
    const QSignalBlocker blocker(m_list);
    const QStringList names = m_store.names();
    m_list->clear();
    m_list->addItems(names);
    m_list->setCurrentRow(names.isEmpty() ? -1 : qMax(0, int(names.indexOf(selected))));
    showSelected();
}

void TemplatesDialog::showSelected()
{
    if (const QListWidgetItem *item = m_list->currentItem()) {
        m_name->setText(item->text());
        m_text->setPlainText(m_store.text(item->text()));
    }
    m_problem->clear();
    updateButtons();
}

void TemplatesDialog::save()
{
    const QString name = m_name->text().trimmed();
    const QString problem = m_store.save(name, m_text->toPlainText());
    if (problem.isEmpty())
        fill(name);
    m_problem->setText(problem);
}

void TemplatesDialog::remove()
{
    if (!m_list->currentItem())
        return;
    const QString problem = m_store.remove(m_list->currentItem()->text());
    fill({});
    m_problem->setText(problem);
}

void TemplatesDialog::insert()
{
    QString text;
    if (!expand(&text, m_counter + 1))
        return;
    accept();
    Q_EMIT insertRequested(text);
}

void TemplatesDialog::send()
{
    QString text;
    if (!expand(&text, m_counter + 1))
        return;
    ++m_counter;
    Q_EMIT sendRequested(text);
}

bool TemplatesDialog::expand(QString *text, qint64 counter)
{
    rememberValues();
    MessageTemplate::Values values;
    values.variables = m_values;
    values.counter = counter;
    const MessageTemplate::Expansion expansion = MessageTemplate(m_text->toPlainText()).expand(values);
    m_problem->setText(expansion.problem);
    *text = expansion.text;
    return expansion.problem.isEmpty();
}

void TemplatesDialog::updateVariables()
{
    rememberValues();
    const QStringList names = MessageTemplate(m_text->toPlainText()).variables();
    m_variables->setRowCount(int(names.size()));
    for (int row = 0; row < m_variables->rowCount(); ++row) {
        auto *name = new QTableWidgetItem(names.at(row));
        name->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable);
        m_variables->setItem(row, 0, name);
        m_variables->setItem(row, 1, new QTableWidgetItem(m_values.value(names.at(row))));
    }
    updateButtons();
}

void TemplatesDialog::rememberValues()
{
    for (int row = 0; row < m_variables->rowCount(); ++row)
        m_values.insert(m_variables->item(row, 0)->text(), m_variables->item(row, 1)->text());
}

void TemplatesDialog::updateButtons()
{
    const bool hasText = !m_text->toPlainText().isEmpty();
    m_save->setEnabled(hasText && !m_name->text().trimmed().isEmpty());
    m_remove->setEnabled(m_list->currentItem());
    m_insert->setEnabled(hasText);
    m_send->setEnabled(hasText && m_canSend);
}
