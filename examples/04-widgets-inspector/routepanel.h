// SPDX-License-Identifier: MIT
#ifndef ROUTEPANEL_H
#define ROUTEPANEL_H

#include "connectionsettings.h"

#include <QtWidgets/QGroupBox>

QT_BEGIN_NAMESPACE
class QCheckBox;
class QLineEdit;
QT_END_NAMESPACE

class FileField;

class RoutePanel : public QGroupBox
{
    Q_OBJECT

public:
    explicit RoutePanel(QWidget *parent = nullptr);

    RouteSettings settings() const;
    void setSettings(const RouteSettings &settings);

private:
    QCheckBox *m_reconnect;
    QCheckBox *m_follow;
    QCheckBox *m_compress;
    QLineEdit *m_proxy;
    QLineEdit *m_host;
    FileField *m_localSocket;
    FileField *m_tokenFile;
};

#endif // ROUTEPANEL_H
