// SPDX-License-Identifier: MIT
#include "handshakeview.h"

#include "logentry.h"
#include "secrets.h"
#include "tooltip.h"

#include <WsKit/WsClient>

#include <QtCore/QCryptographicHash>
#include <QtGui/QAction>
#include <QtGui/QClipboard>
#include <QtGui/QFont>
#include <QtGui/QFontDatabase>
#include <QtGui/QGuiApplication>
#include <QtGui/QKeySequence>
#include <QtNetwork/QSslCertificate>
#include <QtNetwork/QSslCipher>
#include <QtNetwork/QSslConfiguration>
#include <QtWidgets/QFrame>
#include <QtWidgets/QHeaderView>

namespace {
constexpr int ShownCharacters = 300;
constexpr int ValueRole = Qt::UserRole; // all of it

// One short line of the value.
QString elided(const QString &value)
{
    QString line = value.left(ShownCharacters).simplified();
    if (value.size() > ShownCharacters)
        line += QStringLiteral("\u2026");
    return line;
}

void setValue(QTreeWidgetItem *item, const QString &value)
{
    item->setFont(1, QFontDatabase::systemFont(QFontDatabase::FixedFont));
    item->setText(1, elided(value));
    item->setToolTip(1, plainToolTip(elided(value)));
    item->setData(1, ValueRole, value);
}

void addLine(QTreeWidgetItem *section, const QString &name, const QString &value)
{
    setValue(new QTreeWidgetItem(section, {name}), value);
}

void addHeaders(QTreeWidgetItem *section, const WsHeaders &headers)
{
    for (const auto &[name, value] : headers)
        addLine(section, QString::fromLatin1(name), Secrets::shownValue(name, value));
}

QString address(const QHostAddress &host, quint16 port)
{
    const bool isV6 = host.protocol() == QAbstractSocket::IPv6Protocol;
    return (isV6 ? QStringLiteral("[%1]:%2") : QStringLiteral("%1:%2")).arg(host.toString()).arg(port);
}
} // namespace

HandshakeView::HandshakeView(QWidget *parent) : QTreeWidget(parent)
{
    setColumnCount(2);
    setHeaderLabels({tr("Name"), tr("Value")});
    setAccessibleName(tr("Handshake"));
    setRootIsDecorated(false);
    setIndentation(fontMetrics().averageCharWidth() * 2);
    setFrameShape(QFrame::NoFrame);
    setTextElideMode(Qt::ElideRight);
    header()->setStretchLastSection(true);
    setColumnWidth(0, fontMetrics().averageCharWidth() * 28);

    connect(this, &QTreeWidget::itemActivated, this, [this](const QTreeWidgetItem *item) {
        Q_EMIT valueActivated(item->text(0), item->data(1, ValueRole).toString());
    });
    auto *copyAction = new QAction(tr("&Copy the Value"), this);
    copyAction->setShortcut(QKeySequence::Copy);
    copyAction->setShortcutContext(Qt::WidgetShortcut);
    connect(copyAction, &QAction::triggered, this, &HandshakeView::copy);
    auto *copyAllAction = new QAction(tr("Copy &All"), this);
    connect(copyAllAction, &QAction::triggered, this,
            [this] { QGuiApplication::clipboard()->setText(text()); });
    addActions({copyAction, copyAllAction});
    setContextMenuPolicy(Qt::ActionsContextMenu);
}

void HandshakeView::show(const WsClient &client, const OpeningLog &openings)
{
    clear();
    addConnection(client);
    addOpening(openings);
    if (client.isEncrypted())
        addTls(client);
    if (!openings.attempts().isEmpty()) {
        for (const OpeningLog::Exchange &exchange : openings.attempts().constLast().exchanges) {
            addRequest(exchange);
            addResponse(exchange);
        }
    }
    addEarlierOpenings(openings);
    expandAll();
}

QString HandshakeView::text() const
{
    QString text;
    for (int i = 0; i < topLevelItemCount(); ++i) {
        const QTreeWidgetItem *section = topLevelItem(i);
        text += section->text(0) + u' ' + section->text(1) + u'\n';
        for (int j = 0; j < section->childCount(); ++j) {
            const QTreeWidgetItem *line = section->child(j);
            text += line->text(0) + QLatin1String(": ") + line->data(1, ValueRole).toString() + u'\n';
        }
    }
    return text;
}

