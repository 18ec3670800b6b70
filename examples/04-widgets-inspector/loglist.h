// SPDX-License-Identifier: MIT
#ifndef LOGLIST_H
#define LOGLIST_H

#include "logentry.h"

#include <QtCore/QModelIndex>
#include <QtWidgets/QWidget>

QT_BEGIN_NAMESPACE
class QComboBox;
class QLabel;
class QLineEdit;
class QTableView;
QT_END_NAMESPACE

class LogFilter;
class LogModel;

// The log as a table, with its filter above it. It follows the newest row while it is scrolled to the end.
class LogList : public QWidget
{
    Q_OBJECT

public:
    explicit LogList(LogModel *model, QWidget *parent = nullptr);

    void focusFilter();

Q_SIGNALS:
    void currentChanged(const LogEntry &entry);
    void editRequested(const LogEntry &entry);

private:
    void createView();
    void createActions();
    void followNewRows();
    void onCurrentChanged(const QModelIndex &index);
    void copyCurrent();
    void updateCount();
    bool isAtEnd() const;

    LogModel *m_model;
    LogFilter *m_filter;
    QLineEdit *m_text;
    QComboBox *m_show;
    QLabel *m_count;
    QTableView *m_view;
    bool m_follows = true;
};

#endif // LOGLIST_H
