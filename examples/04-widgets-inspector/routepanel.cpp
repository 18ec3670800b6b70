// SPDX-License-Identifier: MIT
#include "routepanel.h"

#include "filefield.h"

#include <QtWidgets/QCheckBox>
#include <QtWidgets/QFormLayout>
#include <QtWidgets/QLineEdit>

RoutePanel::RoutePanel(QWidget *parent)
    : QGroupBox(tr("Connection"), parent), m_reconnect(new QCheckBox(tr("Reconnect automaticall&y"))),
      m_follow(new QCheckBox(tr("Follow re&directs"))), m_compress(new QCheckBox(tr("Compress messages"))),
      m_proxy(new QLineEdit), m_host(new QLineEdit), m_localSocket(new FileField(tr("All files (*)"))),
      m_tokenFile(new FileField(tr("All files (*)")))
{
    m_reconnect->setObjectName(QStringLiteral("reconnect"));
    m_follow->setObjectName(QStringLiteral("follow"));
    m_compress->setObjectName(QStringLiteral("compress"));
    m_compress->setToolTip(tr("Offers permessage-deflate to the server."));
    m_proxy->setObjectName(QStringLiteral("proxy"));
    m_proxy->setPlaceholderText(tr("that of the system"));
    m_proxy->setToolTip(tr("A URL, http://host:3128 or socks5://host:1080; or none."));
    m_proxy->setClearButtonEnabled(true);
    m_host->setObjectName(QStringLiteral("host"));
    m_host->setPlaceholderText(tr("that of the URL"));
    m_host->setToolTip(tr("For the Host header, and the name that the server\u2019s certificate must have."));
    m_host->setClearButtonEnabled(true);
    m_localSocket->setPlaceholderText(tr("none"));
    m_localSocket->setToolTip(tr("Connects to this socket. The URL only names the host and the path."));
    m_tokenFile->setPlaceholderText(tr("none"));
    m_tokenFile->setToolTip(
        tr("The token in this file is sent to log in. It is read again for each attempt."));

    auto *form = new QFormLayout(this);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    form->addRow(m_reconnect);
    form->addRow(m_follow);
    form->addRow(m_compress);
    form->addRow(tr("Pro&xy:"), m_proxy);
    form->addRow(tr("Host name:"), m_host);
    form->addRow(tr("Local socket:"), m_localSocket);
    form->addRow(tr("&Bearer token:"), m_tokenFile);
}

RouteSettings RoutePanel::settings() const
{
    RouteSettings settings;
    settings.reconnects = m_reconnect->isChecked();
    settings.followsRedirects = m_follow->isChecked();
    settings.compresses = m_compress->isChecked();
    settings.proxy = m_proxy->text().trimmed();
    settings.host = m_host->text().trimmed();
    settings.localSocket = m_localSocket->fileName();
    settings.tokenFile = m_tokenFile->fileName();
    return settings;
}

void RoutePanel::setSettings(const RouteSettings &settings)
{
    m_reconnect->setChecked(settings.reconnects);
    m_follow->setChecked(settings.followsRedirects);
    m_compress->setChecked(settings.compresses);
    m_proxy->setText(settings.proxy);
    m_host->setText(settings.host);
    m_localSocket->setFileName(settings.localSocket);
    m_tokenFile->setFileName(settings.tokenFile);
}
