// SPDX-License-Identifier: MIT
#ifndef HANDSHAKEVIEW_H
#define HANDSHAKEVIEW_H

#include <WsKit/WsHeaders>

#include <QtWidgets/QTreeWidget>

class OpeningLog;
class WsClient;

// Shows the opening handshake: the peer, the steps, the request and the answer of the server.
class HandshakeView : public QTreeWidget
{
    Q_OBJECT

public:
    explicit HandshakeView(QWidget *parent = nullptr);

    void show(const WsClient &client, const OpeningLog &openings);
    QString text() const;

private:
    QTreeWidgetItem *addSection(const QString &title, const QString &value = {});
    void addConnection(const WsClient &client);
    void addOpening(const OpeningLog &openings);
    void addEarlierOpenings(const OpeningLog &openings);
    void addTls(const WsClient &client);
    void addRequest(const WsClient &client);
    void addResponse(const WsClient &client);
    void copy() const;
};

#endif // HANDSHAKEVIEW_H