QTreeWidgetItem *HandshakeView::addSection(const QString &title, const QString &value)
{
    auto *section = new QTreeWidgetItem(this, {title});
    setValue(section, value);
    QFont bold = font();
    bold.setBold(true);
    section->setFont(0, bold);
    return section;
}

void HandshakeView::addConnection(const WsClient &client)
{
    QTreeWidgetItem *section = addSection(tr("Connection"));
    addLine(section, tr("URL"), client.url().toString(QUrl::RemovePassword));
    if (!client.peerAddress().isNull()) {
        addLine(section, tr("Peer"), address(client.peerAddress(), client.peerPort()));
        addLine(section, tr("Local address"), address(client.localAddress(), client.localPort()));
    }
    if (!client.subprotocol().isEmpty())
        addLine(section, tr("Subprotocol"), client.subprotocol());
    if (!client.extensions().isEmpty())
        addLine(section, tr("Extensions"), client.extensions());
}

void HandshakeView::addOpening(const OpeningLog &openings)
{
    if (openings.attempts().isEmpty())
        return;
    const OpeningLog::Attempt &last = openings.attempts().constLast();
    QTreeWidgetItem *section =
        addSection(last.number == 0 ? tr("Opening") : tr("Opening, attempt %1").arg(last.number));
    for (const OpeningLog::Line &line : last.lines)
        addLine(section, line.name, line.value);
}

// The newest is the first.
void HandshakeView::addEarlierOpenings(const OpeningLog &openings)
{
    if (openings.attempts().size() < 2)
        return;
    QTreeWidgetItem *section = addSection(tr("Earlier openings"));
    for (qsizetype i = openings.attempts().size() - 2; i >= 0; --i) {
        const OpeningLog::Attempt &attempt = openings.attempts().at(i);
        addLine(section, attempt.number == 0 ? tr("Opening") : tr("Attempt %1").arg(attempt.number),
                attempt.summary());
    }
}

void HandshakeView::addTls(const WsClient &client)
{
    const QSslConfiguration tls = client.sslConfiguration();
    const QSslCertificate certificate = tls.peerCertificate();
    QTreeWidgetItem *section = addSection(tr("TLS"));
    addLine(section, tr("Protocol"), tls.sessionCipher().protocolString());
    addLine(section, tr("Cipher"), tls.sessionCipher().name());
    addLine(section, tr("Certificate of"), certificate.subjectDisplayName());
    addLine(section, tr("Issued by"), certificate.issuerDisplayName());
    addLine(section, tr("Valid until"), certificate.expiryDate().toString(Qt::ISODate));
    addLine(section, tr("SHA-256"),
            QString::fromLatin1(certificate.digest(QCryptographicHash::Sha256).toHex(':')));
    addLine(section, tr("Pin of the key"), WsClient::certificatePin(certificate));
}

void HandshakeView::addRequest(const OpeningLog::Exchange &exchange)
{
    const WsRequest &request = exchange.request;
    QTreeWidgetItem *section = addSection(
        tr("Request"), QString::fromLatin1(request.method() + ' ' + request.target() + " HTTP/1.1"));
    addLine(section, tr("(sent after)"), exchange.requestTime);
    addHeaders(section, request.headers());
}

void HandshakeView::addResponse(const OpeningLog::Exchange &exchange)
{
    const WsResponse &response = exchange.response;
    if (response.status() == 0)
        return;
    QTreeWidgetItem *section =
        addSection(tr("Response"), QStringLiteral("HTTP/1.1 %1").arg(response.status()));
    addLine(section, tr("(received after)"), exchange.responseTime);
    addHeaders(section, response.headers());
    if (!response.body().isEmpty())
        addLine(section, tr("(body, %1)").arg(formatSize(response.body().size())),
                QString::fromUtf8(response.body()));
}

void HandshakeView::copy() const
{
    if (const QTreeWidgetItem *item = currentItem())
        QGuiApplication::clipboard()->setText(item->data(1, ValueRole).toString());
}
