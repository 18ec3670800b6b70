// SPDX-License-Identifier: MIT
#include "loglist.h"

#include "logfilter.h"
#include "logmodel.h"
#include "logview.h"

#include <QtCore/QItemSelectionModel>
#include <QtCore/QLocale>
#include <QtGui/QAction>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QLabel>
#include <QtWidgets/QLineEdit>

#include <algorithm>

LogList::LogList(LogModel *model, QWidget *parent)
    : QWidget(parent), m_model(model), m_filter(new LogFilter(model, this)), m_text(new QLineEdit),
      m_show(new QComboBox), m_count(new QLabel), m_search(new FindBar), m_view(new LogView(m_filter))
{
    m_text->setObjectName(QStringLiteral("filter"));
    m_text->setPlaceholderText(tr("Filter"));
    m_text->setAccessibleName(m_text->placeholderText());
    m_text->setClearButtonEnabled(true);
    m_show->addItems({tr("Everything"), tr("Messages"), tr("Received"), tr("Sent")});
    m_show->setAccessibleName(tr("What is shown"));
    m_count->setObjectName(QStringLiteral("count"));
    connect(m_text, &QLineEdit::textChanged, m_filter, &LogFilter::setText);
    connect(m_show, &QComboBox::currentIndexChanged, m_filter,
            [this](int index) { m_filter->setShow(LogFilter::Show(index)); });
    connectView();
    connectSearch();

    auto *bar = new QHBoxLayout;
    bar->addWidget(m_text, 1);
    bar->addWidget(m_show);
    bar->addWidget(m_count);
    auto *layout = new QVBoxLayout(this);
    layout->addLayout(bar);
    layout->addWidget(m_search);
    layout->addWidget(m_view, 1);
    updateCount();
}

void LogList::connectView()
{
    m_view->setContextMenuPolicy(Qt::ActionsContextMenu);
    connect(m_view->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            &LogList::onCurrentChanged);
    connect(m_view->selectionModel(), &QItemSelectionModel::selectionChanged, this,
            &LogList::selectionChanged);
    connect(m_view, &LogView::activated, this, &LogList::activated);
    connect(m_filter, &LogFilter::rowsRemoved, this, &LogList::updateCount);
    connect(m_filter, &LogFilter::rowsInserted, this, &LogList::updateCount);
    connect(m_filter, &LogFilter::modelReset, this, [this] {
        updateCount();
        Q_EMIT currentChanged({});
        Q_EMIT selectionChanged();
    });
}

void LogList::connectSearch()
{
    connect(m_search, &FindBar::nextRequested, this, &LogList::findNext);
    connect(m_search, &FindBar::previousRequested, this, &LogList::findPrevious);
    connect(m_search, &FindBar::textChanged, this, [this](const QString &text) {
        m_search->showResult(FindBar::Nothing);
        m_view->highlight(text);
        Q_EMIT searchChanged(text);
    });
    connect(m_search, &FindBar::closed, this, [this] {
        m_view->highlight({});
        Q_EMIT searchChanged({});
        focusRows();
    });
}

QList<LogEntry> LogList::selected() const
{
    QModelIndexList rows = m_view->selectionModel()->selectedRows();
    std::sort(rows.begin(), rows.end());
    QList<LogEntry> entries;
    for (const QModelIndex &row : std::as_const(rows))
        entries.append(m_filter->entry(row));
    return entries;
}

qsizetype LogList::selectedCount() const
{
    return m_view->selectionModel()->selectedRows().size();
}

void LogList::setActions(const QList<QAction *> &actions)
{
    m_view->addActions(actions);
}

void LogList::focusFilter()
{
    m_text->setFocus(Qt::ShortcutFocusReason);
    m_text->selectAll();
}

// The last row becomes the current one, so that the arrow keys have a place to begin at.
void LogList::focusRows()
{
    if (!m_view->currentIndex().isValid() && m_filter->rowCount() > 0)
        m_view->setCurrentIndex(m_filter->index(m_filter->rowCount() - 1, 0));
    m_view->setFocus(Qt::ShortcutFocusReason);
}

void LogList::openSearch()
{
    m_search->open();
}

void LogList::find(bool forwards)
{
    if (m_search->text().isEmpty()) {
        openSearch();
        return;
    }
    const int from = m_view->currentIndex().row();
    const int found = m_filter->find(m_search->text(), from, forwards);
    const bool isAhead = from < 0 || (forwards ? found > from : found < from);
    m_search->showResult(found < 0 ? FindBar::NotFound : isAhead ? FindBar::Found : FindBar::FoundFromStart);
    if (found >= 0)
        m_view->setCurrentIndex(m_filter->index(found, 0));
}

void LogList::onCurrentChanged(const QModelIndex &index)
{
    if (index.isValid())
        Q_EMIT currentChanged(m_filter->entry(index));
}

void LogList::updateCount()
{
    const int shown = m_filter->rowCount();
    const int all = m_model->rowCount();
    const qint64 dropped = m_model->droppedCount();
    QString text = shown == all ? QLocale().toString(all)
                                : tr("%1 of %2").arg(QLocale().toString(shown), QLocale().toString(all));
    if (dropped > 0)
        text += tr(", %1 older removed").arg(QLocale().toString(dropped));
    m_count->setText(text);
    m_count->setToolTip(dropped == 0 ? QString()
                                     : tr("The log keeps at most %1 rows and %2.")
                                           .arg(QLocale().toString(m_model->maximumCount()),
                                                formatSize(m_model->maximumBytes())));
}
