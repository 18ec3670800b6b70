// SPDX-License-Identifier: MIT
#ifndef HIGHLIGHTDELEGATE_H
#define HIGHLIGHTDELEGATE_H

#include <QtWidgets/QStyledItemDelegate>

// Draws the text of an item, with what is searched for on a coloured background.
class HighlightDelegate : public QStyledItemDelegate
{
    Q_OBJECT

public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void setText(const QString &text) { m_text = text; }
    void paint(QPainter *painter, const QStyleOptionViewItem &option,
               const QModelIndex &index) const override;

private:
    QString m_text;
};

#endif // HIGHLIGHTDELEGATE_H
