// SPDX-License-Identifier: MIT
#include "requestpanel.h"

#include "headertable.h"
#include "routepanel.h"
#include "secrets.h"
#include "tlspanel.h"

#include <QtCore/QRegularExpression>
#include <QtCore/QSettings>
#include <QtWidgets/QFormLayout>
#include <QtWidgets/QLabel>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QVBoxLayout>

namespace {
// One line per header, as in the settings. Of a secret, only the name stays.
QStringList storedLines(const WsHeaders &headers)
{
    QStringList list;
    for (const auto &[name, value] : headers) {
        const bool isSecret = Secrets::isSecret(QString::fromUtf8(name));
        list.append(QString::fromUtf8(name + ": " + (isSecret ? QByteArray() : value)));
    }
    return list;
}

WsHeaders headersOf(const QStringList &lines)
{
    WsHeaders headers;
    for (const QString &line : lines)
        headers.append({line.section(u':', 0, 0).toUtf8(), line.section(u':', 1).trimmed().toUtf8()});
    return headers;
}
} // namespace

RequestPanel::RequestPanel(QWidget *parent)
    : QScrollArea(parent), m_headers(new HeaderTable), m_subprotocols(new QLineEdit), m_origin(new QLineEdit),
      m_route(new RoutePanel), m_tls(new TlsPanel)
{
    m_subprotocols->setObjectName(QStringLiteral("subprotocols"));
    m_subprotocols->setPlaceholderText(tr("chat.v2, chat.v1"));
    m_origin->setPlaceholderText(tr("https://example.com"));
    auto *headersLabel = new QLabel(tr("&Headers:"));
    headersLabel->setBuddy(m_headers);

    auto *form = new QFormLayout;
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    form->addRow(tr("S&ubprotocols:"), m_subprotocols);
    form->addRow(tr("&Origin:"), m_origin);
    auto *content = new QWidget;
    auto *layout = new QVBoxLayout(content);
    layout->addWidget(headersLabel);
    layout->addWidget(m_headers, 1);
    layout->addLayout(form);
    layout->addWidget(m_route);
    layout->addWidget(m_tls);
    setWidget(content);
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setMinimumWidth(content->minimumSizeHint().width());
}

ConnectionSettings RequestPanel::settings(const QUrl &url) const
{
    static const QRegularExpression separators(QStringLiteral("[,\\s]+"));
    ConnectionSettings settings;
    settings.url = url;
    settings.headers = m_headers->headers();
    settings.subprotocols = m_subprotocols->text().split(separators, Qt::SkipEmptyParts);
    settings.origin = m_origin->text().trimmed();
    settings.route = m_route->settings();
    settings.tls = m_tls->settings();
    return settings;
}

void RequestPanel::setSettings(const ConnectionSettings &settings)
{
    m_headers->setHeaders(settings.headers);
    m_subprotocols->setText(settings.subprotocols.join(QStringLiteral(", ")));
    m_origin->setText(settings.origin);
    m_route->setSettings(settings.route);
    m_tls->setSettings(settings.tls);
}

void RequestPanel::focusFirst()
{
    m_headers->setFocus(Qt::ShortcutFocusReason);
}

void RequestPanel::save(QSettings &store) const
{
    const ConnectionSettings now = settings({});
    store.setValue(QStringLiteral("request/headers"), storedLines(now.headers));
    store.setValue(QStringLiteral("request/subprotocols"), now.subprotocols);
    store.setValue(QStringLiteral("request/origin"), now.origin);
    store.setValue(QStringLiteral("route/reconnect"), now.route.reconnects);
    store.setValue(QStringLiteral("route/follow"), now.route.followsRedirects);
    store.setValue(QStringLiteral("route/compress"), now.route.compresses);
    store.setValue(QStringLiteral("route/proxy"), Secrets::storedProxy(now.route.proxy));
    store.setValue(QStringLiteral("route/host"), now.route.host);
    store.setValue(QStringLiteral("route/localSocket"), now.route.localSocket);
    store.setValue(QStringLiteral("route/tokenFile"), now.route.tokenFile);
    store.setValue(QStringLiteral("tls/ignoreErrors"), now.tls.ignoresErrors);
    store.setValue(QStringLiteral("tls/caFile"), now.tls.caFile);
    store.setValue(QStringLiteral("tls/certificateFile"), now.tls.certificateFile);
    store.setValue(QStringLiteral("tls/keyFile"), now.tls.keyFile);
    store.setValue(QStringLiteral("tls/pins"), now.tls.pins);
}

void RequestPanel::restore(QSettings &store)
{
    ConnectionSettings stored;
    stored.headers = headersOf(store.value(QStringLiteral("request/headers")).toStringList());
    stored.subprotocols = store.value(QStringLiteral("request/subprotocols")).toStringList();
    stored.origin = store.value(QStringLiteral("request/origin")).toString();
    stored.route.reconnects = store.value(QStringLiteral("route/reconnect")).toBool();
    stored.route.followsRedirects = store.value(QStringLiteral("route/follow")).toBool();
    stored.route.compresses = store.value(QStringLiteral("route/compress")).toBool();
    stored.route.proxy = store.value(QStringLiteral("route/proxy")).toString();
    stored.route.host = store.value(QStringLiteral("route/host")).toString();
    stored.route.localSocket = store.value(QStringLiteral("route/localSocket")).toString();
    stored.route.tokenFile = store.value(QStringLiteral("route/tokenFile")).toString();
    stored.tls.ignoresErrors = store.value(QStringLiteral("tls/ignoreErrors")).toBool();
    stored.tls.caFile = store.value(QStringLiteral("tls/caFile")).toString();
    stored.tls.certificateFile = store.value(QStringLiteral("tls/certificateFile")).toString();
    stored.tls.keyFile = store.value(QStringLiteral("tls/keyFile")).toString();
    stored.tls.pins = store.value(QStringLiteral("tls/pins")).toStringList();
    setSettings(stored);
}
