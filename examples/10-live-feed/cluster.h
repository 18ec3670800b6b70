// SPDX-License-Identifier: MIT
#ifndef CLUSTER_H
#define CLUSTER_H

#include <QtCore/qobject.h>
#include <QtCore/qtemporarydir.h>
#include <QtCore/qurl.h>
#include <QtQml/qqmlregistration.h>

#include <map>
#include <memory>

QT_BEGIN_NAMESPACE
class QTcpSocket;
QT_END_NAMESPACE
class Program;

// redis-server, two feedservers and HAProxy, all on free ports of 127.0.0.1. They end with this object.
class Cluster : public QObject
{
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("There is one, which main() makes.")
    Q_PROPERTY(QStringList servers READ servers CONSTANT FINAL)
    Q_PROPERTY(QStringList running READ running NOTIFY runningChanged FINAL)
    Q_PROPERTY(QUrl pageUrl READ pageUrl CONSTANT FINAL)
    Q_PROPERTY(QUrl feedUrl READ feedUrl CONSTANT FINAL)

public:
    Cluster();
    ~Cluster() override;

    // Returns when all of them answer, or false if one does not: see problem().
    bool start();
    QString problem() const { return m_problem; }

    QStringList servers() const { return {QStringLiteral("a"), QStringLiteral("b")}; }
    QStringList running() const;
    QUrl pageUrl() const { return pageOf(QStringLiteral("proxy")); } // of HAProxy, as feedUrl()
    QUrl feedUrl() const;

    Q_INVOKABLE bool startServer(const QString &server);
    bool waitUntilWell(const QString &part) const; // a server, or "proxy"
    // By SIGKILL, so that it has no time for anything, or by SIGTERM: it takes leave of its clients.
    Q_INVOKABLE void kill(const QString &server);
    void terminate(const QString &server);
    int exitStatus(const QString &server); // waits for its end; -1 if it was killed

Q_SIGNALS:
    void runningChanged();

private:
    quint16 portOf(const QString &part) const;
    QUrl pageOf(const QString &part) const;
    bool startRedis();
    bool startProxy();
    bool run(const QString &part, const QString &program, const QStringList &arguments);
    QString programPath(const QStringList &names);

    QTemporaryDir m_folder;
    std::map<QString, std::unique_ptr<QTcpSocket>> m_ports; // held for the programs
    std::map<QString, std::unique_ptr<Program>> m_programs;
    QString m_problem;
};

#endif // CLUSTER_H
