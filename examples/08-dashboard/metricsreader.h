// SPDX-License-Identifier: MIT
#ifndef METRICSREADER_H
#define METRICSREADER_H

#include "metricspage.h"

#include <QtCore/qpointer.h>
#include <QtNetwork/qnetworkaccessmanager.h>
#include <QtNetwork/qnetworkreply.h>

// Fetches a page of metrics, one request at a time.
class MetricsReader : public QObject
{
    Q_OBJECT

public:
    explicit MetricsReader(QObject *parent = nullptr);
    ~MetricsReader() override;

    // What users type, as the address of a page: "chat.example" is http://chat.example/metrics, and so is
    // ws://chat.example.
    static QUrl pageOf(const QString &typed);

    bool isBusy() const { return m_reply != nullptr; }
    void fetch(const QUrl &page);
    void stop(); // nothing is reported any more

Q_SIGNALS:
    void fetched(const MetricsPage &page);
    void failed(const QString &problem);

private:
    void finish();

    QNetworkAccessManager m_network;
    QNetworkReply *m_reply = nullptr;
};

#endif // METRICSREADER_H
