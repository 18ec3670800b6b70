// SPDX-License-Identifier: MIT
#include "logview.h"

#include "highlightdelegate.h"
#include "logmodel.h"

#include <QtWidgets/QHeaderView>
#include <QtWidgets/QScrollBar>

#include <utility>

LogView::LogView(QAbstractItemModel *model, QWidget *parent) : QTableView(parent)
{
    setObjectName(QStringLiteral("log"));
    setAccessibleName(tr("Messages"));
    setModel(model);
    setItemDelegateForColumn(LogModel::ContentColumn, new HighlightDelegate(this));
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setSelectionMode(QAbstractItemView::ExtendedSelection);
    setTabKeyNavigation(false);
    setAlternatingRowColors(true);
    setShowGrid(false);
    setWordWrap(false);
    verticalHeader()->hide();
    verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 8);
    createColumns();
    followNewRows();
}

void LogView::createColumns()
{
    const int character = fontMetrics().averageCharWidth();
    QHeaderView *header = horizontalHeader();
    header->setStretchLastSection(true);
    header->setHighlightSections(false);
    header->setMinimumSectionSize(character * 3);
    header->resizeSection(LogModel::DirectionColumn, character * 4);
    header->resizeSection(LogModel::TimeColumn, character * 15);
    header->resizeSection(LogModel::KindColumn, character * 10);
    header->resizeSection(LogModel::SizeColumn, character * 13);
}

void LogView::highlight(const QString &text)
{
    static_cast<HighlightDelegate *>(itemDelegateForColumn(LogModel::ContentColumn))->setText(text);
    viewport()->update();
}

// If the list is scrolled to the end, it follows the newest row. Otherwise it does not scroll.
void LogView::followNewRows()
{
    connect(model(), &QAbstractItemModel::rowsAboutToBeInserted, this,
            [this] { m_follows = m_follows || isAtEnd(); });
    connect(model(), &QAbstractItemModel::rowsAboutToBeRemoved, this, [this] { m_follows = isAtEnd(); });
    connect(model(), &QAbstractItemModel::rowsRemoved, this,
            [this](const QModelIndex &, int first, int last) {
                if (first < verticalScrollBar()->value())
                    verticalScrollBar()->setValue(verticalScrollBar()->value() - (last - first + 1));
            });
    connect(model(), &QAbstractItemModel::rowsInserted, this, [this] {
        if (std::exchange(m_follows, false))
            scrollToBottom();
    });
}

bool LogView::isAtEnd() const
{
    return verticalScrollBar()->value() >= verticalScrollBar()->maximum();
}
