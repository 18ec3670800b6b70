// SPDX-License-Identifier: MIT
#ifndef INSPECTORTESTING_H
#define INSPECTORTESTING_H

#include "logmodel.h"
#include "mainwindow.h"

#include "../patience.h"

#include <WsKit/WsServer>

#include <QtCore/QFile>
#include <QtCore/QLocale>
#include <QtCore/QSettings>
#include <QtCore/QTemporaryDir>
#include <QtTest/QtTest>
#include <QtWidgets/QLabel>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QPlainTextEdit>
#include <QtWidgets/QStatusBar>
#include <QtWidgets/QTableView>
#include <QtWidgets/QTreeWidget>
#include <QtWidgets/QTreeWidgetItemIterator>

#include <memory>

// A window of the inspector, whose settings are in a folder of the test, and a server that echoes.
class InspectorSide
{
public:
    InspectorSide()
    {
        QLocale::setDefault(QLocale::c());
        QCoreApplication::setOrganizationName(QStringLiteral("WsKit"));
        QCoreApplication::setApplicationName(QStringLiteral("tst_inspector"));
        QCoreApplication::setAttribute(Qt::AA_DontUseNativeDialogs);
        qputenv("XDG_CONFIG_HOME", folder.path().toUtf8());
        QSettings::setDefaultFormat(QSettings::IniFormat);
        QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, folder.path());
        QObject::connect(&server, &WsServer::newConnection, &server, [this](WsConnection *connection) {
            peer = connection;
            QObject::connect(connection, &WsConnection::messageReceived, connection,
                             [connection](const WsMessage &message) { connection->send(message); });
        });
        makeWindow();
    }

    void makeWindow()
    {
        window = std::make_unique<MainWindow>();
        window->show();
        QVERIFY(QTest::qWaitForWindowActive(window.get()));
    }

    template <typename T>
    T *child(const char *name) const
    {
        return window->findChild<T *>(QString::fromLatin1(name));
    }
    QAction *action(const char *name) const { return child<QAction>(name); }
    QTableView *log() const { return child<QTableView>("log"); }
    QString content() const { return child<QPlainTextEdit>("content")->toPlainText(); }
    QString status() const { return window->statusBar()->currentMessage(); }
    bool isOpen() const { return child<QLabel>("state")->text().endsWith(QLatin1String("Open")); }
    bool isClosed() const { return child<QLabel>("state")->text().endsWith(QLatin1String("Closed")); }

    // "direction type content" of each row
    QStringList rows() const
    {
        const QAbstractItemModel *model = log()->model();
        QStringList all;
        for (int row = 0; row < model->rowCount(); ++row) {
            const auto cell = [&](int column) { return model->index(row, column).data().toString(); };
            all.append(QStringList{cell(LogModel::DirectionColumn), cell(LogModel::KindColumn),
                                   cell(LogModel::ContentColumn)}
                           .join(u' '));
        }
        return all;
    }
    qsizetype rowThatContains(const QString &text) const
    {
        const QStringList all = rows();
        for (qsizetype row = 0; row < all.size(); ++row) {
            if (all.at(row).contains(text))
                return row;
        }
        return -1;
    }
    void select(qsizetype row) const { log()->setCurrentIndex(log()->model()->index(int(row), 0)); }
    QString handshake() const
    {
        QString text;
        auto *tree = window->findChild<QTreeWidget *>();
        for (QTreeWidgetItemIterator item(tree); *item; ++item)
            text += (*item)->text(0) + QLatin1String(": ") + (*item)->text(1) + u'\n';
        return text;
    }
    void open()
    {
        if (!server.isListening())
            QVERIFY(server.listen());
        window->openUrl(server.serverUrl().toString());
        WS_TRY_VERIFY(isOpen() && peer);
    }
    // Sends it, and waits for the echo.
    void say(const QString &text)
    {
        child<QPlainTextEdit>("message")->setPlainText(text);
        const qsizetype before = rows().size();
        action("send")->trigger();
        WS_TRY_VERIFY(rows().size() >= before + 2);
    }

    QTemporaryDir folder;
    WsServer server;
    WsConnection *peer = nullptr;
    std::unique_ptr<MainWindow> window;
};

#endif // INSPECTORTESTING_H
