// SPDX-License-Identifier: MIT
#include "wsmessagemodel.h"

#include "../patience.h"

#include <WsKit/WsClient>
#include <WsKit/WsServer>

#include <QtTest/qabstractitemmodeltester.h>
#include <QtTest/qsignalspy.h>
#include <QtTest/qtest.h>

class tst_WsMessageModel : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void namesItsRoles();
    void insertsOnceForEachFrame();
    void removesFromTheFrontAtOnce();
    void keepsNoMoreThanItMayInAFlood();
    void holdsNothingWithALimitOfZero();
    void dropsWhatHasNotBecomeARow();
    void forgetsAConnectionThatIsDeleted();
    void hearsOnlyItsConnection();
    void dataOfAnEmptyMessageIsNotNull();

private:
    QString text(int row) const
    {
        return m_model->data(m_model->index(row), WsMessageModel::TextRole).toString();
    }
    void send(int first, int count);

    std::unique_ptr<WsServer> m_server;
    std::unique_ptr<WsClient> m_client;
    std::unique_ptr<WsMessageModel> m_model;
    std::unique_ptr<QAbstractItemModelTester> m_tester;
};

void tst_WsMessageModel::init()
{
    m_tester.reset();
    m_model = std::make_unique<WsMessageModel>();
    m_tester = std::make_unique<QAbstractItemModelTester>(
        m_model.get(), QAbstractItemModelTester::FailureReportingMode::QtTest);
    m_client = std::make_unique<WsClient>();
    m_server = std::make_unique<WsServer>();
    QVERIFY(m_server->listen());
    QVERIFY(m_client->open(m_server->serverUrl()));
    WS_TRY_COMPARE(m_client->state(), Ws::Open);
    m_model->setConnection(m_client.get());
}

void tst_WsMessageModel::send(int first, int count)
{
    for (int i = first; i < first + count; ++i)
        QVERIFY(m_client->sendText(QString::number(i)));
}

void tst_WsMessageModel::namesItsRoles()
{
    const QList<QByteArray> names = m_model->roleNames().values();
    for (const char *name : {"direction", "time", "type", "text", "data", "size", "message"})
        QVERIFY2(names.contains(name), name);
    QCOMPARE(names.size(), 7);
}

void tst_WsMessageModel::insertsOnceForEachFrame()
{
    QSignalSpy inserted(m_model.get(), &QAbstractItemModel::rowsInserted);
    QSignalSpy counted(m_model.get(), &WsMessageModel::countChanged);
    send(0, 100);
    QCOMPARE(m_model->count(), 0);
    WS_TRY_COMPARE(m_model->count(), 100);
    QCOMPARE(inserted.size(), 1);
    QCOMPARE(counted.size(), 1);
    QCOMPARE(text(0), QStringLiteral("0"));
    QCOMPARE(text(99), QStringLiteral("99"));
}

void tst_WsMessageModel::removesFromTheFrontAtOnce()
{
    m_model->setMaximumCount(10);
    send(0, 8);
    WS_TRY_COMPARE(m_model->count(), 8);
    QSignalSpy removed(m_model.get(), &QAbstractItemModel::rowsRemoved);
    send(8, 7);
    WS_TRY_COMPARE(text(m_model->count() - 1), QStringLiteral("14"));
    QCOMPARE(m_model->count(), 10);
    QCOMPARE(removed.size(), 1);
    QCOMPARE(removed.at(0).at(1).toInt(), 0);
    QCOMPARE(removed.at(0).at(2).toInt(), 4);
    QCOMPARE(text(0), QStringLiteral("5"));
}

void tst_WsMessageModel::keepsNoMoreThanItMayInAFlood()
{
    m_model->setMaximumCount(3);
    send(0, 100);
    WS_TRY_COMPARE(m_model->count(), 3);
    QCOMPARE(text(0), QStringLiteral("97"));
    send(100, 50);
    WS_TRY_COMPARE(text(2), QStringLiteral("149"));
    QCOMPARE(m_model->count(), 3);
}

void tst_WsMessageModel::holdsNothingWithALimitOfZero()
{
    m_model->setMaximumCount(-5);
    QCOMPARE(m_model->maximumCount(), 0);
    QSignalSpy inserted(m_model.get(), &QAbstractItemModel::rowsInserted);
    QSignalSpy received(m_client.get(), &WsConnection::bytesWritten);
    send(0, 3);
    QVERIFY(received.wait(Patient::Patience));
    m_model->setMaximumCount(1);
    send(3, 1);
    WS_TRY_COMPARE(m_model->count(), 1);
    QCOMPARE(text(0), QStringLiteral("3"));
    QCOMPARE(inserted.size(), 1);
}

void tst_WsMessageModel::dropsWhatHasNotBecomeARow()
{
    send(0, 3);
    m_model->clear();
    send(3, 1);
    WS_TRY_COMPARE(m_model->count(), 1);
    QCOMPARE(text(0), QStringLiteral("3"));
}

void tst_WsMessageModel::forgetsAConnectionThatIsDeleted()
{
    QSignalSpy changed(m_model.get(), &WsMessageModel::connectionChanged);
    send(0, 2);
    m_client.reset();
    QCOMPARE(changed.size(), 1);
    QCOMPARE(m_model->connection(), nullptr);
    WS_TRY_COMPARE(m_model->count(), 2);
}

void tst_WsMessageModel::hearsOnlyItsConnection()
{
    m_model->setConnection(nullptr);
    QVERIFY(m_client->sendText("unheard"));
    m_model->setConnection(m_client.get());
    QVERIFY(m_client->sendText("heard"));
    WS_TRY_COMPARE(m_model->count(), 1);
    QCOMPARE(text(0), QStringLiteral("heard"));
}

// Of null, QML would make an ArrayBuffer that cannot be used.
void tst_WsMessageModel::dataOfAnEmptyMessageIsNotNull()
{
    QVERIFY(m_client->sendBinary(QByteArray()));
    WS_TRY_COMPARE(m_model->count(), 1);
    const QVariant data = m_model->data(m_model->index(0), WsMessageModel::DataRole);
    QCOMPARE(data.toByteArray(), QByteArray());
    QVERIFY(!data.toByteArray().isNull());
}

QTEST_GUILESS_MAIN(tst_WsMessageModel)
#include "tst_wsmessagemodel.moc"
