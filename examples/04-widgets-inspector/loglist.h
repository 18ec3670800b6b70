// SPDX-License-Identifier: MIT
#ifndef LOGLIST_H
#define LOGLIST_H

#include "findbar.h"
#include "logentry.h"

#include <QtCore/QList>
#include <QtCore/QModelIndex>
#include <QtWidgets/QWidget>

QT_BEGIN_NAMESPACE
class QAction;
class QComboBox;
class QLabel;
class QLineEdit;
QT_END_NAMESPACE

class LogFilter;
class LogModel;
class LogView;

// The log as a table, with its filter and the search above it.
class LogList : public QWidget
{
    Q_OBJECT

public:
    explicit LogList(LogModel *model, QWidget *parent = nullptr);

    QList<LogEntry> selected() const; // in the order of the rows
    qsizetype selectedCount() const;
    void setActions(const QList<QAction *> &actions); // of the context menu
    void focusFilter();
    void focusRows();
    void openSearch();
    void findNext() { find(true); }
    void findPrevious() { find(false); }

Q_SIGNALS:
    void currentChanged(const LogEntry &entry);
    void activated();
    void selectionChanged();
    void searchChanged(const QString &text);

private:
    void connectView();
    void connectSearch();
    void find(bool forwards);
    void onCurrentChanged(const QModelIndex &index);
    void updateCount();

    LogModel *m_model;
    LogFilter *m_filter;
    QLineEdit *m_text;
    QComboBox *m_show;
    QLabel *m_count;
    FindBar *m_search;
    LogView *m_view;
};

#endif // LOGLIST_H
