// SPDX-License-Identifier: MIT
#ifndef REQUESTPANEL_H
#define REQUESTPANEL_H

#include "connectionsettings.h"

#include <QtWidgets/QScrollArea>

QT_BEGIN_NAMESPACE
class QLineEdit;
class QSettings;
QT_END_NAMESPACE

class HeaderTable;
class RoutePanel;
class TlsPanel;

// The settings of the next opening handshake, besides the URL.
class RequestPanel : public QScrollArea
{
    Q_OBJECT

public:
    explicit RequestPanel(QWidget *parent = nullptr);

    ConnectionSettings settings(const QUrl &url) const;
    void setSettings(const ConnectionSettings &settings);
    void focusFirst();
    void save(QSettings &store) const;
    void restore(QSettings &store);

private:
    HeaderTable *m_headers;
    QLineEdit *m_subprotocols;
    QLineEdit *m_origin;
    RoutePanel *m_route;
    TlsPanel *m_tls;
};

#endif // REQUESTPANEL_H
