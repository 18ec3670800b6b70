// SPDX-License-Identifier: MIT
#ifndef LOGFILTER_H
#define LOGFILTER_H

#include "logentry.h"

#include <QtCore/QSortFilterProxyModel>

class LogModel;

// The rows that contain a text and are of the selected kind.
class LogFilter : public QSortFilterProxyModel
{
    Q_OBJECT

public:
    enum class Show { Everything, Messages, Received, Sent };

    explicit LogFilter(LogModel *model, QObject *parent = nullptr);

    void setText(const QString &text);
    void setShow(Show show);
    const LogEntry &entry(const QModelIndex &index) const;
    // The next row after `row` that contains the text, or the one before it; from the other end if there is
    // none. -1: there is none at all.
    int find(const QString &text, int row, bool forwards) const;

protected:
    bool filterAcceptsRow(int row, const QModelIndex &parent) const override;

private:
    template <typename T>
    void change(T &member, const T &value);

    LogModel *m_model;
    QString m_text;
    Show m_show = Show::Everything;
};

#endif // LOGFILTER_H
