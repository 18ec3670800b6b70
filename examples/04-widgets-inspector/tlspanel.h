// SPDX-License-Identifier: MIT
#ifndef TLSPANEL_H
#define TLSPANEL_H

#include "connectionsettings.h"

#include <QtWidgets/QGroupBox>

QT_BEGIN_NAMESPACE
class QCheckBox;
class QLineEdit;
QT_END_NAMESPACE

class FileField;

class TlsPanel : public QGroupBox
{
    Q_OBJECT

public:
    explicit TlsPanel(QWidget *parent = nullptr);

    TlsSettings settings() const;
    void setSettings(const TlsSettings &settings);

private:
    FileField *m_caFile;
    FileField *m_certificateFile;
    FileField *m_keyFile;
    QLineEdit *m_pins;
    QCheckBox *m_ignoreErrors;
};

#endif // TLSPANEL_H
