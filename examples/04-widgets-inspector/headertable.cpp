// SPDX-License-Identifier: MIT
#include "headertable.h"

#include <QtGui/QKeyEvent>
#include <QtWidgets/QHeaderView>

HeaderTable::HeaderTable(QWidget *parent) : QTableWidget(0, 2, parent)
{
    setHorizontalHeaderLabels({tr("Name"), tr("Value")});
    setAccessibleName(tr("Headers of the request"));
    setTabKeyNavigation(false); // Tab leaves the table, or goes to the next cell while one is edited
    setWordWrap(false);
    verticalHeader()->hide();
    verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 8);
    horizontalHeader()->setStretchLastSection(true);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    setColumnWidth(0, fontMetrics().averageCharWidth() * 22);
    connect(this, &QTableWidget::cellChanged, this, &HeaderTable::keepLastRowEmpty);
    keepLastRowEmpty();
}

WsHeaders HeaderTable::headers() const
{
    WsHeaders headers;
    for (int row = 0; row < rowCount(); ++row) {
        if (!isEmptyRow(row))
            headers.append({cell(row, 0).toUtf8(), cell(row, 1).toUtf8()});
    }
    return headers;
}

void HeaderTable::setHeaders(const WsHeaders &headers)
{
    const QSignalBlocker blocker(this); // no row is added after an incomplete one
    setRowCount(0);
    for (const auto &[name, value] : headers) {
        const int row = rowCount();
        insertRow(row);
        setItem(row, 0, new QTableWidgetItem(QString::fromUtf8(name)));
        setItem(row, 1, new QTableWidgetItem(QString::fromUtf8(value)));
    }
    keepLastRowEmpty();
}

QSize HeaderTable::sizeHint() const
{
    const int rowHeight = verticalHeader()->defaultSectionSize();
    return {fontMetrics().averageCharWidth() * 40, horizontalHeader()->sizeHint().height() + 5 * rowHeight};
}

void HeaderTable::keyPressEvent(QKeyEvent *event)
{
    const bool removes = event->key() == Qt::Key_Delete && currentRow() >= 0;
    if (!removes) {
        QTableWidget::keyPressEvent(event);
        return;
    }
    removeRow(currentRow());
    keepLastRowEmpty();
}

QString HeaderTable::cell(int row, int column) const
{
    const QTableWidgetItem *found = item(row, column);
    return found ? found->text().trimmed() : QString();
}

bool HeaderTable::isEmptyRow(int row) const
{
    return cell(row, 0).isEmpty() && cell(row, 1).isEmpty();
}

void HeaderTable::keepLastRowEmpty()
{
    if (rowCount() == 0 || !isEmptyRow(rowCount() - 1))
        insertRow(rowCount());
}
