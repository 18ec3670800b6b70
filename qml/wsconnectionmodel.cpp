// SPDX-License-Identifier: MIT
#include "wsconnectionmodel.h"

#include <QtCore/qcoreevent.h>
#include <QtCore/qset.h>

#include <algorithm>
#include <utility>

using namespace std::chrono_literals;

namespace {
// Rows are added and removed at most once per display frame, however many clients connect and disconnect.
constexpr auto Frame = 16ms;
// Often enough for a reader, and cheap compared with the traffic that the counters show.
constexpr auto CounterInterval = 250ms;
// A delegate outlives its row: until the view is laid out again, and for as long as a transition runs.
constexpr auto DelegateLifetime = 3s;
constexpr qsizetype MaxKept = 256;

bool isSame(const WsStatistics &a, const WsStatistics &b)
{
    return a.messagesSent == b.messagesSent && a.messagesReceived == b.messagesReceived
           && a.payloadBytesSent == b.payloadBytesSent && a.payloadBytesReceived == b.payloadBytesReceived;
}
} // namespace

/*!
    \qmltype WsConnectionModel
    \inqmlmodule WsKit
    \inherits AbstractListModel
    \brief A list model of the connections of a server.

    \qml
    ListView {
        model: WsConnectionModel { server: chat }
        delegate: Label {
            required property string address
            required property real bytesReceived
            text: address + ": " + bytesReceived + " bytes"
        }
    }
    \endqml

    The roles are \c id, \c connection (a WsConnection), \c address, \c path, \c subprotocol, \c opened (a
    \c Date), \c bytesSent and \c bytesReceived (of the messages, without the overhead of the protocol),
    \c messagesSent and \c messagesReceived. In QML no property can be named \c id: a delegate reads that role
    as \c model.id.

    A delegate may use the properties of \c connection without checking for \c null, also when the client
    leaves: a connection in the model is deleted 3 seconds after it has closed at the earliest, or when the
    model is destroyed. If very many clients leave, only the last 256 are kept for so long.

    Rows are in the order in which the clients connected. They are added and removed at most once per display
    frame. The counters are updated four times a second.
*/

/*!
    \qmlproperty WsServer WsConnectionModel::server
    \brief The server whose connections are shown, or \c null.
*/

/*!
    \qmlproperty int WsConnectionModel::count
    \readonly
    \brief The number of rows.
*/
WsConnectionModel::WsConnectionModel(QObject *parent) : QAbstractListModel(parent)
{
    m_frame.setSingleShot(true);
    m_frame.setInterval(Frame);
    m_counters.setInterval(CounterInterval);
    m_counters.setTimerType(Qt::CoarseTimer);
    connect(&m_frame, &QTimer::timeout, this, &WsConnectionModel::synchronize);
    connect(&m_counters, &QTimer::timeout, this, &WsConnectionModel::refreshCounters);
    m_keeping.setInterval(DelegateLifetime);
    m_keeping.setTimerType(Qt::CoarseTimer);
    connect(&m_keeping, &QTimer::timeout, this, &WsConnectionModel::onKeptLongEnough);
}

WsConnectionModel::~WsConnectionModel()
{
    keepNoMoreThan(0);
}

void WsConnectionModel::setServer(WsServer *server)
{
    if (m_server == server)
        return;
    if (m_server)
        m_server->disconnect(this);
    m_server = server;
    clear();
    if (server) {
        connect(server, &WsServer::connectionCountChanged, this,
                &WsConnectionModel::onConnectionCountChanged);
        connect(server, &QObject::destroyed, this, &WsConnectionModel::onServerDestroyed);
        synchronize();
    }
    Q_EMIT serverChanged();
}

void WsConnectionModel::onConnectionCountChanged()
{
    if (!m_frame.isActive())
        m_frame.start();
}

void WsConnectionModel::onServerDestroyed()
{
    clear();
    Q_EMIT serverChanged();
}

void WsConnectionModel::clear()
{
    m_frame.stop();
    m_counters.stop();
    if (m_rows.isEmpty())
        return;
    beginResetModel();
    m_rows.clear();
    endResetModel();
    Q_EMIT countChanged();
}

// --- rows

int WsConnectionModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : count();
}

QVariant WsConnectionModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Row &row = m_rows.at(index.row());
    switch (role) {
    case Qt::DisplayRole:
    case IdRole:
        return row.id;
    case ConnectionRole:
        return QVariant::fromValue(row.connection.data());
    case AddressRole:
        return row.address;
    case PathRole:
        return row.path;
    case SubprotocolRole:
        return row.subprotocol;
    case OpenedRole:
        return row.opened;
    case BytesSentRole:
        return row.statistics.payloadBytesSent;
    case BytesReceivedRole:
        return row.statistics.payloadBytesReceived;
    case MessagesSentRole:
        return row.statistics.messagesSent;
    case MessagesReceivedRole:
        return row.statistics.messagesReceived;
    default:
        return {};
    }
}

