// SPDX-License-Identifier: MIT

// QWebChannel over QWebSocket, by the class that programs write for it, with qwebchannel.js in Node.js.

#include "compattesting.h"

#include <QtCore/qjsondocument.h>
#include <QtCore/qjsonobject.h>
#include <QtCore/qprocess.h>
#include <QtCore/qtemporarydir.h>
#include <QtWebChannel/qwebchannel.h>
#include <QtWebChannel/qwebchannelabstracttransport.h>
#include <QtWebSockets/QWebSocketServer>

using namespace CompatTesting;

namespace {
// One client of a channel.
class SocketTransport : public QWebChannelAbstractTransport
{
    Q_OBJECT

public:
    explicit SocketTransport(QWebSocket *socket) : QWebChannelAbstractTransport(socket), m_socket(socket)
    {
        connect(socket, &QWebSocket::textMessageReceived, this, [this](const QString &text) {
            const QJsonDocument document = QJsonDocument::fromJson(text.toUtf8());
            if (document.isObject())
                Q_EMIT messageReceived(document.object(), this);
        });
        connect(socket, &QWebSocket::disconnected, socket, &QObject::deleteLater);
    }

    void sendMessage(const QJsonObject &message) override
    {
        const QByteArray text = QJsonDocument(message).toJson(QJsonDocument::Compact);
        m_socket->sendTextMessage(QString::fromUtf8(text));
    }

private:
    QWebSocket *m_socket;
};

// What is published.
class Board : public QObject
{
    Q_OBJECT
    Q_PROPERTY(QString title MEMBER m_title NOTIFY titleChanged)

public:
    int count = 0;

public Q_SLOTS:
    int pin(const QString &note)
    {
        ++count;
        Q_EMIT pinned(note, count);
        return count;
    }

Q_SIGNALS:
    void titleChanged();
    void pinned(const QString &note, int count);
    void farewell();

private:
    QString m_title = u"news"_s;
};

// A client in Node.js, and the lines that it has written.
class Peer
{
public:
    Peer(const QString &script, const QUrl &url, const QString &name)
    {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(u"NODE_PATH"_s, QStringLiteral(COMPAT_NODE_MODULES));
        m_process.setProcessEnvironment(environment);
        m_process.setProcessChannelMode(QProcess::MergedChannels);
        QObject::connect(&m_process, &QProcess::readyRead, &m_process,
                         [this] { m_output += QString::fromUtf8(m_process.readAll()); });
        m_process.start(QStringLiteral(COMPAT_NODE),
                        {QStringLiteral(COMPAT_NODE_PROGRAM), script, url.toString(), name});
    }
    ~Peer()
    {
        m_process.kill();
        m_process.waitForFinished();
    }

    QStringList lines() const { return m_output.split(u'\n', Qt::SkipEmptyParts); }
    int status()
    {
        const bool isFinished = waitFor([this] { return m_process.state() == QProcess::NotRunning; });
        return isFinished && m_process.exitStatus() == QProcess::NormalExit ? m_process.exitCode() : -1;
    }

private:
    QProcess m_process;
    QString m_output;
};
} // namespace

class tst_WebChannelTransport : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanup();
    void clientsCallSlotsAndSeeWhatChanges();
    void largeArgumentsArrive();
    void transportGoesWithItsSocket();

private:
    QWebSocketServer m_server{u"channel"_s, QWebSocketServer::NonSecureMode};
    QWebChannel m_channel;
    Board m_board;
    QTemporaryDir m_folder;
    QString m_script;
    int m_transports = 0;
};

void tst_WebChannelTransport::initTestCase()
{
    m_script = m_folder.filePath(u"qwebchannel.js"_s);
    QVERIFY(QFile::copy(u":/qtwebchannel/qwebchannel.js"_s, m_script));
    m_channel.registerObject(u"board"_s, &m_board);
    connect(&m_server, &QWebSocketServer::newConnection, this, [this] {
        while (QWebSocket *const socket = m_server.nextPendingConnection()) {
            auto *const transport = new SocketTransport(socket);
            m_channel.connectTo(transport);
            ++m_transports;
            connect(transport, &QObject::destroyed, this, [this] { --m_transports; });
        }
    });
    QVERIFY(m_server.listen(QHostAddress::LocalHost));
}

void tst_WebChannelTransport::cleanup()
{
    Q_EMIT m_board.farewell();
    WS_TRY_COMPARE(m_transports, 0);
    m_board.count = 0;
    m_board.setProperty("title", u"news"_s);
}

void tst_WebChannelTransport::clientsCallSlotsAndSeeWhatChanges()
{
    Peer first(m_script, m_server.serverUrl(), u"Ann"_s);
    WS_TRY_COMPARE(first.lines(),
                   QStringList({u"title: news"_s, u"pinned: 7 Ann \u00fc\U0001f600, 1"_s, u"answer: 1"_s}));
    Peer second(m_script, m_server.serverUrl(), u"Bob"_s);
    WS_TRY_COMPARE(second.lines().size(), 3);
    WS_TRY_COMPARE(first.lines().value(3), u"pinned: 7 Bob \u00fc\U0001f600, 2"_s);
    m_board.setProperty("title", u"weather"_s);
    WS_TRY_COMPARE(first.lines().value(4), u"title: weather"_s);
    WS_TRY_COMPARE(second.lines().value(3), u"title: weather"_s);
    Q_EMIT m_board.farewell();
    QCOMPARE(first.status(), 0);
    QCOMPARE(second.status(), 0);
    QCOMPARE(first.lines().last(), u"closed with 1000"_s);
}

void tst_WebChannelTransport::largeArgumentsArrive()
{
    Peer peer(m_script, m_server.serverUrl(), u"Ann"_s);
    WS_TRY_COMPARE(peer.lines().size(), 3);
    Q_EMIT m_board.pinned(QString(300000, u'\u00e4'), 5);
    WS_TRY_COMPARE(peer.lines().value(3), u"pinned: 300000 "_s + QString(20, u'\u00e4') + u", 5"_s);
    Q_EMIT m_board.farewell();
    QCOMPARE(peer.status(), 0);
}

void tst_WebChannelTransport::transportGoesWithItsSocket()
{
    {
        Peer peer(m_script, m_server.serverUrl(), u"Ann"_s);
        WS_TRY_COMPARE(peer.lines().size(), 3);
        QCOMPARE(m_transports, 1);
    } // killed
    WS_TRY_COMPARE(m_transports, 0);
    m_board.setProperty("title", u"nobody sees it"_s);
    Peer peer(m_script, m_server.serverUrl(), u"Bob"_s);
    WS_TRY_COMPARE(peer.lines().value(0), u"title: nobody sees it"_s);
}

QTEST_GUILESS_MAIN(tst_WebChannelTransport)
#include "tst_webchanneltransport.moc"
