// SPDX-License-Identifier: MIT
#include "wsmessagemodel.h"

#include "wsqmlvalues.h"

namespace {
// Rows are added at most once per display frame, however many messages arrive.
constexpr std::chrono::milliseconds FrameTime{16};
} // namespace

/*!
    \qmltype WsMessageModel
    \inqmlmodule WsKit
    \inherits AbstractListModel
    \brief A list model of the messages of a connection.

    \qml
    ListView {
        model: WsMessageModel { connection: client }
        delegate: Label {
            required property int direction
            required text
            horizontalAlignment: direction === WsMessageModel.Sent ? Text.AlignRight : Text.AlignLeft
        }
    }
    \endqml

    The roles are \c direction (\c WsMessageModel.Received or \c WsMessageModel.Sent), \c time (a \c Date),
    \c type (\c Ws.Text or \c Ws.Binary), \c text (empty for binary), \c data (an \c ArrayBuffer), \c size in
    bytes and \c message (a wsMessage). Items have their own property \c data, so a delegate reads that role
    as \c model.data.

    Rows are added at most once per display frame, so the model copes with thousands of messages per second.
    The rows remain when the connection is closed, opened again or deleted.
*/

/*!
    \qmlproperty WsConnection WsMessageModel::connection
    \brief The connection whose messages are added from now on, or \c null.
*/

/*!
    \qmlproperty int WsMessageModel::maximumCount
    \brief The largest number of rows. If there are more, the oldest are removed. The default is 1000.
*/

/*!
    \qmlproperty int WsMessageModel::count
    \readonly
    \brief The number of rows.
*/

/*!
    \qmlmethod void WsMessageModel::clear()
    \brief Removes all rows.
*/
WsMessageModel::WsMessageModel(QObject *parent) : QAbstractListModel(parent)
{
    m_frame.setSingleShot(true);
    m_frame.setInterval(FrameTime);
    connect(&m_frame, &QTimer::timeout, this, &WsMessageModel::insertArrivals);
}

void WsMessageModel::setConnection(WsConnection *connection)
{
    if (m_connection == connection)
        return;
    if (m_connection)
        m_connection->disconnect(this);
    m_connection = connection;
    if (connection) {
        connect(connection, &WsConnection::messageReceived, this,
                [this](const WsMessage &message) { add(Received, message); });
        connect(connection, &WsConnection::messageSent, this,
                [this](const WsMessage &message) { add(Sent, message); });
        connect(connection, &WsConnection::closed, this, &WsMessageModel::insertArrivals);
        connect(connection, &QObject::destroyed, this, &WsMessageModel::connectionChanged);
    }
    Q_EMIT connectionChanged();
}

void WsMessageModel::setMaximumCount(int count)
{
    count = qMax(0, count);
    if (m_maximumCount == count)
        return;
    m_maximumCount = count;
    if (m_rows.size() > count) {
        removeFirst(m_rows.size() - count);
        Q_EMIT countChanged();
    }
    Q_EMIT maximumCountChanged();
}

void WsMessageModel::clear()
{
    m_arrivals.clear();
    m_frame.stop();
    if (m_rows.isEmpty())
        return;
    beginResetModel();
    m_rows.clear();
    endResetModel();
    Q_EMIT countChanged();
}

// --- rows

int WsMessageModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : count();
}

QVariant WsMessageModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Row &row = m_rows.at(index.row());
    switch (role) {
    case DirectionRole:
        return row.direction;
    case TimeRole:
        return row.time;
    case TypeRole:
        return int(row.message.type());
    case Qt::DisplayRole:
    case TextRole:
        return row.message.isText() ? row.message.text() : QString();
    case DataRole:
        return wsArrayFor(row.message.data());
    case SizeRole:
        return row.message.data().size();
    case MessageRole:
        return QVariant::fromValue(row.message);
    default:
        return {};
    }
}

QHash<int, QByteArray> WsMessageModel::roleNames() const
{
    return {{DirectionRole, "direction"}, {TimeRole, "time"}, {TypeRole, "type"},      {TextRole, "text"},
            {DataRole, "data"},           {SizeRole, "size"}, {MessageRole, "message"}};
}

bool WsMessageModel::isAnswer(const Row &row, qint64 received)
{
    return row.direction == Sent && row.received == received;
}

void WsMessageModel::add(Direction direction, const WsMessage &message)
{
    const qint64 received = m_connection->statistics().messagesReceived;
    qsizetype place = m_arrivals.size();
    // A slot that was called before ours may have sent an answer to this message. The answer was reported
    // first, but belongs after the message.
    while (direction == Received && place > 0 && isAnswer(m_arrivals.at(place - 1), received))
        --place;
    m_arrivals.insert(place, {message, QDateTime::currentDateTime(), direction, received});
    // Keeps many messages between two frames within the limit too, without moving the list for each of them.
    if (m_arrivals.size() > 2 * qsizetype(m_maximumCount))
        m_arrivals.remove(0, m_arrivals.size() - m_maximumCount);
    if (!m_frame.isActive())
        m_frame.start();
}

void WsMessageModel::insertArrivals()
{
    QList<Row> arrivals = std::exchange(m_arrivals, {});
    if (arrivals.size() > m_maximumCount)
        arrivals.remove(0, arrivals.size() - m_maximumCount);
    if (arrivals.isEmpty())
        return;
    const qsizetype excess = m_rows.size() + arrivals.size() - m_maximumCount;
    if (excess > 0)
        removeFirst(excess);
    const int first = count();
    beginInsertRows({}, first, first + int(arrivals.size()) - 1);
    m_rows.append(std::move(arrivals));
    endInsertRows();
    Q_EMIT countChanged();
}

void WsMessageModel::removeFirst(qsizetype count)
{
    if (count <= 0)
        return;
    beginRemoveRows({}, 0, int(count) - 1);
    m_rows.remove(0, count);
    endRemoveRows();
}
