// SPDX-License-Identifier: MIT
#include "findbar.h"

#include <QtGui/QKeyEvent>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QLabel>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QToolButton>

namespace {
QToolButton *arrowButton(Qt::ArrowType arrow, const QString &name)
{
    auto *button = new QToolButton;
    button->setArrowType(arrow);
    button->setAccessibleName(name);
    button->setToolTip(name);
    button->setFocusPolicy(Qt::StrongFocus);
    return button;
}
} // namespace

FindBar::FindBar(QWidget *parent) : QWidget(parent), m_text(new QLineEdit), m_result(new QLabel)
{
    m_text->setObjectName(QStringLiteral("find"));
    m_text->setPlaceholderText(tr("Find"));
    m_text->setAccessibleName(tr("Find in the log"));
    m_text->setClearButtonEnabled(true);
    m_result->setObjectName(QStringLiteral("findResult"));
    QToolButton *previous = arrowButton(Qt::UpArrow, tr("Previous match"));
    QToolButton *next = arrowButton(Qt::DownArrow, tr("Next match"));
    auto *close = new QToolButton;
    close->setText(QStringLiteral("\u2715"));
    close->setAccessibleName(tr("Close the search"));
    close->setToolTip(close->accessibleName());
    close->setFocusPolicy(Qt::StrongFocus);
    connect(m_text, &QLineEdit::textChanged, this, &FindBar::textChanged);
    connect(previous, &QToolButton::clicked, this, &FindBar::previousRequested);
    connect(next, &QToolButton::clicked, this, &FindBar::nextRequested);
    connect(close, &QToolButton::clicked, this, &FindBar::closeBar);

    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins({});
    layout->addWidget(m_text, 1);
    layout->addWidget(m_result);
    layout->addWidget(previous);
    layout->addWidget(next);
    layout->addWidget(close);
    hide();
}

QString FindBar::text() const
{
    return isHidden() ? QString() : m_text->text();
}

void FindBar::open()
{
    show();
    m_text->setFocus(Qt::ShortcutFocusReason);
    m_text->selectAll();
    Q_EMIT textChanged(m_text->text());
}

void FindBar::showResult(Result result)
{
    const QString texts[] = {{}, {}, tr("From the other end"), tr("Not found")};
    m_result->setText(texts[result]);
}

void FindBar::keyPressEvent(QKeyEvent *event)
{
    const bool isEnter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (event->key() == Qt::Key_Escape)
        closeBar();
    else if (isEnter && event->modifiers().testFlag(Qt::ShiftModifier))
        Q_EMIT previousRequested();
    else if (isEnter)
        Q_EMIT nextRequested();
    else
        QWidget::keyPressEvent(event);
}

void FindBar::closeBar()
{
    hide();
    showResult(Nothing);
    Q_EMIT closed();
}
