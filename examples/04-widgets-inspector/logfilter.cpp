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

int LogFilter::find(const QString &text, int row, bool forwards) const
{
    const int count = rowCount();
    const int step = forwards ? 1 : count - 1;
    int at = row < 0 && !forwards ? 0 : qMax(row, -1);
    for (int i = 0; i < count; ++i) {
        at = (at + step) % count;
        if (entry(index(at, 0)).contains(text))
            return at;
    }
    return -1;
}

bool LogFilter::filterAcceptsRow(int row, const QModelIndex &) const
{
    const LogEntry &entry = m_model->entry(row);
    return isShown(entry, m_show) && (m_text.isEmpty() || entry.contains(m_text));
}
