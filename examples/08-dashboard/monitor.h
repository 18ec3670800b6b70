// SPDX-License-Identifier: MIT
#ifndef MONITOR_H
#define MONITOR_H

#include "demo.h"
#include "metricsreader.h"
#include "recording.h"

#include <WsKit/WsServer>

#include <QtCore/qelapsedtimer.h>
#include <QtCore/qpointer.h>
#include <QtCore/qtimer.h>
#include <QtCore/qvariant.h>

// Looks at a server once a second: by its page of metrics if there is an address, or at a server of this
// process.
class Monitor : public QObject
{
    Q_OBJECT
    QML_ELEMENT
    // Any of the three says what to look at. The first that is set counts.
    Q_PROPERTY(QString address READ address WRITE setAddress NOTIFY sourceChanged FINAL)
    Q_PROPERTY(WsServer *server READ server WRITE setServer NOTIFY sourceChanged FINAL)
    Q_PROPERTY(Demo *demo READ demo WRITE setDemo NOTIFY sourceChanged FINAL)
    Q_PROPERTY(QUrl page READ page NOTIFY sourceChanged FINAL)
    Q_PROPERTY(bool running READ isRunning WRITE setRunning NOTIFY runningChanged FINAL)
    // Why the figures are not those of this second; empty if they are.
    Q_PROPERTY(QString problem READ problem NOTIFY updated FINAL)
    Q_PROPERTY(bool hasFigures READ hasFigures NOTIFY updated FINAL)

    Q_PROPERTY(Figure connections READ connections NOTIFY updated FINAL)
    Q_PROPERTY(Figure opened READ opened NOTIFY updated FINAL)
    Q_PROPERTY(Figure received READ received NOTIFY updated FINAL)
    Q_PROPERTY(Figure sent READ sent NOTIFY updated FINAL)
    Q_PROPERTY(Figure bytesReceived READ bytesReceived NOTIFY updated FINAL)
    Q_PROPERTY(Figure bytesSent READ bytesSent NOTIFY updated FINAL)
    Q_PROPERTY(Figure queue READ queue NOTIFY updated FINAL)
    Q_PROPERTY(Figure skipped READ skipped NOTIFY updated FINAL)

    Q_PROPERTY(Distribution handshakeTime READ handshakeTime NOTIFY updated FINAL)
    Q_PROPERTY(Distribution roundTrip READ roundTrip NOTIFY updated FINAL)
    Q_PROPERTY(Distribution receivedSize READ receivedSize NOTIFY updated FINAL)
    Q_PROPERTY(Distribution sentSize READ sentSize NOTIFY updated FINAL)

    Q_PROPERTY(int pendingHandshakes READ pendingHandshakes NOTIFY updated FINAL)
    Q_PROPERTY(QDateTime startTime READ startTime NOTIFY updated FINAL)
    // Lists of { label, count }, the largest count first.
    Q_PROPERTY(QVariantList rejected READ rejected NOTIFY updated FINAL)
    Q_PROPERTY(QVariantList answered READ answered NOTIFY updated FINAL)
    Q_PROPERTY(QVariantList closed READ closed NOTIFY updated FINAL)
    Q_PROPERTY(QVariantList topics READ topics NOTIFY updated FINAL)
    Q_PROPERTY(double topicCount READ topicCount NOTIFY updated FINAL)

public:
    explicit Monitor(QObject *parent = nullptr);

    QString address() const { return m_address; }
    void setAddress(const QString &address);
    WsServer *server() const { return m_server; }
    void setServer(WsServer *server);
    Demo *demo() const { return m_demo; }
    void setDemo(Demo *demo);
    QUrl page() const { return m_page; }
    bool isRunning() const { return m_timer.isActive(); }
    void setRunning(bool running);
    QString problem() const { return m_problem; }
    bool hasFigures() const { return !m_recording.isEmpty(); }

    Figure connections() const { return m_recording.figure(Recording::Connections); }
    Figure opened() const { return m_recording.figure(Recording::Opened); }
    Figure received() const { return m_recording.figure(Recording::Received); }
    Figure sent() const { return m_recording.figure(Recording::Sent); }
    Figure bytesReceived() const { return m_recording.figure(Recording::BytesReceived); }
    Figure bytesSent() const { return m_recording.figure(Recording::BytesSent); }
    Figure queue() const { return m_recording.figure(Recording::Queue); }
    Figure skipped() const { return m_recording.figure(Recording::Skipped); }

    Distribution handshakeTime() const { return m_recording.recent(&WsServerStatistics::handshakeTime); }
    Distribution roundTrip() const { return m_recording.recent(&WsServerStatistics::roundTrip); }
    Distribution receivedSize() const { return m_recording.recent(&WsServerStatistics::messageSize); }
    Distribution sentSize() const { return m_recording.recent(&WsServerStatistics::sentMessageSize); }

    int pendingHandshakes() const { return figures().pendingHandshakes; }
    QDateTime startTime() const { return figures().startTime; }
    QVariantList rejected() const;
    QVariantList answered() const;
    QVariantList closed() const;
    QVariantList topics() const;
    double topicCount() const;

    // Looks now, besides once a second.
    Q_INVOKABLE void refresh();

Q_SIGNALS:
    void sourceChanged();
    void runningChanged();
    void updated();

private:
    WsServerStatistics figures() const
    {
        return hasFigures() ? m_recording.latest().figures : WsServerStatistics();
    }
    void startAnew();
    void show(const MetricsPage &page);
    void showProblem(const QString &problem);

    QString m_address;
    QUrl m_page;
    QPointer<WsServer> m_server;
    QPointer<Demo> m_demo;
    QTimer m_timer;
    QElapsedTimer m_clock;
    MetricsReader m_reader;
    Recording m_recording;
    QString m_problem;
};

#endif // MONITOR_H
