// SPDX-License-Identifier: MIT
#include "highlightdelegate.h"

#include "theme.h"

#include <QtGui/QPainter>
#include <QtGui/QTextLayout>
#include <QtWidgets/QApplication>
#include <QtWidgets/QStyle>

namespace {
QList<QTextLayout::FormatRange> matchesIn(const QString &text, const QString &searched)
{
    QList<QTextLayout::FormatRange> ranges;
    QTextCharFormat format;
    format.setBackground(Theme::color(Theme::Role::Match));
    format.setForeground(Theme::color(Theme::Role::MatchText));
    for (qsizetype at = text.indexOf(searched, 0, Qt::CaseInsensitive); at >= 0;
         at = text.indexOf(searched, at + searched.size(), Qt::CaseInsensitive))
        ranges.append({int(at), int(searched.size()), format});
    return ranges;
}
} // namespace

void HighlightDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option,
                              const QModelIndex &index) const
{
    QStyleOptionViewItem item = option;
    initStyleOption(&item, index);
    if (m_text.isEmpty() || !item.text.contains(m_text, Qt::CaseInsensitive)) {
        QStyledItemDelegate::paint(painter, option, index);
        return;
    }
    const QStyle *style = item.widget ? item.widget->style() : QApplication::style();
    const int margin = style->pixelMetric(QStyle::PM_FocusFrameHMargin, &item, item.widget) + 1;
    const QRect area = style->subElementRect(QStyle::SE_ItemViewItemText, &item, item.widget)
                           .adjusted(margin, 0, -margin, 0);
    const QString text = item.fontMetrics.elidedText(item.text, item.textElideMode, area.width());
    item.text.clear();
    style->drawControl(QStyle::CE_ItemViewItem, &item, painter, item.widget);

    QTextLayout layout(text, item.font);
    layout.beginLayout();
    layout.createLine();
    layout.endLayout();
    const bool isSelected = item.state.testFlag(QStyle::State_Selected);
    painter->setPen(item.palette.color(isSelected ? QPalette::HighlightedText : QPalette::Text));
    const qreal top = area.top() + (area.height() - layout.boundingRect().height()) / 2;
    layout.draw(painter, QPointF(area.left(), top), matchesIn(text, m_text));
}
