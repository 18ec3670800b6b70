// SPDX-License-Identifier: MIT
#ifndef FAKEREDIS_H
#define FAKEREDIS_H

#include <QtCore/qbytearraylist.h>
#include <QtCore/qhash.h>
#include <QtCore/qtimer.h>
#include <QtCore/qurl.h>
#include <QtNetwork/qtcpserver.h>
#include <QtNetwork/qtcpsocket.h>

#include <atomic>
#include <functional>

// A Redis that the test plays. It answers as Redis does, except where the test says otherwise.
class FakeRedis : public QTcpServer
{
public:
    FakeRedis()
    {
        connect(this, &QTcpServer::newConnection, this, [this] {
            while (QTcpSocket *const socket = nextPendingConnection()) {
                ++connectionCount;
                connect(socket, &QTcpSocket::readyRead, this, [this, socket] { read(socket); });
                connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
            }
        });
        (void)listen(QHostAddress::LocalHost);
    }
    QUrl url(const QString &userInfo = {}) const
    {
        return QUrl(QStringLiteral("redis://") + userInfo + QStringLiteral("127.0.0.1:")
                    + QString::number(serverPort()));
    }
    static QByteArray text(const QByteArray &text)
    {
        return '$' + QByteArray::number(text.size()) + "\r\n" + text + "\r\n";
    }

    QHash<QByteArray, QByteArray> answers; // instead of those of Redis
    QByteArrayList refusedKeys;            // what scripts ask of them is refused
    QByteArray afterSubscribe;             // after the confirmation of the first SUBSCRIBE of a connection
    QByteArrayList commands;               // the names of all
    std::atomic<int> answerCount = 0;
    int connectionCount = 0;
    int delay = 0; // of each answer, in milliseconds

private:
    void read(QTcpSocket *socket)
    {
        QByteArray &data = m_input[socket];
        data += socket->readAll();
        QByteArrayList words;
        while (takeCommand(&data, &words)) {
            commands.append(words.constFirst());
            const QByteArray answer = answerTo(socket, words);
            QTimer::singleShot(delay, socket, [this, socket, answer] {
                ++answerCount;
                socket->write(answer);
            });
        }
    }
    // A command is an array of texts.
    static bool takeCommand(QByteArray *data, QByteArrayList *words)
    {
        qsizetype at = 0;
        const auto takeSize = [&] {
            const qsizetype end = data->indexOf("\r\n", at);
            const qsizetype size = end < 0 ? -1 : data->mid(at + 1, end - at - 1).toLongLong();
            at = end + 2;
            return size;
        };
        words->clear();
        for (qsizetype count = takeSize(); count > 0; --count) {
            const qsizetype size = takeSize();
            if (size < 0 || data->size() < at + size + 2)
                return false;
            words->append(data->mid(at, size));
            at += size + 2;
        }
        if (words->isEmpty())
            return false;
        data->remove(0, at);
        return true;
    }
    QByteArray answerTo(QTcpSocket *socket, const QByteArrayList &words)
    {
        const QByteArray &name = words.constFirst();
        const bool isFirst = name == "SUBSCRIBE" && !socket->property("isSubscribed").toBool();
        if (name == "SUBSCRIBE")
            socket->setProperty("isSubscribed", true);
        if (name.startsWith("EVAL") && refusedKeys.contains(words.value(3)))
            return "-WRONGTYPE it is something else\r\n";
        if (answers.contains(name))
            return answers.value(name);
        if (name == "PING")
            return socket->property("isSubscribed").toBool() ? "*2\r\n$4\r\npong\r\n$0\r\n\r\n" : "+PONG\r\n";
        if (name == "PUBLISH")
            return ":1\r\n";
        if (name != "SUBSCRIBE" && name != "UNSUBSCRIBE")
            return "+OK\r\n";
        QByteArray answer;
        for (const QByteArray &channel : words.mid(1))
            answer += "*3\r\n" + text(name.toLower()) + text(channel) + ":1\r\n";
        return isFirst ? answer + afterSubscribe : answer;
    }

    QHash<QTcpSocket *, QByteArray> m_input;
};

#endif // FAKEREDIS_H
