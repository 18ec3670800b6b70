// SPDX-License-Identifier: MIT
#ifndef LOGVIEW_H
#define LOGVIEW_H

#include <QtWidgets/QTableView>

// The table of the log. It follows the newest row while it is scrolled to the end.
class LogView : public QTableView
{
    Q_OBJECT

public:
    explicit LogView(QAbstractItemModel *model, QWidget *parent = nullptr);

    void highlight(const QString &text);

private:
    void createColumns();
    void followNewRows();
    bool isAtEnd() const;

    bool m_follows = true;
};

#endif // LOGVIEW_H
