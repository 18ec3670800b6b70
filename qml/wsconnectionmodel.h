// SPDX-License-Identifier: MIT
#ifndef WSCONNECTIONMODEL_H
#define WSCONNECTIONMODEL_H

#include <WsKit/wsserver.h>

#include <QtCore/qabstractitemmodel.h>
#include <QtCore/qdatetime.h>
#include <QtCore/qhash.h>
#include <QtCore/qpointer.h>
#include <QtCore/qset.h>
#include <QtCore/qtimer.h>
#include <QtCore/qvariant.h>
#include <QtQml/qqml.h>

class WsConnectionModel : public QAbstractListModel
{
    Q_OBJECT
    Q_PROPERTY(WsServer *server READ server WRITE setServer NOTIFY serverChanged FINAL)
    Q_PROPERTY(int count READ count NOTIFY countChanged FINAL)
    QML_ELEMENT

public:
    enum Role {
        IdRole = Qt::UserRole,
        ConnectionRole,
        AddressRole,
        PathRole,
        SubprotocolRole,
        OpenedRole,
        BytesSentRole,
        BytesReceivedRole,
        MessagesSentRole,
        MessagesReceivedRole
    };
    Q_ENUM(Role)

    explicit WsConnectionModel(QObject *parent = nullptr);
    ~WsConnectionModel() override;

    bool eventFilter(QObject *object, QEvent *event) override;
    WsServer *server() const { return m_server; }
    void setServer(WsServer *server);
    int count() const { return int(m_rows.size()); }

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;

Q_SIGNALS:
    void serverChanged();
    void countChanged();

private:
    struct Row
    {
        QPointer<WsConnection> connection;
        quint64 id;
        QString address;
        QString path;
        QString subprotocol;
        QDateTime opened;
        WsStatistics statistics;
    };

    void onConnectionCountChanged();
    void onServerDestroyed();
    void clear();
    void synchronize();
    void removeGone(const QSet<quint64> &present);
    void append(const QList<WsConnection *> &connections);
    void refreshCounters();
    void keepNoMoreThan(qsizetype count);
    void onKeptLongEnough();

    QPointer<WsServer> m_server;
    QList<Row> m_rows;
    QTimer m_frame;
    QTimer m_counters;
    // Connections that have ended but are not deleted yet, from the oldest. The first of them are those that
    // were there when m_keeping started.
    QList<QPointer<WsConnection>> m_kept;
    qsizetype m_keptLongEnough = 0;
    QTimer m_keeping;
};

#endif // WSCONNECTIONMODEL_H
