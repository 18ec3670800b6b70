// SPDX-License-Identifier: MIT
#include "logmodel.h"

#include "theme.h"

#include <QtCore/QLocale>

#include <chrono>

namespace {
constexpr std::chrono::milliseconds BatchInterval{50};

qint64 bytesOf(const LogEntry &entry)
{
    return entry.payload.size() + 2 * (entry.note.size() + entry.detail.size());
}

QString arrow(LogEntry::Direction direction)
{
    switch (direction) {
    case LogEntry::Direction::Received:
        return QStringLiteral("\u2193");
    case LogEntry::Direction::Sent:
        return QStringLiteral("\u2191");
    case LogEntry::Direction::None:
        break;
    }
    return QStringLiteral("\u00b7");
}

QVariant foreground(const LogEntry &entry, int column)
{
    if (entry.kind == LogEntry::Kind::Error)
        return Theme::color(Theme::Role::Error);
    if (column == LogModel::DirectionColumn && entry.isOnWire())
        return Theme::color(entry.direction == LogEntry::Direction::Sent ? Theme::Role::Sent
                                                                         : Theme::Role::Received);
    if (!entry.isMessage() || column == LogModel::TimeColumn)
        return Theme::color(Theme::Role::Dimmed);
    return {};
}

QVariant alignment(int column)
{
    if (column == LogModel::DirectionColumn)
        return int(Qt::AlignCenter);
    return int(Qt::AlignVCenter | (column == LogModel::SizeColumn ? Qt::AlignRight : Qt::AlignLeft));
}
} // namespace

LogModel::LogModel(QObject *parent) : QAbstractTableModel(parent)
{
    m_batch.setSingleShot(true);
    m_batch.setInterval(BatchInterval);
    connect(&m_batch, &QTimer::timeout, this, &LogModel::insertArrivals);
}

void LogModel::setMaximumCount(int count)
{
    m_maximumCount = qMax(1, count);
    makeRoom(0, 0);
}

const QList<LogEntry> &LogModel::entries()
{
    insertArrivals();
    return m_entries;
}

void LogModel::append(const LogEntry &entry)
{
    m_arrivals.append(entry);
    m_arrivalBytes += bytesOf(entry);
    if (m_arrivals.size() > 2 * qsizetype(m_maximumCount) || m_arrivalBytes > 2 * m_maximumBytes)
        dropArrivals();
    if (!m_batch.isActive())
        m_batch.start();
}

void LogModel::clear()
{
    m_batch.stop();
    beginResetModel();
    m_arrivals.clear();
    m_entries.clear();
    m_bytes = 0;
    m_arrivalBytes = 0;
    m_droppedCount = 0;
    endResetModel();
}

// Drops entries that would be removed right after their insertion. The last one stays, whatever its size.
void LogModel::dropArrivals()
{
    qsizetype excess = 0;
    while (excess + 1 < m_arrivals.size()
           && (m_arrivals.size() - excess > m_maximumCount || m_arrivalBytes > m_maximumBytes))
        m_arrivalBytes -= bytesOf(m_arrivals.at(excess++));
    m_arrivals.remove(0, excess);
    m_droppedCount += excess;
}

void LogModel::insertArrivals()
{
    m_batch.stop();
    dropArrivals();
    if (m_arrivals.isEmpty())
        return;
    makeRoom(m_arrivals.size(), m_arrivalBytes);
    const int first = rowCount();
    beginInsertRows({}, first, first + int(m_arrivals.size()) - 1);
    m_entries.append(std::exchange(m_arrivals, {}));
    m_bytes += std::exchange(m_arrivalBytes, 0);
    endInsertRows();
}

void LogModel::makeRoom(qsizetype count, qint64 bytes)
{
    qsizetype excess = 0;
    qint64 left = m_bytes;
    while (excess < m_entries.size()
           && (m_entries.size() - excess + count > m_maximumCount || left + bytes > m_maximumBytes))
        left -= bytesOf(m_entries.at(excess++));
    if (excess == 0)
        return;
    m_droppedCount += excess;
    beginRemoveRows({}, 0, int(excess) - 1);
    m_entries.remove(0, excess);
    m_bytes = left;
    endRemoveRows();
}

// --- rows

int LogModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_entries.size());
}

int LogModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(ColumnCount);
}

QVariant LogModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const LogEntry &entry = m_entries.at(index.row());
    switch (role) {
    case Qt::DisplayRole:
        return displayText(entry, index.column());
    case Qt::ToolTipRole:
    case Qt::AccessibleTextRole:
        return toolTip(entry, index.column());
    case Qt::ForegroundRole:
        return foreground(entry, index.column());
    case Qt::TextAlignmentRole:
        return alignment(index.column());
    default:
        return {};
    }
}

QString LogModel::displayText(const LogEntry &entry, int column) const
{
    switch (column) {
    case DirectionColumn:
        return arrow(entry.direction);
    case TimeColumn:
        return entry.time().toString(QStringLiteral("HH:mm:ss.zzz"));
    case KindColumn:
        return entry.kindName();
    case SizeColumn:
        return entry.isOnWire() ? formatSize(entry.payload.size()) : QString();
    case ContentColumn:
        return entry.preview();
    default:
        return {};
    }
}

QString LogModel::toolTip(const LogEntry &entry, int column) const
{
    switch (column) {
    case DirectionColumn:
        if (entry.direction == LogEntry::Direction::Received)
            return tr("Received");
        return entry.direction == LogEntry::Direction::Sent ? tr("Sent") : QString();
    case TimeColumn:
        return entry.time().toString(Qt::ISODateWithMs);
    case SizeColumn:
        return entry.isOnWire() ? tr("%1 bytes").arg(QLocale().toString(entry.payload.size())) : QString();
    default:
        return {};
    }
}

QVariant LogModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return alignment(section);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case TimeColumn:
        return tr("Time");
    case KindColumn:
        return tr("Type");
    case SizeColumn:
        return tr("Size");
    case ContentColumn:
        return tr("Content");
    default:
        return QString();
    }
}
