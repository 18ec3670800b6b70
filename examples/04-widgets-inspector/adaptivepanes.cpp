// SPDX-License-Identifier: MIT
#include "adaptivepanes.h"

#include <QtGui/QResizeEvent>
#include <QtWidgets/QSplitter>
#include <QtWidgets/QTabWidget>
#include <QtWidgets/QVBoxLayout>

namespace {
constexpr int CharactersForBoth = 125;
} // namespace

AdaptivePanes::AdaptivePanes(QWidget *main, const QString &title, QWidget *parent)
    : QWidget(parent), m_main(main), m_title(title), m_splitter(new QSplitter(Qt::Horizontal)),
      m_tabs(new QTabWidget)
{
    m_tabs->setObjectName(QStringLiteral("tabs"));
    m_tabs->setDocumentMode(true);
    m_tabs->setUsesScrollButtons(true);
    m_splitter->addWidget(m_main);
    m_splitter->addWidget(m_tabs);
    m_splitter->setStretchFactor(0, 3);
    m_splitter->setStretchFactor(1, 2);
    m_splitter->setChildrenCollapsible(false);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins({});
    layout->addWidget(m_splitter);
    connect(m_tabs, &QTabWidget::currentChanged, this, [this] {
        if (QWidget *current = m_tabs->currentWidget(); current != m_main)
            m_lastSide = current;
    });
}

void AdaptivePanes::addTab(QWidget *widget, const QString &title)
{
    m_tabs->addTab(widget, title);
    if (!m_lastSide)
        m_lastSide = widget;
}

void AdaptivePanes::showMain()
{
    if (m_isNarrow)
        m_tabs->setCurrentWidget(m_main);
}

void AdaptivePanes::showTab(QWidget *widget)
{
    m_tabs->show();
    m_tabs->setCurrentWidget(widget);
}

void AdaptivePanes::toggleSide()
{
    if (!m_isNarrow)
        m_tabs->setVisible(m_tabs->isHidden());
    else
        m_tabs->setCurrentWidget(m_tabs->currentWidget() == m_main ? m_lastSide : m_main);
}

QByteArray AdaptivePanes::saveState() const
{
    return m_isNarrow ? QByteArray() : m_splitter->saveState();
}

void AdaptivePanes::restoreState(const QByteArray &state)
{
    m_splitter->restoreState(state);
    m_splitter->setChildrenCollapsible(false);
}

// Room for one of them is enough.
QSize AdaptivePanes::minimumSizeHint() const
{
    return m_main->minimumSizeHint().expandedTo(m_tabs->minimumSizeHint());
}

void AdaptivePanes::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    setNarrow(event->size().width() < fontMetrics().averageCharWidth() * CharactersForBoth);
}

void AdaptivePanes::setNarrow(bool narrow)
{
    if (narrow == m_isNarrow)
        return;
    m_isNarrow = narrow;
    QWidget *focus = window()->focusWidget(); // which a new parent takes it from
    if (narrow) {
        m_tabs->insertTab(0, m_main, m_title);
        m_tabs->show();
        m_tabs->setCurrentWidget(m_main);
    } else {
        m_splitter->insertWidget(0, m_main);
        m_main->show();
    }
    if (focus && isAncestorOf(focus))
        focus->setFocus();
}
