// SPDX-License-Identifier: MIT
#include "sendpanel.h"

#include "jsontext.h"
#include "theme.h"

#include <QtCore/QEvent>
#include <QtGui/QAction>
#include <QtGui/QFontDatabase>
#include <QtGui/QKeySequence>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QLabel>
#include <QtWidgets/QPlainTextEdit>
#include <QtWidgets/QToolButton>

namespace {
QToolButton *buttonFor(QAction *action)
{
    auto *button = new QToolButton;
    button->setDefaultAction(action);
    button->setToolButtonStyle(Qt::ToolButtonTextOnly);
    button->setFocusPolicy(Qt::StrongFocus);
    return button;
}
} // namespace

SendPanel::SendPanel(QAction *sendAction, QAction *sendFileAction, QAction *pingAction, QWidget *parent)
    : QWidget(parent), m_text(new QPlainTextEdit), m_type(new QComboBox), m_problem(new QLabel)
{
    m_text->setObjectName(QStringLiteral("message"));
    m_text->setAccessibleName(tr("Message to send"));
    m_text->setPlaceholderText(
        tr("Message to send (%1)").arg(sendAction->shortcut().toString(QKeySequence::NativeText)));
    m_text->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_text->setTabChangesFocus(true);
    m_type->addItems({tr("Text"), tr("JSON")});
    m_type->setObjectName(QStringLiteral("type"));
    m_type->setAccessibleName(tr("Type of the message to send"));
    m_problem->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    connect(m_text, &QPlainTextEdit::textChanged, this, &SendPanel::check);
    connect(m_type, &QComboBox::currentIndexChanged, this, &SendPanel::check);

    auto *bar = new QHBoxLayout;
    bar->addWidget(m_type);
    bar->addWidget(m_problem, 1);
    bar->addWidget(buttonFor(pingAction));
    bar->addWidget(buttonFor(sendFileAction));
    bar->addWidget(buttonFor(sendAction));
    auto *layout = new QVBoxLayout(this);
    layout->addWidget(m_text, 1);
    layout->addLayout(bar);
}

QString SendPanel::text() const
{
    return m_text->toPlainText();
}

void SendPanel::setText(const QString &text)
{
    m_text->setPlainText(text);
}

SendPanel::Type SendPanel::type() const
{
    return Type(m_type->currentIndex());
}

void SendPanel::setType(Type type)
{
    m_type->setCurrentIndex(type);
}

void SendPanel::focusText()
{
    m_text->setFocus(Qt::ShortcutFocusReason);
}

void SendPanel::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        check();
}

void SendPanel::check()
{
    const std::optional<JsonProblem> problem =
        type() == Json ? checkJson(text().toUtf8()) : std::optional<JsonProblem>();
    const bool isBlank = text().trimmed().isEmpty();
    m_isValid = !problem;
    m_problem->setStyleSheet(QStringLiteral("color: %1")
                                 .arg(Theme::color(problem ? Theme::Role::Error : Theme::Role::Good).name()));
    if (type() == Text || isBlank)
        m_problem->clear();
    else
        m_problem->setText(problem ? tr("Byte %1: %2").arg(problem->offset).arg(problem->text)
                                   : tr("Valid JSON"));
    m_problem->setToolTip(m_problem->text());
    Q_EMIT validityChanged();
}
