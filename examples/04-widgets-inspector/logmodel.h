// SPDX-License-Identifier: MIT
#ifndef LOGMODEL_H
#define LOGMODEL_H

#include "logentry.h"

#include <QtCore/QAbstractTableModel>
#include <QtCore/QTimer>
#include <QtCore/QVariant>

// The log, limited in rows and in bytes: the oldest entries are removed. Entries become rows in batches, so
// that a thousand messages per second cause only about twenty insertions in the view.
class LogModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { DirectionColumn, TimeColumn, KindColumn, SizeColumn, ContentColumn, ColumnCount };

    explicit LogModel(QObject *parent = nullptr);

    int maximumCount() const { return m_maximumCount; }
    void setMaximumCount(int count);
    const LogEntry &entry(int row) const { return m_entries.at(row); }
    const QList<LogEntry> &entries(); // including those that are not rows yet

    // How many were removed, because there was no more room, since the log was cleared.
    qint64 droppedCount() const { return m_droppedCount; }
    void setMaximumBytes(qint64 bytes) { m_maximumBytes = bytes; }
    qint64 maximumBytes() const { return m_maximumBytes; }

    void append(const LogEntry &entry);
    void clear();

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QString displayText(const LogEntry &entry, int column) const;
    QString toolTip(const LogEntry &entry, int column) const;
    void insertArrivals();
    void dropArrivals();
    void makeRoom(qsizetype count, qint64 bytes);

    QList<LogEntry> m_entries;
    QList<LogEntry> m_arrivals;
    QTimer m_batch;
    qint64 m_bytes = 0;
    qint64 m_arrivalBytes = 0;
    qint64 m_droppedCount = 0;
    qint64 m_maximumBytes = 256 * 1024 * 1024;
    int m_maximumCount = 10'000;
};

#endif // LOGMODEL_H
