// SPDX-License-Identifier: MIT
#include "wsconnectionmodel.h"

#include "../patience.h"

#include <WsKit/WsClient>
#include <WsKit/WsServer>

#include <QtTest/qabstractitemmodeltester.h>
#include <QtTest/qsignalspy.h>
#include <QtTest/qtest.h>

#include <vector>

class tst_WsConnectionModel : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void namesItsRoles();
    void insertsManyAtOnce();
    void removesInRanges();
    void slotsMayChangeTheServer();
    void changesOnlyRowsWithTraffic();
    void keepsTheOrderOfTheirComing();
    void keepsConnectionsThatHaveEnded();
    void keepsOnlyTheLastConnectionsThatHaveEnded();

private:
    void connectClients(int count);
    quint64 id(int row) const
    {
        return m_model->data(m_model->index(row), WsConnectionModel::IdRole).toULongLong();
    }

    std::unique_ptr<WsServer> m_server;
    std::vector<std::unique_ptr<WsClient>> m_clients;
    std::unique_ptr<WsConnectionModel> m_model;
    std::unique_ptr<QAbstractItemModelTester> m_tester;
};

void tst_WsConnectionModel::init()
{
    m_tester.reset();
    m_clients.clear();
    m_model = std::make_unique<WsConnectionModel>();
    m_tester = std::make_unique<QAbstractItemModelTester>(
        m_model.get(), QAbstractItemModelTester::FailureReportingMode::QtTest);
    m_server = std::make_unique<WsServer>();
    QVERIFY(m_server->listen());
}

void tst_WsConnectionModel::connectClients(int count)
{
    for (int i = 0; i < count; ++i) {
        m_clients.push_back(std::make_unique<WsClient>());
        QVERIFY(m_clients.back()->open(m_server->serverUrl()));
    }
    WS_TRY_COMPARE(m_server->connectionCount(), int(m_clients.size()));
}

void tst_WsConnectionModel::namesItsRoles()
{
    const QList<QByteArray> names = m_model->roleNames().values();
    for (const char *name : {"id", "connection", "address", "path", "subprotocol", "opened", "bytesSent",
                             "bytesReceived", "messagesSent", "messagesReceived"})
        QVERIFY2(names.contains(name), name);
    QCOMPARE(names.size(), 10);
}

void tst_WsConnectionModel::insertsManyAtOnce()
{
    connectClients(5);
    QSignalSpy inserted(m_model.get(), &QAbstractItemModel::rowsInserted);
    QSignalSpy counted(m_model.get(), &WsConnectionModel::countChanged);
    m_model->setServer(m_server.get());
    QCOMPARE(m_model->count(), 5);
    QCOMPARE(inserted.size(), 1);
    QCOMPARE(counted.size(), 1);
}

void tst_WsConnectionModel::removesInRanges()
{
    connectClients(6);
    m_model->setServer(m_server.get());
    const QList<quint64> before = {id(0), id(1), id(2), id(3), id(4), id(5)};
    QSignalSpy removed(m_model.get(), &QAbstractItemModel::rowsRemoved);
    for (const int row : {1, 2, 4})
        m_model->data(m_model->index(row), WsConnectionModel::ConnectionRole)
            .value<WsConnection *>()
            ->abort();
    WS_TRY_COMPARE(m_model->count(), 3);
    QCOMPARE(removed.size(), 2);
    QCOMPARE(id(0), before.at(0));
    QCOMPARE(id(1), before.at(3));
    QCOMPARE(id(2), before.at(5));
}

// While rows are removed, of which more would follow.
void tst_WsConnectionModel::slotsMayChangeTheServer()
{
    connectClients(6);
    m_model->setServer(m_server.get());
    QSignalSpy removed(m_model.get(), &QAbstractItemModel::rowsRemoved);
    connect(m_model.get(), &QAbstractItemModel::rowsRemoved, m_model.get(),
            [this] { m_model->setServer(nullptr); });
    for (const int row : {1, 4})
        m_model->data(m_model->index(row), WsConnectionModel::ConnectionRole)
            .value<WsConnection *>()
            ->abort();
    WS_TRY_COMPARE(removed.size(), 1);
    QCOMPARE(m_model->count(), 0);
    m_model->setServer(m_server.get());
    QCOMPARE(m_model->count(), 4);
}

void tst_WsConnectionModel::changesOnlyRowsWithTraffic()
{
    connectClients(3);
    m_model->setServer(m_server.get());
    QSignalSpy changed(m_model.get(), &QAbstractItemModel::dataChanged);
    auto *connection =
        m_model->data(m_model->index(1), WsConnectionModel::ConnectionRole).value<WsConnection *>();
    QVERIFY(connection->sendText("12345"));
    QVERIFY(changed.wait(Patient::Patience));
    QCOMPARE(changed.at(0).at(0).toModelIndex().row(), 1);
    QCOMPARE(changed.at(0).at(1).toModelIndex().row(), 1);
    QCOMPARE(m_model->data(m_model->index(1), WsConnectionModel::BytesSentRole).toInt(), 5);
    QCOMPARE(m_model->data(m_model->index(1), WsConnectionModel::MessagesSentRole).toInt(), 1);
    QCOMPARE(m_model->data(m_model->index(0), WsConnectionModel::MessagesSentRole).toInt(), 0);
}

void tst_WsConnectionModel::keepsTheOrderOfTheirComing()
{
    m_model->setServer(m_server.get());
    connectClients(4);
    WS_TRY_COMPARE(m_model->count(), 4);
    m_clients.erase(m_clients.begin());
    WS_TRY_COMPARE(m_model->count(), 3);
    connectClients(1);
    WS_TRY_COMPARE(m_model->count(), 4);
    for (int row = 1; row < 4; ++row)
        QVERIFY(id(row - 1) < id(row));
}

void tst_WsConnectionModel::keepsConnectionsThatHaveEnded()
{
    m_model->setServer(m_server.get());
    connectClients(1);
    WS_TRY_COMPARE(m_model->count(), 1);
    const QPointer<WsConnection> connection = m_server->connections().first();
    m_clients.clear();
    WS_TRY_COMPARE(m_model->count(), 0);
    QVERIFY(connection);
    QCOMPARE(connection->state(), Ws::Closed);
    m_tester.reset();
    m_model.reset();
    QVERIFY(!connection);
}

void tst_WsConnectionModel::keepsOnlyTheLastConnectionsThatHaveEnded()
{
    constexpr int Most = 256;
    m_model->setServer(m_server.get());
    connectClients(Most + 20);
    WS_TRY_COMPARE(m_model->count(), Most + 20);
    QList<QPointer<WsConnection>> connections;
    for (WsConnection *connection : m_server->connections())
        connections.append(connection);
    m_server->close();
    WS_TRY_COMPARE(m_model->count(), 0);
    WS_TRY_VERIFY(connections.count(nullptr) >= 20);
}

QTEST_GUILESS_MAIN(tst_WsConnectionModel)
#include "tst_wsconnectionmodel.moc"
