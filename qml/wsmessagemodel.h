// SPDX-License-Identifier: MIT
#ifndef WSMESSAGEMODEL_H
#define WSMESSAGEMODEL_H

#include <WsKit/wsconnection.h>

#include <QtCore/qabstractitemmodel.h>
#include <QtCore/qdatetime.h>
#include <QtCore/qhash.h>
#include <QtCore/qpointer.h>
#include <QtCore/qtimer.h>
#include <QtCore/qvariant.h>
#include <QtQml/qqml.h>

class WsMessageModel : public QAbstractListModel
{
    Q_OBJECT
    Q_PROPERTY(WsConnection *connection READ connection WRITE setConnection NOTIFY connectionChanged FINAL)
    Q_PROPERTY(int maximumCount READ maximumCount WRITE setMaximumCount NOTIFY maximumCountChanged FINAL)
    Q_PROPERTY(int count READ count NOTIFY countChanged FINAL)
    QML_ELEMENT

public:
    enum Direction { Received, Sent };
    Q_ENUM(Direction)
    enum Role { DirectionRole = Qt::UserRole, TimeRole, TypeRole, TextRole, DataRole, SizeRole, MessageRole };
    Q_ENUM(Role)

    explicit WsMessageModel(QObject *parent = nullptr);

    WsConnection *connection() const { return m_connection; }
    void setConnection(WsConnection *connection);
    int maximumCount() const { return m_maximumCount; }
    void setMaximumCount(int count);
    int count() const { return int(m_rows.size()); }

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;

    Q_INVOKABLE void clear();

Q_SIGNALS:
    void connectionChanged();
    void maximumCountChanged();
    void countChanged();

private:
    struct Row
    {
        WsMessage message;
        QDateTime time;
        Direction direction;
        qint64 received; // how many messages the connection had received then
    };

    static bool isAnswer(const Row &row, qint64 received);
    void add(Direction direction, const WsMessage &message);
    void insertArrivals();
    void removeFirst(qsizetype count);

    QPointer<WsConnection> m_connection;
    QList<Row> m_rows;
    QList<Row> m_arrivals; // not rows yet
    QTimer m_frame;
    int m_maximumCount = 1000;
};

#endif // WSMESSAGEMODEL_H
