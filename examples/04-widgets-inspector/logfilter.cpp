// SPDX-License-Identifier: MIT
#include "logfilter.h"

#include "logmodel.h"

namespace {
bool isShown(const LogEntry &entry, LogFilter::Show show)
{
    switch (show) {
    case LogFilter::Show::Everything:
        return true;
    case LogFilter::Show::Messages:
        return entry.isMessage();
    case LogFilter::Show::Received:
        return entry.direction == LogEntry::Direction::Received;
    case LogFilter::Show::Sent:
        return entry.direction == LogEntry::Direction::Sent;
    }
    return true;
}
} // namespace

LogFilter::LogFilter(LogModel *model, QObject *parent) : QSortFilterProxyModel(parent), m_model(model)
{
    setSourceModel(model);
}

template <typename T>
void LogFilter::change(T &member, const T &value)
{
#if QT_VERSION >= QT_VERSION_CHECK(6, 10, 0)
    beginFilterChange();
    member = value;
    endFilterChange(Direction::Rows);
#else
    member = value;
    invalidateFilter();
#endif
}

void LogFilter::setText(const QString &text)
{
    change(m_text, text);
}

void LogFilter::setShow(Show show)
{
    change(m_show, show);
}

const LogEntry &LogFilter::entry(const QModelIndex &index) const
{
    return m_model->entry(mapToSource(index).row());
}

bool LogFilter::filterAcceptsRow(int row, const QModelIndex &) const
{
    const LogEntry &entry = m_model->entry(row);
    return isShown(entry, m_show) && (m_text.isEmpty() || entry.contains(m_text));
}
