// SPDX-License-Identifier: MIT
#ifndef HANDSHAKEVIEW_H
#define HANDSHAKEVIEW_H

#include "openinglog.h"

#include <QtWidgets/QTreeWidget>

class WsClient;

// Shows the opening handshake in its order: the peer, the steps, TLS, each request and its answer.
class HandshakeView : public QTreeWidget
{
    Q_OBJECT

public:
    explicit HandshakeView(QWidget *parent = nullptr);

    void show(const WsClient &client, const OpeningLog &openings);
    QString text() const;

Q_SIGNALS:
    // The whole value of a line was asked for.
    void valueActivated(const QString &name, const QString &value);

private:
    QTreeWidgetItem *addSection(const QString &title, const QString &value = {});
    void addConnection(const WsClient &client);
    void addOpening(const OpeningLog &openings);
    void addEarlierOpenings(const OpeningLog &openings);
    void addTls(const WsClient &client);
    void addRequest(const OpeningLog::Exchange &exchange);
    void addResponse(const OpeningLog::Exchange &exchange);
    void copy() const;
};

#endif // HANDSHAKEVIEW_H