QHash<int, QByteArray> WsConnectionModel::roleNames() const
{
    return {{IdRole, "id"},
            {ConnectionRole, "connection"},
            {AddressRole, "address"},
            {PathRole, "path"},
            {SubprotocolRole, "subprotocol"},
            {OpenedRole, "opened"},
            {BytesSentRole, "bytesSent"},
            {BytesReceivedRole, "bytesReceived"},
            {MessagesSentRole, "messagesSent"},
            {MessagesReceivedRole, "messagesReceived"}};
}

void WsConnectionModel::synchronize()
{
    const QList<WsConnection *> connections = m_server ? m_server->connections() : QList<WsConnection *>();
    QSet<quint64> present;
    for (const WsConnection *connection : connections)
        present.insert(connection->id());
    const int before = count();
    removeGone(present);
    const int remaining = count();
    append(m_server ? m_server->connections() : QList<WsConnection *>()); // slots may have changed them
    keepNoMoreThan(MaxKept);
    if (m_rows.isEmpty())
        m_counters.stop();
    else if (!m_counters.isActive())
        m_counters.start();
    if (remaining != before || count() != before)
        Q_EMIT countChanged();
}

// From the end, in ranges that are as long as possible. Slots may change the rows, or the server.
void WsConnectionModel::removeGone(const QSet<quint64> &present)
{
    const WsServer *const server = m_server;
    const auto isGone = [&](int row) { return !present.contains(m_rows.at(row).id); };
    for (int last = count() - 1; last >= 0; --last) {
        if (!isGone(last))
            continue;
        int first = last;
        while (first > 0 && isGone(first - 1))
            --first;
        beginRemoveRows({}, first, last);
        m_rows.remove(first, last - first + 1);
        endRemoveRows();
        if (m_server != server)
            return;
        last = std::min(first, count());
    }
}

void WsConnectionModel::append(const QList<WsConnection *> &connections)
{
    QSet<quint64> shown;
    for (const Row &row : std::as_const(m_rows))
        shown.insert(row.id);
    QList<Row> arrivals;
    for (WsConnection *connection : connections) {
        if (shown.contains(connection->id()))
            continue;
        if (connection->thread() == thread())
            connection->installEventFilter(this);
        const WsRequest request = connection->request();
        arrivals.append({connection, connection->id(), connection->peerAddress().toString(), request.path(),
                         connection->subprotocol(), QDateTime::currentDateTime(), connection->statistics()});
    }
    if (arrivals.isEmpty())
        return;
    std::sort(arrivals.begin(), arrivals.end(), [](const Row &a, const Row &b) { return a.id < b.id; });
    beginInsertRows({}, count(), count() + int(arrivals.size()) - 1);
    m_rows.append(std::move(arrivals));
    endInsertRows();
}

void WsConnectionModel::refreshCounters()
{
    int first = -1;
    int last = -1;
    for (int i = 0; i < count(); ++i) {
        Row &row = m_rows[i];
        const WsStatistics statistics = row.connection ? row.connection->statistics() : row.statistics;
        if (isSame(row.statistics, statistics))
            continue;
        row.statistics = statistics;
        first = first < 0 ? i : first;
        last = i;
    }
    if (first >= 0)
        Q_EMIT dataChanged(index(first), index(last),
                           {BytesSentRole, BytesReceivedRole, MessagesSentRole, MessagesReceivedRole});
}

// --- connections that have ended

// Bindings of delegates would fail if the server deleted a connection before its delegate has gone.
bool WsConnectionModel::eventFilter(QObject *object, QEvent *event)
{
    if (event->type() != QEvent::DeferredDelete)
        return QAbstractListModel::eventFilter(object, event);
    object->removeEventFilter(this);
    m_kept.append(qobject_cast<WsConnection *>(object));
    onConnectionCountChanged(); // limits their number
    if (!m_keeping.isActive()) {
        m_keptLongEnough = 0;
        m_keeping.start();
    }
    return true;
}

void WsConnectionModel::keepNoMoreThan(qsizetype count)
{
    while (m_kept.size() > count) {
        m_keptLongEnough = qMax<qsizetype>(m_keptLongEnough - 1, 0);
        delete m_kept.takeFirst();
    }
}

void WsConnectionModel::onKeptLongEnough()
{
    keepNoMoreThan(m_kept.size() - m_keptLongEnough);
    m_keptLongEnough = m_kept.size();
    if (m_kept.isEmpty())
        m_keeping.stop();
}
