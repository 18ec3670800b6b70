// SPDX-License-Identifier: MIT
#ifndef HEADERTABLE_H
#define HEADERTABLE_H

#include <WsKit/WsHeaders>

#include <QtCore/QSize>
#include <QtGui/QKeyEvent>
#include <QtWidgets/QTableWidget>

// A table for editing headers. The last row is always empty, and Delete removes the current row.
class HeaderTable : public QTableWidget
{
    Q_OBJECT

public:
    explicit HeaderTable(QWidget *parent = nullptr);

    WsHeaders headers() const;
    void setHeaders(const WsHeaders &headers);
    QSize sizeHint() const override;

protected:
    void keyPressEvent(QKeyEvent *event) override;

private:
    QString cell(int row, int column) const;
    bool isEmptyRow(int row) const;
    void keepLastRowEmpty();
};

#endif // HEADERTABLE_H
