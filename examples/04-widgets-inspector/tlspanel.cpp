// SPDX-License-Identifier: MIT
#include "tlspanel.h"

#include "filefield.h"

#include <QtWidgets/QCheckBox>
#include <QtWidgets/QFormLayout>
#include <QtWidgets/QLineEdit>

TlsPanel::TlsPanel(QWidget *parent) : QGroupBox(tr("TLS (wss)"), parent)
{
    const QString filter = tr("PEM files (*.pem *.crt *.cer *.key);;All files (*)");
    m_caFile = new FileField(filter);
    m_caFile->setPlaceholderText(tr("the authorities of the system"));
    m_certificateFile = new FileField(filter);
    m_certificateFile->setPlaceholderText(tr("none"));
    m_keyFile = new FileField(filter);
    m_keyFile->setPlaceholderText(tr("in the file of the certificate"));
    m_pins = new QLineEdit;
    m_pins->setObjectName(QStringLiteral("pins"));
    m_pins->setPlaceholderText(tr("none"));
    m_pins->setToolTip(
        tr("SHA-256 of the keys that the server may have, in Base64, with blanks between them."));
    m_pins->setClearButtonEnabled(true);
    m_ignoreErrors = new QCheckBox(tr("&Ignore errors of the server's certificate"));
    m_ignoreErrors->setObjectName(QStringLiteral("ignoreErrors"));
    m_ignoreErrors->setToolTip(tr("Anybody on the way can then read and change everything."));

    auto *form = new QFormLayout(this);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    form->addRow(tr("C&A file:"), m_caFile);
    form->addRow(tr("Clie&nt certificate:"), m_certificateFile);
    form->addRow(tr("Private &key:"), m_keyFile);
    form->addRow(tr("Pins of the key:"), m_pins);
    form->addRow(m_ignoreErrors);
}

TlsSettings TlsPanel::settings() const
{
    TlsSettings settings;
    settings.ignoresErrors = m_ignoreErrors->isChecked();
    settings.caFile = m_caFile->fileName();
    settings.certificateFile = m_certificateFile->fileName();
    settings.keyFile = m_keyFile->fileName();
    settings.pins = m_pins->text().split(u' ', Qt::SkipEmptyParts);
    return settings;
}

void TlsPanel::setSettings(const TlsSettings &settings)
{
    m_ignoreErrors->setChecked(settings.ignoresErrors);
    m_caFile->setFileName(settings.caFile);
    m_certificateFile->setFileName(settings.certificateFile);
    m_keyFile->setFileName(settings.keyFile);
    m_pins->setText(settings.pins.join(u' '));
}
